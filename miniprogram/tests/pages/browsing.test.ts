/** Pages around the form: finding, scanning, receipts, results, me. */
import assert from "node:assert/strict";
import test from "node:test";

import type { ChannelResult } from "../../src/api/types";
import type * as Privacy from "../../src/domain/privacy";
import type * as Results from "../../src/domain/results";
import { load } from "../domain/load.ts";
import { phoneWith } from "./agreed-phone.ts";
import type { ScreenlessPage } from "./phone.ts";
import { Phone } from "./phone.ts";
import { problem, Service } from "./service.ts";

const { PRIVACY_VERSION } = await load<typeof Privacy>("domain/privacy");
const { departmentLine } = await load<typeof Results>("domain/results");
const SECRET = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

const rated = (department: number) => ({
  content: "", department, revision: 1, state: "counted",
  accepted: { campaign: { id: 1, title: "活动" }, department: { id: department, name: "市税务局" }, channel: "open", rated_on: "2026-11-23" },
});

test("a search finds departments in the open surveys and leads to the form", async () => {
  const phone = await phoneWith(new Service());
  const home = await phone.open("pages/home/index");
  await home.call("onTyped", { detail: { value: "shuiwu" } });
  await home.call("onSearch");
  const [hit] = home.data["hits"] as { name: string; campaign: number; department: number }[];
  assert.equal(hit?.name, "市税务局");
  await home.call("onHit", { currentTarget: { dataset: hit } });
  assert.equal(phone.visited.at(-1), "/packages/evaluation/rate/index?campaign=1&department=7");
});

test("a scanned code of somebody else's is refused without asking the service", async () => {
  const service = new Service();
  const phone = await phoneWith(service);
  const home = await phone.open("pages/home/index");
  phone.scanned = { result: "weixin://pay" };
  await home.call("onScan");
  assert.match(String(home.data["notice"]), /不是评价用的二维码/);
  assert.equal(service.sent("/entries").length, 0);
});

test("a typed visit code leads to the form", async () => {
  const service = new Service();
  const entry = {
    kind: "code", campaign: { id: 1, title: "活动", kind: "service" }, department: { id: 7, name: "市税务局" }, counter: null,
    channel: "service_centre",
  };
  service.upset("/entries", { status: 200, data: entry });
  const phone = await phoneWith(service);
  const home = await phone.open("pages/home/index");
  await home.call("onCode", { detail: { value: "abcd 1234 efgh" } });
  await home.call("onUseCode");
  assert.equal(service.sent("/entries")[0]?.body["scene"], "ABCD-1234-EFGH");
  assert.match(phone.visited.at(-1) ?? "", /code=ABCD-1234-EFGH$/);
});

test("a start from a scanned mini-program code goes to the form at once", async () => {
  const service = new Service();
  service.upset("/entries", {
    status: 200,
    data: { kind: "department", campaign: { id: 1, title: "活动", kind: "survey" }, department: { id: 7, name: "市税务局" }, counter: null, channel: "open" },
  });
  const phone = await phoneWith(service);
  await phone.open("pages/home/index", { scene: "d7" });
  assert.equal(phone.visited.at(-1), "/packages/evaluation/rate/index?campaign=1&department=7");
});

test("a receipt code alone finds its campaign, and a wrong one is said to be wrong", async () => {
  const service = new Service();
  service.ratings.set("66687aadf862bd776c8fc18b8e9f8e20", rated(7));
  const phone = await phoneWith(service);
  const list = await phone.open("pages/receipts/index");
  await list.call("onCode", { detail: { value: `${SECRET.slice(0, 42)}E` } });
  await list.call("onRecover");
  assert.match(String(list.data["notice"]), /没有找到/);
  await list.call("onCode", { detail: { value: SECRET } });
  await list.call("onRecover");
  assert.match(phone.visited.at(-1) ?? "", /receipt\/index\?key=66687aad/);
  assert.equal((list.data["receipts"] as object[]).length, 1);
});

test("a rating is withdrawn only after a confirmation, and its receipt shows it", async () => {
  const service = new Service();
  service.ratings.set("66687aadf862bd776c8fc18b8e9f8e20", rated(7));
  const phone = await phoneWith(service);
  phone.storage.set("ronghe.receipts", JSON.stringify([
    { key: "66687aadf862bd776c8fc18b8e9f8e20", secret: SECRET, campaign: { id: 1, title: "活动" }, department: "市税务局", ratedOn: "2026-11-23" },
  ]));
  const page = await phone.open("packages/evaluation/receipt/index", { key: "66687aadf862bd776c8fc18b8e9f8e20" });
  await page.call("onWithdraw");
  assert.equal(service.sent("DELETE").length, 0);
  await page.call("onWithdrawConfirmed");
  const shown = page.data["shown"] as { state: string; mayChange: boolean };
  assert.deepEqual([shown.state, shown.mayChange], ["已撤回", false]);
  await page.call("onCopy");
  assert.equal(phone.clipboard, `1.${SECRET}`);
});

