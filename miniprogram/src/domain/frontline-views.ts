/** Entries of the frontline log as lists and pages show them. */
import type { Effect, FrontlineEntry } from "../api/frontline-types";
import { formatPlainDate } from "./dates";
import { servedLabel, solutionLabel } from "./frontline";
import type { BarPart } from "./results";
import { barParts } from "./results";
import type { ShownReview } from "./reviews";
import { returnReason, shownReviews } from "./reviews";

const TONES: Readonly<Record<string, string>> = { approved: "good", shared: "good", returned: "warn" };

/** "good", "warn" or "plain": how the state of an entry or an experience looks. */
export function stateTone(state: string): string {
  return TONES[state] ?? "plain";
}

export interface ShownEntry {
  id: string;
  state: string;
  tone: string;
  place: string;
  about: string;
  from: string;
  solution: string;
}

export function shownEntry(entry: FrontlineEntry): ShownEntry {
  const { author, branch } = entry;
  return {
    id: entry.id,
    state: entry.state_label,
    tone: stateTone(entry.state),
    place: entry.place,
    about: (entry.problem || entry.came || entry.lesson).trim(),
    from: `${formatPlainDate(entry.happened_on)} · ${author ?? branch.name}`,
    solution: entry.solution === "none" ? "" : solutionLabel(entry.solution),
  };
}

export interface Line {
  name: string;
  value: string;
}

export interface EntryPart {
  title: string;
  lines: Line[];
  /** What stands there when the part has no line. */
  none: string;
}

export interface EntryDetail {
  head: ShownEntry;
  branch: string;
  parts: EntryPart[];
  reviews: ShownReview[];
  returned: string;
}

function lines(pairs: readonly (readonly [string, string])[]): Line[] {
  return pairs.filter(([, value]) => value !== "").map(([name, value]) => ({ name, value }));
}

function unitWords({ units }: FrontlineEntry): string {
  const total = units.reduce((sum, { people }) => sum + people, 0);
  const each = units.map(({ organisation, people }) => `${organisation.name} ${people} 人`);
  return units.length > 1 ? `共 ${total} 人：${each.join("，")}` : each.join("");
}

function handOnWords({ hand_on: handOn, solution, case: handedOn }: FrontlineEntry): string {
  if (solution !== "open") return "";
  if (handedOn !== null) {
    return `已移交${handedOn.department}（${handedOn.number}）：${handedOn.stage_label}`;
  }
  return handOn ? "希望转交有关部门处理" : "由支部继续跟进";
}

export function entryDetail(entry: FrontlineEntry): EntryDetail {
  const place = lines([
    ["社区", entry.community?.name ?? ""],
    ["活动", entry.activity?.name ?? ""],
    ["来了谁", unitWords(entry)],
    ["做了什么", entry.came],
  ]);
  const problem = lines([
    ["问题", entry.problem],
    ["为了谁", entry.problem === "" ? "" : servedLabel(entry.served)],
    ["结果", entry.problem === "" ? "" : solutionLabel(entry.solution)],
    ["怎么解决", entry.measures],
    ["后续", handOnWords(entry)],
  ]);
  return {
    head: shownEntry(entry),
    branch: entry.branch.name,
    parts: [
      { title: "力量下沉", lines: place, none: "" },
      { title: "问题解决", lines: problem, none: "这次没有发现问题。" },
      { title: "经验提炼", lines: lines([["经验", entry.lesson]]), none: "没有填写。" },
    ],
    reviews: shownReviews(entry.reviews),
    returned: returnReason(entry.state, entry.reviews),
  };
}

export interface ShownEffect {
  words: string;
  parts: BarPart[];
}

export function shownEffect({ count, withheld, distribution, smallest_group: smallest }: Effect): ShownEffect {
  if (withheld || distribution === null) {
    return { words: `不足 ${smallest} 份，暂不公布，避免被猜出是谁评的。`, parts: [] };
  }
  return { words: `${count ?? 0} 份评价`, parts: barParts(distribution) };
}
