import assert from "node:assert/strict";
import test from "node:test";

import type * as FailureModule from "../../src/domain/failure";
import type * as Outbox from "../../src/domain/outbox";
import type { OutboxItem } from "../../src/domain/outbox";
import { load } from "./load.ts";

const outbox = await load<typeof Outbox>("domain/outbox");
const { failureOf, unreachable, consentMissing } = await load<typeof FailureModule>("domain/failure");

const NOW = 1_000_000;

function item(key: string, change: Partial<OutboxItem> = {}): OutboxItem {
  return {
    key,
    secret: `secret of ${key}`,
    campaign: { id: 1, title: "活动" },
    department: { id: 2, name: "部门" },
    matter: { counter: null, code: null },
    rating: {
      overall: 4, levels: {}, tags: [], comment: "", identity: "anonymous", contact: { name: "", phone: "" }, enterprise: null,
    },
    photos: [],
    madeAt: NOW,
    state: "waiting",
    message: "",
    hold: null,
    mayHaveArrived: false,
    ...change,
  };
}

const refusal = (status: number, code: string, retryAfter?: string) => failureOf(status, { code, detail: "说明" }, retryAfter);

test("what was made first is sent first, whatever the order in the store", () => {
  const items = [item("c", { madeAt: 3 }), item("a", { madeAt: 1 }), item("b", { madeAt: 2 })];
  assert.deepEqual(outbox.inOrder(items).map(({ key }) => key), ["a", "b", "c"]);
  assert.equal(outbox.nextToSend(items, NOW)?.key, "a");
});

test("a rating put in twice is in once", () => {
  const once = outbox.withItem([], item("a"));
  assert.equal(outbox.withItem(once, item("a")).length, 1);
});

test("a rating that waits or is being sent is not replaced by another content under its key", () => {
  for (const state of ["waiting", "sending"] as const) {
    const items = [item("a", { state, message: "first" })];
    assert.deepEqual(outbox.withItem(items, item("a", { message: "second" })), items);
  }
});

test("an edited refused rating takes its old place and waits again", () => {
  const items = [item("a", { madeAt: 1, state: "refused" }), item("b", { madeAt: 2 })];
  const after = outbox.withItem(items, item("a", { madeAt: 9 }));
  assert.deepEqual(after.map(({ key, state, madeAt }) => [key, state, madeAt]), [["a", "waiting", 1], ["b", "waiting", 2]]);
});

test("without an answer it waits, may have arrived, and nothing is sent past it", () => {
  const { item: after, proceed } = outbox.settled(outbox.begun(item("a")), unreachable(), NOW, true);
  assert.equal(after.state, "waiting");
  assert.equal(after.mayHaveArrived, true);
  assert.equal(after.secret, "secret of a");
  assert.equal(proceed, false);
});

test("a photo that did not go out leaves no doubt about the rating itself", () => {
  assert.equal(outbox.settled(item("a"), unreachable(), NOW, false).item.mayHaveArrived, false);
});

test("doubt stays until there is an answer", () => {
  const doubtful = item("a", { mayHaveArrived: true });
  assert.equal(outbox.settled(doubtful, unreachable(), NOW, false).item.mayHaveArrived, true);
  assert.equal(outbox.settled(doubtful, refusal(422, "invalid"), NOW, true).item.mayHaveArrived, false);
});

test("what was being sent when the program stopped waits again", () => {
  const [after, other] = outbox.recovered([item("a", { state: "sending" }), item("b", { state: "refused" })]);
  assert.equal(after?.state, "waiting");
  assert.equal(after?.mayHaveArrived, true);
  assert.equal(other?.state, "refused");
});

test("a refusal keeps the server's message with what each field lacks, and the next one is sent", () => {
  const failure = failureOf(422, { code: "invalid", detail: "请检查", errors: [{ field: "comment", message: "意见太长" }] });
  const { item: after, proceed } = outbox.settled(item("a"), failure, NOW, true);
  assert.equal(after.state, "refused");
  assert.match(after.message, /请检查.*意见太长/);
  assert.equal(proceed, true);
});

test("a second rating and a closed campaign have states of their own", () => {
  assert.equal(outbox.settled(item("a"), refusal(409, "already_rated"), NOW, true).item.state, "duplicate");
  assert.equal(outbox.settled(item("a"), refusal(409, "campaign_closed"), NOW, true).item.state, "closed");
});

test("too many requests hold the whole queue for as long as the service says", () => {
  const { item: held, proceed } = outbox.settled(item("a"), refusal(429, "too_many_requests", "7"), NOW, true);
  assert.equal(proceed, false);
  const items = [held, item("b", { campaign: { id: 9, title: "另一个" }, madeAt: NOW + 1 })];
  assert.equal(outbox.nextToSend(items, NOW + 6_999), null);
  assert.equal(outbox.nextAttemptIn(items, NOW + 5_000), 2_000);
  assert.equal(outbox.nextToSend(items, NOW + 7_000)?.key, "a");
});

test("a paused campaign holds only its own ratings", () => {
  const { item: held, proceed } = outbox.settled(item("a"), refusal(503, "campaign_paused"), NOW, true);
  assert.equal(proceed, true);
  assert.equal(held.mayHaveArrived, false);
  const same = item("b", { madeAt: NOW + 1 });
  const other = item("c", { campaign: { id: 9, title: "另一个" }, madeAt: NOW + 2 });
  assert.equal(outbox.nextToSend([held, same, other], NOW + 1)?.key, "c");
});

test("a server in trouble holds the queue and may have the rating", () => {
  const { item: held, proceed } = outbox.settled(item("a"), refusal(502, "http_502"), NOW, true);
  assert.deepEqual([held.state, held.mayHaveArrived, proceed], ["waiting", true, false]);
});

test("the rater's own wish to send sits out no hold", () => {
  const { item: held } = outbox.settled(item("a"), refusal(503, "campaign_paused"), NOW, true);
  assert.equal(outbox.nextToSend(outbox.withoutHolds([held]), NOW)?.key, "a");
});

test("without consent or sign-in it waits and does not count as sent", () => {
  for (const failure of [consentMissing(), refusal(401, "token_expired")]) {
    const { item: after, proceed } = outbox.settled(item("a"), failure, NOW, false);
    assert.deepEqual([after.state, after.mayHaveArrived, proceed], ["waiting", false, false]);
  }
});

test("nothing waits when every item needs the rater", () => {
  const states = ["refused", "duplicate", "closed", "sending"] as const;
  assert.equal(outbox.nextToSend(states.map((state) => item(state, { state })), NOW), null);
  assert.equal(outbox.nextAttemptIn([], NOW), null);
});

test("every state has its words", () => {
  const labels = (["waiting", "sending", "refused", "duplicate", "closed"] as const).map((state) => outbox.outboxLabel(item("a", { state })));
  assert.deepEqual(labels, ["等待网络", "正在发送", "需要修改", "已评价过", "评价已结束"]);
  assert.equal(outbox.outboxLabel(item("a", { hold: { scope: "queue", until: 1 } })), "稍后发送");
});

test("photos that the service no longer has are forgotten by it, so that the next attempt uploads them again", () => {
  const photos = [{ path: "store/a.jpg", id: "gone" }];
  const { item: after } = outbox.settled(item("a", { photos }), refusal(422, "photo_unknown"), NOW, true);
  assert.deepEqual([after.state, after.photos], ["refused", [{ path: "store/a.jpg", id: null }]]);
});
