/** Check-in in words: where a person stands, what is doubted, which ways there are. */
import type { Activity, Attendance, Attendee, CheckInSheet, MyStanding } from "../api/activity-types";
import { evidenceLabel, type Badge } from "./activities";
import type { CheckInCode, Phase } from "./check-in-codes";
import { momentWords, timeWords } from "./times";

/** Before this the service takes no organiser's word on who is there. */
const OPENS_BEFORE = 2 * 3600 * 1000;

const PRESENCES: Readonly<Record<string, Badge>> = {
  present: { text: "已到场", tone: "good" },
  question: { text: "待组织者确认", tone: "plain" },
  incomplete: { text: "还没有完成", tone: "plain" },
  absent: { text: "未到场", tone: "warn" },
};

const NOBODY_YET: Badge = { text: "还没有打卡", tone: "plain" };
const GONE: Badge = { text: "已签退", tone: "good" };

export function presenceBadge(presence: string | null): Badge {
  return presence === null ? NOBODY_YET : (PRESENCES[presence] ?? NOBODY_YET);
}

const DOUBTS: Readonly<Record<string, string>> = {
  late: "活动码超过 60 秒后才送达",
  from_future: "活动码的时间晚于现在",
  clock_wrong: "两部手机的时钟相差过大",
  outside_times: "不在活动时间内",
  not_joined: "没有报名",
  edge_of_place: "定位误差较大，可能在活动地点内",
  judged_by_phone: "没有网络时由手机自行判断",
  own_code: "组织者本人的活动码",
  proof_late: "打卡凭证在活动结束一天后才送达",
};

export function doubtLabel(doubt: string): string {
  return DOUBTS[doubt] ?? "需要核对";
}

export interface ShownStanding {
  badge: Badge;
  present: boolean;
  /** 09:02 到场，11:30 签退 */
  times: string;
  kinds: string;
  doubts: string[];
  /** The service's own sentence. */
  message: string;
}

function timesWords({ came_at: cameAt, left_at: leftAt }: Pick<MyStanding, "came_at" | "left_at">): string {
  const came = cameAt === null ? [] : [`${timeWords(cameAt)} 到场`];
  const left = leftAt === null ? [] : [`${timeWords(leftAt)} 签退`];
  return [...came, ...left].join("，");
}

export function shownStanding(my: MyStanding): ShownStanding {
  return {
    badge: presenceBadge(my.presence),
    present: my.presence === "present",
    times: timesWords(my),
    kinds: my.kinds.map(evidenceLabel).join("、"),
    doubts: my.doubts.map(doubtLabel),
    message: my.message,
  };
}

/** The ways in which the activity lets a member show presence. */
export interface Ways {
  code: boolean;
  place: boolean;
  photo: boolean;
  peers: boolean;
  /** Only who has a ticket can show a code. */
  mine: boolean;
}

export function waysOf({ activity: { evidence, fences }, ticket }: CheckInSheet): Ways {
  return {
    code: evidence.includes("code"),
    place: evidence.includes("place") && fences.length > 0,
    photo: evidence.includes("photo"),
    peers: evidence.includes("peers"),
    mine: ticket !== null,
  };
}

/** Whether checking out is what comes next. */
export function mayLeave({ activity, my }: CheckInSheet): boolean {
  return activity.check_out && my.came_at !== null;
}

/** The button on an activity's page that leads to check-in. */
export interface CheckInButton {
  text: string;
  /** Nothing urgent: the person is known to be there. */
  quiet: boolean;
}

/** @param sheet what is known of the person's check-in; null when nothing is. */
export function checkInButton(sheet: CheckInSheet | null): CheckInButton {
  if (sheet?.my.presence !== "present") return { text: "去打卡", quiet: false };
  return { text: mayLeave(sheet) && sheet.my.left_at === null ? "去签退" : "查看打卡", quiet: true };
}

/** From when an organiser can say who is there; an empty text once that has come. */
export function confirmingFrom({ starts_at: startsAt }: Pick<Activity, "starts_at">, now: number): string {
  const opens = Date.parse(startsAt) - OPENS_BEFORE;
  if (now >= opens) return "";
  return `${momentWords(new Date(opens).toISOString())}起可以确认到场（开始前 2 小时）。`;
}

export function phaseWords(phase: Phase): string {
  return phase === "in" ? "签到" : "签退";
}

/**
 * What the phone itself can tell about a scanned code; an empty text when it is for the service to judge.
 *
 * @param ticket the person's own.
 */
export function codeProblem(code: CheckInCode, activity: number, ticket: string | null): string {
  if (code.activity !== activity) return "这是另一个活动的码。请扫本次活动的码。";
  if (code.kind === "proof" && code.ticket !== ticket) return "这是给别人的证明码。请让组织者扫您的码，再扫回组织者手机上显示的码。";
  if (code.kind === "member" && code.ticket === ticket) return "这是您自己的码。请让同伴或组织者来扫。";
  return "";
}

/** Where a scanned code of check-in leads. @param organises whether this phone holds the activity's key. */
export function pathOfCode(code: CheckInCode, organises: boolean): string {
  const query = `id=${code.activity}&code=${encodeURIComponent(code.text)}`;
  if (code.kind === "member" && organises) return `/packages/activities/proof/index?${query}`;
  return `/packages/activities/check-in/index?${query}`;
}

/** A line of the roster. It has states and no times: when somebody came or left is that person's own to see. */
export interface ShownAttendee {
  person: string;
  name: string;
  branch: string;
  badge: Badge;
  /** Standing with the activity where it isn't simply joined. */
  standing: string;
  kinds: string;
  doubts: string[];
  /** What is only noted: a coarse or made-up position is no fault by itself. */
  marks: string;
  /** The photo that was shown, or an empty text. */
  picture: string;
  /** Whether the organiser is asked for a yes or no. */
  asked: boolean;
  present: boolean;
  left: boolean;
}

const STANDINGS: Readonly<Record<string, string>> = { waiting: "候补", left: "已退出", removed: "已移出", walk_in: "现场参加" };
const NOT_JOINED = "没有报名";

const MARKS: Readonly<Record<string, string>> = {
  coarse: "定位误差较大",
  mock: "手机报告位置可能是模拟的",
  on_paper: "纸质名单",
};

export function shownAttendee(attendee: Attendee): ShownAttendee {
  const present = attendee.presence === "present";
  return {
    person: attendee.person,
    name: attendee.name,
    branch: attendee.branch,
    badge: present && attendee.left ? GONE : presenceBadge(attendee.presence),
    standing: attendee.standing === null ? NOT_JOINED : (STANDINGS[attendee.standing] ?? ""),
    kinds: attendee.kinds.map(evidenceLabel).join("、"),
    doubts: attendee.doubt_labels,
    marks: attendee.marks.map((mark) => MARKS[mark] ?? "").filter((words) => words !== "").join("；"),
    picture: attendee.pictures[0] ?? "",
    asked: attendee.presence === "question",
    present,
    left: attendee.left,
  };
}

export function countWords({ counts }: Attendance): string {
  const { joined, present, question, incomplete } = counts;
  const parts = [`报名 ${joined} 人`, `到场 ${present} 人`];
  if (question > 0) parts.push(`待确认 ${question} 人`);
  if (incomplete > 0) parts.push(`未完成 ${incomplete} 人`);
  return parts.join("，");
}
