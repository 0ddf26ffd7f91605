/** Randomness fit for keys, from the platform. */
import { hexOf } from "../domain/bytes";
import { SALT_BYTES } from "../domain/commitment";
import { SECRET_BYTES, secretFrom } from "../domain/receipt";
import { UUID_BYTES, uuidFrom } from "../domain/uuid";

export function drawBytes(length: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    wx.getRandomValues({
      length,
      success: ({ randomValues }) => resolve(new Uint8Array(randomValues)),
      fail: ({ errMsg }) => reject(new Error(errMsg)),
    });
  });
}

/** Draws the secret of a receipt. */
export async function drawSecret(): Promise<string> {
  return secretFrom(await drawBytes(SECRET_BYTES));
}

/** Draws what a rating's commitment is salted with: 64 hexadecimal digits. */
export async function drawSalt(): Promise<string> {
  return hexOf(await drawBytes(SALT_BYTES));
}

/** Draws an id that a phone gives to what it makes. */
export async function drawUuid(): Promise<string> {
  return uuidFrom(await drawBytes(UUID_BYTES));
}
