/** The phone's quarters: groups, scores with intervals, rates, every edition. */
import assert from "node:assert/strict";
import test from "node:test";

import type { PublishedQuarter } from "../../src/api/types";
import type { ShownQuarter } from "../../src/domain/quarters";
import { phoneWith } from "./agreed-phone.ts";
import { Service } from "./service.ts";

const LISTED = { quarter: "2026Q3", label: "2026 年第 3 季度", edition: 2, published_on: "2026-10-12", note: "补录", digest: "ab" };
const HIDDEN = { withheld: true, of: null };
const CASES = {
  registered: { withheld: false, of: 40 },
  due: { withheld: false, of: 30, answered: 30, closed: 20 },
  called_back: { ...HIDDEN, called: null, in_time: null },
  satisfied: { withheld: false, of: 0, solved: 0 },
};
const NO_CASES = {
  registered: HIDDEN,
  due: { ...HIDDEN, answered: null, closed: null },
  called_back: { ...HIDDEN, called: null, in_time: null },
  satisfied: { ...HIDDEN, solved: null },
};
const SCORE = { withheld: false, score: "86.20", interval: ["84.1", "88.3"], rank: [1, 2], ranked: 3, reason: null };
const QUARTER: PublishedQuarter = {
  ...LISTED, as_of: "2026-10-10", checkpoint: "host/log\n9\nroot\n", smallest_group: 10,
  editions: [{ edition: 2, published_on: "2026-10-12", note: "补录" }, { edition: 1, published_on: "2026-10-08", note: "" }],
  campaigns: [{ id: 5, title: "三季度评价", kind: "survey", closed_on: "2026-09-30", version: 1, digest: "cd", interval_level: "0.95" }],
  groups: [
    {
      name: "窗口部门",
      departments: [{
        id: 7, name: "市税务局", cases: CASES,
        campaigns: [{ campaign: 5, score: SCORE, channels: [
          { channel: "hotline", withheld: false, count: 12, score: "70.00" },
          { channel: "open", withheld: true, count: null, score: null },
        ] }],
      }],
      cases: CASES,
    },
    {
      name: null,
      departments: [{ id: 8, name: "图书馆", cases: NO_CASES, campaigns: [{ campaign: 5, score: { ...SCORE, rank: null, ranked: null }, channels: [] }] }],
      cases: null,
    },
  ],
  cases: CASES,
};

async function opened(edition = ""): Promise<{ service: Service; page: Awaited<ReturnType<Awaited<ReturnType<typeof phoneWith>>["open"]>> }> {
  const service = new Service();
  service.upset("GET /quarters/2026Q3", { status: 200, data: QUARTER });
  const phone = await phoneWith(service);
  return { service, page: await phone.open("packages/results/quarter/index", { quarter: "2026Q3", ...(edition ? { edition } : {}) }) };
}

test("quarters are one tap from the results, and lead to their pages", async () => {
  const service = new Service();
  service.upset("GET /quarters", { status: 200, data: { items: [LISTED] } });
  const phone = await phoneWith(service);
  const results = await phone.open("pages/results/index");
  await results.call("onQuarters");
  assert.equal(phone.visited.at(-1), "/packages/results/quarters/index");
  const list = await phone.open("packages/results/quarters/index");
  assert.deepEqual(list.data["quarters"], [{ quarter: "2026Q3", label: "2026 年第 3 季度", edition: "第 2 版，2026年10月12日公布：补录" }]);
  await list.call("onQuarter", { currentTarget: { dataset: { quarter: "2026Q3" } } });
  assert.equal(phone.visited.at(-1), "/packages/results/quarter/index?quarter=2026Q3");
});

test("a quarter shows groups, each score with its interval, a rank as an interval of the group alone", async () => {
  const { page } = await opened();
  const shown = page.data["shown"] as ShownQuarter;
  assert.deepEqual(shown.groups.map(({ name }) => name), ["窗口部门", "没有分组的部门"]);
  const [ranked, loose] = shown.groups.map(({ departments }) => departments[0]?.results[0]);
  assert.deepEqual(ranked?.score, {
    score: "86.20", interval: "（84.1–88.3）", ranks: "组内名次区间 1–2（共 3 个）", words: "", scale: { left: 84.1, width: 4.2, point: 86.2 },
  });
  assert.equal(loose?.score?.ranks, "");
  assert.deepEqual(ranked?.channels.map(({ words }) => words), ["70.00 分，12 份", "不公布"]);
});

test("what is withheld has no number, and nothing is a rate of nothing", async () => {
  const { page } = await opened();
  const shown = page.data["shown"] as ShownQuarter;
  assert.deepEqual(shown.cases.map(({ words }) => words), ["40 件", "不公布", "66.7%（20/30）", "—"]);
  assert.deepEqual(shown.groups[1]?.departments[0]?.cases.map(({ words }) => words), ["不公布", "不公布", "不公布", "不公布"]);
  assert.deepEqual(shown.groups[1]?.cases, []);
});

test("an older edition is asked for by its number", async () => {
  const { service, page } = await opened();
  service.upset("GET /quarters/2026Q3", { status: 200, data: { ...QUARTER, edition: 1, note: "" } });
  await page.call("onEdition", { currentTarget: { dataset: { edition: 1 } } });
  assert.equal(page.data["edition"], 1);
  assert.match((page.data["shown"] as ShownQuarter).edition, /^第 1 版/);
});

test("without a network a quarter says so and can be asked for again", async () => {
  const service = new Service();
  service.upset("GET /quarters", { status: 503, data: { code: "database_away", detail: "暂时无法服务" } });
  const phone = await phoneWith(service);
  const list = await phone.open("packages/results/quarters/index");
  assert.equal(list.data["state"], "failed");
  assert.notEqual(list.data["message"], "");
});
