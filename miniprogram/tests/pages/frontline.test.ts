/** The frontline log, binding, notices and effects on the phone, with and without a network. */
import assert from "node:assert/strict";
import test from "node:test";

import type { EntryDraft } from "../../src/domain/entry-drafts";
import type { WaitingEntry } from "../../src/domain/entry-outbox";
import type { EntryInput } from "../../src/domain/frontline";
import { phoneWith } from "./agreed-phone.ts";
import { CODE, FrontlineService, PERSON } from "./frontline-service.ts";
import type { Phone, ScreenlessPage } from "./phone.ts";
import { problem } from "./service.ts";

const EDIT = "packages/frontline/edit/index";
const WRITTEN = { place: "望江社区", problem: "门禁坏了", measures: "当天修好" };
const PUTS = "PUT /frontline/entries";

async function write(page: ScreenlessPage, change: Partial<EntryInput> = {}): Promise<void> {
  await page.call("onChange", { detail: { input: { ...(page.data["input"] as EntryInput), ...WRITTEN, ...change } } });
}

const waiting = (phone: Phone): WaitingEntry[] => phone.stored<WaitingEntry[]>("entry-outbox") ?? [];
const drafts = (phone: Phone): EntryDraft[] => phone.stored<EntryDraft[]>("entry-drafts") ?? [];

test("an entry is sent once under its own id, leaves no draft, and asks for the message about its review", async () => {
  const service = new FrontlineService();
  const phone = await phoneWith(service);
  const page = await phone.open(EDIT);
  await write(page);
  await Promise.all([page.call("onSubmit"), page.call("onSubmit")]);
  const [sent, ...more] = service.sent(PUTS);
  assert.equal(more.length, 0);
  assert.match(sent?.path ?? "", /entries\/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-/);
  assert.deepEqual(sent?.body["units"], [{ organisation: PERSON.branch.id, people: 1 }]);
  assert.equal(sent?.body["revision"], null);
  assert.deepEqual([drafts(phone), waiting(phone)], [[], []]);
  assert.deepEqual(phone.messagesAsked, ["t1"]);
  assert.deepEqual(service.sent("/me/message-consents").map(({ body }) => body), [{ kinds: ["entry_reviewed"] }]);
});

test("every change is kept at once and found again after the program was killed", async () => {
  const phone = await phoneWith(new FrontlineService());
  await write(await phone.open(EDIT), { lesson: "先找楼组长" });
  await phone.start();
  const list = await phone.open("packages/frontline/entries/index");
  const [draft] = list.data["drafts"] as { id: string }[];
  const page = await phone.open(EDIT, { draft: draft?.id ?? "" });
  assert.equal((page.data["input"] as EntryInput).lesson, "先找楼组长");
});

test("without a network entry and photos wait, outlive a restart, and go out once, the photos first", async () => {
  const service = new FrontlineService();
  const phone = await phoneWith(service);
  await phone.open("packages/me/person/index");
  await phone.connect(false);
  const page = await phone.open(EDIT);
  phone.pictures = [{ tempFilePath: "tmp/a.jpg", size: 1000 }];
  await page.call("onAddPhotos");
  await write(page);
  await page.call("onSubmit");
  assert.deepEqual(waiting(phone).map(({ state }) => state), ["waiting"]);
  assert.match(phone.toasts.at(-1) ?? "", /联网后自动发送/);
  await phone.start();
  const list = await phone.open("packages/frontline/entries/index");
  assert.equal((list.data["waiting"] as { label: string }[])[0]?.label, "等待网络");
  await Promise.all([phone.connect(true), phone.connect(true)]);
  assert.deepEqual(service.sent(PUTS).map(({ body }) => body["pictures"]), [["picture-1"]]);
  assert.equal(service.entries.size, 1);
  assert.deepEqual([waiting(phone), phone.files.size], [[], 0]);
});

test("a lost answer is asked for again under the same id", async () => {
  const service = new FrontlineService();
  service.upset(PUTS, "lost");
  const phone = await phoneWith(service);
  const page = await phone.open(EDIT);
  await write(page);
  await page.call("onSubmit");
  assert.equal(waiting(phone)[0]?.mayHaveArrived, true);
  await phone.connect(true);
  assert.equal(new Set(service.sent(PUTS).map(({ path }) => path)).size, 1);
  assert.equal(service.entries.size, 1);
});

