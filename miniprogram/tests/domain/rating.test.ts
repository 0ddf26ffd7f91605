import assert from "node:assert/strict";
import test from "node:test";

import type { RatingForm } from "../../src/api/types";
import type * as Rating from "../../src/domain/rating";
import type { RatingInput } from "../../src/domain/rating";
import { load } from "./load.ts";

const rating = await load<typeof Rating>("domain/rating");

const leaf = (id: number) => ({ id, code: `A${id}`, name: `指标${id}`, question: "", heading: "优化办事服务" });

const FORM: RatingForm = {
  campaign: { id: 1, title: "评价", kind: "survey", closes_at: "2026-12-31T16:00:00Z", channels: ["open", "enterprise_online"] },
  department: { id: 2, name: "税务局", enterprise_facing: true },
  leaves: [leaf(11), leaf(12)],
  tags: { good: ["态度好", "办得快"], poor: ["态度差"] },
  limits: { comment: 2000, photos: 6, photo_bytes: 5_242_880 },
};

const NO_MATTER = { counter: null, code: null };

function filled(change: Partial<RatingInput> = {}): RatingInput {
  return { ...rating.emptyRating(), overall: 4, levels: { "11": 5, "12": 0 }, ...change };
}

const fields = (input: RatingInput, photos = 0): string[] => rating.problemsOf(input, FORM, photos).map(({ field }) => field);

test("an empty form lacks the overall level first, then every leaf in order", () => {
  assert.deepEqual(fields(rating.emptyRating()), ["overall", "levels.11", "levels.12"]);
});

test("a leaf answered with 不了解 is answered", () => {
  assert.deepEqual(fields(filled()), []);
});

test("不了解 is no overall level, and no level outside 0 to 5 passes", () => {
  assert.deepEqual(fields({ ...filled(), overall: 0 as never }), ["overall"]);
  assert.deepEqual(fields({ ...filled(), levels: { "11": 6 as never, "12": 2.5 as never } }), ["levels.11", "levels.12"]);
});

test("the comment is counted in characters without space at its ends, 2,000 at most", () => {
  assert.deepEqual(fields(filled({ comment: ` ${"好".repeat(2000)}\n` })), []);
  assert.deepEqual(fields(filled({ comment: "好".repeat(2001) })), ["comment"]);
  assert.equal(rating.commentLength("👍👍 "), 2);
});

test("photos beyond the limit are named", () => {
  assert.deepEqual(fields(filled(), 6), []);
  assert.deepEqual(fields(filled(), 7), ["photos"]);
});

test("a contact is asked for only by choice", () => {
  assert.deepEqual(fields(filled({ contact: { name: "", phone: "no" } })), []);
  assert.deepEqual(fields(filled({ identity: "named" })), ["contact.name", "contact.phone"]);
  assert.deepEqual(fields(filled({ identity: "named", contact: { name: "王女士", phone: "138 0013 8000" } })), []);
});

test("mobile numbers and landlines with their area code are telephone numbers", () => {
  for (const good of ["13800138000", "19912345678", "0571-87654321", "057187654321", "010 12345678"]) assert.ok(rating.isPhone(good), good);
  for (const bad of ["", "12345", "1380013800", "23800138000", "87654321", "138001380000"]) assert.ok(!rating.isPhone(bad), bad);
});

test("tags follow the overall level, and a change of side drops those chosen", () => {
  assert.deepEqual(rating.tagsFor(null, FORM.tags), []);
  assert.deepEqual(rating.tagsFor(3, FORM.tags), FORM.tags.good);
  assert.deepEqual(rating.tagsFor(2, FORM.tags), FORM.tags.poor);
  const praised = rating.withTagToggled(filled(), "态度好");
  assert.deepEqual(rating.withOverall(praised, 5, FORM.tags).tags, ["态度好"]);
  assert.deepEqual(rating.withOverall(praised, 1, FORM.tags).tags, []);
  assert.deepEqual(rating.withTagToggled(praised, "态度好").tags, []);
});

test("the rest becomes 不了解 without touching what was chosen", () => {
  const input = rating.withLevel(rating.emptyRating(), 11, 2);
  assert.deepEqual(rating.withRestUnknown(input, FORM.leaves).levels, { "11": 2, "12": 0 });
});

test("a submission is anonymous unless the rater leaves a contact", () => {
  const typed = { contact: { name: " 王女士 ", phone: "138 0013 8000" } };
  const anonymous = rating.submissionOf(filled(typed), 2, NO_MATTER, []);
  assert.equal(anonymous.contact, null);
  const named = rating.submissionOf(filled({ ...typed, identity: "named" }), 2, NO_MATTER, []);
  assert.deepEqual(named.contact, { name: "王女士", phone: "13800138000" });
});

