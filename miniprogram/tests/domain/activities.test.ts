import assert from "node:assert/strict";
import test from "node:test";

import type { Activity } from "../../src/api/activity-types";
import type * as Activities from "../../src/domain/activities";
import type * as FormModule from "../../src/domain/activity-form";
import type { Fence, Point } from "../../src/domain/fences";
import { load } from "./load.ts";

const activities = await load<typeof Activities>("domain/activities");
const forms = await load<typeof FormModule>("domain/activity-form");

const NOW = Date.parse("2026-11-24T12:00:00+08:00");

function activity(change: Partial<Activity> = {}): Activity {
  return {
    id: 5, kind: "frontline", kind_label: "一线", title: "环境整治", place: "和平社区", starts_at: "2026-11-28T09:00:00+08:00",
    ends_at: "2026-11-28T11:30:00+08:00", join_until: "2026-11-27T18:00:00+08:00", state: "announced",
    organiser: { id: 3, name: "第一党支部" }, capacity: 50, taken: 12, waiting: 0, my: null, may_join: true,
    position: { longitude: 120.1, latitude: 30.2 }, description: "", bring: "手套", community: null, partners: [{ id: 9, name: "第二党支部" }],
    agreement: { id: 4, title: "共建协议" }, audience: "partners", audience_label: "主办和协办单位的党员", audience_groups: [],
    fences: [{ name: "广场", shape: "circle", centre: [120.1, 30.2], radius: 200 }], evidence: ["code", "place"], evidence_needed: 1,
    check_out: false, pictures: [], revision: 1, cancel_reason: null, may_manage: false, ...change,
  };
}

test("a list shows when, where, by whom and how many places are left", () => {
  const shown = activities.shownBrief(activity(), NOW);
  assert.deepEqual(
    [shown.period, shown.place, shown.organiser, shown.places, shown.state],
    ["11月28日 周六 09:00–11:30", "和平社区", "第一党支部", "还有 38 个名额（共 50 个）", null],
  );
});

test("places are told when full, when people wait, and when unlimited", () => {
  assert.match(activities.placesWords(activity({ taken: 50, waiting: 3 })), /已满.*3 人候补/);
  assert.match(activities.placesWords(activity({ taken: 50 })), /可以候补/);
  assert.match(activities.placesWords(activity({ capacity: null })), /不限/);
});

test("a cancelled activity offers no place, and nothing to join until", () => {
  const cancelled = activity({ state: "cancelled", taken: 50 });
  assert.equal(activities.placesWords(cancelled), "");
  const names = activities.factsOf(cancelled).map(({ name }) => name);
  assert.deepEqual(names.filter((name) => name === "名额" || name === "报名截止"), []);
});

test("the waiting person sees its turn", () => {
  assert.deepEqual(activities.placeBadge({ standing: "waiting", number: 51, ahead: 0 }), { text: "候补第 1 位", tone: "plain" });
  assert.equal(activities.placeBadge({ standing: "left", number: 1, ahead: 0 }), null);
  assert.match(activities.outcomeWords({ standing: "waiting", number: 52, ahead: 1, taken: 50, capacity: 50 }), /候补第 2 位.*按顺序递补/);
});

test("who may do what follows from the activity", () => {
  const open = activities.choicesOf(activity(), NOW);
  assert.deepEqual([open.join, open.leave, open.checkIn, open.calendar], ["报名参加", "", false, true]);
  assert.equal(activities.choicesOf(activity({ taken: 50 }), NOW).join, "报名候补");
  const joined = activity({ may_join: false, my: { standing: "joined", number: 1, ahead: 0 } });
  assert.deepEqual([activities.choicesOf(joined, NOW).join, activities.choicesOf(joined, NOW).leave], ["", "取消报名"]);
  const cancelled = activities.choicesOf(activity({ state: "cancelled" }), NOW);
  assert.deepEqual(cancelled, { join: "", leave: "", checkIn: false, calendar: false, share: false });
  assert.ok(activities.choicesOf(activity(), Date.parse("2026-11-28T09:30:00+08:00")).checkIn);
});

test("the facts leave out what there isn't", () => {
  const names = activities.factsOf(activity({ bring: "" })).map(({ name }) => name);
  assert.ok(names.includes("协办") && names.includes("联建协议"));
  assert.ok(!names.includes("需要携带") && !names.includes("服务社区"));
  const evidence = activities.factsOf(activity({ evidence_needed: 2, check_out: true })).find(({ name }) => name === "打卡方式");
  assert.match(evidence?.value ?? "", /扫描活动码、到达活动地点，需要其中 2 种。组织者确认总是可以；离开时还要签退/);
});

