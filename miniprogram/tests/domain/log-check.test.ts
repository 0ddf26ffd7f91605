/** 核验我的评价: what holds, what waits, and every way in which it can be wrong. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";

import type * as LogCheck from "../../src/domain/log-check";
import type * as SignedNote from "../../src/domain/signed-note";
import { load } from "./load.ts";
import { hex, inclusionOf, rootOf, SmallLog } from "./small-log.ts";

const { judge } = await load<typeof LogCheck>("domain/log-check");
const { fingerprintOf, openCheckpoint, openNote, promisedOn, readKey } = await load<typeof SignedNote>("domain/signed-note");

const commitment = (name: string): string => createHash("sha256").update(name).digest("hex");
const MINE = commitment("mine");
const CAMPAIGN = 12;
const accepted = (name: string): string => `v1 ${CAMPAIGN} accepted - ${commitment(name)} -`;
const OTHERS = ["a", "b", "c", "d"];

/** A log with the rating, others, and the tally over them. */
function counted(counting: readonly string[] = ["mine", ...OTHERS], later: string[] = []): { log: SmallLog; leaves: Buffer[] } {
  const leaves = counting.map(commitment).sort().map((one) => Buffer.from(one, "hex"));
  const root = rootOf(leaves).toString("hex");
  const tally = `v1 ${CAMPAIGN} tallied - - - edition=1 counted=${leaves.length} withdrawn=0 excluded.test=2 root=${root}`;
  return { log: new SmallLog([...OTHERS.map(accepted), accepted("mine"), ...later, tally]), leaves };
}

function evidenceOf(log: SmallLog, leaves: Buffer[], since: number | null = null): LogCheck.Evidence {
  const position = leaves.findIndex((leaf) => leaf.toString("hex") === MINE);
  const mine = log.entries.findIndex((entry) => entry === accepted("mine"));
  const later = log.entries.findIndex((entry) => entry.split(" ")[5] === MINE);
  const tallied = log.entries.findIndex((entry) => entry.includes(" tallied "));
  return {
    head: log.head(),
    leaf: mine < 0 ? null : log.leaf(mine),
    later: later < 0 ? null : log.leaf(later),
    consistency: since === null ? null : log.consistency(since),
    tally: tallied < 0 ? null : {
      edition: 1, leaf: log.leaf(tallied),
      place: position < 0 ? null : { position, path: hex(inclusionOf(position, leaves)) },
    },
  };
}

const asked = (log: SmallLog, change: Partial<LogCheck.Asked> = {}): LogCheck.Asked => ({
  campaign: CAMPAIGN, commitment: MINE, promise: log.promise(CAMPAIGN, MINE, "2026-11-23"), own: true, stored: MINE, ...change,
});

test("a rating in the log, unchanged and counted, is found so, and the head is kept", () => {
  const { log, leaves } = counted();
  const verdict = judge(asked(log), evidenceOf(log, leaves), log.key, null);
  assert.equal(verdict.tone, "good");
  assert.deepEqual(verdict.seen, { size: 6, root: log.root() });
  assert.match(verdict.findings.at(-1)?.text ?? "", /计入 5 份，不予采纳 2 份，撤回 0 份/);
});

test("a log that goes on from the one seen before holds", () => {
  const { log, leaves } = counted();
  for (let size = 0; size <= 6; size += 1) {
    const verdict = judge(asked(log), evidenceOf(log, leaves, size), log.key, { size, root: log.root(size) });
    assert.equal(verdict.tone, "good", String(size));
  }
});

test("a rewritten log is found, and its head is not kept", () => {
  const { log, leaves } = counted();
  const other = new SmallLog(OTHERS.map((name) => accepted(`${name}'`)));
  for (const seen of [{ size: 4, root: other.root() }, { size: 6, root: other.root() }, { size: 7, root: log.root() }, { size: 4, root: "" }]) {
    const verdict = judge(asked(log), evidenceOf(log, leaves, Math.min(seen.size, 6)), log.key, seen);
    assert.equal(verdict.tone, "bad");
    assert.equal(verdict.seen, null);
  }
  const without = judge(asked(log), evidenceOf(log, leaves), log.key, { size: 4, root: log.root(4) });
  assert.equal(without.tone, "bad");
});

test("another key's log is refused, whatever it says", () => {
  const { log, leaves } = counted();
  const verdict = judge(asked(log), evidenceOf(log, leaves), new SmallLog().key, null);
  assert.equal(verdict.tone, "bad");
  assert.match(verdict.findings[0]?.title ?? "", /签名无效/);
  assert.equal(judge(asked(log), evidenceOf(log, leaves), "nonsense", null).tone, "bad");
});

