/** What a receipt shows of its case: words and days, no official, no level. */
import assert from "node:assert/strict";
import test from "node:test";

import type { RaterCase } from "../../src/api/types";
import type * as ReceiptCase from "../../src/domain/receipt-case";
import { load } from "./load.ts";

const { nextSteps, shownRaterCase, wordProblem } = await load<typeof ReceiptCase>("domain/receipt-case");

type Line = RaterCase["lines"][number];

function line(more: Partial<Line>): Line {
  return {
    id: 1, on: "2026-11-24", at: "2026-11-24T09:30:00+08:00", kind: "registered", label: "挂号", by: "系统",
    own: false, text: "", word_state: "none", pictures: [], ...more,
  };
}

function found(more: Partial<RaterCase> = {}): RaterCase {
  return {
    number: "2026-00001", kind: "poor_rating", kind_label: "办事差评",
    department: { id: 7, name: "市税务局" }, stage: "answered", stage_label: "已答复", round: 1,
    registered_on: "2026-11-24", rectify_due_at: "2026-12-09T23:59:59+08:00", provisional: false, extended: false,
    callback_due_at: null, called_back: false, closed_on: null, closed_by_label: "", lines: [line({})],
    may: { answer: true, follow_up: true, watch: true }, watching: false, ...more,
  };
}

const factsOf = (more: Partial<RaterCase>): Record<string, string> =>
  Object.fromEntries(shownRaterCase(found(more)).facts.map(({ name, value }) => [name, value]));

test("the limit is said with what may still change it", () => {
  assert.equal(factsOf({})["答复时限"], "2026年12月9日 23:59");
  assert.equal(factsOf({ extended: true, provisional: true })["答复时限"], "2026年12月9日 23:59（已延期，节假日公布后可能调整）");
  assert.equal(factsOf({ callback_due_at: "2026-11-25T23:59:59+08:00" })["回访时限"], "2026年11月25日 23:59");
  assert.equal(factsOf({ callback_due_at: "2026-11-25T23:59:59+08:00", called_back: true })["回访时限"], undefined);
});

test("a closed case says on whose word, and no limit", () => {
  const facts = factsOf({ stage: "closed", closed_on: "2026-12-01", closed_by_label: "评价人认可" });
  assert.equal(facts["销号"], "2026年12月1日，评价人认可");
  assert.equal(facts["答复时限"], undefined);
});

test("a rater's own line shows the day alone, and what becomes of the words", () => {
  const own = line({ kind: "rater_answered", label: "评价人回复", by: "评价人", own: true, at: null, text: "没解决", word_state: "held" });
  const [shown] = shownRaterCase(found({ lines: [own] })).lines;
  assert.deepEqual([shown?.by, shown?.when, shown?.note], ["您", "2026年11月24日", "审核后部门才能看到。"]);
  const passed = shownRaterCase(found({ lines: [{ ...own, word_state: "passed" }] })).lines[0];
  assert.equal(passed?.note, "");
});

test("the hint asks for the last word, and tells of an appeal until it is decided", () => {
  assert.match(shownRaterCase(found()).hint, /解决了没有/);
  const appealed = line({ kind: "appealed", label: "提出申诉" });
  assert.match(shownRaterCase(found({ lines: [appealed] })).hint, /申诉/);
  const decided = line({ kind: "appeal_decided", label: "申诉裁定" });
  assert.doesNotMatch(shownRaterCase(found({ lines: [appealed, decided] })).hint, /申诉/);
  assert.equal(shownRaterCase(found({ may: { answer: true, follow_up: false, watch: true } })).hint, "");
});

test("the second round is named while the case is open", () => {
  assert.equal(shownRaterCase(found({ round: 2, stage: "reopened", stage_label: "退回重办" })).stage, "退回重办（第 2 轮）");
  assert.equal(shownRaterCase(found({ round: 2, stage: "closed", stage_label: "已销号" })).stage, "已销号");
});

test("a word is neither missing nor too long", () => {
  assert.notEqual(wordProblem("  ", true), "");
  assert.equal(wordProblem("", false), "");
  assert.equal(wordProblem("😀".repeat(2000), true), "");
  assert.match(wordProblem("字".repeat(2001), false), /2001/);
});

test("what happens next is the same for every rating of a kind", () => {
  assert.match(nextSteps("survey"), /封存/);
  assert.match(nextSteps("service"), /第二天/);
});