test("closed campaigns are listed without a member's token", async () => {
  const service = new Service();
  const phone = await phoneWith(service);
  const page = await phone.open("pages/results/index");
  assert.deepEqual((page.data["campaigns"] as { closed: string }[]).map(({ closed }) => closed), ["2026年6月30日"]);
  assert.equal(service.sent("GET /results")[0]?.headers["Authorization"], undefined);
});

test("elder mode is kept on the phone and seen by the next page", async () => {
  const phone = await phoneWith(new Service());
  const me = await phone.open("pages/me/index");
  await me.call("onElder");
  assert.equal(me.data["elder"], true);
  await phone.start();
  assert.equal((await phone.open("pages/home/index")).data["elder"], true);
});

test("deleting the account asks first and keeps the receipts", async () => {
  const service = new Service();
  const phone = await phoneWith(service);
  phone.storage.set("ronghe.receipts", JSON.stringify([{ key: "k" }]));
  const me = await phone.open("pages/me/index");
  await me.call("onDelete");
  assert.equal(service.sent("DELETE /me").length, 0);
  await me.call("onDeleteConfirmed");
  assert.equal(service.sent("DELETE /me").length, 1);
  assert.equal(me.data["signedIn"], false);
  assert.equal(phone.stored<object[]>("receipts").length, 1);
});

test("a service that wants a sign-in is not given one before consent", async () => {
  const service = new Service();
  service.upset("GET /campaigns", problem(401, "token_missing"));
  const phone = new Phone(service);
  await phone.start();
  const home = await phone.open("pages/home/index");
  assert.equal(home.data["state"], "failed");
  assert.match(String(home.data["message"]), /同意隐私说明/);
  assert.equal(service.sent("POST /sessions").length, 0);
});

test("the consent is told to the service once it signs the person in", async () => {
  const service = new Service();
  const phone = await phoneWith(service);
  await phone.open("pages/me/index");
  assert.deepEqual(service.sent("POST /me/privacy-consent").map(({ body }) => body), [{ version: PRIVACY_VERSION }]);
});

test("two taps on bind redeem an invitation once", async () => {
  const service = new Service();
  service.upset("/invitations/redemptions", { status: 201, data: { role: "enterprise_representative", organisation: { id: 3, name: "某某公司" } } });
  const phone = await phoneWith(service);
  const page = await phone.open("packages/me/invitation/index");
  await page.call("onCode", { detail: { value: "ab 12" } });
  await Promise.all([page.call("onBind"), page.call("onBind")]);
  assert.deepEqual(service.sent("/invitations/redemptions").map(({ body }) => body), [{ code: "AB12" }]);
  assert.equal((page.data["bound"] as { organisation: { name: string } }).organisation.name, "某某公司");
});

const score = { withheld: false, score: "87.43", interval: ["85.1", "89.6"], alone: [4, 6], in_table: [3, 7], shrunk: "86.90", reason: null };
const tooFew = { withheld: false, score: null, interval: null, alone: null, in_table: null, shrunk: null, reason: "too_few" };
const channel = { channel: "open", withheld: false, count: 12, distribution: { "5": 12 }, score: "100.00", excluded: null };

async function openResults(service: Service): Promise<[Phone, ScreenlessPage]> {
  service.upset("GET /campaigns/5/results", {
    status: 200,
    data: {
      campaign: { id: 5, title: "旧" }, settled: true, smallest_group: 10, level_scores: {},
      version: 2, published_on: "2026-07-02", note: "更正", scored: true,
      departments: [
        { id: 1, name: "市税务局", score, channels: [channel] },
        { id: 2, name: "市公安局", score: tooFew, channels: [{ ...channel, withheld: true, count: null, distribution: null, score: null }] },
      ],
    },
  });
  const phone = await phoneWith(service);
  return [phone, await phone.open("packages/results/campaign/index", { campaign: "5" })];
}

type ShownResults = { name: string; score: object | null; channels: { label: string; words: string }[] }[];

test("results are shown department by department, filtered by name, with small groups withheld", async () => {
  const service = new Service();
  const [, page] = await openResults(service);
  assert.equal(page.data["withheld"], "样本少于 10，或能推算出这样的样本，不公布");
  await page.call("onTyped", { detail: { value: "公安" } });
  const shown = page.data["shown"] as ShownResults;
  assert.deepEqual(shown.map(({ name }) => name), ["市公安局"]);
  assert.deepEqual(shown[0]?.channels, []);
  assert.equal(service.sent("/departments?").length, 0);
});

test("a score stands with its interval and its rank interval, and where there is none the reason", async () => {
  const [, page] = await openResults(new Service());
  assert.match(String(page.data["edition"]), /^第 2 版，2026年7月2日公布：更正$/);
  const shown = page.data["shown"] as { score: object }[];
  assert.deepEqual(shown.map((one) => one.score), [
    { score: "87.43", interval: "（85.1–89.6）", ranks: "名次区间 3–7", words: "", scale: { left: 85.1, width: 4.5, point: 87.43 } },
    { score: "", interval: "", ranks: "", words: "样本不足", scale: null },
  ]);
});

