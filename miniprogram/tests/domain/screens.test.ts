/** What screens show: dates, labels, results, receipts, codes, failures. */
import assert from "node:assert/strict";
import test from "node:test";

import type * as Dates from "../../src/domain/dates";
import type * as Drafts from "../../src/domain/drafts";
import type * as FailureModule from "../../src/domain/failure";
import type * as Home from "../../src/domain/home";
import type * as Invitation from "../../src/domain/invitation";
import type * as Levels from "../../src/domain/levels";
import type * as Photos from "../../src/domain/photos";
import type * as Results from "../../src/domain/results";
import type * as ReceiptView from "../../src/domain/receipt-view";
import { load } from "./load.ts";

const dates = await load<typeof Dates>("domain/dates");
const drafts = await load<typeof Drafts>("domain/drafts");
const failures = await load<typeof FailureModule>("domain/failure");
const home = await load<typeof Home>("domain/home");
const { invitationCode } = await load<typeof Invitation>("domain/invitation");
const levels = await load<typeof Levels>("domain/levels");
const photos = await load<typeof Photos>("domain/photos");
const results = await load<typeof Results>("domain/results");
const { shownReceipt } = await load<typeof ReceiptView>("domain/receipt-view");

test("dates are those of Shanghai, whatever the phone's zone", () => {
  assert.equal(dates.formatMoment("2026-12-31T16:05:00Z"), "2027年1月1日 00:05");
  assert.equal(dates.formatDay("2026-12-31T23:59:59.123456+08:00"), "2026年12月31日");
  assert.equal(dates.formatPlainDate("2026-02-03"), "2026年2月3日");
});

test("the time left is said in the largest unit that serves", () => {
  const closes = "2026-11-23T18:00:00+08:00";
  const at = (moment: string): string => dates.timeLeft(closes, Date.parse(moment));
  assert.equal(at("2026-11-20T09:00:00+08:00"), "还剩 3 天");
  assert.equal(at("2026-11-22T22:00:00+08:00"), "还剩 20 小时");
  assert.equal(at("2026-11-23T09:00:00+08:00"), "今天 18:00 截止");
  assert.equal(at("2026-11-23T17:29:30+08:00"), "还剩 30 分钟");
  assert.equal(at("2026-11-23T17:59:59+08:00"), "还剩 1 分钟");
  assert.equal(at("2026-11-23T18:00:00+08:00"), "已截止");
});

test("five levels, best first, and no other word for none", () => {
  assert.deepEqual(levels.LEVEL_CHOICES.map(({ level }) => level), [5, 4, 3, 2, 1]);
  for (const { label, lines } of levels.LEVEL_CHOICES) assert.equal(lines.join(""), label);
  assert.equal(levels.levelLabel(0), "不了解");
  assert.deepEqual([5, 4, 3, 2, 1].map((level) => levels.isPoor(level as 1)), [false, false, false, true, true]);
});

test("the bar's parts add up to the whole, and nobody's rating makes no bar", () => {
  const parts = results.barParts({ "5": 6, "4": 3, "1": 3 });
  assert.deepEqual(parts.map(({ count }) => count), [6, 3, 0, 0, 3]);
  assert.equal(parts.reduce((sum, { width }) => sum + width, 0), 100);
  assert.deepEqual(parts.map(({ share }) => share), ["50.0", "25.0", "0.0", "0.0", "25.0"]);
  assert.deepEqual(results.barParts({}).map(({ width }) => width), [0, 0, 0, 0, 0]);
});

test("a withheld channel shows no number, even if one came along", () => {
  const shown = results.shownChannel({ channel: "open", withheld: true, count: null, distribution: { "5": 9 }, score: null, excluded: null });
  assert.deepEqual(shown.parts, []);
  assert.equal(results.withheldWords(10), "样本少于 10，或能推算出这样的样本，不公布");
});

test("results are filtered by a part of the name", () => {
  const all = [{ name: "市税务局" }, { name: "市公安局" }];
  assert.deepEqual(results.namedLike(all, " 税务 "), [all[0]]);
  assert.equal(results.namedLike(all, "").length, 2);
});

test("a leaf's heading stands once, and its withheld channels say so", () => {
  const channel = { channel: "open" as const, withheld: true, count: null, unknown: null, mean_score: null };
  const leaf = { code: "A", name: "办事", heading: "优化办事服务", channels: [channel] };
  const shown = results.shownLeaves([leaf, { ...leaf, code: "B", channels: [{ ...channel, withheld: false, count: 12, unknown: 3, mean_score: "81.25" }] }]);
  assert.deepEqual(shown.map(({ heading }) => heading), ["优化办事服务", ""]);
  assert.deepEqual(shown.map(({ channels }) => [channels[0]?.score, channels[0]?.words]), [["", "不公布"], ["81.25", "12 人评价，3 人不了解"]]);
});

