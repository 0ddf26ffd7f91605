import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import test from "node:test";

import type * as Base64Url from "../../src/domain/base64url";
import type * as KeptReceipts from "../../src/domain/kept-receipts";
import type * as Receipt from "../../src/domain/receipt";
import { load } from "./load.ts";

const { encodeBase64Url, decodeBase64Url } = await load<typeof Base64Url>("domain/base64url");
const { keyOf, parseReceiptCode, receiptCode, secretFrom } = await load<typeof Receipt>("domain/receipt");
const { keptReceipt, withReceipt, withoutReceipt } = await load<typeof KeptReceipts>("domain/kept-receipts");

const bytes = (fill: (index: number) => number): Uint8Array => Uint8Array.from({ length: 32 }, (_, index) => fill(index));

/** Secret and key, worked out apart from this program with Python's hashlib and base64. */
const VECTORS = [
  { secret: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", key: "66687aadf862bd776c8fc18b8e9f8e20", of: bytes(() => 0) },
  { secret: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", key: "630dcd2966c4336691125448bbb25b4f", of: bytes((index) => index) },
  { secret: "__________________________________________8", key: "af9613760f72635fbdb44a5a0a63c39f", of: bytes(() => 255) },
];

test("the secret and its key match the vectors", () => {
  for (const { secret, key, of } of VECTORS) {
    assert.equal(secretFrom(of), secret);
    assert.equal(keyOf(secret), key);
  }
});

test("the key is the first half of SHA-256 of the secret's bytes, for any secret", () => {
  for (let round = 0; round < 50; round += 1) {
    const drawn = randomBytes(32);
    const expected = createHash("sha256").update(drawn).digest("hex").slice(0, 32);
    assert.equal(keyOf(secretFrom(drawn)), expected);
  }
});

test("base64url agrees with Node's for every length", () => {
  for (let length = 0; length <= 66; length += 1) {
    const drawn = randomBytes(length);
    assert.equal(encodeBase64Url(drawn), drawn.toString("base64url"));
    assert.deepEqual(decodeBase64Url(drawn.toString("base64url")), new Uint8Array(drawn));
  }
});

test("a text that no bytes encode to is not decoded", () => {
  for (const text of ["A", "AB+/", "AAAAA", "AB", "AAB", "A A=", "中文"]) {
    const decoded = decodeBase64Url(text);
    assert.ok(decoded === null || encodeBase64Url(decoded) === text, text);
  }
  assert.equal(decodeBase64Url("AB"), null);
});

test("a secret of another length is refused", () => {
  assert.throws(() => secretFrom(new Uint8Array(31)), RangeError);
  assert.throws(() => keyOf("AAAA"), RangeError);
  assert.throws(() => keyOf("!"), RangeError);
});

test("a receipt code names the campaign and the secret, and reads back with spaces in it", () => {
  const secret = VECTORS[1]?.secret ?? "";
  const code = receiptCode(12, secret);
  assert.equal(code, `12.${secret}`);
  assert.deepEqual(parseReceiptCode(code), { campaign: 12, secret });
  assert.deepEqual(parseReceiptCode(` 回执码：${code.slice(0, 20)}\n${code.slice(20)} `), { campaign: 12, secret });
});

test("a secret alone is a receipt code whose campaign is not known", () => {
  const secret = VECTORS[2]?.secret ?? "";
  assert.deepEqual(parseReceiptCode(secret), { campaign: null, secret });
});

test("what can't be a receipt code is not taken for one", () => {
  const secret = VECTORS[0]?.secret ?? "";
  for (const text of ["", "12.", secret.slice(1), `${secret}A`, `x.${secret}`, `${secret.slice(0, 42)}B`]) {
    assert.equal(parseReceiptCode(text), null, text);
  }
});

test("a kept receipt has campaign, department, date and secret, and nothing of the rating", () => {
  const accepted = {
    campaign: { id: 3, title: "评价" },
    department: { id: 7, name: "税务局" },
    rated_on: "2026-11-23",
    overall: 1,
    levels: { 5: 2 },
  };
  const kept = keptReceipt(VECTORS[0]?.secret ?? "", accepted);
  assert.deepEqual(Object.keys(kept).sort(), ["campaign", "department", "key", "ratedOn", "secret"]);
  assert.equal(JSON.stringify(kept).includes("overall"), false);
});

test("a receipt is kept once, the newest first, and can be forgotten", () => {
  const [one, other] = VECTORS.map(({ secret }) =>
    keptReceipt(secret, { campaign: { id: 1, title: "甲" }, department: { name: "乙" }, rated_on: "2026-01-01" }),
  );
  assert.ok(one && other);
  const both = withReceipt(withReceipt(withReceipt([], one), other), one);
  assert.deepEqual(both.map(({ key }) => key), [one.key, other.key]);
  assert.deepEqual(withoutReceipt(both, one.key), [other]);
});
