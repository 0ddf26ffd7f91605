/** The tree's checks, against the definitions of RFC 6962 and its reference tree. */
import assert from "node:assert/strict";
import test from "node:test";

import type * as Bytes from "../../src/domain/bytes";
import type * as Merkle from "../../src/domain/merkle";
import { load } from "./load.ts";
import { consistencyOf, inclusionOf, rootOf } from "./small-log.ts";

const { isExtended, isIncluded, leafHash } = await load<typeof Merkle>("domain/merkle");
const { bytesOfHex, hexOf } = await load<typeof Bytes>("domain/bytes");

/** The eight leaves of the reference implementation's tests. */
const REFERENCE = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"].map(
  (text) => Buffer.from(text, "hex"),
);
const ROOT = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328";
const MANY = Array.from({ length: 21 }, (_, place) => Buffer.from(`entry ${place}`));

test("the reference tree has its published root, and each of its leaves is included", () => {
  assert.equal(rootOf(REFERENCE).toString("hex"), ROOT);
  for (const [index, entry] of REFERENCE.entries()) {
    assert.ok(isIncluded(leafHash(entry), index, 8, inclusionOf(index, REFERENCE), bytesOfHex(ROOT)!));
  }
});

test("a leaf is included at its own place alone, in trees of every size", () => {
  for (let size = 1; size <= MANY.length; size += 1) {
    const leaves = MANY.slice(0, size);
    const root = rootOf(leaves);
    for (let index = 0; index < size; index += 1) {
      const path = inclusionOf(index, leaves);
      const leaf = leafHash(leaves[index]!);
      assert.ok(isIncluded(leaf, index, size, path, root));
      for (let other = 0; other < size; other += 1) if (other !== index) assert.ok(!isIncluded(leaf, other, size, path, root));
      assert.ok(!isIncluded(leafHash(Buffer.from("x")), index, size, path, root));
      assert.ok(!isIncluded(leaf, index, size, [...path, root], root));
      assert.ok(size === 1 || !isIncluded(leaf, index, size, path.slice(1), root));
      for (const place of path.keys()) {
        const changed = path.map((hash, at) => (at === place ? leafHash(hash) : hash));
        assert.ok(!isIncluded(leaf, index, size, changed, root));
      }
    }
  }
});

test("nonsense in place of numbers is no proof", () => {
  const root = rootOf(MANY);
  for (const [index, size] of [[-1, 21], [21, 21], [0.5, 21], [0, Infinity], [NaN, 21], [0, -1], [2 ** 53, 2 ** 54]] as const) {
    assert.ok(!isIncluded(leafHash(MANY[0]!), index, size, inclusionOf(0, MANY), root));
  }
});

test("every tree is the beginning of every later one, and of no other", () => {
  for (let size = 1; size <= MANY.length; size += 1) {
    const leaves = MANY.slice(0, size);
    const newer = { size, root: rootOf(leaves) };
    for (let old = 0; old <= size; old += 1) {
      const older = { size: old, root: rootOf(MANY.slice(0, old)) };
      const path = consistencyOf(old, leaves);
      assert.ok(isExtended(older, newer, path), `${old} of ${size}`);
      if (old === 0) continue;
      const forged = { size: old, root: rootOf(MANY.slice(0, old).reverse().concat()) };
      if (hexOf(forged.root) !== hexOf(older.root)) assert.ok(!isExtended(forged, newer, path), `forged ${old} of ${size}`);
      assert.ok(!isExtended(older, { size, root: leafHash(newer.root) }, path));
      for (const place of path.keys()) {
        assert.ok(!isExtended(older, newer, path.map((hash, at) => (at === place ? leafHash(hash) : hash))));
      }
      if (path.length > 0) assert.ok(!isExtended(older, newer, path.slice(1)));
      assert.ok(!isExtended(older, newer, [...path, newer.root]));
    }
  }
});

test("two trees of one size are the same only with one root", () => {
  const root = rootOf(MANY);
  assert.ok(isExtended({ size: 21, root }, { size: 21, root }, []));
  assert.ok(!isExtended({ size: 21, root: leafHash(root) }, { size: 21, root }, []));
});

test("a tree that became smaller is no continuation", () => {
  assert.ok(!isExtended({ size: 21, root: rootOf(MANY) }, { size: 20, root: rootOf(MANY.slice(0, 20)) }, []));
});
