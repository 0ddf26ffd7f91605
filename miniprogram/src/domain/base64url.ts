/** Base64 with the URL alphabet and without padding (RFC 4648, section 5). Phones have neither btoa nor Buffer. */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

export function encodeBase64Url(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += 3) {
    const taken = Math.min(3, bytes.length - start);
    const group = ((bytes[start] ?? 0) << 16) | ((bytes[start + 1] ?? 0) << 8) | (bytes[start + 2] ?? 0);
    for (let place = 0; place <= taken; place += 1) {
      text += ALPHABET.charAt((group >> (18 - 6 * place)) & 63);
    }
  }
  return text;
}

/** Returns null for a text that no bytes encode to. */
export function decodeBase64Url(text: string): Uint8Array | null {
  if (text.length % 4 === 1) return null;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let held = 0;
  let bits = 0;
  let filled = 0;
  for (const character of text) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) return null;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[filled] = (held >> bits) & 255;
      filled += 1;
    }
  }
  const leftOver = held & ((1 << bits) - 1);
  return leftOver === 0 ? bytes : null;
}
