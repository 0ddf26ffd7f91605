/**
 * Signed notes of the log, in the C2SP formats: its heads (checkpoints) and the promises in receipts.
 *
 * A note is text, an empty line, and lines of signatures: an em dash, the key's name, and in base64 four bytes
 * that tell keys apart before the Ed25519 signature.
 */
import { hash } from "fast-sha256";
import { sign } from "tweetnacl";

import { bytesOfBase64, hexOf, joined, sameBytes, utf8 } from "./bytes";
import type { TreeHead } from "./merkle";

const ED25519 = 1;
const KEY_BYTES = 32;
const ID_BYTES = 4;
const SIGNATURE_BYTES = 64;
const ROOT_BYTES = 32;
const PROMISE = "ronghe-promise-v1";

export interface LogKey {
  /** The log's name, which its notes are signed with. */
  name: string;
  bytes: Uint8Array;
}

function idOf({ name, bytes }: LogKey): Uint8Array {
  return hash(joined(utf8(`${name}\n`), Uint8Array.of(ED25519), bytes)).subarray(0, ID_BYTES);
}

/** Reads "name+id+key" as tools for such logs write it; null where its parts don't belong together. */
export function readKey(text: string): LogKey | null {
  const match = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text.trim());
  const [, name = "", id = "", encoded = ""] = match ?? [];
  const material = bytesOfBase64(encoded);
  if (match === null || material?.length !== KEY_BYTES + 1 || material[0] !== ED25519) return null;
  const key = { name, bytes: material.slice(1) };
  return hexOf(idOf(key)) === id ? key : null;
}

/** What people compare: the public key's SHA-256, in groups of four digits. */
export function fingerprintOf({ bytes }: LogKey): string {
  return (hexOf(hash(bytes)).match(/.{4}/g) ?? []).join(" ");
}

/** The text of a note that the key signed, or null. Signatures by others are passed over. */
export function openNote(note: string, key: LogKey): string | null {
  const cut = note.lastIndexOf("\n\n");
  if (cut < 0 || !note.endsWith("\n")) return null;
  const text = note.slice(0, cut + 1);
  const id = idOf(key);
  const verified = note.slice(cut + 2, -1).split("\n").map((line) => {
    const [dash, name, encoded, ...more] = line.split(" ");
    const signed = bytesOfBase64(encoded ?? "");
    if (dash !== "—" || name !== key.name || more.length > 0 || signed === null) return null;
    if (signed.length !== ID_BYTES + SIGNATURE_BYTES || !sameBytes(signed.subarray(0, ID_BYTES), id)) return null;
    return sign.detached.verify(utf8(text), signed.slice(ID_BYTES), key.bytes);
  });
  // One that claims to be by this key and isn't spoils the note, whatever stands beside it.
  return verified.includes(true) && !verified.includes(false) ? text : null;
}

/** A head of the log that the key signed, or null. */
export function openCheckpoint(note: string, key: LogKey): TreeHead | null {
  const [origin, size = "", encoded = ""] = openNote(note, key)?.split("\n") ?? [];
  const root = bytesOfBase64(encoded);
  if (origin !== key.name || !/^(0|[1-9]\d{0,15})$/.test(size) || root?.length !== ROOT_BYTES) return null;
  return { size: Number(size), root };
}

/** The day of a promise that the key signed for this commitment, or null. */
export function promisedOn(note: string, key: LogKey, campaign: number, commitment: string): string | null {
  const [kind, origin, line = "", end, ...more] = openNote(note, key)?.split("\n") ?? [];
  const [named, committed, day = "", ...rest] = line.split(" ");
  const whole = kind === PROMISE && origin === key.name && end === "" && more.length === 0 && rest.length === 0;
  return whole && named === String(campaign) && committed === commitment ? day : null;
}
