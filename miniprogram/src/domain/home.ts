/** What the first page shows of campaigns, found departments and scanned codes. */
import type { Campaign, Department, Entry } from "../api/types";
import { timeLeft } from "./dates";
import { handOverCodeOf } from "./invitation";
import { campaignKindLabel } from "./labels";
import { linkPath } from "./sample-link";
import { bindingCodeOf, effectSceneOf } from "./scene";

export interface ShownCampaign {
  id: number;
  title: string;
  kind: string;
  left: string;
  count: number;
  paused: boolean;
  description: string;
}

export function shownCampaign(campaign: Campaign, now: number): ShownCampaign {
  return {
    id: campaign.id,
    title: campaign.title,
    kind: campaignKindLabel(campaign.kind),
    left: timeLeft(campaign.closes_at, now),
    count: campaign.department_count,
    paused: campaign.paused,
    description: campaign.description,
  };
}

export interface Hit {
  /** Unique in the list: a department may be rated in several campaigns. */
  key: string;
  campaign: number;
  campaignTitle: string;
  department: number;
  name: string;
}

export function hitsOf(campaign: Campaign, departments: readonly Department[]): Hit[] {
  return departments.map(({ id, name }) => ({
    key: `${campaign.id}/${id}`,
    campaign: campaign.id,
    campaignTitle: campaign.title,
    department: id,
    name,
  }));
}

/** Why a department that is found by its name can't be rated in a campaign, or an empty text. */
export function obstacleByName({ paused, state, channels }: Campaign): string {
  if (paused) return "这次评价暂停接收，请过些时候再来。";
  if (state !== "open") return "这次评价没有开放，不能提交评价。";
  if (channels.includes("open") || channels.includes("enterprise_online")) return "";
  if (channels.includes("service_centre")) return "请在办事后扫窗口的二维码，或在首页输入评价码，再评价。";
  return "这次评价由受邀的市民和单位参加。社区和村的代表请从“我的 · 结对部门”进入；收到链接或信件的请按其中的说明评价。";
}

export function searchable(campaigns: readonly Campaign[]): Campaign[] {
  return campaigns.filter((campaign) => obstacleByName(campaign) === "");
}

export function ratePath(query: Readonly<Record<string, string | number | null>>): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === null ? [] : [`${name}=${encodeURIComponent(String(value))}`],
  );
  return `/packages/evaluation/rate/index?${pairs.join("&")}`;
}

/** Codes that lead past the rating of departments: to an effect, a Party member's binding, a hand-over. Null for others. */
export function pathBeside(content: string): string | null {
  const scene = effectSceneOf(content);
  if (scene !== null) return `/packages/frontline/effect/index?scene=${scene}`;
  const successor = handOverCodeOf(content);
  if (successor !== null) return `/packages/me/invitation/index?code=${successor}`;
  const code = bindingCodeOf(content);
  return code === null ? null : `/packages/me/person/index?code=${code}`;
}

export type EntryOutcome = { path: string } | { refusal: string };

/** Where a code leads: to the form, or to the reason why not. @param scene what was scanned or typed. */
export function outcomeOf(entry: Entry, scene: string): EntryOutcome {
  if (entry.kind === "sample") return { path: linkPath(scene) };
  if (entry.department === null) return { refusal: "这个码现在不能用来评价。请核对后再试。" };
  if (entry.campaign === null) return { refusal: `“${entry.department.name}”现在没有进行中的评价。` };
  const matter = {
    counter: entry.kind === "counter" ? scene.slice(1) : null,
    code: entry.kind === "code" ? scene : null,
    counterName: entry.kind === "counter" ? (entry.counter?.name ?? null) : null,
  };
  return { path: ratePath({ campaign: entry.campaign.id, department: entry.department.id, ...matter }) };
}
