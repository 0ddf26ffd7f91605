import assert from "node:assert/strict";
import test from "node:test";

import type { CheckInSheet } from "../../src/api/activity-types";
import type * as CheckIn from "../../src/domain/check-in";
import type * as Codes from "../../src/domain/check-in-codes";
import type * as FailureModule from "../../src/domain/failure";
import type * as Outbox from "../../src/domain/check-in-outbox";
import { load } from "./load.ts";

const checkIn = await load<typeof CheckIn>("domain/check-in");
const codes = await load<typeof Codes>("domain/check-in-codes");
const outbox = await load<typeof Outbox>("domain/check-in-outbox");
const { failureOf } = await load<typeof FailureModule>("domain/failure");

const KEY = "ab".repeat(32);
const TICKET = "00112233445566ff";
const member = codes.memberCode({ activity: 7, ticket: TICKET, phase: "in", now: 0, nonce: new Uint8Array(5) }, KEY);

const sheet = (evidence: string[], ticket: CheckInSheet["ticket"] = { id: TICKET, key: KEY }): CheckInSheet => ({
  activity: {
    id: 7, title: "活动", starts_at: "", ends_at: "", evidence, evidence_needed: 1, check_out: true,
    fences: [{ name: "", shape: "circle", centre: [120, 30], radius: 100 }],
  },
  my: { presence: null, came_at: null, left_at: null, kinds: [], doubts: [], message: "" },
  ticket,
  server_time: "2026-11-28T09:00:00+08:00",
});

const parsed = (text: string): Codes.CheckInCode => {
  const code = codes.parseCode(text);
  assert.ok(code);
  return code;
};

test("only what the activity accepts is offered, and the member's own code always", () => {
  assert.deepEqual(checkIn.waysOf(sheet(["code"])), { code: true, place: false, photo: false, peers: false, mine: true });
  assert.deepEqual(checkIn.waysOf(sheet(["place", "peers"], null)), { code: false, place: true, photo: false, peers: true, mine: false });
});

test("a code of another activity, of somebody else, or one's own has each its words", () => {
  const proof = codes.proofOf(parsed(member) as Codes.MemberCode, KEY, 0);
  assert.match(checkIn.codeProblem(parsed(codes.rotatingCode(8, KEY, 0)), 7, TICKET), /另一个活动/);
  assert.match(checkIn.codeProblem(parsed(proof), 7, "ffffffffffffffff"), /给别人的/);
  assert.match(checkIn.codeProblem(parsed(member), 7, TICKET), /您自己的码/);
  assert.equal(checkIn.codeProblem(parsed(proof), 7, TICKET), "");
  assert.equal(checkIn.codeProblem(parsed(codes.rotatingCode(7, KEY, 0)), 7, null), "");
});

test("a scanned member's code leads the organiser to the proof, and others to confirming", () => {
  assert.match(checkIn.pathOfCode(parsed(member), true), /^\/packages\/activities\/proof\/index\?id=7&code=RM1/);
  assert.match(checkIn.pathOfCode(parsed(member), false), /^\/packages\/activities\/check-in\/index\?id=7/);
  assert.match(checkIn.pathOfCode(parsed(codes.rotatingCode(7, KEY, 0)), true), /check-in\/index/);
});

test("a standing is told in words", () => {
  const shown = checkIn.shownStanding({
    presence: "question", came_at: "2026-11-28T09:02:00+08:00", left_at: null, kinds: ["code"], doubts: ["late"], message: "等组织者确认。",
  });
  assert.deepEqual(
    [shown.badge.text, shown.times, shown.kinds, shown.doubts, shown.message],
    ["待组织者确认", "09:02 到场", "扫描活动码", ["活动码超过 60 秒后才送达"], "等组织者确认。"],
  );
});

test("the way to check-in says what is left to do there", () => {
  const standing = (my: Partial<CheckInSheet["my"]>, checkOut: boolean): CheckInSheet => {
    const { activity, my: nobody, ...rest } = sheet(["code"]);
    return { ...rest, activity: { ...activity, check_out: checkOut }, my: { ...nobody, ...my } };
  };
  const came = { presence: "present", came_at: "2026-11-28T09:02:00+08:00" };
  assert.deepEqual(checkIn.checkInButton(null), { text: "去打卡", quiet: false });
  assert.deepEqual(checkIn.checkInButton(standing({ presence: "question" }, true)), { text: "去打卡", quiet: false });
  assert.deepEqual(checkIn.checkInButton(standing(came, false)), { text: "查看打卡", quiet: true });
  assert.deepEqual(checkIn.checkInButton(standing(came, true)), { text: "去签退", quiet: true });
  const gone = { ...came, left_at: "2026-11-28T11:30:00+08:00" };
  assert.deepEqual(checkIn.checkInButton(standing(gone, true)), { text: "查看打卡", quiet: true });
});

