/**
 * 回执: the secret that the rater's phone draws, and what is worked out from it.
 *
 * The service keeps only the first half of the secret's SHA-256. It is the Idempotency-Key of the
 * submission, so that a retry is recognised, and whoever holds the secret can come back to the rating.
 */
import { hash } from "fast-sha256";

import { decodeBase64Url, encodeBase64Url } from "./base64url";

export const SECRET_BYTES = 32;
const KEY_BYTES = 16;

/** @param randomBytes 32 bytes from a generator fit for keys. */
export function secretFrom(randomBytes: Uint8Array): string {
  if (randomBytes.length !== SECRET_BYTES) throw new RangeError("a receipt secret has 32 bytes");
  return encodeBase64Url(randomBytes);
}

/** The Idempotency-Key: 32 hexadecimal digits. */
export function keyOf(secret: string): string {
  const bytes = decodeBase64Url(secret);
  if (bytes?.length !== SECRET_BYTES) throw new RangeError("not a receipt secret");
  return Array.from(hash(bytes).subarray(0, KEY_BYTES), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export interface ReceiptCode {
  /** Unknown for a code that was written down without it. */
  campaign: number | null;
  secret: string;
}

const CODE = /^(?:(\d{1,12})\.)?([A-Za-z0-9_-]{43})$/;

/** The text that a rater can keep elsewhere: where to look, and the secret. */
export function receiptCode(campaign: number, secret: string): string {
  return `${campaign}.${secret}`;
}

/** Reads a receipt code that was pasted or typed, with spaces and line breaks tolerated. */
export function parseReceiptCode(text: string): ReceiptCode | null {
  const match = CODE.exec(text.replace(/\s+/g, "").replace(/^回执码[:：]?/, ""));
  const secret = match?.[2];
  if (!match || secret === undefined || decodeBase64Url(secret)?.length !== SECRET_BYTES) return null;
  return { campaign: match[1] === undefined ? null : Number(match[1]), secret };
}
