/**
 * An entry of the frontline log (四个在一线) while it is written, and what it lacks.
 *
 * Its four parts: who came (力量下沉), the problem (问题解决), what was learnt (经验提炼), and the
 * effect (成效检验), which isn't written but rated by those who were served.
 */
import type { EntryContent, FrontlineEntry, Served, Solution } from "../api/frontline-types";
import type { Named } from "../api/types";

export interface UnitInput {
  id: number;
  name: string;
  /** As typed. */
  people: string;
}

export interface EntryInput {
  activity: Named | null;
  community: Named | null;
  /** YYYY-MM-DD */
  happenedOn: string;
  place: string;
  came: string;
  units: UnitInput[];
  problem: string;
  served: Served;
  solution: Solution;
  measures: string;
  handOn: boolean;
  lesson: string;
}

export interface FormProblem {
  /** The field as the service names it. */
  field: string;
  message: string;
}

export const LONGEST_TEXT = 2000;
export const LONGEST_PLACE = 200;
export const MOST_PEOPLE = 1000;
export const MOST_UNITS = 20;
export const MOST_PICTURES = 6;
export { PICTURE_BYTES } from "./photos";

export const SERVED_CHOICES: readonly { value: Served; label: string }[] = [
  { value: "residents", label: "居民群众" },
  { value: "enterprise", label: "企业和个体工商户" },
  { value: "community", label: "社区（村）" },
  { value: "care", label: "老幼病残等需要照顾的群众" },
  { value: "other", label: "其他" },
];

export const SOLUTION_CHOICES: readonly { value: Solution; label: string; hint: string }[] = [
  { value: "solved", label: "当场解决了", hint: "写清做了什么" },
  { value: "open", label: "还没有解决", hint: "可以转交有关部门" },
  { value: "none", label: "没有发现问题", hint: "例如走访、宣讲" },
];

export function servedLabel(served: string): string {
  return SERVED_CHOICES.find(({ value }) => value === served)?.label ?? "其他";
}

export function solutionLabel(solution: string): string {
  return SOLUTION_CHOICES.find(({ value }) => value === solution)?.label ?? "";
}

/** @param today YYYY-MM-DD; @param branch the author's, which always sent somebody: the author. */
export function emptyEntry(today: string, branch: Named | null): EntryInput {
  return {
    activity: null,
    community: null,
    happenedOn: today,
    place: "",
    came: "",
    units: branch === null ? [] : [{ id: branch.id, name: branch.name, people: "1" }],
    problem: "",
    served: "residents",
    solution: "solved",
    measures: "",
    handOn: false,
    lesson: "",
  };
}

export function inputOf(entry: FrontlineEntry): EntryInput {
  return {
    activity: entry.activity,
    community: entry.community,
    happenedOn: entry.happened_on,
    place: entry.place,
    came: entry.came,
    units: entry.units.map(({ organisation, people }) => ({ ...organisation, people: String(people) })),
    problem: entry.problem,
    served: entry.served,
    solution: entry.solution,
    measures: entry.measures,
    handOn: entry.hand_on,
    lesson: entry.lesson,
  };
}

/** Whether nothing was written yet: such a draft isn't worth keeping. */
export function isUntouched(input: EntryInput): boolean {
  const texts = [input.place, input.came, input.problem, input.measures, input.lesson];
  return input.activity === null && texts.every((text) => text.trim() === "");
}

/** Characters as the service counts them (code points), without space at the ends. */
export function lengthOf(text: string): number {
  return Array.from(text.trim()).length;
}

export function withUnit(units: readonly UnitInput[], unit: Named): UnitInput[] {
  return units.some(({ id }) => id === unit.id) ? [...units] : [...units, { id: unit.id, name: unit.name, people: "1" }];
}

export function withPeople(units: readonly UnitInput[], id: number, people: string): UnitInput[] {
  return units.map((unit) => (unit.id === id ? { ...unit, people } : unit));
}