test("a receipt shows states and dates and no level", () => {
  const shown = shownReceipt({
    campaign: { id: 1, title: "评价" }, department: { id: 2, name: "税务局" }, channel: "open", rated_on: "2026-11-23",
    state: "excluded", exclusion_reason: "重复评价", revision: 2, comment_state: "held", may_change: false, closes_at: "2026-12-31T16:00:00Z", signed_by: null,
    cell: 0, organisation: null, record: null, may_erase: false,
  });
  assert.equal(shown.state, "不予采纳");
  assert.deepEqual(shown.lines.map(({ name }) => name), ["评价日期", "评价渠道", "意见", "截止时间", "更正次数", "不予采纳的原因"]);
});

test("a code leads to the form, or to the reason why not", () => {
  const entry = {
    kind: "code" as const, campaign: { id: 3, title: "办事评价", kind: "service" as const }, department: { id: 7, name: "税务局" },
    departments: [], counter: null, channel: "service_centre" as const,
  };
  assert.deepEqual(home.outcomeOf(entry, "ABCD-1234-EFGH"), { path: "/packages/evaluation/rate/index?campaign=3&department=7&code=ABCD-1234-EFGH" });
  assert.deepEqual(home.outcomeOf({ ...entry, kind: "counter" }, "kA1"), { path: "/packages/evaluation/rate/index?campaign=3&department=7&counter=A1" });
  const counter = home.outcomeOf({ ...entry, kind: "counter", counter: { id: 1, name: "3 号窗口" } }, "kA1");
  assert.match("path" in counter ? counter.path : "", /counter=A1&counterName=3%20%E5%8F%B7/);
  assert.ok("refusal" in home.outcomeOf({ ...entry, campaign: null }, "d7"));
});

test("an invitation code is read in any case and without space", () => {
  assert.equal(invitationCode(" ab-12 \n"), "AB-12");
  assert.equal(invitationCode("  "), null);
  assert.equal(invitationCode("x".repeat(41)), null);
});

test("drafts are one for each matter and go after 30 days", () => {
  const draft = {
    campaign: { id: 1, title: "" }, department: { id: 2, name: "" }, matter: { counter: null, code: "X" }, secret: "s",
    rating: { overall: null, levels: {}, tags: [], comment: "", identity: "anonymous" as const, contact: { name: "", phone: "" }, enterprise: null },
    photos: [], savedAt: 0,
  };
  const kept = drafts.withDraft(drafts.withDraft([], draft), { ...draft, secret: "t" });
  assert.deepEqual(kept.map(({ secret }) => secret), ["t"]);
  assert.equal(drafts.withDraft(kept, { ...draft, matter: { counter: null, code: "Y" } }).length, 2);
  assert.equal(drafts.findDraft(kept, drafts.draftName(1, 2, { counter: null, code: "X" }))?.secret, "t");
  assert.deepEqual(drafts.freshDrafts(kept, 30 * 24 * 3600 * 1000), []);
});

test("a photo is waiting until it has an id, and a large one is refused with the limit", () => {
  assert.equal(photos.shownPhoto({ path: "a", id: null }).state, "waiting");
  assert.equal(photos.shownPhoto({ path: "a", id: "1" }).state, "done");
  const order = ["a", "b", "c"].map((path) => photos.shownPhoto({ path, id: null }));
  assert.deepEqual(photos.withPhotoForward(order, "c").map(({ path }) => path), ["a", "c", "b"]);
  assert.deepEqual(photos.withPhotoForward(order, "a").map(({ path }) => path), ["a", "b", "c"]);
  assert.equal(photos.photoRefusal(5_242_880, 5_242_880), null);
  assert.match(photos.photoRefusal(5_242_881, 5_242_880) ?? "", /5 MB/);
});

test("a problem is read with its code, fields and wait; anything else gets words of its own", () => {
  const failure = failures.failureOf(429, { code: "too_many_requests", detail: "太快了", errors: [{ field: "x", message: "甲" }, { nonsense: 1 }] }, "12");
  assert.deepEqual([failure.kind, failure.code, failure.retryAfter, failure.fields.length], ["refused", "too_many_requests", 12, 1]);
  assert.equal(failures.fullMessage(failure), "太快了；甲（约 12 秒后可再试）");
  for (const body of [null, "", "<html>", [], 5, { detail: 5 }]) {
    assert.match(failures.failureOf(502, body).message, /请稍后再试/);
  }
  assert.equal(failures.failureOf(500, {}, "Wed, 21 Oct 2026 07:28:00 GMT").retryAfter, null);
  assert.equal(failures.asFailure(new TypeError("undefined is not a function")).message.includes("undefined"), false);
});

test("the scores of the levels are said as the campaign has them", () => {
  assert.match(results.levelScoreWords({ "5": 100, "4": 80, "3": 60, "2": 30, "1": 0 }), /100、80、60、30、0 分/);
});
