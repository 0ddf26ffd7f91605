/** A drawn person's link on the phone: the list, rating by it, and what the phone alone remembers. */
import assert from "node:assert/strict";
import test from "node:test";

import type { KeptLink, LinkRow } from "../../src/domain/sample-link";
import { phoneWith } from "./agreed-phone.ts";
import type { Phone, ScreenlessPage } from "./phone.ts";
import { CAMPAIGN, problem, Service } from "./service.ts";

const PAGE = "packages/evaluation/sample/index";
const CODE = "ABCD-1234-EFGH";
const RATING = {
  overall: 4, levels: { "11": 4, "12": 0 }, tags: [], comment: "", identity: "anonymous",
  contact: { name: "", phone: "" }, enterprise: null,
};

class Survey extends Service {
  closed = false;

  protected override usual(exchange: Parameters<Service["usual"]>[0]): ReturnType<Service["usual"]> {
    const { path, body } = exchange;
    if (path === "/campaigns/1") return { status: 200, data: { ...CAMPAIGN, state: this.closed ? "closed" : "open" } };
    if (path === "/message-templates") return { status: 200, data: { items: [{ kind: "sample_link", template_id: "t1" }] } };
    if (path === "/me/message-consents") return { status: 204 };
    if (path !== "/entries") return super.usual(exchange);
    if (body["scene"] !== CODE) return problem(404, "code_unknown", "评价码不正确，请核对后重新输入。");
    return {
      status: 200,
      data: {
        kind: "sample", campaign: { id: 1, title: CAMPAIGN.title, kind: "survey" }, department: null, counter: null, channel: "sample",
        departments: [{ id: 7, name: "市税务局" }, { id: 8, name: "市公安局" }],
      },
    };
  }
}

const states = (page: ScreenlessPage): [number, string][] => (page.data["rows"] as LinkRow[]).map(({ id, state }) => [id, state]);

async function rate(phone: Phone): Promise<void> {
  const form = await phone.open("packages/evaluation/rate/index", { campaign: "1", department: "7", code: CODE });
  await form.call("onChange", { detail: { rating: RATING } });
  await form.call("onSubmit");
  await form.call("onConfirm");
}

test("the link from a message lists its departments and says what is known", async () => {
  const phone = await phoneWith(new Survey());
  const page = await phone.open(PAGE, { code: CODE });
  assert.equal(page.data["state"], "ready");
  assert.deepEqual(states(page), [[7, "open"], [8, "open"]]);
  assert.match((page.data["anonymity"] as string[]).join(""), /只有您所在的抽样层.*不知道您评了哪些部门/s);
  await page.call("onDepartment", { currentTarget: { dataset: { index: 0 } } });
  assert.equal(phone.visited.at(-1), `/packages/evaluation/rate/index?campaign=1&department=7&code=${CODE}`);
});

test("scanned or typed at home, the code leads to the same list", async () => {
  const phone = await phoneWith(new Survey());
  const home = await phone.open("pages/home/index");
  phone.scanned = { result: `http://ronghe.test/rate/${CODE}` };
  await home.call("onScan");
  await phone.quiet();
  assert.equal(phone.visited.at(-1), `/${PAGE}?code=${CODE}`);
  phone.visited.length = 0;
  await home.call("onCode", { detail: { value: CODE.toLowerCase() } });
  await home.call("onUseCode");
  await phone.quiet();
  assert.equal(phone.visited.at(-1), `/${PAGE}?code=${CODE}`);
});

test("a rating by the link is marked on this phone, and the others are led to", async () => {
  const service = new Survey();
  const phone = await phoneWith(service);
  const page = await phone.open(PAGE, { code: CODE });
  await rate(phone);
  assert.equal(service.sent("POST /campaigns/1/evaluations")[0]?.body["code"], CODE);
  await page.call("onShow");
  assert.deepEqual(states(page), [[7, "rated"], [8, "open"]]);
  const key = /key=(\w+)/.exec(phone.visited.at(-1) ?? "")?.[1] ?? "";
  const done = await phone.open("packages/evaluation/done/index", { key });
  await done.call("onLink");
  assert.equal(phone.visited.at(-1), `/${PAGE}?code=${CODE}`);
  await page.call("onDepartment", { currentTarget: { dataset: { index: 0 } } });
  assert.match(phone.visited.at(-1) ?? "", /receipt\/index\?key=/);
  // No other way of rating the department marks the link, and no level stays on the phone.
  for (const value of phone.storage.values()) assert.doesNotMatch(value, /"overall":4/);
});

test("without a network the list stays, and what waits is shown as waiting", async () => {
  const phone = await phoneWith(new Survey());
  const page = await phone.open(PAGE, { code: CODE });
  // The form was opened before, so that it is at hand.
  await phone.open("packages/evaluation/rate/index", { campaign: "1", department: "7", code: CODE });
  await phone.connect(false);
  await rate(phone);
  await page.call("onShow");
  assert.deepEqual(states(page), [[7, "waiting"], [8, "open"]]);
  const again = await phone.open(PAGE, { code: CODE });
  assert.deepEqual(states(again), [[7, "waiting"], [8, "open"]]);
  await phone.connect(true);
  await again.call("onShow");
  assert.deepEqual(states(again), [[7, "rated"], [8, "open"]]);
});

test("a department that was rated by the link on another phone is told on sending, and counts as done", async () => {
  const service = new Survey();
  service.upset("POST /campaigns/1/evaluations", problem(409, "department_rated", "您已经用这个链接评价过该部门。"));
  const phone = await phoneWith(service);
  const page = await phone.open(PAGE, { code: CODE });
  await rate(phone);
  await page.call("onShow");
  assert.deepEqual(states(page), [[7, "rated"], [8, "open"]]);
  await page.call("onDepartment", { currentTarget: { dataset: { index: 0 } } });
  assert.match(phone.visited.at(-1) ?? "", /done\/index\?key=/);
});

test("an unknown code, none at all and a visit code have clear words", async () => {
  const service = new Survey();
  const phone = await phoneWith(service);
  const unknown = await phone.open(PAGE, { code: "0000-0000-0000" });
  assert.match(String(unknown.data["message"]), /评价码不正确/);
  const none = await phone.open(PAGE, {});
  assert.match(String(none.data["message"]), /链接不完整/);
  service.upset("/entries", { status: 200, data: { kind: "code", campaign: { id: 1, title: "", kind: "survey" }, department: { id: 7, name: "" }, departments: [], counter: null, channel: "open" } });
  const visit = await phone.open(PAGE, { code: "ABCD-1234-EFGJ" });
  assert.match(String(visit.data["message"]), /不是抽样调查的链接/);
  assert.equal((phone.stored<KeptLink[]>("links") ?? []).length, 0);
});

test("when the campaign is over, the list says so and leads to no form", async () => {
  const service = new Survey();
  service.closed = true;
  const phone = await phoneWith(service);
  const page = await phone.open(PAGE, { code: CODE });
  assert.match(String(page.data["why"]), /评价已经结束/);
  const before = phone.visited.length;
  await page.call("onDepartment", { currentTarget: { dataset: { index: 1 } } });
  assert.equal(phone.visited.length, before);
});

test("a drawn person may agree to be told by WeChat", async () => {
  const service = new Survey();
  const phone = await phoneWith(service);
  const page = await phone.open(PAGE, { code: CODE });
  await page.call("onRemind");
  assert.deepEqual(phone.messagesAsked, ["t1"]);
  assert.deepEqual(service.sent("POST /me/message-consents")[0]?.body["kinds"], ["sample_link"]);
});
