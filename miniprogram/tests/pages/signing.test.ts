/** Rating in the name of a community, and handing over: from the list to the receipt, with and without a network. */
import assert from "node:assert/strict";
import test from "node:test";

import type { KeptReceipt } from "../../src/domain/kept-receipts";
import type { OutboxItem } from "../../src/domain/outbox";
import { phoneWith } from "./agreed-phone.ts";
import type { ScreenlessPage } from "./phone.ts";
import { Phone } from "./phone.ts";
import type { Answer, Exchange } from "./service.ts";
import { CAMPAIGN, problem, Service } from "./service.ts";

const COMMUNITY = { id: 40, name: "滨江社区" };
const ROLE = { role: "community_representative", organisation: COMMUNITY };
const RATE = "packages/evaluation/rate/index";
const PAIRINGS = "packages/me/pairings/index";
const HAND_OVER = "packages/me/hand-over/index";
const HERE = { campaign: "1", department: "7", organisation: "40", organisationName: encodeURIComponent("滨江社区") };
const RATING = {
  overall: 2, levels: { "11": 2, "12": 0 }, tags: [], comment: "", identity: "named",
  contact: { name: "王女士", phone: "13800138000" }, enterprise: null,
};
const SUBMISSIONS = "POST /campaigns/1/evaluations";
const PATH = "/me/representations/40/hand-over";

/** Knows pairings and one hand-over. */
class CommunityService extends Service {
  rated: number[] = [];
  paused = false;
  open = false;
  override roles: object[] = [ROLE];

  protected override usual(exchange: Exchange): Answer {
    const { method, path } = exchange;
    if (path === "/me/pairings") return { status: 200, data: this.pairings() };
    if (path === "/invitations/redemptions") return { status: 201, data: ROLE };
    if (path === PATH) return this.handOver(method);
    const answer = super.usual(exchange);
    if (!path.endsWith("/receipt") || answer.status !== 200) return answer;
    return { status: 200, data: { ...(answer.data as object), channel: "community", signed_by: COMMUNITY.name } };
  }

  private pairings(): object {
    const departments = [{ id: 7, name: "市税务局" }, { id: 8, name: "公安局" }].map((one) => ({ ...one, rated: this.rated.includes(one.id) }));
    const campaign = { id: 1, title: CAMPAIGN.title, closes_at: CAMPAIGN.closes_at, paused: this.paused, departments };
    return { items: this.roles.length > 0 ? [{ ...COMMUNITY, kind: "community", campaigns: [campaign] }] : [] };
  }

  private handOver(method: string): Answer {
    if (this.roles.length === 0) return problem(404, "representation_unknown");
    if (method === "DELETE") {
      this.open = false;
      return { status: 204 };
    }
    const expires_at = "2026-11-23T18:00:00+08:00";
    if (method === "GET") return { status: 200, data: { expires_at: this.open ? expires_at : null } };
    this.open = true;
    return { status: 201, data: { code: "ABCD-1234-EFGH", expires_at, expires_in: 1800 } };
  }
}

async function submit(page: ScreenlessPage): Promise<void> {
  await page.call("onChange", { detail: { rating: RATING } });
  await page.call("onSubmit");
  await page.call("onConfirm");
}

const tap = (department: number): object => ({ currentTarget: { dataset: { organisation: 40, campaign: 1, department } } });
const receiptsOf = (phone: Phone): KeptReceipt[] => phone.stored<KeptReceipt[]>("receipts") ?? [];
const outboxOf = (phone: Phone): OutboxItem[] => phone.stored<OutboxItem[]>("outbox") ?? [];

test("from the list of paired departments a signed rating is filled in, told of and sent", async () => {
  const service = new CommunityService();
  const phone = await phoneWith(service);
  const list = await phone.open(PAIRINGS);
  await list.call("onDepartment", tap(7));
  assert.equal(phone.visited.at(-1), `/packages/evaluation/rate/index?campaign=1&department=7&organisation=40&organisationName=${HERE.organisationName}`);
  const page = await phone.open(RATE, HERE);
  assert.equal(page.data["signedBy"], "滨江社区");
  assert.match((page.data["signing"] as string[]).join(""), /署名评价.*您个人的身份不会保存/);
  await submit(page);
  const [sent] = service.sent(SUBMISSIONS);
  assert.deepEqual([sent?.body["organisation"], sent?.body["contact"], sent?.body["enterprise"]], [40, null, null]);
  const [kept] = receiptsOf(phone);
  assert.equal(kept?.signedBy, "滨江社区");
  service.rated = [7];
  const again = await phone.open(PAIRINGS);
  await again.call("onDepartment", tap(7));
  assert.equal(phone.visited.at(-1), `/packages/evaluation/receipt/index?key=${kept?.key}`);
});