test("a head changed by one sign is refused", () => {
  const { log, leaves } = counted();
  const evidence = evidenceOf(log, leaves);
  for (const head of [evidence.head.replace("\n6\n", "\n7\n"), evidence.head.replace(log.name, "other.test/log"), "", `${evidence.head}x`]) {
    assert.equal(judge(asked(log), { ...evidence, head }, log.key, null).tone, "bad");
  }
});

test("a leaf of another rating, place, campaign or event proves nothing", () => {
  const { log, leaves } = counted();
  const evidence = evidenceOf(log, leaves);
  assert.ok(evidence.leaf);
  const wrong = [
    log.leaf(0), { ...evidence.leaf, index: 3 }, { ...evidence.leaf, path: evidence.leaf.path.slice(1) },
    { ...evidence.leaf, entry: evidence.leaf.entry.replace("v1 12", "v1 13") }, { ...evidence.leaf, path: ["zz"] },
    log.leaf(5),
  ];
  for (const leaf of wrong) assert.equal(judge(asked(log), { ...evidence, leaf }, log.key, null).tone, "bad");
  assert.equal(judge(asked(log, { campaign: 13 }), evidence, log.key, null).tone, "bad");
});

test("a rating that was changed in the database has another commitment than the phone keeps", () => {
  const { log, leaves } = counted();
  const verdict = judge(asked(log, { commitment: commitment("as it was") }), evidenceOf(log, leaves), log.key, null);
  assert.equal(verdict.tone, "bad");
});

test("a rating that is left out of the total is found", () => {
  const { log, leaves } = counted(OTHERS);
  const verdict = judge(asked(log), evidenceOf(log, leaves), log.key, null);
  assert.equal(verdict.tone, "bad");
  assert.match(verdict.findings.at(-1)?.title ?? "", /没有计入总数/);
});

test("a place in another total, or at another position, proves nothing", () => {
  const { log, leaves } = counted();
  const evidence = evidenceOf(log, leaves);
  const place = evidence.tally?.place;
  assert.ok(evidence.tally && place);
  for (const wrong of [{ ...place, position: (place.position + 1) % 5 }, { ...place, path: [] }, { ...place, position: -1 }]) {
    assert.equal(judge(asked(log), { ...evidence, tally: { ...evidence.tally, place: wrong } }, log.key, null).tone, "bad");
  }
  for (const leaf of [null, log.leaf(0), { ...log.leaf(5), entry: log.entries[5]!.replace("counted=5", "counted=6") }]) {
    assert.equal(judge(asked(log), { ...evidence, tally: { ...evidence.tally, leaf } }, log.key, null).tone, "bad");
  }
});

test("before the log has it, the signed promise is checked and the rating waits", () => {
  const log = new SmallLog(OTHERS.map(accepted));
  const evidence = evidenceOf(log, []);
  const verdict = judge(asked(log), evidence, log.key, null);
  assert.equal(verdict.tone, "wait");
  assert.match(verdict.findings.at(-1)?.text ?? "", /签名已核对/);
  for (const promise of ["", new SmallLog().promise(CAMPAIGN, MINE, "2026-11-23"), log.promise(CAMPAIGN, commitment("a"), "2026-11-23")]) {
    const other = judge(asked(log, { promise }), evidence, log.key, null);
    assert.equal(other.tone, "wait");
    assert.match(other.findings.at(-1)?.text ?? "", /没有可核对的承诺/);
  }
});

test("an empty log is a log", () => {
  const log = new SmallLog();
  const verdict = judge(asked(log), evidenceOf(log, []), log.key, null);
  assert.equal(verdict.tone, "wait");
  assert.equal(verdict.seen?.size, 0);
});

test("a promise that was not kept is found when the total is there", () => {
  const { log, leaves } = counted();
  const verdict = judge(asked(log), { ...evidenceOf(log, leaves), leaf: null }, log.key, null);
  assert.equal(verdict.tone, "bad");
  assert.match(verdict.findings.at(-1)?.text ?? "", /承诺，可作为证据/);
});

test("in the log and not yet counted, it waits for the total", () => {
  const log = new SmallLog([...OTHERS.map(accepted), accepted("mine")]);
  assert.equal(judge(asked(log), evidenceOf(log, []), log.key, null).tone, "wait");
});

