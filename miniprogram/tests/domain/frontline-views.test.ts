/** What the phone shows of an entry whose problem was handed on. */
import assert from "node:assert/strict";
import test from "node:test";

import type { FrontlineEntry } from "../../src/api/frontline-types";
import type * as Views from "../../src/domain/frontline-views";
import { load } from "./load.ts";

const { entryDetail } = await load<typeof Views>("domain/frontline-views");

const ENTRY = {
  id: "e", state: "approved", state_label: "已通过", branch: { id: 3, name: "第一党支部" }, author: "吕静", activity: null, community: null,
  happened_on: "2026-11-20", place: "望江社区", came: "", units: [], problem: "路灯不亮", served: "residents", solution: "open", measures: "",
  hand_on: true, case_id: null, case: null, lesson: "", pictures: [], reviews: [],
} as unknown as FrontlineEntry;

function follows(entry: FrontlineEntry): string | undefined {
  return entryDetail(entry).parts.flatMap(({ lines }) => lines).find(({ name }) => name === "后续")?.value;
}

test("before it is handed on the wish is shown, afterwards how far the case is", () => {
  assert.equal(follows(ENTRY), "希望转交有关部门处理");
  const handedOn = { number: "2026-00012", department: "市城管局", stage: "closed", stage_label: "已销号" } as const;
  assert.equal(follows({ ...ENTRY, case_id: "c", case: handedOn }), "已移交市城管局（2026-00012）：已销号");
});
