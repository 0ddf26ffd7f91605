/**
 * The log's Merkle tree (RFC 6962, SHA-256): is an entry in it, is one tree the beginning of another.
 *
 * The checks are those of RFC 9162, 2.1.3.2 and 2.1.4.2. Sizes outgrow 32 bits, where JavaScript's bit
 * operators end: halving is arithmetic.
 */
import { hash } from "fast-sha256";

import { joined, sameBytes } from "./bytes";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);
/** A path is as long as the tree is high; no tree that can be is higher. */
const HIGHEST = 64;

export function leafHash(entry: Uint8Array): Uint8Array {
  return hash(joined(LEAF, entry));
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return hash(joined(NODE, left, right));
}

const half = (number: number): number => Math.floor(number / 2);
const isOdd = (number: number): boolean => number % 2 === 1;

function isTreeSize(number: number): boolean {
  return Number.isSafeInteger(number) && number >= 0;
}

/** Whether a leaf stands at `index` in the tree of `size` leaves with `root`. */
export function isIncluded(
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!isTreeSize(index) || !isTreeSize(size) || index >= size || path.length > HIGHEST) return false;
  let [at, last, reached] = [index, size - 1, leaf];
  for (const beside of path) {
    if (last === 0 || beside.length !== root.length) return false;
    if (isOdd(at) || at === last) {
      reached = nodeHash(beside, reached);
      while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      reached = nodeHash(reached, beside);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && sameBytes(reached, root);
}

export interface TreeHead {
  size: number;
  root: Uint8Array;
}

function isPowerOfTwo(number: number): boolean {
  let rest = number;
  while (rest > 1 && !isOdd(rest)) rest = half(rest);
  return rest === 1;
}

/** Whether the older tree is the beginning of the newer one, so that nothing in it was changed or taken away. */
export function isExtended(older: TreeHead, newer: TreeHead, path: readonly Uint8Array[]): boolean {
  if (!isTreeSize(older.size) || !isTreeSize(newer.size) || older.size > newer.size || path.length > HIGHEST) return false;
  if (older.size === newer.size) return path.length === 0 && sameBytes(older.root, newer.root);
  // Every tree goes on from the empty one.
  if (older.size === 0) return path.length === 0;
  const hashes = isPowerOfTwo(older.size) ? [older.root, ...path] : [...path];
  const [first, ...others] = hashes;
  if (first === undefined || hashes.some(({ length }) => length !== newer.root.length)) return false;
  let [at, last] = [older.size - 1, newer.size - 1];
  while (isOdd(at)) [at, last] = [half(at), half(last)];
  let [old, fresh] = [first, first];
  for (const beside of others) {
    if (last === 0) return false;
    if (isOdd(at) || at === last) {
      [old, fresh] = [nodeHash(beside, old), nodeHash(beside, fresh)];
      while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      fresh = nodeHash(fresh, beside);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && sameBytes(old, older.root) && sameBytes(fresh, newer.root);
}
