/** From a rating to 核验我的评价: what the phone keeps of it, and what it finds out by itself. */
import assert from "node:assert/strict";
import test from "node:test";

import type { KeptReceipt } from "../../src/domain/kept-receipts";
import type { KeptRecord } from "../../src/domain/kept-record";
import type { SeenHead } from "../../src/domain/log-check";
import { SmallLog } from "../domain/small-log.ts";
import { phoneWith } from "./agreed-phone.ts";
import { LoggedService } from "./logged-service.ts";
import type { Phone } from "./phone.ts";

const RATING = {
  overall: 1, levels: { "11": 2, "12": 0 }, tags: ["态度差"], comment: " 排队太久 ", identity: "anonymous",
  contact: { name: "", phone: "" }, enterprise: null,
};
const OTHER = "ab".repeat(32);

const receiptOf = (phone: Phone): KeptReceipt => {
  const [kept] = phone.stored<KeptReceipt[]>("receipts") ?? [];
  assert.ok(kept);
  return kept;
};
const recordOf = (phone: Phone): KeptRecord => {
  const { record } = receiptOf(phone);
  assert.ok(record);
  return record;
};

async function fill(phone: Phone, query: Record<string, string>, change: object = {}): Promise<void> {
  const page = await phone.open("packages/evaluation/rate/index", query);
  await page.call("onChange", { detail: { rating: { ...RATING, ...change } } });
  await page.call("onSubmit");
  await page.call("onConfirm");
  await phone.quiet();
}

async function rated(service: LoggedService): Promise<Phone> {
  const phone = await phoneWith(service);
  await fill(phone, { campaign: "1", department: "7" });
  return phone;
}

interface Shown {
  state: string;
  tone: string;
  titles: string[];
  fingerprint: string;
}

async function check(phone: Phone): Promise<Shown> {
  const page = await phone.open("packages/evaluation/check/index", { key: receiptOf(phone).key });
  await phone.quiet();
  const verdict = page.data["verdict"] as { tone: string; findings: { title: string }[] } | null;
  return {
    state: String(page.data["state"]), tone: verdict?.tone ?? "", titles: verdict?.findings.map(({ title }) => title) ?? [],
    fingerprint: String(page.data["fingerprint"]),
  };
}

const accepted = (commitment: string): string => `v1 1 accepted - ${commitment} -`;

