/** A small log with its own key, worked out with Node's cryptography and the definitions of RFC 6962. */
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";

const sha256 = (...parts: Uint8Array[]): Buffer => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const leafHash = (entry: Uint8Array): Buffer => sha256(Uint8Array.of(0), entry);

function split(size: number): number {
  let half = 1;
  while (half * 2 < size) half *= 2;
  return half;
}

export function rootOf(entries: readonly Uint8Array[]): Buffer {
  if (entries.length === 0) return sha256();
  if (entries.length === 1) return leafHash(entries[0]!);
  const half = split(entries.length);
  return sha256(Uint8Array.of(1), rootOf(entries.slice(0, half)), rootOf(entries.slice(half)));
}

export function inclusionOf(index: number, entries: readonly Uint8Array[]): Buffer[] {
  if (entries.length <= 1) return [];
  const half = split(entries.length);
  const [left, right] = [entries.slice(0, half), entries.slice(half)];
  return index < half ? [...inclusionOf(index, left), rootOf(right)] : [...inclusionOf(index - half, right), rootOf(left)];
}

function subproof(old: number, entries: readonly Uint8Array[], whole: boolean): Buffer[] {
  if (old === entries.length) return whole ? [] : [rootOf(entries)];
  const half = split(entries.length);
  const [left, right] = [entries.slice(0, half), entries.slice(half)];
  return old <= half ? [...subproof(old, left, whole), rootOf(right)] : [...subproof(old - half, right, false), rootOf(left)];
}

export function consistencyOf(old: number, entries: readonly Uint8Array[]): Buffer[] {
  return old === 0 || old === entries.length ? [] : subproof(old, entries, true);
}

export const hex = (hashes: readonly Buffer[]): string[] => hashes.map((hash) => hash.toString("hex"));

export class SmallLog {
  readonly name = "ronghe.test/log";
  readonly key: string;
  readonly publicBytes: Buffer;
  private readonly id: Buffer;
  private readonly secret: KeyObject;

  constructor(readonly entries: string[] = []) {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    this.secret = privateKey;
    this.publicBytes = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
    const material = Buffer.concat([Uint8Array.of(1), this.publicBytes]);
    this.id = sha256(Buffer.from(`${this.name}\n`), material).subarray(0, 4);
    this.key = `${this.name}+${this.id.toString("hex")}+${material.toString("base64")}`;
  }

  note(text: string): string {
    const signature = Buffer.concat([this.id, sign(null, Buffer.from(text), this.secret)]);
    return `${text}\n— ${this.name} ${signature.toString("base64")}\n`;
  }

  bytes(size = this.entries.length): Buffer[] {
    return this.entries.slice(0, size).map((entry) => Buffer.from(entry));
  }

  head(size = this.entries.length): string {
    return this.note(`${this.name}\n${size}\n${rootOf(this.bytes(size)).toString("base64")}\n`);
  }

  root(size = this.entries.length): string {
    return rootOf(this.bytes(size)).toString("hex");
  }

  leaf(index: number, size = this.entries.length) {
    return { index, entry: this.entries[index]!, path: hex(inclusionOf(index, this.bytes(size))) };
  }

  consistency(old: number, size = this.entries.length): string[] {
    return hex(consistencyOf(old, this.bytes(size)));
  }

  promise(campaign: number, commitment: string, day: string): string {
    return this.note(`ronghe-promise-v1\n${this.name}\n${campaign} ${commitment} ${day}\n`);
  }
}
