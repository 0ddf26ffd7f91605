/** The desk on a linked phone: linking, cases, steps that are taken once, comments, preferences. */
import assert from "node:assert/strict";
import test from "node:test";

import { phoneWith } from "./agreed-phone.ts";
import { CASE, CODE, CONTACT, DeskService } from "./desk-service.ts";
import type { Phone } from "./phone.ts";
import { problem } from "./service.ts";

const CASES = "packages/desk/cases/index";
const SHOWN = "packages/desk/case/index";
const WRITING = "packages/desk/answer/index";
const LINK = "packages/desk/link/index";

const tap = (dataset: object): object => ({ currentTarget: { dataset } });
const picked = (value: string): object => ({ detail: { value } });

async function ready(change: Partial<DeskService> = {}): Promise<{ service: DeskService; phone: Phone }> {
  const service = Object.assign(new DeskService(), change);
  return { service, phone: await phoneWith(service) };
}

test("the entry to the desk stands among 我的 only where the phone is linked", async () => {
  for (const linked of [true, false]) {
    const { phone } = await ready({ linked });
    const me = await phone.open("pages/me/index");
    assert.equal(me.data["desk"], linked ? "李联络" : "");
  }
});

test("a code is scanned or typed with its dashes, and a wrong one says what to do", async () => {
  const { service, phone } = await ready({ linked: false });
  const page = await phone.open(LINK);
  assert.equal(page.data["linked"], false);
  await page.call("onCode", picked("ABCD-1234"));
  await page.call("onLink");
  assert.match(String(page.data["notice"]), /12 位/);
  phone.scanned = { result: "https://example.cn/menu" };
  await page.call("onScan");
  assert.match(String(page.data["notice"]), /不是绑定码/);
  await page.call("onCode", picked("abcd 1234 wxyz"));
  await page.call("onLink");
  assert.match(String(page.data["notice"]), /不正确或已失效/);
  phone.scanned = { result: CODE };
  await page.call("onScan");
  assert.deepEqual([page.data["linked"], page.data["name"]], [true, "李联络"]);
  assert.equal(service.sent("POST /me/desk-link").length, 2);
});

test("unlinking is asked back, and leads back to the code", async () => {
  const { service, phone } = await ready();
  const page = await phone.open(LINK);
  await page.call("onUnlink");
  assert.equal(service.linked, true);
  await page.call("onUnlinkConfirmed");
  assert.deepEqual([service.linked, page.data["linked"]], [false, false]);
});

test("the list says in which roles one works, and in whose stead", async () => {
  const { phone } = await ready();
  const page = await phone.open(CASES);
  assert.deepEqual(page.data["roles"], ["市监局 · 部门负责人（代赵局长）"]);
  assert.equal((page.data["items"] as { title: string }[])[0]?.title, "窗口没有人");
  assert.equal(page.data["office"], false);
});

test("an unlinked phone is led to the code, not to a dead end", async () => {
  const { phone } = await ready({ linked: false });
  const page = await phone.open(CASES);
  assert.equal(page.data["listState"], "failed");
  await page.call("onAction");
  assert.equal(phone.visited.at(-1), "/packages/desk/link/index");
});

test("calls at the same time share one session, and one that has ended is renewed once", async () => {
  const { service, phone } = await ready();
  const page = await phone.open(CASES);
  assert.equal(service.sent("/me/desk-sessions").length, 1);
  service.sessions.clear();
  await page.call("restart");
  assert.equal(page.data["listState"], "ready");
  assert.equal(service.sent("/me/desk-sessions").length, 2);
});

test("a message about work is asked for at its own tap, counted, and not at each look", async () => {
  const { service, phone } = await ready();
  const page = await phone.open(CASES);
  await page.call("onCase", tap({ id: CASE }));
  assert.deepEqual([phone.messagesAsked, page.data["messagesLeft"]], [[], 1]);
  await page.call("onMessages");
  assert.deepEqual([phone.messagesAsked, page.data["messagesLeft"], service.left["desk"]], [["t9"], 2, 2]);
});

test("WeChat isn't asked for what was switched off, or where twenty are left", async () => {
  for (const change of [{ modes: { desk: "inbox" } }, { left: { desk: 20 } }]) {
    const { phone } = await ready(change);
    const page = await phone.open(CASES);
    await page.call("onMessages");
    assert.deepEqual([phone.messagesAsked, page.data["mayAsk"]], [[], false]);
  }
});

test("a contact is shown on the second tap only, for the look is recorded, and can be dialled", async () => {
  const { service, phone } = await ready();
  const page = await phone.open(SHOWN, { id: CASE });
  await page.call("onContact", tap({ id: 7 }));
  assert.equal(service.sent("/contact").length, 0);
  await page.call("onCancel");
  assert.equal(page.data["contact"], null);
  await page.call("onContact", tap({ id: 7 }));
  await page.call("onContactConfirmed");
  await page.call("onDial");
  assert.deepEqual(phone.dialled, [CONTACT.phone]);
  assert.equal(service.sent("/contact").length, 1);
});

test("the rating behind the case is opened by a tap", async () => {
  const { phone } = await ready();
  const page = await phone.open(SHOWN, { id: CASE });
  assert.deepEqual(page.data["ratings"], {});
  await page.call("onRating", tap({ id: 7 }));
  const rating = (page.data["ratings"] as Record<number, { level: string; comment: string; photos: { address: string }[] }>)[7];
  assert.deepEqual([rating?.level, rating?.comment], ["非常不满意", "等了两小时"]);
  assert.match(rating?.photos[0]?.address ?? "", /\/case-photos\/f1$/);
});