test("the outbox keeps in whose name a rating was given, over a restart without a network", async () => {
  const service = new CommunityService();
  const phone = await phoneWith(service);
  const page = await phone.open(RATE, HERE);
  await phone.connect(false);
  await submit(page);
  assert.deepEqual(outboxOf(phone)[0]?.matter.organisation, COMMUNITY);
  const list = await phone.open("pages/receipts/index");
  assert.equal((list.data["waiting"] as { signedBy: string }[])[0]?.signedBy, "滨江社区");
  await phone.start();
  await phone.connect(true);
  assert.equal(service.sent(SUBMISSIONS).length, 1);
  assert.equal(service.sent(SUBMISSIONS)[0]?.body["organisation"], 40);
});

test("a draft in a community's name is found again under it, and not by a citizen's form", async () => {
  const service = new CommunityService();
  const phone = await phoneWith(service);
  const page = await phone.open(RATE, HERE);
  await page.call("onChange", { detail: { rating: { ...RATING, comment: "路灯" } } });
  await page.call("onUnload");
  const own = await phone.open(RATE, { campaign: "1", department: "7" });
  assert.equal((own.data["rating"] as { comment: string }).comment, "");
  const list = await phone.open("pages/receipts/index");
  await list.call("onDraft", { currentTarget: { dataset: { index: 0 } } });
  const query = new URLSearchParams(phone.visited.at(-1)?.split("?")[1]);
  const again = await phone.open(RATE, { ...HERE, organisation: query.get("organisation") ?? "" });
  assert.equal((again.data["rating"] as { comment: string }).comment, "路灯");
  assert.equal(again.data["signedBy"], "滨江社区");
});

test("what a colleague has rated, or what is paused, is said and not opened", async () => {
  const service = new CommunityService();
  service.rated = [7];
  service.paused = true;
  const phone = await phoneWith(service);
  const list = await phone.open(PAIRINGS);
  const before = phone.visited.length;
  await list.call("onDepartment", tap(7));
  assert.match(String(list.data["notice"]), /已经评价过/);
  await list.call("onDepartment", tap(8));
  assert.match(String(list.data["notice"]), /暂停/);
  assert.equal(phone.visited.length, before);
});

test("a correction and a withdrawal of an organisation's rating are signed in; a person's are not", async () => {
  const service = new CommunityService();
  const phone = await phoneWith(service);
  await submit(await phone.open(RATE, HERE));
  const key = receiptsOf(phone)[0]?.key ?? "";
  const correction = await phone.open(RATE, { receipt: key });
  assert.equal(correction.data["signedBy"], "滨江社区");
  await submit(correction);
  const receipt = await phone.open("packages/evaluation/receipt/index", { key });
  await receipt.call("onWithdrawConfirmed");
  const [put] = service.sent("PUT /campaigns/1/receipt");
  const [withdrawn] = service.sent("DELETE /campaigns/1/receipt");
  assert.match(put?.headers["Authorization"] ?? "", /^Bearer /);
  assert.match(withdrawn?.headers["Authorization"] ?? "", /^Bearer /);
  assert.equal(put?.body["contact"], null);
  for (const { headers } of service.sent("GET /campaigns/1/receipt")) assert.equal(headers["Authorization"], undefined);
});

test("the first page leads a representative on without asking the service, and forgets with the account", async () => {
  const service = new CommunityService();
  const phone = await phoneWith(service);
  await phone.open("pages/me/index");
  await phone.quiet();
  const asked = service.sent("/me/pairings").length;
  assert.equal((await phone.open("pages/home/index")).data["signing"], "滨江社区");
  assert.equal(service.sent("/me/pairings").length, asked);
  const me = await phone.open("pages/me/index");
  assert.equal(me.data["signs"], true);
  await me.call("onDeleteConfirmed");
  assert.equal((await phone.open("pages/home/index")).data["signing"], "");
});

