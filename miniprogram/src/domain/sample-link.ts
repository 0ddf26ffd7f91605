/**
 * A drawn person's one-time link: which departments it is for, and which of them this phone has rated by it.
 *
 * Only the phone knows the latter. The service tells no holder of a link what was rated by it, until a second
 * rating of the same department is sent.
 */
import type { Named } from "../api/types";
import type { OutboxItem } from "./outbox";

export interface KeptLink {
  /** In its printed form. */
  code: string;
  campaign: { id: number; title: string };
  departments: Named[];
  /** The key of the receipt of each department that was rated, by its id. */
  rated: Record<string, string>;
  /** Milliseconds. */
  openedAt: number;
}

/** A survey takes some weeks; a link that nobody opens any more needn't stay on the phone. */
const LIFE_MS = 120 * 24 * 3600 * 1000;

export function freshLinks(links: readonly KeptLink[], now: number): KeptLink[] {
  return links.filter(({ openedAt }) => now - openedAt < LIFE_MS);
}

export function findLink(links: readonly KeptLink[], code: string): KeptLink | null {
  return links.find((link) => link.code === code) ?? null;
}

/** The link as the service describes it now; what was rated by it stays known. */
export function withLink(links: readonly KeptLink[], opened: Omit<KeptLink, "rated">): KeptLink[] {
  const rated = findLink(links, opened.code)?.rated ?? {};
  return [{ ...opened, rated }, ...links.filter(({ code }) => code !== opened.code)];
}

export function withRated(links: readonly KeptLink[], code: string, department: number, key: string): KeptLink[] {
  return links.map((link) =>
    link.code === code ? { ...link, rated: { ...link.rated, [String(department)]: key } } : link,
  );
}

type RowState = "open" | "rated" | "waiting" | "trouble";

export interface LinkRow {
  id: number;
  name: string;
  state: RowState;
  words: string;
  /** The key of the receipt or of the rating that waits; empty for a department that is open. */
  key: string;
}

const WORDS: Readonly<Record<RowState, string>> = {
  open: "去评价",
  rated: "已评价",
  waiting: "已保存，等待发送",
  trouble: "没有发出，请处理",
};

function stateOf(item: OutboxItem | undefined): RowState {
  if (item === undefined) return "open";
  if (item.state === "duplicate") return "rated";
  return item.state === "waiting" || item.state === "sending" ? "waiting" : "trouble";
}

/** The departments of a link in its order, each with what this phone knows of it. */
export function rowsOf(link: KeptLink, outbox: readonly OutboxItem[]): LinkRow[] {
  return link.departments.map(({ id, name }) => {
    const receipt = link.rated[String(id)];
    const item = outbox.find(({ matter, department }) => matter.code === link.code && department.id === id);
    const state = receipt === undefined ? stateOf(item) : "rated";
    return { id, name, state, words: WORDS[state], key: receipt ?? item?.key ?? "" };
  });
}

export function progressWords(rows: readonly LinkRow[]): string {
  const done = rows.filter(({ state }) => state === "rated" || state === "waiting").length;
  if (done === 0) return `共 ${rows.length} 个部门，每个评价一次。`;
  return done === rows.length ? `${rows.length} 个部门都评价过了，谢谢您。` : `已评价 ${done} 个，还有 ${rows.length - done} 个。`;
}

export function linkPath(code: string): string {
  return `/packages/evaluation/sample/index?code=${code}`;
}

/** What a drawn person is told of its anonymity. The service keeps what is said here. */
export const LINK_ANONYMITY: readonly string[] = [
  "您的评价是匿名的：随评价保存的只有您所在的抽样层（例如年龄段、地区）和结束时即销毁的网段摘要（用来发现刷评），没有您的姓名、电话和链接。",
  "评价办只知道您是否作答，每天更新一次，不记时间；不知道您评了哪些部门、评了什么。",
  "活动结束后，是否作答的记录和链接一并销毁。哪些部门已评价，只记在这部手机里。",
];