test("the phone works its commitment out, keeps it with the promise, and keeps neither salt nor level", async () => {
  const service = new LoggedService();
  const phone = await rated(service);
  const [sent] = service.sent("POST /campaigns/1/evaluations");
  assert.match(String(sent?.body["salt"]), /^[0-9a-f]{64}$/);
  const record = recordOf(phone);
  assert.equal(record.own, true);
  assert.equal(record.commitment, service.told[0]);
  for (const value of phone.storage.values()) {
    assert.doesNotMatch(value, /"overall":1|"levels":\{"11"|排队太久/);
    assert.ok(!value.includes(String(sent?.body["salt"])));
  }
});

test("a lost answer is fetched again with the same salt, and the record is the phone's own", async () => {
  const service = new LoggedService();
  const phone = await phoneWith(service);
  service.upset("POST /campaigns/1/evaluations", "lost");
  await fill(phone, { campaign: "1", department: "7" });
  await phone.start();
  await phone.quiet();
  const salts = service.sent("POST /campaigns/1/evaluations").map(({ body }) => body["salt"]);
  assert.ok(salts.length > 1);
  assert.equal(new Set(salts).size, 1);
  assert.equal(recordOf(phone).own, true);
});

test("it waits with a promise, then is in the log, then is counted", async () => {
  const service = new LoggedService();
  const phone = await rated(service);
  const first = await check(phone);
  assert.deepEqual([first.tone, first.titles.at(-1)], ["wait", "等待写入日志"]);
  const { commitment } = recordOf(phone);
  service.append(accepted(OTHER), accepted(commitment));
  const second = await check(phone);
  assert.deepEqual([second.tone, second.titles], ["wait", ["日志没有被改写", "您的评价在日志里", "等待计票"]]);
  service.tally([commitment, OTHER, "0".repeat(64)]);
  const third = await check(phone);
  assert.deepEqual([third.tone, third.titles.at(-1)], ["good", "您的评价计入了公布的结果"]);
  assert.equal(phone.stored<SeenHead>("log-head")?.size, 4);
});

test("the key is pinned when it is first seen: another one's log is refused", async () => {
  const service = new LoggedService();
  const phone = await rated(service);
  const { fingerprint } = await check(phone);
  assert.match(fingerprint, /^([0-9a-f]{4} ){15}[0-9a-f]{4}$/);
  service.log = new SmallLog(service.log.entries);
  const later = await check(phone);
  assert.deepEqual([later.tone, later.titles, later.fingerprint], ["bad", ["日志签名无效"], fingerprint]);
});

test("a log that was rewritten since the last look is found", async () => {
  const service = new LoggedService();
  const phone = await rated(service);
  service.append(accepted(OTHER), accepted(recordOf(phone).commitment));
  await check(phone);
  service.log.entries[0] = accepted("cd".repeat(32));
  const later = await check(phone);
  assert.deepEqual([later.tone, later.titles], ["bad", ["日志被改写"]]);
});

test("one byte changed in the database after the count is found, and the rating's own record kept", async () => {
  const service = new LoggedService();
  const phone = await rated(service);
  const { commitment } = recordOf(phone);
  service.append(accepted(commitment));
  service.tally([commitment]);
  assert.equal((await check(phone)).tone, "good");
  for (const rating of service.ratings.values()) rating.accepted = { ...rating.accepted, record: { commitment: OTHER, promise: "" } };
  const later = await check(phone);
  assert.equal(later.tone, "bad");
  assert.ok(later.titles.includes("保存的内容被改动"));
  assert.equal(recordOf(phone).commitment, commitment);
});

test("a service that stores something else than was sent is found at once", async () => {
  class Lying extends LoggedService {
    protected override record(exchange: Parameters<LoggedService["record"]>[0], revision: number) {
      return super.record({ ...exchange, body: { ...exchange.body, overall: 5 } }, revision);
    }
  }
  const service = new Lying();
  const phone = await rated(service);
  service.append(accepted(service.told[0] ?? ""));
  service.tally([service.told[0] ?? ""]);
  assert.equal((await check(phone)).tone, "bad");
});

test("a correction has a record of the phone's own, also when its answer was lost", async () => {
  const service = new LoggedService();
  const phone = await rated(service);
  const before = recordOf(phone).commitment;
  await fill(phone, { receipt: receiptOf(phone).key }, { overall: 5, tags: ["态度好"] });
  const after = recordOf(phone);
  assert.deepEqual([after.own, after.commitment], [true, service.told[1]]);
  service.upset("PUT /campaigns/1/receipt", "lost");
  await fill(phone, { receipt: receiptOf(phone).key }, { overall: 3, tags: [] });
  assert.equal(recordOf(phone).commitment, after.commitment);
  service.append(accepted(before), `v1 1 corrected - ${service.told[1]} ${before}`, `v1 1 corrected - ${service.told[2]} ${service.told[1]}`);
  service.tally([service.told[2] ?? ""]);
  assert.equal((await check(phone)).tone, "good");
  assert.deepEqual([recordOf(phone).own, recordOf(phone).commitment], [true, service.told[2]]);
});

test("a receipt brought back by its code has the service's record, and the page says so", async () => {
  const service = new LoggedService();
  const first = await rated(service);
  const { secret } = receiptOf(first);
  const phone = await phoneWith(service);
  const page = await phone.open("pages/receipts/index");
  await page.call("onCode", { detail: { value: `1.${secret}` } });
  await page.call("onRecover");
  await phone.quiet();
  const record = recordOf(phone);
  assert.deepEqual([record.own, record.commitment], [false, service.told[0]]);
  service.append(accepted(record.commitment));
  service.tally([record.commitment]);
  const shown = await check(phone);
  assert.equal(shown.tone, "told");
  assert.ok(shown.titles.includes("记录由系统提供"));
});

test("a rating from before the log can't be checked, and the page says why", async () => {
  const { Service } = await import("./service.ts");
  const phone = await phoneWith(new Service());
  await fill(phone, { campaign: "1", department: "7" });
  assert.equal(receiptOf(phone).record, undefined);
  assert.equal((await check(phone)).state, "failed");
});

test("without a network the check says so and keeps what it knew", async () => {
  const service = new LoggedService();
  const phone = await rated(service);
  await check(phone);
  const seen = phone.stored("log-head");
  phone.online = false;
  assert.equal((await check(phone)).state, "failed");
  assert.deepEqual(phone.stored("log-head"), seen);
});
