/** Bytes: base64 and randomness. */
import { call } from "./call";

export function arrayBufferToBase64(buffer: ArrayBuffer): string {
  return btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join(""));
}

export function base64ToArrayBuffer(base64: string): ArrayBuffer {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer;
}

export function bufferCalls(): Record<string, unknown> {
  return {
    arrayBufferToBase64,
    base64ToArrayBuffer,
    getRandomValues: call<{ length: number }>("getRandomValues", ({ length }) => ({
      randomValues: crypto.getRandomValues(new Uint8Array(length)).buffer,
    })),
  };
}
