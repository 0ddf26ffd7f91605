import assert from "node:assert/strict";
import test from "node:test";

import type * as Home from "../../src/domain/home";
import type { OutboxItem } from "../../src/domain/outbox";
import type * as Sample from "../../src/domain/sample-link";
import { load } from "./load.ts";

const sample = await load<typeof Sample>("domain/sample-link");
const home = await load<typeof Home>("domain/home");

const CODE = "ABCD-1234-EFGH";
const LINK: Sample.KeptLink = {
  code: CODE, campaign: { id: 1, title: "评价" }, departments: [{ id: 7, name: "税务局" }, { id: 3, name: "公安局" }], rated: {}, openedAt: 0,
};

function item(department: number, state: OutboxItem["state"], code: string | null = CODE): OutboxItem {
  return { key: `k${department}`, department: { id: department, name: "" }, matter: { counter: null, code }, state } as OutboxItem;
}

test("departments stand in the link's order with what this phone knows", () => {
  const rows = (link: Sample.KeptLink, outbox: OutboxItem[]) => sample.rowsOf(link, outbox).map(({ id, state, key }) => [id, state, key]);
  assert.deepEqual(rows(LINK, []), [[7, "open", ""], [3, "open", ""]]);
  assert.deepEqual(rows({ ...LINK, rated: { "3": "r" } }, [item(7, "waiting")]), [[7, "waiting", "k7"], [3, "rated", "r"]]);
  assert.deepEqual(rows(LINK, [item(7, "refused"), item(3, "duplicate")]), [[7, "trouble", "k7"], [3, "rated", "k3"]]);
});

test("what was rated by another link, or without one, says nothing of this one", () => {
  const rows = sample.rowsOf(LINK, [item(7, "waiting", "ZZZZ-0000-0000"), item(3, "waiting", null)]);
  assert.deepEqual(rows.map(({ state }) => state), ["open", "open"]);
});

test("opening a link again keeps what was rated by it, and takes its departments anew", () => {
  const rated = sample.withRated([LINK], CODE, 7, "r");
  const again = sample.withLink(rated, { ...LINK, departments: [{ id: 7, name: "市税务局" }], openedAt: 5 });
  assert.deepEqual(again, [{ ...LINK, departments: [{ id: 7, name: "市税务局" }], rated: { "7": "r" }, openedAt: 5 }]);
});

test("links leave the phone after some months", () => {
  const day = 24 * 3600 * 1000;
  assert.equal(sample.freshLinks([LINK], 119 * day).length, 1);
  assert.equal(sample.freshLinks([LINK], 121 * day).length, 0);
});

test("the progress counts what was rated and what waits", () => {
  const words = (link: Sample.KeptLink, outbox: OutboxItem[]) => sample.progressWords(sample.rowsOf(link, outbox));
  assert.match(words(LINK, []), /共 2 个部门/);
  assert.match(words(LINK, [item(7, "waiting")]), /已评价 1 个，还有 1 个/);
  assert.match(words({ ...LINK, rated: { "7": "a", "3": "b" } }, []), /都评价过了/);
});

test("a link's code leads to its departments", () => {
  const entry = { kind: "sample" as const, campaign: { id: 1, title: "评价", kind: "survey" as const }, department: null, departments: LINK.departments, counter: null, channel: "sample" as const };
  assert.deepEqual(home.outcomeOf(entry, CODE), { path: `/packages/evaluation/sample/index?code=${CODE}` });
});