test("who has just agreed on the first page is led on at once, without opening 我的 before", async () => {
  const service = new CommunityService();
  const phone = new Phone(service);
  await phone.start();
  const popup = await phone.open("components/privacy-popup/index");
  const home = await phone.open("pages/home/index");
  assert.deepEqual([popup.data["visible"], home.data["signing"]], [true, ""]);
  assert.deepEqual(service.sent("POST /sessions"), [], "nobody is signed in before the answer");
  await popup.call("onAgree");
  assert.equal(home.data["signing"], "滨江社区");
  assert.equal(service.sent("POST /sessions").length, 1);
  assert.deepEqual(service.sent("GET /me"), []);
});

test("who declines on the first page is not signed in", async () => {
  const service = new CommunityService();
  const phone = new Phone(service);
  await phone.start();
  const popup = await phone.open("components/privacy-popup/index");
  const home = await phone.open("pages/home/index");
  await popup.call("onDecline");
  assert.deepEqual([home.data["signing"], service.sent("POST /sessions")], ["", []]);
});

test("a representative shows a code, and hears when the successor has used it", async () => {
  const service = new CommunityService();
  const phone = await phoneWith(service);
  const page = await phone.open(HAND_OVER, { organisation: "40", name: HERE.organisationName });
  assert.equal(page.data["state"], "asking");
  await page.call("onAsk");
  await page.call("onBegin");
  assert.deepEqual([page.data["state"], page.data["code"], page.data["picture"]], ["open", "ABCD-1234-EFGH", "hand:ABCD-1234-EFGH"]);
  assert.match(String(page.data["left"]), /^(30 分 00|29 分 59) 秒$/);
  service.roles = [];
  for (let second = 0; second < 5; second += 1) await page.call("tick");
  assert.deepEqual([page.data["state"], page.data["code"]], ["done", ""]);
  assert.equal((await phone.open("pages/home/index")).data["signing"], "");
  await page.call("onUnload");
});

test("two taps make one code, and one that was taken back is gone from the screen", async () => {
  const service = new CommunityService();
  const phone = await phoneWith(service);
  const page = await phone.open(HAND_OVER, { organisation: "40", name: "" });
  await Promise.all([page.call("onBegin"), page.call("onBegin")]);
  assert.equal(service.sent(`POST ${PATH}`).length, 1);
  await page.call("onCancelCode");
  assert.deepEqual([page.data["state"], page.data["code"]], ["asking", ""]);
  assert.equal(service.open, false);
  await page.call("onUnload");
});

test("a code that has run out is not shown any longer", async () => {
  const service = new CommunityService();
  const phone = await phoneWith(service);
  const page = await phone.open(HAND_OVER, { organisation: "40", name: "" });
  await page.call("onBegin");
  page.data["deadline"] = Date.now() - 1;
  service.open = false;
  await page.call("tick");
  assert.equal(page.data["state"], "asking");
  assert.match(String(page.data["notice"]), /过期/);
  await page.call("onUnload");
});

test("a code of before is told of, and a new one asks first", async () => {
  const service = new CommunityService();
  service.open = true;
  const phone = await phoneWith(service);
  const page = await phone.open(HAND_OVER, { organisation: "40", name: "" });
  await phone.quiet();
  assert.equal(page.data["earlier"], true);
  await page.call("onAsk");
  assert.equal(page.data["confirming"], true);
  assert.equal(service.sent(`POST ${PATH}`).length, 0);
  await page.call("onUnload");
});

test("a successor scans the code at the first page and is bound", async () => {
  const service = new CommunityService();
  service.roles = [];
  const phone = await phoneWith(service);
  const home = await phone.open("pages/home/index");
  phone.scanned = { result: "hand:ABCD-1234-EFGH" };
  await home.call("onScan");
  await phone.quiet();
  assert.equal(phone.visited.at(-1), "/packages/me/invitation/index?code=ABCD-1234-EFGH");
  const page = await phone.open("packages/me/invitation/index", { code: "ABCD-1234-EFGH" });
  service.roles = [ROLE];
  await page.call("onBind");
  assert.deepEqual([page.data["bound"], page.data["signs"]], [ROLE, true]);
  assert.equal(service.sent("POST /invitations/redemptions")[0]?.body["code"], "ABCD-1234-EFGH");
});

test("a refused hand-over says why and stays", async () => {
  const service = new CommunityService();
  service.upset("POST /invitations/redemptions", problem(409, "hand_over_expired", "移交码已过期，请原代表重新生成。"));
  const phone = await phoneWith(service);
  const page = await phone.open("packages/me/invitation/index", { code: "ABCD-1234-EFGH" });
  await page.call("onBind");
  assert.match(String(page.data["notice"]), /已过期/);
  assert.equal(page.data["bound"], null);
});
