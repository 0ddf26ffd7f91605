/** The desk on the phone: codes, limits in words, what a form lacks. */
import assert from "node:assert/strict";
import test from "node:test";

import type { CaseLine, CaseOrigin } from "../../src/api/desk-types";
import type * as Desk from "../../src/domain/desk";
import { load } from "./load.ts";

const desk = await load<typeof Desk>("domain/desk");
const NOW = Date.parse("2026-11-23T12:00:00+08:00");

const ORIGIN: CaseOrigin = {
  id: 7, kind: "evaluation", kind_label: "群众评价", joined_on: "2026-11-20", real_name: true, wish: false, released: false,
  callback_due_at: "2026-11-23T11:00:00+08:00", called_back_at: null, outcome_label: "",
};
const LINE: CaseLine = {
  id: 1, at: "2026-11-20T00:00:00+08:00", kind: "rater_answered", label: "评价人回复", role_label: "评价人", internal: false,
  text: "", word_state: "waiting", pictures: [],
};

test("a code is read whatever its case and dashes, with misread letters mended", () => {
  assert.equal(desk.linkCodeOf(" abcd-1234-efgh "), "ABCD1234EFGH");
  assert.equal(desk.linkCodeOf("ABCD-I2O4-EFGU"), "ABCD1204EFGV");
  for (const wrong of ["", "ABCD-1234", "https://example.cn", "ABCD-1234-EFGH-1"]) assert.equal(desk.linkCodeOf(wrong), null);
});

test("a limit is told in days, then hours, before and after it", () => {
  const words = (hours: number): string => desk.dueWords(new Date(NOW + hours * 3_600_000).toISOString(), NOW);
  assert.deepEqual([words(72), words(25), words(5), words(0.5), words(-0.5), words(-30)], ["还剩 3 天", "还剩 1 天", "还剩 5 小时", "还剩不到 1 小时", "已超不到 1 小时", "已超 1 天"]);
});

test("an overdue callback warns; an anonymous rating needs none; a released one asks for nothing", () => {
  const late = desk.shownOrigin(ORIGIN, true, NOW);
  assert.deepEqual([late.tone, late.mayCall], ["warn", true]);
  assert.match(late.callback, /已超 1 小时/);
  const anonymous = desk.shownOrigin({ ...ORIGIN, real_name: false, callback_due_at: null }, true, NOW);
  assert.deepEqual([anonymous.callback, anonymous.mayCall, anonymous.tone], ["匿名，不需要回访", false, "plain"]);
  const released = desk.shownOrigin({ ...ORIGIN, released: true }, true, NOW);
  assert.deepEqual([released.mayCall, released.rated, released.callback], [false, false, ""]);
});

test("of a rater's line the day alone is shown, and words that wait are named as such", () => {
  const line = desk.shownLine(LINE);
  assert.deepEqual([line.about, line.text], ["评价人 · 2026年11月20日", "（文字正在审核）"]);
  assert.match(desk.shownLine({ ...LINE, role_label: "联络员", kind: "answered" }).about, /00:00$/);
});

test("a rating that may not be shown says why", () => {
  const rating = {
    campaign: "", channel_label: "", standing: true, withheld: true, real_name: false, wish: false, level: null, level_label: "", answers: [], tags: [],
    comment: null, comment_state_label: "", photos: [], signed_by: null,
  };
  assert.match(desk.shownRating(rating).none, /保护评价人/);
  assert.match(desk.shownRating({ ...rating, withheld: false, standing: false }).none, /撤回/);
});

test("each form names what it lacks", () => {
  assert.equal(desk.writingProblem("extend", " ", ""), "请填写延期理由。");
  assert.equal(desk.writingProblem("ask_closing", "", ""), "");
  assert.equal(desk.writingProblem("call_back", "", "declined"), "");
});
