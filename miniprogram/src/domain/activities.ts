/** Activities as the pages show them, and what a person may do with one. */
import type { Activity, ActivityBrief, Joined, MyPlace } from "../api/activity-types";
import type { Point } from "./fences";
import { momentWords, periodWords } from "./times";

export const KINDS: readonly { kind: string; label: string }[] = [
  { kind: "", label: "全部" },
  { kind: "joint_building", label: "联建" },
  { kind: "frontline", label: "一线" },
  { kind: "study", label: "学习" },
  { kind: "culture", label: "文化" },
];

const EVIDENCE: Readonly<Record<string, string>> = {
  photo: "现场照片",
  place: "到达活动地点",
  peers: "两名同伴确认",
  code: "扫描活动码",
  organiser: "组织者确认",
};

export function evidenceLabel(kind: string): string {
  return EVIDENCE[kind] ?? "其他方式";
}

/** "good", "warn" or "plain". */
export type Tone = "good" | "warn" | "plain";

export interface Badge {
  text: string;
  tone: Tone;
}

export function isOver({ ends_at: endsAt }: Pick<ActivityBrief, "ends_at">, now: number): boolean {
  return Date.parse(endsAt) <= now;
}

export function isRunning({ starts_at: startsAt, ends_at: endsAt }: Pick<ActivityBrief, "starts_at" | "ends_at">, now: number): boolean {
  return Date.parse(startsAt) <= now && now < Date.parse(endsAt);
}

/** How far an activity is, in a word; empty for one that simply is to come. */
export function stateBadge(activity: Pick<ActivityBrief, "state" | "starts_at" | "ends_at">, now: number): Badge | null {
  if (activity.state === "cancelled") return { text: "已取消", tone: "warn" };
  if (activity.state === "draft") return { text: "草稿", tone: "plain" };
  if (isRunning(activity, now)) return { text: "进行中", tone: "good" };
  return isOver(activity, now) ? { text: "已结束", tone: "plain" } : null;
}

/** The person's own place, in a word. */
export function placeBadge(my: MyPlace | null): Badge | null {
  if (my === null) return null;
  if (my.standing === "joined") return { text: "已报名", tone: "good" };
  if (my.standing === "waiting") return { text: `候补第 ${my.ahead + 1} 位`, tone: "plain" };
  if (my.standing === "walk_in") return { text: "现场参加", tone: "good" };
  return my.standing === "removed" ? { text: "已被移出名单", tone: "warn" } : null;
}

/** How many places there are; a cancelled activity has none to speak of. */
export function placesWords({ state, capacity, taken, waiting }: Pick<ActivityBrief, "state" | "capacity" | "taken" | "waiting">): string {
  if (state === "cancelled") return "";
  if (capacity === null) return `已报名 ${taken} 人，名额不限`;
  const left = capacity - taken;
  if (left > 0) return `还有 ${left} 个名额（共 ${capacity} 个）`;
  return waiting > 0 ? `名额已满（共 ${capacity} 个），${waiting} 人候补` : `名额已满（共 ${capacity} 个），可以候补`;
}

export interface ShownBrief {
  id: number;
  title: string;
  kind: string;
  period: string;
  place: string;
  organiser: string;
  places: string;
  state: Badge | null;
  mine: Badge | null;
}

export function shownBrief(activity: ActivityBrief, now: number): ShownBrief {
  const open = activity.state === "announced" && !isOver(activity, now);
  return {
    id: activity.id,
    title: activity.title,
    kind: activity.kind_label,
    period: periodWords(activity.starts_at, activity.ends_at),
    place: activity.place,
    organiser: activity.organiser.name,
    places: open ? placesWords(activity) : "",
    state: stateBadge(activity, now),
    mine: placeBadge(activity.my),
  };
}

export function positionOf({ position }: Pick<ActivityBrief, "position">): Point | null {
  return position === null ? null : [position.longitude, position.latitude];
}

/** What a map shows at one place: one activity, or several that share it. */
export interface Pinned {
  /** The first one's. */
  id: number;
  ids: number[];
  title: string;
  place: Point;
}

/** Places that a map can't tell apart: about ten metres. */
const SAME_PLACE_DIGITS = 4;
const LONGEST_PIN_TITLE = 12;

function pinTitle(titles: readonly string[]): string {
  if (titles.length > 1) return `${titles.length} 个活动`;
  const title = titles[0] ?? "";
  return title.length > LONGEST_PIN_TITLE ? `${title.slice(0, LONGEST_PIN_TITLE)}…` : title;
}

