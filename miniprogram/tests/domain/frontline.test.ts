/** Entries, experiences, binding, notices, effects: what the phone works out by itself. */
import assert from "node:assert/strict";
import test from "node:test";

import type * as Effects from "../../src/domain/effect";
import type * as Experiences from "../../src/domain/experiences";
import type * as Frontline from "../../src/domain/frontline";
import type { EntryInput } from "../../src/domain/frontline";
import type * as Home from "../../src/domain/home";
import type * as Notices from "../../src/domain/notices";
import type * as Persons from "../../src/domain/person";
import type * as Uuid from "../../src/domain/uuid";
import { load } from "./load.ts";

const frontline = await load<typeof Frontline>("domain/frontline");
const experiences = await load<typeof Experiences>("domain/experiences");
const effects = await load<typeof Effects>("domain/effect");
const home = await load<typeof Home>("domain/home");
const notices = await load<typeof Notices>("domain/notices");
const persons = await load<typeof Persons>("domain/person");
const { uuidFrom } = await load<typeof Uuid>("domain/uuid");

const TODAY = "2026-11-23";
const BRANCH = { id: 3, name: "第一党支部" };

function entry(change: Partial<EntryInput> = {}): EntryInput {
  return { ...frontline.emptyEntry(TODAY, BRANCH), place: "望江社区", problem: "门禁坏了", measures: "当天修好", ...change };
}

const fieldsOf = (input: EntryInput, photos = 0): string[] => frontline.problemsOf(input, photos, TODAY).map(({ field }) => field);

test("a new entry names the author's branch and lacks place, problem and measures", () => {
  const fresh = frontline.emptyEntry(TODAY, BRANCH);
  assert.deepEqual(fresh.units, [{ ...BRANCH, people: "1" }]);
  assert.deepEqual(fieldsOf(fresh), ["place", "problem", "measures"]);
  assert.equal(frontline.isUntouched(fresh), true);
});

test("a complete entry lacks nothing", () => {
  assert.deepEqual(fieldsOf(entry()), []);
});

test("a visit that found no problem needs neither problem nor measures, and sends none", () => {
  const none = entry({ solution: "none", problem: "先写了又改", measures: "先写了又改" });
  assert.deepEqual(fieldsOf({ ...none, problem: "", measures: "" }), []);
  const content = frontline.contentOf(none, [], null);
  assert.deepEqual([content.problem, content.measures], ["", ""]);
});

test("the wish to hand on goes only with a problem that is open", () => {
  assert.equal(frontline.contentOf(entry({ handOn: true }), [], null).hand_on, false);
  assert.equal(frontline.contentOf(entry({ handOn: true, solution: "open" }), [], null).hand_on, true);
});

test("bad numbers of people, a day to come, long texts and too many photos are each named", () => {
  for (const people of ["", "0", "1001", "1.5", "-1", "三"]) assert.deepEqual(fieldsOf(entry({ units: [{ ...BRANCH, people }] })), ["units"]);
  assert.deepEqual(fieldsOf(entry({ happenedOn: "2026-11-24" })), ["happened_on"]);
  assert.deepEqual(fieldsOf(entry({ lesson: "长".repeat(2001), came: "😀".repeat(2000) })), ["lesson"]);
  assert.deepEqual(fieldsOf(entry(), 7), ["pictures"]);
  assert.deepEqual(fieldsOf(entry({ units: [] })), ["units"]);
});

test("the steps of the number of people stay within what the service takes", () => {
  const units = [{ ...BRANCH, people: "1" }];
  assert.equal(frontline.withMorePeople(units, 3, -1)[0]?.people, "1");
  assert.equal(frontline.withMorePeople(units, 3, 1)[0]?.people, "2");
  assert.equal(frontline.withMorePeople([{ ...BRANCH, people: "1000" }], 3, 1)[0]?.people, "1000");
  assert.equal(frontline.withUnit(units, BRANCH).length, 1);
});

test("tags are put in and out, six at most", () => {
  assert.deepEqual(experiences.withTag(["a"], "a"), []);
  const six = ["1", "2", "3", "4", "5", "6"];
  assert.match(experiences.tagProblem(six, "7"), /最多 6 个/);
  assert.equal(experiences.tagProblem(six, "6"), "");
  assert.notEqual(experiences.tagProblem([], "长".repeat(21)), "");
});

test("codes that lead past the rating of departments find their page", () => {
  assert.equal(home.pathBeside("fABCD1234EFGH"), "/packages/frontline/effect/index?scene=fABCD1234EFGH");
  assert.equal(home.pathBeside("pages/home/index?scene=fABCD1234EFGH"), "/packages/frontline/effect/index?scene=fABCD1234EFGH");
  assert.equal(home.pathBeside("https://example.invalid/effect/ABCD-1234-EFGH"), "/packages/frontline/effect/index?scene=fABCD1234EFGH");
  assert.equal(home.pathBeside("bind:ABCD-1234-EFGH"), "/packages/me/person/index?code=ABCD-1234-EFGH");
  for (const other of ["d12", "ABCD-1234-EFGH", "weixin://pay"]) assert.equal(home.pathBeside(other), null);
});

test("a binding code is read as it is typed and as it is scanned", () => {
  assert.equal(persons.parseBindingCode(" abcd1234efgh "), "ABCD-1234-EFGH");
  assert.equal(persons.parseBindingCode(persons.bindingText("ABCD-1234-EFGH")), "ABCD-1234-EFGH");
  assert.equal(persons.parseBindingCode("12"), null);
});

test("a branch is led once, and kept by its secretary alone", () => {
  const roles = [{ role: "member", organisation: BRANCH }, { role: "secretary", organisation: BRANCH }, { role: "organiser", organisation: { id: 4, name: "二" } }];
  assert.deepEqual(persons.ledBranches(roles), [{ ...BRANCH, keeper: true }, { id: 4, name: "二", keeper: false }]);
  assert.equal(persons.leadsBranch(roles, 3), true);
});

test("WeChat is asked for three templates at most, and only what was agreed to is told", () => {
  const kinds = ["added", "place_given", "entry_reviewed", "experience_reviewed"] as const;
  const templates = kinds.map((kind) => ({ kind, template_id: `t-${kind}` }));
  const asked = notices.templatesFor([{ kind: "check_in_decided", template_id: "" }, ...templates], [...kinds, "check_in_decided"]);
  assert.deepEqual(asked.map(({ kind }) => kind), kinds.slice(0, 3));
  assert.deepEqual(notices.agreedKinds(asked, { "t-added": "accept", "t-place_given": "reject", "t-entry_reviewed": "ban" }), ["added"]);
  assert.deepEqual([notices.badgeWords(0), notices.badgeWords(7), notices.badgeWords(100)], ["", "7", "99+"]);
});

test("the number of one-time links is one that the service takes", () => {
  assert.deepEqual(["", "0", "201", "x"].map(effects.linkCount), [null, null, null, null]);
  assert.equal(effects.linkCount("200"), 200);
});

test("a drawn id is a UUID of version 4", () => {
  assert.match(uuidFrom(new Uint8Array(16).fill(255)), /^ffffffff-ffff-4fff-bfff-ffffffffffff$/);
  assert.throws(() => uuidFrom(new Uint8Array(15)));
});