test("a refusal comes back into the form with the words for each field", async () => {
  const service = new FrontlineService();
  const errors = [{ field: "place", message: "请写明地点。" }];
  service.upset(PUTS, { status: 422, data: { status: 422, code: "invalid", detail: "请检查填写的内容。", errors } });
  const phone = await phoneWith(service);
  const page = await phone.open(EDIT);
  await write(page);
  await page.call("onSubmit");
  assert.deepEqual(page.data["problems"], errors);
  assert.match(String(page.data["notice"]), /请写明地点/);
  assert.equal(waiting(phone).length, 0);
  await page.call("onSubmit");
  assert.equal(service.entries.size, 1);
});

test("an entry that lacks something is not sent, and the marks go as it is completed", async () => {
  const service = new FrontlineService();
  const page = await (await phoneWith(service)).open(EDIT);
  await page.call("onSubmit");
  assert.deepEqual((page.data["problems"] as { field: string }[]).map(({ field }) => field), ["place", "problem", "measures"]);
  await write(page);
  assert.deepEqual(page.data["problems"], []);
  assert.equal(service.sent(PUTS).length, 0);
});

test("a waiting entry that is opened and left goes back; one that is changed stays a draft until it is sent", async () => {
  const phone = await phoneWith(new FrontlineService());
  await phone.open("packages/me/person/index");
  await phone.connect(false);
  const first = await phone.open(EDIT);
  await write(first);
  await first.call("onSubmit");
  const key = waiting(phone)[0]?.key ?? "";
  const looked = await phone.open(EDIT, { waiting: key });
  assert.deepEqual(waiting(phone), []);
  await looked.call("onUnload");
  assert.equal(waiting(phone).length, 1);
  const changed = await phone.open(EDIT, { waiting: key });
  await write(changed, { lesson: "改过" });
  await changed.call("onUnload");
  assert.deepEqual([waiting(phone).length, drafts(phone)[0]?.id], [0, key]);
});

test("a returned entry shows why and its correction names the revision that was read", async () => {
  const service = new FrontlineService();
  const reviews = [{ step: "branch", verdict: "returned", reason: "请补充照片", reviewed_at: "2026-11-23T09:00:00+08:00" }];
  service.add("e1", { state: "returned", reviews, revision: 2 });
  const phone = await phoneWith(service);
  const page = await phone.open(EDIT, { entry: "e1" });
  assert.match(String(page.data["warning"]), /请补充照片/);
  await write(page);
  await page.call("onSubmit");
  assert.deepEqual(service.sent(PUTS).map(({ path, body }) => [path, body["revision"]]), [["/frontline/entries/e1", 2]]);
});

test("returning an entry needs a reason; a verdict names the step and revision that were seen", async () => {
  const service = new FrontlineService();
  service.add("e1");
  const page = await (await phoneWith(service)).open("packages/frontline/entry/index", { id: "e1" });
  await page.call("onReturn");
  await page.call("onSaid");
  assert.notEqual(page.data["reasonProblem"], "");
  await page.call("onReason", { detail: { value: " 请补充 " } });
  await Promise.all([page.call("onSaid"), page.call("onSaid")]);
  assert.deepEqual(service.sent("/reviews").map(({ body }) => body), [{ verdict: "returned", reason: "请补充", into: null, step: "branch", revision: 1 }]);
});

test("a duplicate is merged into the one that is chosen of those suggested", async () => {
  const service = new FrontlineService();
  service.add("e1");
  service.add("e2");
  const page = await (await phoneWith(service)).open("packages/frontline/entry/index", { id: "e1" });
  await page.call("onMerge");
  await page.call("onReason", { detail: { value: "同一件事" } });
  await page.call("onSaid");
  assert.equal(service.sent("/reviews")[0]?.body["into"], "e2");
});

