/** The phone and the service must agree on every commitment: both are held to the same vectors. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";

import type * as Bytes from "../../src/domain/bytes";
import type * as Commitment from "../../src/domain/commitment";
import { load } from "./load.ts";

const { commitmentOf, saltOf, wordsDigest } = await load<typeof Commitment>("domain/commitment");
const { bytesOfBase64, bytesOfHex, hexOf, utf8 } = await load<typeof Bytes>("domain/bytes");

interface Vector {
  name: string; given: string; receipt_key: string; revision: number; campaign: number; department: number; channel: string; cell: number;
  organisation: number | null; rated_on: string; overall: number; levels: number[]; tags: string[]; comment: string;
  salt: string; words_digest: string | null; commitment: string;
}

const FILE = path.resolve(import.meta.dirname, "../../../tests/evaluation/commitments.json");
const VECTORS = JSON.parse(readFileSync(FILE, "utf8")) as Vector[];

const saidBy = ({ overall, levels, tags, comment }: Vector) => ({ overall, levels, tags, comment });
const placeOf = (vector: Vector) => ({
  receiptKey: vector.receipt_key, revision: vector.revision, campaign: vector.campaign, department: vector.department,
  channel: vector.channel, cell: vector.cell, organisation: vector.organisation, ratedOn: vector.rated_on,
});

for (const vector of VECTORS) {
  test(`the commitment is the service's: ${vector.name}`, () => {
    assert.equal(commitmentOf(vector.given, saidBy(vector), placeOf(vector)), vector.commitment);
    const salt = saltOf(bytesOfHex(vector.given)!, bytesOfHex(vector.receipt_key)!, vector.revision);
    assert.ok(hexOf(salt).startsWith(vector.salt));
    const words = wordsDigest(salt.subarray(16), vector.tags, vector.comment);
    assert.equal(words === null ? null : hexOf(words), vector.words_digest);
  });
}

test("every part of a rating is in its commitment", () => {
  const vector = VECTORS.find(({ name }) => name === "words")!;
  const changes: Partial<Vector>[] = [
    { overall: 2 }, { levels: [5, 4, 0] }, { comment: `${vector.comment}.` }, { tags: [] }, { campaign: 13 }, { department: 4 },
    { channel: "sample" }, { cell: 1 }, { organisation: 1 }, { rated_on: "2026-11-24" }, { revision: 2 },
    { receipt_key: "1".repeat(32) }, { given: "1".repeat(64) },
  ];
  const found = changes.map((change) => {
    const changed = { ...vector, ...change };
    return commitmentOf(changed.given, saidBy(changed), placeOf(changed));
  });
  assert.equal(new Set([...found, vector.commitment]).size, changes.length + 1);
});

test("what the service strips from a comment changes nothing", () => {
  const vector = VECTORS.find(({ name }) => name === "comment alone")!;
  for (const comment of [` ${vector.comment}\n`, `\u0085\u001c${vector.comment}\u001f`, `\u3000${vector.comment}\t`]) {
    assert.equal(commitmentOf(vector.given, saidBy({ ...vector, comment }), placeOf(vector)), vector.commitment);
  }
});

test("an unknown channel or a malformed salt gives none", () => {
  const [vector] = VECTORS;
  assert.ok(vector);
  assert.equal(commitmentOf(vector.given, saidBy(vector), placeOf({ ...vector, channel: "new" })), null);
  for (const given of ["", "00", vector.given.toUpperCase()]) assert.equal(commitmentOf(given, saidBy(vector), placeOf(vector)), null);
});

test("bytes and text go forth and back", () => {
  const text = "a é 汉 𠮷 \u0000";
  assert.deepEqual(Buffer.from(utf8(text)), Buffer.from(text));
  assert.deepEqual(Buffer.from(utf8("\ud800x")), Buffer.from("\ufffdx"));
  for (const bytes of [[], [0], [1, 2], [255, 254, 253], [0, 0, 0, 0]]) {
    assert.deepEqual([...(bytesOfBase64(Buffer.from(bytes).toString("base64")) ?? [])], bytes);
    assert.deepEqual([...(bytesOfHex(hexOf(Uint8Array.from(bytes))) ?? [])], bytes);
  }
  for (const text of ["A", "AA", "A===", "AA-=", "AAA"]) assert.equal(bytesOfBase64(text), null);
  for (const text of ["0", "0G", "AB"]) assert.equal(bytesOfHex(text), null);
});