test("without scores a department's line holds every channel's", () => {
  const nothing = { withheld: false, count: 0, distribution: {}, score: null, excluded: {} };
  const withheld = { withheld: true, count: null, distribution: null, score: null, excluded: null };
  const line = departmentLine({
    id: 1, name: "市税务局", score: null,
    channels: [channel, { ...withheld, channel: "sample" }, { ...nothing, channel: "village" }] as ChannelResult[],
  });
  assert.equal(line.score, null);
  assert.deepEqual(line.channels.map(({ label, words }) => `${label} ${words}`), ["公众自主评价 100.00", "抽样调查 不公布", "村评价 没有评价"]);
});

const figure = { withheld: false, reason: null };
const tree = {
  id: 1, name: "市税务局", score, scheme: {}, channels: [
    {
      ...figure, channel: "sample", weight: "60", score: "88.00", panels: [
        { ...figure, panel: "residents", name: "普通群众", weight: "100", score: "88.00", weighted: true, indicators: [
          { ...figure, code: "A1", name: "办事效率", part: "own", weight: "60", score: "90.00", counts: { "5": 6, "4": 3, "3": 1, "2": 0, "1": 0, "0": 2 } },
          { ...figure, code: "A2", name: "惠企政策", part: "own", weight: "40", withheld: true, score: null, counts: null },
        ] },
      ],
    },
    { ...figure, channel: "hotline", weight: "40", score: null, reason: "too_few", panels: [] },
  ],
};

test("a score opens step by step down to counts and weights, and closes again", async () => {
  const service = new Service();
  service.upset("GET /campaigns/5/results/1", {
    status: 200,
    data: {
      campaign: { id: 5, title: "旧" }, settled: true, smallest_group: 10, level_scores: {}, version: 2, published_on: "2026-07-02",
      note: "", scored: true, id: 1, name: "市税务局", score, channels: [channel], leaves: [],
    },
  });
  service.upset("GET /campaigns/5/scores/1", { status: 200, data: tree });
  const phone = await phoneWith(service);
  const page = await phone.open("packages/results/department/index", { campaign: "5", department: "1" });
  assert.equal(service.sent("/scores/").length, 0);
  await page.call("onTree");
  const rows = () => page.data["rows"] as { key: string; name: string; value: string; counts: string }[];
  assert.deepEqual(rows().map(({ name, value }) => [name, value]), [["抽样调查", "88.00"], ["12345 热线", "样本不足"]]);
  const tap = (key: string, opens: boolean) => page.call("onRow", { currentTarget: { dataset: { key, opens } } });
  await tap("hotline", false);
  assert.equal(rows().length, 2);
  await tap("sample", true);
  await tap("sample/residents", true);
  assert.deepEqual(rows().map(({ name, value }) => [name, value]).slice(1, 4), [["普通群众", "88.00"], ["办事效率", "90.00"], ["惠企政策", "不公布"]]);
  assert.equal(rows()[2]?.counts, "非常满意 6，满意 3，基本满意 1，不满意 0，非常不满意 0，不了解 2");
  assert.equal(rows()[3]?.counts, "");
  await tap("sample", true);
  assert.equal(rows().length, 2);
  await page.call("onTree");
  assert.equal(page.data["treeState"], "closed");
  assert.equal(service.sent("/scores/").length, 1);
});

test("a campaign whose result is not published says so", async () => {
  const service = new Service();
  const closed = { id: 6, title: "新", kind: "survey", closed_on: "2026-09-30", settled: true, published: false, version: null, published_on: null, scored: false };
  service.upset("GET /results", { status: 200, data: { items: [closed] } });
  const phone = await phoneWith(service);
  const page = await phone.open("pages/results/index");
  assert.deepEqual((page.data["campaigns"] as { waiting: string; edition: string }[]).map(({ waiting, edition }) => [waiting, edition]), [["尚未公布", ""]]);
});

test("what no name fits is looked up by pinyin at the service, once the typing pauses", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const service = new Service();
  const [phone, page] = await openResults(service);
  service.upset("/campaigns/5/departments?", { status: 200, data: { items: [{ id: 2, name: "市公安局" }], next_cursor: null } });
  for (const value of ["g", "ga"]) await page.call("onTyped", { detail: { value } });
  assert.equal(page.data["searching"], true);
  context.mock.timers.tick(400);
  await phone.quiet();
  assert.deepEqual((page.data["shown"] as ShownResults).map(({ name }) => name), ["市公安局"]);
  assert.deepEqual(service.sent("/departments?").map(({ path }) => /q=ga&/.test(path)), [true]);
});

test("without a network results are still found by name, and the rest says why not", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const service = new Service();
  const [phone, page] = await openResults(service);
  await phone.connect(false);
  await page.call("onTyped", { detail: { value: "税务" } });
  assert.equal(page.data["matching"], 1);
  await page.call("onTyped", { detail: { value: "sw" } });
  context.mock.timers.tick(400);
  await phone.quiet();
  assert.deepEqual([page.data["matching"], page.data["searching"]], [0, false]);
  assert.match(String(page.data["nothing"]), /没有网络/);
});
