/** A published quarter, shaped for the screen: by groups, scores never without intervals, no ranks but intervals. */
import type { ListedQuarter, PublishedQuarter, QuarterCases, QuarterDepartment, QuarterGroup, QuarterScore } from "../api/types";
import { formatPlainDate } from "./dates";
import { channelLabel } from "./labels";
import type { ShownScore } from "./scores";
import { CERTAIN, editionWords, reasonWords } from "./scores";

const WITHHELD = "不公布";
const NO_GROUP = "没有分组的部门";

export interface QuarterLine {
  quarter: string;
  label: string;
  edition: string;
}

export interface ShownFigure {
  label: string;
  words: string;
  /** The rate's bar, in per cent; -1 where there is none. */
  share: number;
}

export interface ShownResult {
  campaign: number;
  title: string;
  score: ShownScore | null;
  channels: { label: string; words: string }[];
}

export interface ShownQuarterDepartment {
  id: number;
  name: string;
  results: ShownResult[];
  cases: ShownFigure[];
}

export interface ShownGroup {
  key: string;
  name: string;
  loose: boolean;
  departments: ShownQuarterDepartment[];
  /** Of the whole group; empty where departments are not comparable. */
  cases: ShownFigure[];
}

export interface ShownQuarter {
  label: string;
  edition: string;
  asOf: string;
  withheld: string;
  groups: ShownGroup[];
  cases: ShownFigure[];
  editions: { edition: number; words: string; current: boolean }[];
  checkpoint: string;
  digest: string;
}

export function quarterLine({ quarter, label, edition, published_on: publishedOn, note }: ListedQuarter): QuarterLine {
  return { quarter, label, edition: editionWords(edition, publishedOn, note) };
}

function shownScore(score: QuarterScore | null): ShownScore | null {
  if (score === null) return null;
  const none = { score: "", interval: "", ranks: "", scale: null };
  if (score.withheld) return { ...none, words: "为避免推算出个别人的评价，不公布" };
  if (score.score === null || score.interval === null) return { ...none, words: reasonWords(score.reason ?? "") };
  const [low = 0, high = 0] = score.interval.map(Number);
  const ranks = score.rank === null ? "" : `组内名次区间 ${score.rank.join("–")}（共 ${score.ranked ?? 0} 个）`;
  return {
    score: score.score,
    interval: `（${low === high ? CERTAIN : score.interval.join("–")}）`,
    ranks,
    words: "",
    scale: { left: low, width: Math.round((high - low) * 10) / 10, point: Number(score.score) },
  };
}

function rate(label: string, withheld: boolean, part: number | null, of: number | null): ShownFigure {
  if (withheld || part === null || of === null) return { label, words: WITHHELD, share: -1 };
  if (of === 0) return { label, words: "—", share: -1 };
  const share = Math.round((part * 1000) / of) / 10;
  return { label, words: `${share.toFixed(1)}%（${part}/${of}）`, share };
}

export function shownCases(cases: QuarterCases): ShownFigure[] {
  const { registered, called_back: calledBack, due, satisfied } = cases;
  return [
    { label: "挂号件数", words: registered.withheld ? WITHHELD : `${registered.of ?? 0} 件`, share: -1 },
    rate("回访率", calledBack.withheld, calledBack.called, calledBack.of),
    rate("按时销号率", due.withheld, due.closed, due.of),
    rate("整改满意率", satisfied.withheld, satisfied.solved, satisfied.of),
  ];
}

function shownDepartment(department: QuarterDepartment, titles: ReadonlyMap<number, string>): ShownQuarterDepartment {
  return {
    id: department.id,
    name: department.name,
    results: department.campaigns.map((part) => ({
      campaign: part.campaign,
      title: titles.get(part.campaign) ?? "",
      score: shownScore(part.score),
      channels: part.channels.map(({ channel, withheld, count, score }) => ({
        label: channelLabel(channel),
        words: withheld ? WITHHELD : score === null ? "没有评价" : `${score} 分，${count ?? 0} 份`,
      })),
    })),
    cases: shownCases(department.cases),
  };
}

function shownGroup(group: QuarterGroup, place: number, titles: ReadonlyMap<number, string>): ShownGroup {
  return {
    key: `${place}`,
    name: group.name ?? NO_GROUP,
    loose: group.name === null,
    departments: group.departments.map((one) => shownDepartment(one, titles)),
    cases: group.cases === null ? [] : shownCases(group.cases),
  };
}

export function shownQuarter(quarter: PublishedQuarter): ShownQuarter {
  const titles = new Map(quarter.campaigns.map(({ id, title }) => [id, title]));
  return {
    label: quarter.label,
    edition: editionWords(quarter.edition, quarter.published_on, quarter.note),
    asOf: formatPlainDate(quarter.as_of),
    withheld: `少于 ${quarter.smallest_group} 的数字（含 0）和能推算出它们的数字不公布`,
    groups: quarter.groups.map((group, place) => shownGroup(group, place, titles)),
    cases: shownCases(quarter.cases),
    editions: quarter.editions.map((one) => ({
      edition: one.edition,
      words: editionWords(one.edition, one.published_on, one.note),
      current: one.edition === quarter.edition,
    })),
    checkpoint: quarter.checkpoint,
    digest: quarter.digest,
  };
}