test("a phone is bound by a typed code, a scanned one, or the number; a wrong code is said to be wrong", async () => {
  const service = new FrontlineService();
  service.bound = false;
  const phone = await phoneWith(service);
  const page = await phone.open("packages/me/person/index");
  await page.call("onCode", { detail: { value: "AAAA-BBBB-CCCC" } });
  await page.call("onBind");
  assert.match(String(page.data["notice"]), /绑定码不正确/);
  phone.scanned = { result: `bind:${CODE}` };
  await page.call("onScan");
  assert.deepEqual(page.data["person"], PERSON);
  await page.call("onUnbindConfirmed");
  assert.equal(page.data["person"], null);
  await page.call("onPhone", { detail: { errMsg: "getPhoneNumber:fail user deny" } });
  assert.match(String(page.data["notice"]), /改用绑定码/);
  await page.call("onPhone", { detail: { code: "sandbox:li:1" } });
  assert.deepEqual(page.data["person"], PERSON);
});

test("a notice is marked as read and leads to its page", async () => {
  const service = new FrontlineService();
  const phone = await phoneWith(service);
  const page = await phone.open("packages/me/notices/index");
  assert.equal(page.data["unread"], 1);
  await page.call("onNotice", { currentTarget: { dataset: { index: 0 } } });
  assert.equal(phone.visited.at(-1), "/packages/frontline/entry/index?id=e1");
  await page.call("onAllRead");
  assert.deepEqual([service.readings, page.data["unread"]], [[["n1"], null], 0]);
});

test("an effect is rated after one confirmation, once", async () => {
  const service = new FrontlineService();
  const phone = await phoneWith(service);
  await phone.open("pages/home/index", { scene: "fABCD1234EFGH" });
  assert.equal(phone.visited.at(-1), "/packages/frontline/effect/index?scene=fABCD1234EFGH");
  const page = await phone.open("packages/frontline/effect/index", { scene: "fABCD1234EFGH" });
  await page.call("onPick", { detail: { level: 4 } });
  assert.equal(service.sent("/effects/ratings").length, 0);
  await Promise.all([page.call("onConfirm"), page.call("onConfirm")]);
  assert.deepEqual(service.sent("/effects/ratings").map(({ body }) => body), [{ scene: "fABCD1234EFGH", level: 4 }]);
  assert.equal(page.data["state"], "done");
});

test("rated before, over, or one's own work: each ends with its own words", async () => {
  for (const [status, code, heading] of [[409, "effect_already_rated", "您已经评过了"], [410, "effect_link_over", "评价时间已过"], [409, "effect_own_work", "请留给群众来评"]] as const) {
    const service = new FrontlineService();
    service.upset("/effects/ratings", problem(status, code));
    const page = await (await phoneWith(service)).open("packages/frontline/effect/index", { scene: "fABCD1234EFGH" });
    await page.call("onPick", { detail: { level: 5 } });
    await page.call("onConfirm");
    assert.deepEqual([page.data["state"], page.data["heading"]], ["over", heading]);
  }
});

test("without a network one's own entries are those seen last, and they go with the binding", async () => {
  const service = new FrontlineService();
  const phone = await phoneWith(service);
  const person = await phone.open("packages/me/person/index");
  const page = await phone.open(EDIT);
  await write(page);
  await page.call("onSubmit");
  const list = await phone.open("packages/frontline/entries/index");
  assert.deepEqual([(list.data["items"] as object[]).length, list.data["stale"]], [1, false]);
  await phone.connect(false);
  const again = await phone.open("packages/frontline/entries/index");
  assert.deepEqual([again.data["listState"], again.data["items"], again.data["stale"]], ["ready", list.data["items"], true]);
  await again.call("onScope", { detail: { value: "branch" } });
  assert.equal(again.data["listState"], "failed");
  await phone.connect(true);
  await person.call("onUnbindConfirmed");
  assert.deepEqual(phone.stored("own-entries"), []);
});

test("with the account goes what was written in its name, drafts and waiting entries", async () => {
  const service = new FrontlineService();
  const phone = await phoneWith(service);
  const page = await phone.open(EDIT);
  await write(page);
  phone.online = false;
  await page.call("onSubmit");
  await write(await phone.open(EDIT));
  assert.deepEqual([waiting(phone).length, drafts(phone).length], [1, 1]);
  phone.online = true;
  const me = await phone.open("pages/me/index");
  await me.call("onDeleteConfirmed");
  await phone.quiet();
  assert.deepEqual([waiting(phone), drafts(phone), phone.stored("person") ?? null], [[], [], null]);
});