export function pinsOf(activities: readonly ActivityBrief[]): Pinned[] {
  const places = new Map<string, ActivityBrief[]>();
  for (const one of activities) {
    const place = positionOf(one);
    if (place === null) continue;
    const name = place.map((degrees) => degrees.toFixed(SAME_PLACE_DIGITS)).join(",");
    places.set(name, [...(places.get(name) ?? []), one]);
  }
  return [...places.values()].flatMap((together) => {
    const [first] = together;
    const place = first === undefined ? null : positionOf(first);
    if (first === undefined || place === null) return [];
    return [{ id: first.id, ids: together.map(({ id }) => id), title: pinTitle(together.map(({ title }) => title)), place }];
  });
}

export interface Fact {
  name: string;
  value: string;
}

function evidenceWords({ evidence, evidence_needed: needed, check_out: checkOut }: Activity): string {
  const others = evidence.filter((kind) => kind !== "organiser");
  const enough = needed > 1 ? `，需要其中 ${needed} 种` : others.length > 1 ? "，任选一种" : "";
  const asked = others.length === 0 ? "" : `${others.map(evidenceLabel).join("、")}${enough}。`;
  return `${asked}组织者确认总是可以${checkOut ? "；离开时还要签退" : ""}`;
}

/** Everything there is to know, line by line; what an activity doesn't have is left out. */
export function factsOf(activity: Activity): Fact[] {
  const facts: Fact[] = [
    { name: "时间", value: periodWords(activity.starts_at, activity.ends_at) },
    { name: "地点", value: activity.place },
    { name: "主办", value: activity.organiser.name },
    { name: "协办", value: activity.partners.map(({ name }) => name).join("、") },
    { name: "服务社区", value: activity.community?.name ?? "" },
    { name: "联建协议", value: activity.agreement?.title ?? "" },
    { name: "谁能参加", value: activity.audience_label },
    { name: "名额", value: placesWords(activity) },
    { name: "报名截止", value: activity.state === "cancelled" ? "" : momentWords(activity.join_until) },
    { name: "需要携带", value: activity.bring },
    { name: "打卡方式", value: evidenceWords(activity) },
  ];
  return facts.filter(({ value }) => value !== "");
}

const DAY = 24 * 3600 * 1000;

/** Check-in opens the day of the activity and stays for what was proven without a network. */
export function mayCheckIn(activity: Activity, now: number): boolean {
  if (activity.state !== "announced") return false;
  return now > Date.parse(activity.starts_at) - DAY && now < Date.parse(activity.ends_at) + 2 * DAY;
}

export interface Choices {
  /** The word on the button by which one joins; empty where one can't. */
  join: string;
  /** The word on the button by which one leaves; empty where there is nothing to leave. */
  leave: string;
  checkIn: boolean;
  calendar: boolean;
  share: boolean;
}

export function choicesOf(activity: Activity, now: number): Choices {
  const standing = activity.my?.standing ?? "";
  const announced = activity.state === "announced";
  const over = isOver(activity, now);
  const full = activity.capacity !== null && activity.taken >= activity.capacity;
  const words: Readonly<Record<string, string>> = { joined: "取消报名", waiting: "退出候补" };
  return {
    join: announced && !over && activity.may_join ? (full ? "报名候补" : "报名参加") : "",
    leave: announced && now < Date.parse(activity.starts_at) ? (words[standing] ?? "") : "",
    checkIn: mayCheckIn(activity, now),
    calendar: announced && !over,
    share: announced,
  };
}

/** What joining or leaving has come to. */
export function outcomeWords({ standing, ahead }: Joined): string {
  if (standing === "joined") return "报名成功。";
  if (standing === "waiting") return `名额已满，您在候补第 ${ahead + 1} 位。有名额时会按顺序递补并通知您。`;
  return standing === "left" ? "已取消报名。" : "";
}

/** What the joining dialog says before anybody joins. */
export function joinQuestion(activity: Activity): string {
  const when = periodWords(activity.starts_at, activity.ends_at);
  return `${when}，${activity.place}。${activity.bring === "" ? "" : `请携带：${activity.bring}。`}不能来时请提前取消，让给别人。`;
}

export function leaveQuestion({ my, waiting }: Activity): string {
  if (my?.standing === "waiting") return "退出后，您的候补位置不保留。";
  return waiting > 0 ? "名额会立刻给下一位候补的人，不能收回。" : "取消后可以再报名，但不保留名额。";
}

/** What wx.addPhoneCalendar takes. */
export function calendarEntry(activity: Activity): {
  title: string;
  startTime: number;
  endTime: string;
  location: string;
  description: string;
  alarmOffset: number;
} {
  return {
    title: activity.title,
    startTime: Math.floor(Date.parse(activity.starts_at) / 1000),
    endTime: String(Math.floor(Date.parse(activity.ends_at) / 1000)),
    location: activity.place,
    description: activity.bring === "" ? activity.description : `请携带：${activity.bring}\n${activity.description}`,
    alarmOffset: 3600,
  };
}

export function detailPath(id: number): string {
  return `/packages/activities/detail/index?id=${id}`;
}
