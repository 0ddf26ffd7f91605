import assert from "node:assert/strict";
import test from "node:test";

import type * as FailureModule from "../../src/domain/failure";
import type * as Room from "../../src/domain/waiting-room";
import type { Waiting } from "../../src/domain/waiting-room";
import { load } from "./load.ts";

const room = await load<typeof Room>("domain/waiting-room");
const { failureOf, unreachable, consentMissing } = await load<typeof FailureModule>("domain/failure");

const NOW = 1_000_000;
const item = (key: string, change: Partial<Waiting> = {}): Waiting => ({ ...room.arrival(key, NOW), ...change });
const refusal = (status: number, code: string, retryAfter?: string) => failureOf(status, { code, detail: "说明" }, retryAfter);
const after = (one: Waiting, failure: FailureModule.Failure, sent: boolean) => room.settled(one, failure, NOW, sent);

test("what was made first is sent first", () => {
  const items = [item("b", { madeAt: 2 }), item("a", { madeAt: 1 })];
  assert.equal(room.nextToSend(items, NOW)?.key, "a");
});

test("what rests on the others is sent after them", () => {
  const items = [item("a", { madeAt: 1 }), item("b", { madeAt: 2 })];
  const goesLast = ({ key }: Waiting) => key === "a";
  assert.equal(room.nextToSend(items, NOW, goesLast)?.key, "b");
  assert.equal(room.nextToSend([item("a")], NOW, goesLast)?.key, "a");
});

test("an edited one takes its old place and keeps the doubt whether it arrived", () => {
  const items = [item("a", { madeAt: 1, state: "refused", mayHaveArrived: true }), item("b", { madeAt: 2 })];
  const [first] = room.withItem(items, item("a", { madeAt: 9 }));
  assert.deepEqual([first?.key, first?.state, first?.madeAt, first?.mayHaveArrived], ["a", "waiting", 1, true]);
});

test("one that is under way is not replaced", () => {
  const items = [item("a", { state: "sending", message: "first" })];
  assert.deepEqual(room.withItem(items, item("a", { message: "second" })), items);
});

test("without an answer it waits for the network and nothing is sent past it", () => {
  const { change, proceed } = after(item("a"), unreachable(), true);
  assert.deepEqual([change.state, change.mayHaveArrived, proceed], ["waiting", true, false]);
  assert.match(change.message ?? "", /等待网络/);
});

test("a photo that did not go out leaves no doubt about the item itself", () => {
  assert.equal(after(item("a"), unreachable(), false).change.mayHaveArrived, false);
});

test("without consent or sign-in it waits and does not count as sent", () => {
  for (const failure of [consentMissing(), refusal(401, "token_expired")]) {
    assert.deepEqual([after(item("a"), failure, false).change.state, after(item("a"), failure, false).proceed], ["waiting", false]);
  }
});

test("a busy service holds the whole room for as long as it says", () => {
  const { change } = after(item("a"), refusal(429, "too_many_requests", "7"), true);
  const items = [{ ...item("a"), ...change }, item("b", { madeAt: NOW + 1 })];
  assert.equal(room.nextToSend(items, NOW + 6_999), null);
  assert.equal(room.nextAttemptIn(items, NOW + 5_000), 2_000);
  assert.equal(room.nextToSend(items, NOW + 7_000)?.key, "a");
  assert.equal(room.nextToSend(room.withoutHolds(items), NOW)?.key, "a");
});

test("a refusal is the person's to settle, and the next one is sent", () => {
  const { change, proceed } = after(item("a"), failureOf(422, { code: "invalid", detail: "请检查", errors: [{ field: "place", message: "请填写地点" }] }), true);
  assert.deepEqual([change.state, proceed, change.mayHaveArrived], ["refused", true, false]);
  assert.match(change.message ?? "", /请检查.*请填写地点/);
  assert.equal(room.nextToSend([{ ...item("a"), ...change }, item("b")], NOW)?.key, "b");
});

test("what was being sent when the program stopped waits again", () => {
  const [first] = room.recovered([item("a", { state: "sending" })]);
  assert.deepEqual([first?.state, first?.mayHaveArrived], ["waiting", true]);
});

test("every state has its words", () => {
  const words = (["waiting", "sending", "refused"] as const).map((state) => room.waitingLabel(item("a", { state })));
  assert.deepEqual(words, ["等待网络", "正在发送", "需要修改"]);
  assert.equal(room.waitingLabel(item("a", { heldUntil: 1 })), "稍后发送");
});
