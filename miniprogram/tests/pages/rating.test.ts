/** From the form to the receipt, with and without a network. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";

import type { KeptReceipt } from "../../src/domain/kept-receipts";
import type { OutboxItem } from "../../src/domain/outbox";
import { phoneWith } from "./agreed-phone.ts";
import type { ScreenlessPage } from "./phone.ts";
import { Phone } from "./phone.ts";
import { problem, Service } from "./service.ts";

const RATE = "packages/evaluation/rate/index";
const HERE = { campaign: "1", department: "7" };
const RATING = {
  overall: 1, levels: { "11": 2, "12": 0 }, tags: [], comment: "排队太久", identity: "anonymous",
  contact: { name: "", phone: "" }, enterprise: null,
};

async function fill(page: ScreenlessPage, change: object = {}): Promise<void> {
  await page.call("onChange", { detail: { rating: { ...RATING, ...change } } });
}

async function submit(page: ScreenlessPage, change: object = {}): Promise<void> {
  await fill(page, change);
  await page.call("onSubmit");
  await page.call("onConfirm");
}

const outboxOf = (phone: Phone): OutboxItem[] => phone.stored<OutboxItem[]>("outbox") ?? [];
const receiptsOf = (phone: Phone): KeptReceipt[] => phone.stored<KeptReceipt[]>("receipts") ?? [];
const SUBMISSIONS = "POST /campaigns/1/evaluations";

test("a rating is confirmed, sent and leaves a receipt, and no level stays on the phone", async () => {
  const service = new Service();
  const phone = await phoneWith(service);
  const page = await phone.open(RATE, HERE);
  await fill(page);
  await page.call("onSubmit");
  assert.equal(page.data["confirming"], true);
  assert.equal(service.sent(SUBMISSIONS).length, 0);
  await page.call("onConfirm");
  const [sent] = service.sent(SUBMISSIONS);
  const [kept] = receiptsOf(phone);
  assert.ok(sent && kept);
  const expected = createHash("sha256").update(Buffer.from(kept.secret, "base64url")).digest("hex").slice(0, 32);
  assert.equal(sent.headers["Idempotency-Key"], expected);
  assert.equal(sent.body["contact"], null);
  assert.match(phone.visited.at(-1) ?? "", /done\/index\?key=/);
  await page.call("onUnload");
  for (const value of phone.storage.values()) assert.doesNotMatch(value, /"overall":1|排队太久/);
});

test("a counter's form shows its name, as its draft does; the service is told its code alone", async () => {
  const service = new Service();
  const phone = await phoneWith(service);
  const page = await phone.open(RATE, { ...HERE, counter: "A1B2C3D4", counterName: encodeURIComponent("3 号窗口") });
  assert.equal((page.data["matter"] as { counterName: string }).counterName, "3 号窗口");
  await fill(page);
  await page.call("onUnload");
  const list = await phone.open("pages/receipts/index");
  assert.equal((list.data["drafts"] as { counterName: string }[])[0]?.counterName, "3 号窗口");
  await submit(page);
  assert.deepEqual([service.sent(SUBMISSIONS)[0]?.body["counter"], service.sent(SUBMISSIONS)[0]?.body["counterName"]], ["A1B2C3D4", undefined]);
});

test("two taps on confirm send once", async () => {
  const service = new Service();
  const phone = await phoneWith(service);
  const page = await phone.open(RATE, HERE);
  await fill(page);
  await page.call("onSubmit");
  await Promise.all([page.call("onConfirm"), page.call("onConfirm"), page.call("onSubmit")]);
  assert.equal(service.sent(SUBMISSIONS).length, 1);
});

test("a form that lacks something is not sent, and says what", async () => {
  const service = new Service();
  const phone = await phoneWith(service);
  const page = await phone.open(RATE, HERE);
  await submit(page, { overall: null, levels: {} });
  assert.equal(page.data["confirming"], false);
  assert.match(String(page.data["notice"]), /总体评价.*还有 2 处/);
  await fill(page);
  assert.deepEqual(page.data["problems"], []);
});

test("without a network a rating waits, outlives a restart and is sent once when the network is back", async () => {
  const service = new Service();
  const phone = await phoneWith(service);
  const page = await phone.open(RATE, HERE);
  await phone.connect(false);
  await submit(page);
  const [waiting] = outboxOf(phone);
  assert.equal(waiting?.state, "waiting");
  assert.match(waiting?.message ?? "", /等待网络/);
  await phone.start();
  await phone.quiet();
  assert.equal(service.sent(SUBMISSIONS).length, 0);
  await Promise.all([phone.connect(true), phone.connect(true)]);
  assert.equal(service.sent(SUBMISSIONS).length, 1);
  assert.equal(service.sent(SUBMISSIONS)[0]?.headers["Idempotency-Key"], waiting?.key);
  assert.deepEqual(outboxOf(phone), []);
  assert.equal(receiptsOf(phone)[0]?.key, waiting?.key);
});

test("a lost answer is asked for again under the same key and counts once", async () => {
  const service = new Service();
  service.upset(SUBMISSIONS, "lost");
  const phone = await phoneWith(service);
  await submit(await phone.open(RATE, HERE));
  assert.equal(outboxOf(phone)[0]?.mayHaveArrived, true);
  await phone.connect(true);
  const keys = service.sent(SUBMISSIONS).map(({ headers }) => headers["Idempotency-Key"]);
  assert.equal(keys.length, 2);
  assert.equal(new Set(keys).size, 1);
  assert.equal(service.ratings.size, 1);
  assert.equal(receiptsOf(phone).length, 1);
});

test("ratings go out in the order in which they were made", async () => {
  const service = new Service();
  const phone = await phoneWith(service);
  const first = await phone.open(RATE, HERE);
  const second = await phone.open(RATE, { ...HERE, code: "ABCD-1234-EFGH" });
  await phone.connect(false);
  await submit(first, { comment: "一" });
  await new Promise((resolve) => setTimeout(resolve, 5));
  await submit(second, { comment: "二" });
  await phone.connect(true);
  assert.deepEqual(service.sent(SUBMISSIONS).map(({ body }) => body["comment"]), ["一", "二"]);
});

test("a refused rating stays on the form, is edited and sent under its key", async () => {
  const service = new Service();
  service.upset(SUBMISSIONS, problem(422, "invalid", "意见里有不能处理的字符，请删去。"));
  const phone = await phoneWith(service);
  const page = await phone.open(RATE, HERE);
  await submit(page);
  assert.equal(outboxOf(phone)[0]?.state, "refused");
  assert.match(String(page.data["notice"]), /请删去/);
  const again = await phone.open(RATE, { outbox: outboxOf(phone)[0]?.key ?? "" });
  assert.equal((again.data["rating"] as { comment: string }).comment, "排队太久");
  await submit(again, { comment: "排队久" });
  assert.deepEqual(outboxOf(phone), []);
  assert.equal(receiptsOf(phone).length, 1);
});

test("a second rating of the department is shown as such and can be removed", async () => {
  const service = new Service();
  const phone = await phoneWith(service);
  await submit(await phone.open(RATE, HERE));
  await submit(await phone.open(RATE, HERE));
  const [item] = outboxOf(phone);
  assert.equal(item?.state, "duplicate");
  const list = await phone.open("pages/receipts/index");
  await list.call("onDelete", { currentTarget: { dataset: { key: item?.key } } });
  await list.call("onDeleteConfirmed");
  assert.deepEqual(outboxOf(phone), []);
  assert.equal(receiptsOf(phone).length, 1);
});

test("a campaign that closed meanwhile is said clearly", async () => {
  const service = new Service();
  service.upset(SUBMISSIONS, problem(409, "campaign_closed", "这次评价已经结束。"));
  const phone = await phoneWith(service);
  await submit(await phone.open(RATE, HERE));
  const list = await phone.open("pages/receipts/index");
  const [shown] = list.data["waiting"] as { label: string; message: string }[];
  assert.deepEqual([shown?.label, shown?.message], ["评价已结束", "这次评价已经结束。"]);
});

test("an edited rating whose first attempt had arrived is recognised by its receipt", async () => {
  const service = new Service();
  const phone = await phoneWith(service);
  service.upset(SUBMISSIONS, "lost");
  await submit(await phone.open(RATE, HERE));
  service.upset(SUBMISSIONS, problem(422, "idempotency_key_reused"));
  await phone.connect(true);
  assert.deepEqual(outboxOf(phone), []);
  assert.equal(receiptsOf(phone).length, 1);
});

test("an expired token is renewed by one new wx.login and the rating goes through", async () => {
  const service = new Service();
  const phone = await phoneWith(service);
  const page = await phone.open(RATE, HERE);
  service.upset(SUBMISSIONS, problem(401, "token_expired"));
  await submit(page);
  assert.equal(service.sent("POST /sessions").length, 2);
  assert.equal(receiptsOf(phone).length, 1);
});

test("too many requests wait for as long as the service says, then go by themselves", async () => {
  const service = new Service();
  service.upset(SUBMISSIONS, problem(429, "too_many_requests", "慢一点", { "Retry-After": "1" }));
  const phone = await phoneWith(service);
  await submit(await phone.open(RATE, HERE));
  assert.equal(outboxOf(phone)[0]?.hold?.scope, "queue");
  await new Promise((resolve) => setTimeout(resolve, 1200));
  await phone.quiet();
  assert.equal(receiptsOf(phone).length, 1);
});

test("a draft is kept when the page is left, with its photos and its secret, and is gone once sent", async () => {
  const service = new Service();
  const phone = await phoneWith(service);
  phone.pictures = [{ tempFilePath: "tmp/a.jpg", size: 1000 }];
  const page = await phone.open(RATE, HERE);
  await fill(page, { comment: "写到一半" });
  await page.call("onAddPhotos");
  const secret = page.data["secret"];
  await page.call("onUnload");
  await phone.start();
  const again = await phone.open(RATE, HERE);
  assert.equal(again.data["secret"], secret);
  assert.equal((again.data["rating"] as { comment: string }).comment, "写到一半");
  assert.equal((again.data["photos"] as { id: string }[])[0]?.id, "photo-1");
  await submit(again);
  assert.deepEqual(service.sent(SUBMISSIONS)[0]?.body["photos"], ["photo-1"]);
  assert.deepEqual(phone.stored("drafts"), []);
  assert.equal(phone.files.size, 0);
});

test("photos picked without a network are uploaded when the rating is sent, each once", async () => {
  const service = new Service();
  const phone = await phoneWith(service);
  const page = await phone.open(RATE, HERE);
  await phone.connect(false);
  phone.pictures = [{ tempFilePath: "tmp/a.jpg", size: 1 }, { tempFilePath: "tmp/b.jpg", size: 1 }];
  await page.call("onAddPhotos");
  await submit(page);
  service.upset(SUBMISSIONS, "lost");
  await phone.connect(true);
  await phone.connect(true);
  assert.equal(service.sent("POST /campaigns/1/photos").length, 2);
  assert.deepEqual(service.sent(SUBMISSIONS).at(-1)?.body["photos"], ["photo-1", "photo-2"]);
  assert.equal(service.ratings.size, 1);
});

test("a photo that is gone from the phone asks the rater to edit, and does not wait for ever", async () => {
  const service = new Service();
  const phone = await phoneWith(service);
  const page = await phone.open(RATE, HERE);
  await phone.connect(false);
  phone.pictures = [{ tempFilePath: "tmp/a.jpg", size: 1 }];
  await page.call("onAddPhotos");
  await submit(page);
  phone.files.clear();
  await phone.connect(true);
  assert.equal(outboxOf(phone)[0]?.state, "refused");
  assert.match(outboxOf(phone)[0]?.message ?? "", /照片/);
});

test("a correction starts from an empty form and says nothing of who or where", async () => {
  const service = new Service();
  const phone = await phoneWith(service);
  await submit(await phone.open(RATE, HERE));
  const page = await phone.open(RATE, { receipt: receiptsOf(phone)[0]?.key ?? "" });
  assert.equal((page.data["rating"] as { overall: null }).overall, null);
  await submit(page, { overall: 5 });
  const [put] = service.sent("PUT /campaigns/1/receipt");
  assert.deepEqual(Object.keys(put?.body ?? {}).sort(), ["comment", "contact", "handle_now", "levels", "overall", "photos", "salt", "tags"]);
  assert.equal(service.sent("GET /campaigns/1/receipt")[0]?.headers["Authorization"], undefined);
  assert.equal(phone.visited.at(-1), "back");
});

test("nobody is signed in before the privacy statement is agreed to, and browsing works without", async () => {
  const service = new Service();
  const phone = new Phone(service);
  await phone.start();
  const home = await phone.open("pages/home/index");
  assert.equal((home.data["shown"] as object[]).length, 1);
  const page = await phone.open(RATE, HERE);
  await submit(page);
  assert.match(String(page.data["notice"]), /同意/);
  assert.equal(service.sent("POST /sessions").length, 0);
  assert.equal(service.sent(SUBMISSIONS).length, 0);
});

test("an enterprise's representative may rate in its name", async () => {
  const service = new Service();
  service.roles = [{ role: "enterprise_representative", organisation: { id: 30, name: "某某公司" } }];
  const phone = await phoneWith(service);
  const page = await phone.open(RATE, HERE);
  assert.deepEqual(page.data["standing"], { personal: true, enterprises: [{ id: 30, name: "某某公司" }] });
  await submit(page, { enterprise: 30 });
  assert.equal(service.sent(SUBMISSIONS)[0]?.body["enterprise"], 30);
});
