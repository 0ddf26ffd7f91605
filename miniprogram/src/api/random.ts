/** Randomness fit for keys, from the platform. */
import { SECRET_BYTES, secretFrom } from "../domain/receipt";

/** Draws the secret of a receipt. */
export function drawSecret(): Promise<string> {
  return new Promise((resolve, reject) => {
    wx.getRandomValues({
      length: SECRET_BYTES,
      success: ({ randomValues }) => resolve(secretFrom(new Uint8Array(randomValues))),
      fail: ({ errMsg }) => reject(new Error(errMsg)),
    });
  });
}