test("a case is taken on at once, and the page shows how it stands then", async () => {
  const { phone } = await ready();
  const page = await phone.open(SHOWN, { id: CASE });
  assert.deepEqual((page.data["buttons"] as { step: string }[]).map(({ step }) => step), ["accept", "answer"]);
  await page.call("onStep", tap({ step: "accept" }));
  assert.deepEqual((page.data["buttons"] as { step: string }[]).map(({ step }) => step), ["answer"]);
  await page.call("onStep", tap({ step: "answer" }));
  await page.call("onCallback", tap({ id: 7 }));
  assert.deepEqual(phone.visited.slice(-2), [`/packages/desk/answer/index?id=${CASE}&kind=answer`, `/packages/desk/answer/index?id=${CASE}&kind=call_back&origin=7`]);
});

test("an answer goes out once with its photos, however often one taps", async () => {
  const { service, phone } = await ready();
  const page = await phone.open(WRITING, { id: CASE, kind: "answer" });
  phone.pictures = [{ tempFilePath: "tmp/a.jpg", size: 1000 }];
  await page.call("onAddPhotos");
  await page.call("onText", picked(" 已增设窗口 "));
  await Promise.all([page.call("onSend"), page.call("onSend")]);
  const sent = service.sent("/answers");
  assert.deepEqual(sent.map(({ body }) => body), [{ text: "已增设窗口", pictures: ["picture-1"] }]);
  assert.equal(phone.visited.at(-1), "back");
});

test("what is missing is said before anything is sent", async () => {
  const { service, phone } = await ready();
  const answer = await phone.open(WRITING, { id: CASE, kind: "answer" });
  await answer.call("onSend");
  assert.match(String(answer.data["problem"]), /请填写答复内容/);
  const callback = await phone.open(WRITING, { id: CASE, kind: "call_back", origin: "7" });
  await callback.call("onSend");
  assert.match(String(callback.data["problem"]), /请选择回访结果/);
  await callback.call("onOutcome", picked("unreachable"));
  await callback.call("onSend");
  assert.match(String(callback.data["problem"]), /怎样联系过/);
  assert.equal(service.lines.length, 0);
  await callback.call("onOutcome", picked("reached"));
  await callback.call("onSend");
  assert.deepEqual(service.lines, [{ path: "/desk/case-origins/7/callbacks", outcome: "reached", note: "" }]);
});

test("a lost answer leaves the words on the page, to be sent again", async () => {
  const { service, phone } = await ready();
  service.upset("/answers", "lost");
  const page = await phone.open(WRITING, { id: CASE, kind: "answer" });
  await page.call("onText", picked("已办"));
  await page.call("onSend");
  assert.match(String(page.data["notice"]), /网络/);
  assert.equal(page.data["text"], "已办");
  await page.call("onSend");
  assert.equal(phone.visited.at(-1), "back");
});

test("a held comment leaves the list once it is decided; keeping it back is asked back", async () => {
  const { service, phone } = await ready({ office: true });
  const page = await phone.open("packages/desk/held/index");
  await page.call("onRefuse", tap({ id: "e1" }));
  assert.equal(service.sent("/refusal").length, 0);
  await page.call("onCancel");
  await page.call("onRelease", tap({ id: "e1" }));
  assert.deepEqual([page.data["items"], service.sent("/desk/held-comments/1/e1/release").length], [[], 1]);
});

test("a colleague's earlier verdict is shown, and the comment stays", async () => {
  const { service, phone } = await ready({ office: true });
  service.upset("/release", problem(409, "comment_not_held", "这条留言已经审核过。"));
  const page = await phone.open("packages/desk/held/index");
  await page.call("onRelease", tap({ id: "e1" }));
  assert.deepEqual([page.data["notice"], (page.data["items"] as object[]).length], ["这条留言已经审核过。", 1]);
});

test("every kind is shown with its choice and the messages left; the desk's only on a linked phone", async () => {
  for (const linked of [true, false]) {
    const { phone } = await ready({ linked });
    const page = await phone.open("packages/me/preferences/index");
    const shown = page.data["items"] as { kind: string; left: string }[];
    assert.deepEqual(shown.map(({ kind }) => kind), linked ? ["added", "desk"] : ["added"]);
    if (linked) assert.equal(shown[1]?.left, "微信消息还剩 1 次");
  }
});

test("a kind is switched off and no message is asked for it any more", async () => {
  const { service, phone } = await ready();
  const page = await phone.open("packages/me/preferences/index");
  await page.call("onAsk", tap({ kind: "desk" }));
  assert.deepEqual([phone.messagesAsked, service.left["desk"]], [["t9"], 2]);
  await page.call("onMode", { ...tap({ kind: "desk" }), ...picked("off") });
  const desk = (page.data["items"] as { kind: string; mode: string; mayAsk: boolean }[])[1];
  assert.deepEqual([desk?.mode, desk?.mayAsk, service.modes["desk"]], ["off", false, "off"]);
});

test("a notice leads to a page or to a tab, and one without a place only says what it says", async () => {
  const { service, phone } = await ready();
  const notice = (page: string): object => ({ id: page, kind: "desk", kind_label: "工作提醒", title: "t", body: "", page, created_at: "2026-11-23T08:00:00+08:00", read: true });
  const items = ["packages/desk/case/index?id=c", "pages/receipts/index", ""].map(notice);
  service.upset("GET /me/notices", { status: 200, data: { items, unread: 0, next_cursor: null } });
  const page = await phone.open("packages/me/notices/index");
  for (const index of [0, 1, 2]) await page.call("onNotice", tap({ index }));
  assert.deepEqual(phone.visited, ["/packages/desk/case/index?id=c", "/pages/receipts/index"]);
});
