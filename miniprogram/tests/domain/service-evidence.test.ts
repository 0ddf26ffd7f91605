/** What a real service handed over, kept in a file that the server's tests read as well: both must find it good. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";

import type * as LogCheck from "../../src/domain/log-check";
import type * as SignedNote from "../../src/domain/signed-note";
import { load } from "./load.ts";

const { judge } = await load<typeof LogCheck>("domain/log-check");
const { fingerprintOf, readKey } = await load<typeof SignedNote>("domain/signed-note");

interface Told {
  commitment: string;
  promise: string;
}

interface File {
  key: string; fingerprint: string; campaign: number; since: number; counted: Told; excluded: Told;
  promised: LogCheck.Evidence; logged: LogCheck.Evidence; settled: LogCheck.Evidence; apart: LogCheck.Evidence;
}

const FILE = path.resolve(import.meta.dirname, "../../../tests/evaluation/evidence.json");
const { key, fingerprint, campaign, since, counted, excluded, promised, logged, settled, apart } = JSON.parse(readFileSync(FILE, "utf8")) as File;
const asked = (told: Told): LogCheck.Asked => ({ ...told, campaign, own: true, stored: told.commitment });

test("a promise is waited for, a leaf too, and a total is good", () => {
  assert.equal(judge(asked(counted), promised, key, null).findings.at(-1)?.title, "等待写入日志");
  assert.match(judge(asked(counted), promised, key, null).findings.at(-1)?.text ?? "", /签名已核对/);
  const first = judge(asked(counted), logged, key, null);
  assert.deepEqual([first.tone, first.seen?.size], ["wait", since]);
  assert.equal(judge(asked(counted), settled, key, first.seen).tone, "good");
});

test("an excluded rating is told of with its reason", () => {
  const verdict = judge(asked(excluded), apart, key, null);
  assert.equal(verdict.tone, "told");
  assert.ok(verdict.findings.some(({ text }) => text.includes("内容违法或恶意攻击")));
});

test("every sign of the evidence matters", () => {
  const text = JSON.stringify({ leaf: settled.leaf, tally: settled.tally, head: settled.head });
  const places = [...text.matchAll(/[0-9a-f]{64}/g)].map(({ index }) => index + 7);
  assert.ok(places.length > 10);
  for (const place of places) {
    const digit = text[place] === "0" ? "1" : "0";
    const changed = JSON.parse(text.slice(0, place) + digit + text.slice(place + 1)) as Partial<LogCheck.Evidence>;
    assert.equal(judge(asked(counted), { ...settled, ...changed }, key, null).tone, "bad", String(place));
  }
});

test("the fingerprint is the one that the service prints", () => {
  const read = readKey(key);
  assert.ok(read);
  assert.equal(fingerprintOf(read), fingerprint);
});