const LATER = {
  withdrawn: [`v1 ${CAMPAIGN} withdrawn - - ${MINE}`, /已撤回/],
  corrected: [`v1 ${CAMPAIGN} corrected - ${commitment("new")} ${MINE}`, /已更正/],
  excluded: [`v1 ${CAMPAIGN} excluded abusive - ${MINE}`, /不予采纳/],
} as const;

for (const [event, [entry, title]] of Object.entries(LATER)) {
  test(`a rating that was ${event} later is told of, and is not missed in the total`, () => {
    const { log, leaves } = counted(OTHERS, [entry]);
    const verdict = judge(asked(log), evidenceOf(log, leaves), log.key, null);
    assert.equal(verdict.tone, "told");
    assert.ok(verdict.findings.some((finding) => title.test(finding.title)));
  });
}

test("a later event without proof explains nothing", () => {
  const { log, leaves } = counted(OTHERS);
  const forged = { index: 0, entry: `v1 ${CAMPAIGN} excluded abusive - ${MINE}`, path: log.leaf(0).path };
  assert.equal(judge(asked(log), { ...evidenceOf(log, leaves), later: forged }, log.key, null).tone, "bad");
  const { log: other, leaves: others } = counted(OTHERS, [`v1 ${CAMPAIGN} excluded abusive - ${commitment("a")}`]);
  const wrong = { ...evidenceOf(other, others), later: other.leaf(5) };
  assert.equal(judge(asked(other), wrong, other.key, null).tone, "bad");
});

test("excluded after the total, it waits for the next edition", () => {
  const { log, leaves } = counted();
  log.entries.push(`v1 ${CAMPAIGN} excluded test - ${MINE}`);
  assert.equal(judge(asked(log), evidenceOf(log, leaves), log.key, null).tone, "wait");
});

test("a rating whose stored content changed since is found, though the log is whole", () => {
  const { log, leaves } = counted();
  const verdict = judge(asked(log, { stored: commitment("altered") }), evidenceOf(log, leaves), log.key, null);
  assert.equal(verdict.tone, "bad");
  assert.ok(verdict.findings.some(({ title }) => title === "保存的内容被改动"));
  assert.equal(judge(asked(log, { stored: null }), evidenceOf(log, leaves), log.key, null).tone, "bad");
});

test("while the campaign is open, a correction may still be on its way into the log", () => {
  const log = new SmallLog([...OTHERS.map(accepted), accepted("mine")]);
  for (const stored of [commitment("corrected"), null]) {
    const verdict = judge(asked(log, { stored }), evidenceOf(log, []), log.key, null);
    assert.equal(verdict.tone, "wait");
    assert.ok(verdict.findings.some(({ title }) => title === "保存的内容有变动"));
  }
});

test("of a record that only the service knows the page says so", () => {
  const { log, leaves } = counted();
  const verdict = judge(asked(log, { own: false }), evidenceOf(log, leaves), log.key, null);
  assert.equal(verdict.tone, "told");
  assert.ok(verdict.findings.some(({ title }) => title === "记录由系统提供"));
});

test("notes are opened by their own key alone, also beside other signatures", () => {
  const log = new SmallLog(OTHERS.map(accepted));
  const key = readKey(log.key);
  assert.ok(key);
  const note = log.head();
  const other = new SmallLog();
  const witness = other.note("x\n").split("\n").at(-2)!.replace(other.name, "witness");
  assert.ok(openCheckpoint(`${note}${witness}\n`, key));
  const false_ = other.note(openNote(note, key)!).split("\n").at(-2)!;
  assert.ok(openNote(`${note}${false_}\n`, key), "a key of the same name with another id is another key");
  assert.equal(openNote(note.replace("— ", "- "), key), null);
  assert.equal(openNote(note.slice(0, -1), key), null);
  assert.equal(openNote(note.replace("\n\n", "\n"), key), null);
  assert.equal(promisedOn(note, key, CAMPAIGN, MINE), null);
  assert.equal(openCheckpoint(log.promise(CAMPAIGN, MINE, "2026-11-23"), key), null);
});

test("a key's parts must belong together; its fingerprint is that of the public key", () => {
  const log = new SmallLog();
  const [name = "", id = "", rest = ""] = log.key.split("+");
  for (const text of [`${name}x+${id}+${rest}`, `${name}+00000000+${rest}`, `${name}+${id}+AAAA`, name, ""]) assert.equal(readKey(text), null);
  const key = readKey(` ${log.key}\n`);
  assert.ok(key);
  const digest = createHash("sha256").update(log.publicBytes).digest("hex");
  assert.equal(fingerprintOf(key).replace(/ /g, ""), digest);
});