test("a submission has the shape of the contract", () => {
  const sent = rating.submissionOf(filled({ comment: " 好 ", enterprise: 5 }), 2, { counter: "A1", code: null }, ["p"]);
  assert.deepEqual(sent, {
    overall: 4, levels: { "11": 5, "12": 0 }, tags: [], comment: "好", photos: ["p"], contact: null, salt: null, handle_now: false,
    department: 2, enterprise: 5, counter: "A1", code: null, organisation: null,
  });
});

test("a correction leaves out what can't change", () => {
  const sent = rating.correctionOf(filled(), []);
  assert.deepEqual(Object.keys(sent).sort(), ["comment", "contact", "handle_now", "levels", "overall", "photos", "salt", "tags"]);
  assert.throws(() => rating.correctionOf(rating.emptyRating(), []), RangeError);
});

test("a kept rating loses what a changed form has no place for", () => {
  const kept = filled({ levels: { "11": 1, "99": 3 }, tags: ["态度好", "没有了"] });
  const fitted = rating.fittedTo(kept, FORM);
  assert.deepEqual(fitted.levels, { "11": 1 });
  assert.deepEqual(fitted.tags, ["态度好"]);
});

test("the summary says what is sent, and in whose name", () => {
  const lines = Object.fromEntries(rating.summaryOf(filled(), "满意", 2, "某某公司").map(({ name, value }) => [name, value]));
  assert.deepEqual(lines, {
    总体评价: "满意", 分项评价: "1 项，另有 1 项不了解", 意见: "没有填写", 照片: "2 张", 名义: "某某公司", 联系方式: "不留，匿名提交",
  });
});

test("a form that nobody touched is no draft", () => {
  assert.ok(rating.isUntouched(rating.emptyRating()));
  assert.ok(!rating.isUntouched(filled()));
});

test("an enterprise rates only departments that serve enterprises, where the campaign offers it, and never by a code", () => {
  const company = { id: 30, name: "某某公司" };
  const standing = (form: RatingForm, matter = NO_MATTER as Rating.Matter) => rating.standingOf(form, matter, [company]);
  assert.deepEqual(standing(FORM), { personal: true, enterprises: [company] });
  assert.deepEqual(standing({ ...FORM, department: { ...FORM.department, enterprise_facing: false } }).enterprises, []);
  assert.deepEqual(standing({ ...FORM, campaign: { ...FORM.campaign, channels: ["open"] } }).enterprises, []);
  assert.deepEqual(standing(FORM, { code: "ABCD-1234-EFGH", counter: null }), { personal: true, enterprises: [] });
});

test("who may not rate in the name chosen is told what to do", () => {
  const company = { id: 30, name: "某某公司" };
  const open = { personal: true, enterprises: [] };
  const enterprisesOnly = { personal: false, enterprises: [company] };
  assert.equal(rating.standingProblem(open, filled()), "");
  assert.equal(rating.standingProblem(enterprisesOnly, filled({ enterprise: 30 })), "");
  assert.match(rating.standingProblem(enterprisesOnly, filled()), /请选择/);
  assert.match(rating.standingProblem({ personal: false, enterprises: [] }, filled()), /二维码.*绑定单位/);
  assert.match(rating.standingProblem(open, filled({ enterprise: 99 })), /企业/);
});

test("现在就请处理 is offered for poor ratings of surveys alone, and goes with the level", () => {
  const survey = { ...FORM, campaign: { ...FORM.campaign, kind: "survey" as const } };
  const visits = { ...FORM, campaign: { ...FORM.campaign, kind: "service" as const } };
  const poor = filled({ overall: 2, handleNow: true });
  assert.equal(rating.offersNow(poor, survey, false), true);
  assert.equal(rating.offersNow(poor, visits, false), false);
  assert.equal(rating.offersNow(poor, survey, true), false);
  assert.equal(rating.offersNow(filled({ overall: 3 }), survey, false), false);
  assert.equal(rating.correctionOf(poor, []).handle_now, true);
  assert.ok(rating.summaryOf(poor, "不满意", 0, null).some(({ name }) => name === "现在处理"));
  const better = rating.withOverall(poor, 4, FORM.tags);
  assert.equal(rating.correctionOf(better, []).handle_now, false);
  assert.equal(rating.correctionOf(filled({ overall: 4, handleNow: true }), []).handle_now, false);
});
