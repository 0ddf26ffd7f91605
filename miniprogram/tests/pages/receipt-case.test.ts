/** The case behind a receipt, on the phone: read, answered, followed up, watched. */
import assert from "node:assert/strict";
import test from "node:test";

import { phoneWith } from "./agreed-phone.ts";
import type { ScreenlessPage } from "./phone.ts";
import type { Answer, Exchange } from "./service.ts";
import { problem, Service } from "./service.ts";

const PART = "packages/evaluation/receipt/progress/index";
const CASE = "/campaigns/1/receipt/case";
const SECRET = "S".repeat(42) + "A";

/** One case, whose stage follows what the rater says. */
class CaseService extends Service {
  stage = "answered";
  watching = false;
  has = true;

  protected override usual(exchange: Exchange): Answer {
    const { method, path } = exchange;
    if (path === "/message-templates") return { status: 200, data: { items: [{ kind: "case_moved", template_id: "t-case" }] } };
    if (path === "/me/message-consents") return { status: 204 };
    if (!path.startsWith(CASE)) return super.usual(exchange);
    if (path === `${CASE}/follow-up`) this.stage = exchange.body["solved"] === true ? "closed" : "reopened";
    if (path === `${CASE}/watch`) this.watching = method === "PUT";
    return { status: method === "POST" ? 201 : 200, data: { case: this.has ? this.described() : null } };
  }

  private described(): object {
    const open = this.stage !== "closed";
    return {
      number: "2026-00001", kind: "poor_rating", kind_label: "办事差评", title: "“办事效率”不满意", department: { id: 7, name: "市税务局" },
      stage: this.stage, stage_label: this.stage, round: 1, registered_on: "2026-11-24", rectify_due_at: "2026-12-09T23:59:59+08:00",
      provisional: false, extended: false, callback_due_at: null, called_back: false, closed_on: open ? null : "2026-12-01",
      closed_by_label: "", lines: [], may: { answer: open, follow_up: this.stage === "answered", watch: open }, watching: this.watching,
    };
  }
}

async function opened(service: CaseService): Promise<ScreenlessPage> {
  const phone = await phoneWith(service);
  const part = await phone.open(PART);
  Object.assign(part.data, { campaign: 1, secret: SECRET, ofOrganisation: false });
  await part.call("load");
  return part;
}

const shownOf = (part: ScreenlessPage): Record<string, unknown> => part.data["shown"] as Record<string, unknown>;

test("the receipt alone opens its case", async () => {
  const service = new CaseService();
  const part = await opened(service);
  assert.equal(shownOf(part)["stage"], "answered");
  const [asked] = service.sent(`GET ${CASE}`);
  assert.equal(asked?.headers["Receipt"], SECRET);
  assert.equal(asked?.headers["Authorization"], undefined);
});

test("a rating without a case shows nothing, and a failure says so", async () => {
  const service = new CaseService();
  service.has = false;
  assert.equal((await opened(service)).data["shown"], null);
  const troubled = new CaseService();
  troubled.upset(`GET ${CASE}`, problem(503, "database_away", "请稍后再试。"));
  assert.match(String((await opened(troubled)).data["failed"]), /请稍后再试/);
});

test("an answer is sent once, and not without words", async () => {
  const service = new CaseService();
  const part = await opened(service);
  await part.call("onSend");
  assert.notEqual(part.data["notice"], "");
  await part.call("onAnswer", { detail: { value: " 还没有解决 " } });
  await Promise.all([part.call("onSend"), part.call("onSend")]);
  const sent = service.sent(`POST ${CASE}/answers`);
  assert.deepEqual(sent.map(({ body }) => body), [{ text: "还没有解决" }]);
  assert.equal(part.data["answer"], "");
});

test("words stay where they were not taken", async () => {
  const service = new CaseService();
  const part = await opened(service);
  service.upset(`POST ${CASE}/answers`, problem(409, "case_closed", "这一件已经销号。"));
  await part.call("onAnswer", { detail: { value: "还没有解决" } });
  await part.call("onSend");
  assert.match(String(part.data["notice"]), /已经销号/);
  assert.equal(part.data["answer"], "还没有解决");
});

test("the last word is asked twice and sent once", async () => {
  const service = new CaseService();
  const part = await opened(service);
  await part.call("onWord", { detail: { value: "没人联系我" } });
  await part.call("onFollowUp", { currentTarget: { dataset: { solved: "no" } } });
  assert.equal(service.sent("follow-up").length, 0);
  assert.match(String(part.data["asked"]), /退回部门/);
  await part.call("onConfirm");
  await part.call("onConfirm");
  assert.deepEqual(service.sent("follow-up").map(({ body }) => body), [{ solved: false, word: "没人联系我" }]);
  assert.equal(shownOf(part)["stage"], "reopened");
  assert.equal(shownOf(part)["mayFollowUp"], false);
});

test("whoever thinks again has said nothing", async () => {
  const service = new CaseService();
  const part = await opened(service);
  await part.call("onFollowUp", { currentTarget: { dataset: { solved: "yes" } } });
  await part.call("onCancel");
  await part.call("onConfirm");
  assert.equal(service.sent("follow-up").length, 0);
});

test("being told is explained, asked for, and taken back", async () => {
  const service = new CaseService();
  const part = await opened(service);
  await part.call("onWatch");
  assert.equal(service.sent("/watch").length, 0);
  assert.match(String(part.data["asked"]), /微信账号/);
  await part.call("onConfirm");
  const [put] = service.sent(`PUT ${CASE}/watch`);
  assert.match(put?.headers["Authorization"] ?? "", /^Bearer /);
  assert.equal(shownOf(part)["watching"], true);
  await part.call("onWatch");
  assert.equal(service.sent(`DELETE ${CASE}/watch`).length, 1);
  assert.equal(shownOf(part)["watching"], false);
});
