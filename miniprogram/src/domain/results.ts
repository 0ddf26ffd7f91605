/** Published results, shaped for the screen. */
import type { ChannelResult, DepartmentResult, LeafChannelResult, LeafResult } from "../api/types";
import { channelLabel } from "./labels";
import { LEVEL_CHOICES } from "./levels";
import type { ShownScore } from "./scores";
import { shownScore } from "./scores";

export interface BarPart {
  level: number;
  label: string;
  count: number;
  /** Per cent of the ratings, one decimal. */
  share: string;
  /** Width of the part in the bar, in per cent. */
  width: number;
}

export interface ShownChannel {
  channel: string;
  label: string;
  withheld: boolean;
  count: number;
  score: string;
  parts: BarPart[];
  excluded: string;
}

export interface ShownDepartment {
  id: number;
  name: string;
  score: ShownScore | null;
  channels: ShownChannel[];
}

/** A department in a line: its score, or else each channel's. */
export interface DepartmentLine {
  id: number;
  name: string;
  score: ShownScore | null;
  channels: { channel: string; label: string; words: string }[];
}

const EXCLUSION_REASONS: Readonly<Record<string, string>> = {
  not_about_department: "与被评部门职责无关",
  organised: "有证据表明系组织刷评",
  duplicate: "同一事项重复评价",
  abusive: "内容违法或恶意攻击",
  test: "系统测试数据",
};

function excludedWords(excluded: Record<string, number> | null): string {
  const entries = Object.entries(excluded ?? {}).filter(([, count]) => count > 0);
  if (entries.length === 0) return "";
  const words = entries.map(([reason, count]) => `${EXCLUSION_REASONS[reason] ?? reason} ${count} 份`);
  return `不予采纳：${words.join("，")}`;
}

export function barParts(distribution: Record<string, number>): BarPart[] {
  const counts = LEVEL_CHOICES.map(({ level }) => distribution[String(level)] ?? 0);
  const total = counts.reduce((sum, count) => sum + count, 0);
  return LEVEL_CHOICES.map(({ level, label }, index) => {
    const count = counts[index] ?? 0;
    const width = total === 0 ? 0 : (count * 100) / total;
    return { level, label, count, share: width.toFixed(1), width };
  });
}

export function shownChannel(result: ChannelResult): ShownChannel {
  return {
    channel: result.channel,
    label: channelLabel(result.channel),
    withheld: result.withheld,
    count: result.count ?? 0,
    score: result.score ?? "",
    parts: result.withheld || result.distribution === null ? [] : barParts(result.distribution),
    excluded: excludedWords(result.excluded),
  };
}

export function shownDepartment(result: DepartmentResult): ShownDepartment {
  return { id: result.id, name: result.name, score: shownScore(result.score), channels: result.channels.map(shownChannel) };
}

function channelWords(result: ChannelResult): string {
  if (result.withheld) return "不公布";
  return result.count ? (result.score ?? "") : "没有评价";
}

export function departmentLine(result: DepartmentResult): DepartmentLine {
  const score = shownScore(result.score);
  const channels = result.channels.map((one) => ({ channel: one.channel, label: channelLabel(one.channel), words: channelWords(one) }));
  return { id: result.id, name: result.name, score, channels: score === null ? channels : [] };
}

/** Departments whose name holds what was typed. */
export function namedLike<T extends { name: string }>(departments: readonly T[], typed: string): T[] {
  const wanted = typed.trim().toLowerCase();
  return wanted === "" ? [...departments] : departments.filter(({ name }) => name.toLowerCase().includes(wanted));
}

/** By name; where no name fits, those that the service knows by pinyin, initials or an alias. @param found their ids. */
export function matchingDepartments<T extends { id: number; name: string }>(departments: readonly T[], typed: string, found: readonly number[]): T[] {
  const named = namedLike(departments, typed);
  return named.length > 0 ? named : departments.filter(({ id }) => found.includes(id));
}

export function withheldWords(smallestGroup: number): string {
  return `样本少于 ${smallestGroup}，或能推算出这样的样本，不公布`;
}

export interface ShownLeaf {
  code: string;
  name: string;
  /** Only where it differs from the leaf above. */
  heading: string;
  channels: { channel: string; label: string; score: string; words: string }[];
}

function leafWords(result: LeafChannelResult): string {
  if (result.withheld) return "不公布";
  const unknown = result.unknown ? `${result.unknown} 人不了解` : "";
  if (!result.count || result.mean_score === null) return unknown || "没有人评价";
  return [`${result.count} 人评价`, unknown].filter((part) => part !== "").join("，");
}

export function shownLeaves(leaves: readonly LeafResult[]): ShownLeaf[] {
  return leaves.map(({ code, name, heading, channels }, index) => ({
    code,
    name,
    heading: leaves[index - 1]?.heading === heading ? "" : heading,
    channels: channels.map((result) => ({
      channel: result.channel,
      label: channelLabel(result.channel),
      score: result.withheld ? "" : (result.mean_score ?? ""),
      words: leafWords(result),
    })),
  }));
}

/** How levels became scores, as the campaign says. */
export function levelScoreWords(scores: Readonly<Record<string, number>>): string {
  const words = LEVEL_CHOICES.map(({ level }) => scores[String(level)]).filter((score) => score !== undefined);
  return `五个等级依次按 ${words.join("、")} 分折算，“不了解”不参加计算。`;
}
