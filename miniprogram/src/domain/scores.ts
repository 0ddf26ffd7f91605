/** Published scores, shaped for the screen: never without their intervals, and opened as a tree. */
import type { PublishedScore, ScoreTree } from "../api/types";
import { channelLabel } from "./labels";
import { LEVEL_CHOICES } from "./levels";

const NO_SCORE: Readonly<Record<string, string>> = {
  no_ratings: "没有评价",
  too_few: "样本不足",
  only_self_chosen: "企业网络测评占比过高，其他渠道的评价不足以得出分数",
  too_little_weight: "样本不足（有效渠道的权重不够）",
};

/** Said where an interval is a point. */
export const CERTAIN = "全部结对单位已评价，无抽样误差";

export interface ShownScore {
  /** Empty where there is none; then ``words`` say why. */
  score: string;
  interval: string;
  ranks: string;
  words: string;
  /** Where the score and its interval stand on a scale of 0 to 100, in per cent. */
  scale: { left: number; width: number; point: number } | null;
}

export interface TreeRow {
  /** Where the row stands: its own name behind those above it. */
  key: string;
  depth: number;
  name: string;
  weight: string;
  value: string;
  counts: string;
  /** Whether rows stand below it, which a tap shows. */
  opens: boolean;
  open: boolean;
}

interface Figure {
  weight: string;
  withheld: boolean;
  score: string | null;
  reason: string | null;
}

type ChannelNode = ScoreTree["channels"][number];
type PanelNode = ChannelNode["panels"][number];

export function reasonWords(reason: string): string {
  return NO_SCORE[reason] ?? "没有分数";
}

function ranksWords(ranks: readonly number[] | null): string {
  return ranks === null ? "" : `名次区间 ${ranks.join("–")}`;
}

export function shownScore(score: PublishedScore | null): ShownScore | null {
  if (score === null) return null;
  const none = { score: "", interval: "", ranks: "", scale: null };
  if (score.withheld) return { ...none, words: "为避免推算出个别人的评价，总分不公布" };
  if (score.score === null || score.interval === null) return { ...none, words: reasonWords(score.reason ?? "") };
  const [low = 0, high = 0] = score.interval.map(Number);
  return {
    score: score.score,
    interval: `（${low === high ? CERTAIN : score.interval.join("–")}）`,
    ranks: ranksWords(score.in_table),
    words: "",
    scale: { left: low, width: Math.round((high - low) * 10) / 10, point: Number(score.score) },
  };
}

/** @param counted whether answers are shown where the mean is not. */
function valueWords(figure: Figure, counted: boolean): string {
  if (figure.withheld) return "不公布";
  if (figure.reason !== null) return reasonWords(figure.reason);
  if (figure.score !== null) return figure.score;
  return counted ? "只公布人数" : "";
}

function countWords(counts: Readonly<Record<string, number>> | null): string {
  if (counts === null) return "";
  const unknown = counts["0"] ?? 0;
  const words = LEVEL_CHOICES.map(({ level, label }) => `${label} ${counts[String(level)] ?? 0}`);
  return [...words, ...(unknown > 0 ? [`不了解 ${unknown}`] : [])].join("，");
}

function row(key: string, depth: number, name: string, figure: Figure, opens: boolean, open: boolean): TreeRow {
  return { key, depth, name, weight: figure.weight, value: valueWords(figure, false), counts: "", opens, open };
}

function indicatorRows(panel: PanelNode, above: string, depth: number): TreeRow[] {
  return panel.indicators.map((node) => ({
    ...row(`${above}/${node.code}`, depth, node.name, node, false, false),
    value: valueWords(node, node.counts !== null),
    counts: countWords(node.counts),
  }));
}

function panelRows(channel: ChannelNode, open: ReadonlySet<string>): TreeRow[] {
  return channel.panels.flatMap((panel) => {
    if (panel.panel === "") return indicatorRows(panel, channel.channel, 1);
    const key = `${channel.channel}/${panel.panel}`;
    const own = row(key, 1, panel.name, panel, panel.indicators.length > 0, open.has(key));
    return own.open ? [own, ...indicatorRows(panel, key, 2)] : [own];
  });
}

/** The rows that are in sight. @param open keys of the rows that were opened. */
export function treeRows(tree: ScoreTree, open: ReadonlySet<string>): TreeRow[] {
  return tree.channels.flatMap((channel) => {
    const opens = channel.panels.length > 0;
    const own = row(channel.channel, 0, channelLabel(channel.channel), channel, opens, open.has(channel.channel));
    return own.open ? [own, ...panelRows(channel, open)] : [own];
  });
}

/** Which version somebody looks at. */
export function editionWords(version: number, publishedOn: string, note: string): string {
  const [year, month, day] = publishedOn.split("-").map(Number);
  return `第 ${version} 版，${year}年${month}月${day}日公布${note === "" ? "" : `：${note}`}`;
}
