/** The phone's codes are the service's: both are held to the same vectors. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";

import type * as Codes from "../../src/domain/check-in-codes";
import { load } from "./load.ts";

const codes = await load<typeof Codes>("domain/check-in-codes");

interface Vectors {
  steps: { unix_seconds: number; step: number }[];
  activities: {
    activity: number;
    activity_key: string;
    ticket: string;
    ticket_key: string;
    rotating: { step: number; code: string }[];
    member: { phase: Codes.Phase; step: number; nonce: string; code: string }[];
    proofs: { member_code: string; step: number; proof: string }[];
  }[];
}

const FILE = path.resolve(import.meta.dirname, "../../../tests/attendance/code_vectors.json");
const vectors = JSON.parse(readFileSync(FILE, "utf8")) as Vectors;

const momentOf = (step: number): number => step * 15_000 + 14_999;

test("time falls into steps of fifteen seconds", () => {
  for (const { unix_seconds: seconds, step } of vectors.steps) assert.equal(codes.stepAt(seconds * 1000), step);
  assert.equal(codes.secondsLeft(15_000), 15);
  assert.equal(codes.secondsLeft(29_999), 1);
});

test("the rotating code of each step is the service's", () => {
  for (const { activity, activity_key: key, rotating } of vectors.activities) {
    for (const { step, code } of rotating) {
      assert.equal(codes.rotatingCode(activity, key, momentOf(step)), code);
      assert.deepEqual(codes.parseCode(code), { kind: "rotating", activity, step, text: code });
      assert.ok(codes.isSignedWith(code, key));
    }
  }
});

test("a member's code is the service's, coming and going", () => {
  for (const { activity, ticket, ticket_key: key, member } of vectors.activities) {
    for (const { phase, step, nonce, code } of member) {
      const parts = { activity, ticket, phase, now: momentOf(step), nonce: codes.bytesOf(nonce) };
      assert.equal(codes.memberCode(parts, key), code);
      assert.deepEqual(codes.parseCode(code), { kind: "member", activity, ticket, phase, step, nonce, text: code });
      assert.ok(codes.isSignedWith(code, key));
    }
  }
});

test("a countersigned code is the service's", () => {
  let seen = 0;
  for (const { activity_key: key, proofs } of vectors.activities) {
    for (const { member_code: text, step, proof } of proofs) {
      const code = codes.parseCode(text);
      assert.ok(code?.kind === "member");
      assert.equal(codes.proofOf(code, key, momentOf(step)), proof);
      const parsed = codes.parseCode(proof);
      assert.ok(parsed?.kind === "proof");
      assert.deepEqual([parsed.ticket, parsed.memberStep, parsed.organiserStep], [code.ticket, code.step, step]);
      seen += 1;
    }
  }
  assert.ok(seen > 0);
});

test("what isn't exactly a code is none", () => {
  const [sample] = vectors.activities;
  const good = sample?.rotating[0]?.code ?? "";
  const bad = [
    "", "RH1", good.toUpperCase(), good.replace("RH1", "RH2"), `${good}0`, good.slice(0, -1), good.replace("RH1.", "RH1.0"),
    `x${good}`, `${good}\n${good}`, sample?.member[0]?.code.replace(".i.", ".x.") ?? "", "pages/home/index?scene=d7", "d7",
  ];
  for (const text of bad) assert.equal(codes.parseCode(text), null, text);
  assert.notEqual(codes.parseCode(` ${good}\n`), null);
});

test("a changed code isn't signed", () => {
  const [sample] = vectors.activities;
  const code = sample?.rotating[0];
  const key = sample?.activity_key ?? "";
  assert.ok(code);
  assert.ok(!codes.isSignedWith(code.code.replace(String(code.step), String(code.step + 1)), key));
  assert.ok(!codes.isSignedWith(code.code, sample?.ticket_key ?? ""));
  assert.ok(!codes.isSignedWith("nothing", key));
});

test("keys and nonces of a wrong form are refused", () => {
  const parts = { activity: 1, ticket: "00112233445566ff", phase: "in", now: 0, nonce: new Uint8Array(4) } as const;
  assert.throws(() => codes.memberCode(parts, "00"), RangeError);
  assert.throws(() => codes.rotatingCode(1, "zz", 0), RangeError);
});
