/** Ids that a phone draws (RFC 9562, version 4), so that a repeated delivery is recognised. */

export const UUID_BYTES = 16;

/** @param randomBytes 16 bytes. */
export function uuidFrom(randomBytes: Uint8Array): string {
  if (randomBytes.length !== UUID_BYTES) throw new RangeError(`a UUID has ${UUID_BYTES} bytes`);
  const bytes = Uint8Array.from(randomBytes);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