/** One more or one fewer, within what the service takes. */
export function withMorePeople(units: readonly UnitInput[], id: number, by: number): UnitInput[] {
  const unit = units.find((one) => one.id === id);
  const now = peopleOf(unit?.people ?? "") ?? 0;
  return withPeople(units, id, String(Math.min(MOST_PEOPLE, Math.max(1, now + by))));
}

/** The number typed, or null when it is none that the service takes. */
export function peopleOf(typed: string): number | null {
  const people = /^\d{1,4}$/.test(typed.trim()) ? Number(typed) : 0;
  return people >= 1 && people <= MOST_PEOPLE ? people : null;
}

const NAMES: Readonly<Record<string, string>> = { came: "来做了什么", problem: "发现的问题", measures: "怎么解决的", lesson: "经验" };

function longTexts(input: EntryInput): FormProblem[] {
  return (["came", "problem", "measures", "lesson"] as const)
    .filter((field) => lengthOf(input[field]) > LONGEST_TEXT)
    .map((field) => ({ field, message: `“${NAMES[field] ?? ""}”最多 ${LONGEST_TEXT} 字，现在有 ${lengthOf(input[field])} 字，请删减。` }));
}

function solutionProblems({ problem, solution, measures }: EntryInput): FormProblem[] {
  const problems: FormProblem[] = [];
  if (solution !== "none" && problem.trim() === "") {
    problems.push({ field: "problem", message: "请写下发现的问题；没有发现问题的，请在上面选“没有发现问题”。" });
  }
  if (solution === "solved" && measures.trim() === "") {
    problems.push({ field: "measures", message: "请写下是怎么解决的；没有解决的，请在上面选“还没有解决”。" });
  }
  return problems;
}

/** Everything that the entry lacks, in the order in which it stands on the page. @param today YYYY-MM-DD */
export function problemsOf(input: EntryInput, photoCount: number, today: string): FormProblem[] {
  const problems: FormProblem[] = [];
  if (input.happenedOn > today) problems.push({ field: "happened_on", message: "日期不能晚于今天，请重新选择。" });
  if (input.place.trim() === "") problems.push({ field: "place", message: "请写下在哪里，例如“翠苑社区居民议事厅”。" });
  if (lengthOf(input.place) > LONGEST_PLACE) problems.push({ field: "place", message: `地点最多 ${LONGEST_PLACE} 字，请写短一些。` });
  if (input.units.length === 0) problems.push({ field: "units", message: "请至少添加一个参加的单位。" });
  if (input.units.length > MOST_UNITS) problems.push({ field: "units", message: `单位最多 ${MOST_UNITS} 个，请移除多出的。` });
  for (const { name, people } of input.units) {
    if (peopleOf(people) === null) problems.push({ field: "units", message: `“${name}”来了几人？请填 1 到 ${MOST_PEOPLE} 的数字。` });
  }
  problems.push(...solutionProblems(input), ...longTexts(input));
  if (photoCount > MOST_PICTURES) problems.push({ field: "pictures", message: `照片最多 ${MOST_PICTURES} 张，请移除多出的。` });
  return problems;
}

/**
 * What is sent. @param revision the one that was read, or null where the phone has heard of none.
 *
 * A wish to hand on goes only with a problem that is open; measures only with one that was found.
 */
export function contentOf(input: EntryInput, pictures: readonly string[], revision: number | null): EntryContent {
  return {
    activity: input.activity?.id ?? null,
    community: input.community?.id ?? null,
    happened_on: input.happenedOn,
    place: input.place.trim(),
    came: input.came.trim(),
    units: input.units.map(({ id, people }) => ({ organisation: id, people: peopleOf(people) ?? 1 })),
    problem: input.solution === "none" ? "" : input.problem.trim(),
    served: input.served,
    solution: input.solution,
    measures: input.solution === "none" ? "" : input.measures.trim(),
    hand_on: input.solution === "open" && input.handOn,
    lesson: input.lesson.trim(),
    pictures: [...pictures],
    revision,
  };
}
