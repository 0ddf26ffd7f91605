/** 成效检验: rating the effect of what was done, by those for whom it was done. */
import type { EffectEntry } from "../api/frontline-types";
import { formatPlainDate } from "./dates";

export const MOST_LINKS = 200;

/** How many links were asked for, or null when the text is no number that the service takes. */
export function linkCount(typed: string): number | null {
  const count = /^\d{1,3}$/.test(typed.trim()) ? Number(typed) : 0;
  return count >= 1 && count <= MOST_LINKS ? count : null;
}

/** @param root where the service is: its own pages come as paths. */
export function wholeAddress(address: string, root: string): string {
  return address.startsWith("/") ? root + address : address;
}

/** What is pasted into a message: one link to a line. */
export function linksText(links: readonly string[]): string {
  return ["请您匿名评价这次服务的效果，每个链接只能用一次：", ...links].join("\n");
}

export interface ShownEffectEntry {
  title: string;
  problem: string;
  measures: string;
  came: string;
  until: string;
}

export function shownEffectEntry({ entry, expires_on: until }: EffectEntry): ShownEffectEntry {
  return {
    title: `${entry.branch}于${formatPlainDate(entry.happened_on)}在${entry.place}`,
    problem: entry.problem,
    measures: entry.measures,
    came: entry.came,
    until: `${formatPlainDate(until)}前可以评价。`,
  };
}

const ENDS: Readonly<Record<string, string>> = {
  effect_already_rated: "您已经评过了",
  effect_link_over: "评价时间已过",
  effect_own_work: "请留给群众来评",
  effect_link_unknown: "没有找到要评的事",
};

/** A heading for a refusal that trying again won't change, or an empty text. */
export function finalRefusal(code: string): string {
  return ENDS[code] ?? "";
}