test("presence can be confirmed from two hours before the start", () => {
  const activity = { starts_at: "2026-11-28T09:00:00+08:00" };
  assert.match(checkIn.confirmingFrom(activity, Date.parse("2026-11-28T06:59:59+08:00")), /^11月28日 周六 07:00起可以确认到场/);
  assert.equal(checkIn.confirmingFrom(activity, Date.parse("2026-11-28T07:00:00+08:00")), "");
});

test("the roster tells states and never when somebody came or left", () => {
  const attendee = {
    person: "p", name: "张三", branch: "第一党支部", number: 1, standing: "joined", presence: "present", kinds: ["code"], doubts: [],
    doubt_labels: [], marks: [], pictures: [], left: false, decided: false,
  };
  assert.deepEqual([checkIn.shownAttendee(attendee).badge.text, checkIn.shownAttendee({ ...attendee, left: true }).badge.text], ["已到场", "已签退"]);
  assert.equal(checkIn.shownAttendee({ ...attendee, presence: "question", left: true }).badge.text, "待组织者确认");
  assert.doesNotMatch(JSON.stringify(checkIn.shownAttendee({ ...attendee, left: true })), /\d{1,2}:\d{2}/);
});

const item = (evidence: Outbox.Evidence, madeAt = 0) =>
  outbox.checkInItem({ key: "k", activity: 7, title: "活动", evidence, happenedAt: 0, madeAt });

test("the outbox has no place for coordinates", () => {
  const evidence = outbox.placeEvidence("in", "edge", 32.6, false);
  assert.deepEqual(evidence, { kind: "place", phase: "in", inside: true, accuracy: 33, mock: false });
  assert.doesNotMatch(JSON.stringify(item(evidence)), /longitude|latitude/);
});

test("what is 30 days old is let go", () => {
  const day = 24 * 3600 * 1000;
  const items = [item({ kind: "code", phase: "in", code: "x" }, 0), item({ kind: "code", phase: "in", code: "y" }, 2 * day)];
  assert.deepEqual(outbox.freshItems(items, 31 * day).map(({ madeAt }) => madeAt), [2 * day]);
});

test("waiting items say what they are and that they wait", () => {
  const waiting = outbox.shownItem(item({ kind: "proof", phase: "out", proof: "x", made: true }));
  assert.deepEqual([waiting.what, waiting.label, waiting.warn], ["为参加人证明（签退）", "等待网络", false]);
  const refused = outbox.shownItem({ ...item({ kind: "code", phase: "in", code: "x" }), state: "refused", message: "打卡码无效。" });
  assert.deepEqual([refused.label, refused.message, refused.warn], ["没有成功", "打卡码无效。", true]);
});

test("a refused confirmation waits for one's own check-in of the same activity, and for nothing else", () => {
  const confirmation = item({ kind: "confirmation", phase: "in", code: "x" });
  const own = item({ kind: "code", phase: "in", code: "y" });
  const waits = (code: string, other: Outbox.CheckInItem) =>
    outbox.waitsForOwn(confirmation, failureOf(409, { code, detail: "说明" }), [confirmation, other]) !== null;
  assert.ok(waits("peer_not_present", own));
  assert.ok(waits("peer_only_vouched_for", own));
  assert.ok(waits("peer_not_present", item({ kind: "proof", phase: "in", proof: "z", made: false })));
  assert.ok(!waits("code_forged", own));
  assert.ok(!waits("peer_not_present", { ...own, activity: 8 }));
  assert.ok(!waits("peer_not_present", { ...own, state: "refused" }));
  assert.ok(!waits("peer_not_present", item({ kind: "proof", phase: "in", proof: "z", made: true })));
  assert.ok(!waits("peer_not_present", confirmation));
  assert.equal(outbox.waitsForOwn(own, failureOf(409, { code: "peer_not_present" }), [own]), null);
});