test("the calendar gets seconds", () => {
  const entry = activities.calendarEntry(activity());
  assert.equal(entry.startTime, Date.parse("2026-11-28T09:00:00+08:00") / 1000);
  assert.equal(entry.endTime, String(Date.parse("2026-11-28T11:30:00+08:00") / 1000));
});

test("a form goes to the service and comes back the same", () => {
  const form = forms.formOf(activity());
  const draft = forms.draftOf(form, null);
  assert.deepEqual(
    [draft.starts_at, draft.join_until, draft.partners, draft.agreement, draft.pictures],
    ["2026-11-28T09:00:00+08:00", "2026-11-27T18:00:00+08:00", [9], 4, null],
  );
  assert.deepEqual(forms.problemsOf(form), []);
});

test("a form says what it lacks", () => {
  const form = { ...forms.emptyForm(3, NOW), capacity: "0", ends: { date: "2026-11-01", time: "09:00" } };
  assert.deepEqual(forms.problemsOf(form).map(({ field }) => field), ["title", "ends", "joinUntil", "place", "capacity"]);
});

test("place and photo are never all that an activity takes", () => {
  const form = { ...forms.formOf(activity()), evidence: ["place", "photo"] as FormModule.ActivityForm["evidence"] };
  assert.match(forms.problemsOf(form)[0]?.message ?? "", /不能强制/);
  const noFence = { ...forms.formOf(activity()), fences: [] };
  assert.match(forms.problemsOf(noFence)[0]?.message ?? "", /地图上标出/);
});

test("moving the beginning carries the end along", () => {
  const moved = forms.withStart(forms.formOf(activity()), { date: "2026-11-29", time: "14:00" });
  assert.deepEqual([moved.ends, moved.joinUntil], [{ date: "2026-11-29", time: "16:30" }, { date: "2026-11-28", time: "23:00" }]);
});

test("a tap on the map is a circle of 200 m, ten at most", () => {
  let fences: Fence[] = [];
  for (let tap = 0; tap < 12; tap += 1) fences = forms.withCircle(fences, [120.123456789, 30.1]);
  assert.equal(fences.length, 10);
  assert.deepEqual(fences[0], { name: "地点 1", shape: "circle", centre: [120.1234568, 30.1], radius: 200 });
});

test("a polygon is made of at least three different corners", () => {
  let corners: Point[] = [];
  for (const corner of [[120, 30], [120, 30], [120.01, 30]] as Point[]) corners = forms.withCorner(corners, corner);
  assert.equal(corners.length, 2);
  assert.deepEqual(forms.withPolygon([], corners), []);
  const triangle = forms.withCorner(corners, [120, 30.01]);
  assert.deepEqual(forms.withPolygon([], triangle), [{ name: "地点 1", shape: "polygon", corners: triangle }]);
  assert.match(forms.fenceRows(forms.withPolygon([], triangle))[0]?.words ?? "", /多边形，3 个角/);
});

test("another organiser takes its partnership and its agreements along", () => {
  const form = forms.formOf(activity({ community: { id: 8, name: "和平社区" } }));
  const other = forms.withOrganiser(form, 9);
  assert.deepEqual([other.organiser, other.partners, other.agreement, other.community?.id], [9, [], null, 8]);
  assert.deepEqual(forms.withPartner(form.partners, { id: 9, name: "第二党支部" }), form.partners);
});

test("an agreement that is not in force any more stays where it was chosen", () => {
  const [ended, active] = [{ id: 4, title: "旧协议" }, { id: 5, title: "新协议" }];
  assert.deepEqual(forms.agreementChoices([active], ended), [ended, active]);
  assert.deepEqual(forms.agreementChoices([active], active), [active]);
  assert.deepEqual(forms.agreementChoices([active], null), [active]);
});

test("pictures are sent only where one was added, removed or moved", () => {
  assert.equal(forms.picturesToSend(["a", "b"], ["a", "b"]), null);
  assert.deepEqual(forms.picturesToSend(["a", "b"], ["b", "a"]), ["b", "a"]);
  assert.deepEqual(forms.picturesToSend(["a"], []), []);
  assert.equal(forms.draftOf(forms.formOf(activity()), ["a"]).pictures?.length, 1);
});
