/** Cases (差评件) as the desk on the phone shows them, and what its forms lack. */
import type { Case, CaseDetail, CaseLine, CaseOrigin, CaseRating, CaseStep, DeskRole } from "../api/desk-types";
import { formatDay, formatMoment, formatPlainDate } from "./dates";

const DAY = 86_400_000;
const HOUR = 3_600_000;
const CODE = /^[0-9A-HJKMNP-TV-Z]{12}$/;

export const SCOPES = [
  { value: "open", label: "在办" },
  { value: "late", label: "超期" },
  { value: "callback", label: "待回访" },
  { value: "closed", label: "已销号" },
];
export const LONGEST_TEXT = 5000;
export const LONGEST_NOTE = 2000;
export const MOST_PICTURES = 9;
export const PICTURE_BYTES = 5_242_880;
export const LINK_PAGE = "/packages/desk/link/index";

/** The code that the desk shows, from its QR code or typed; letters that are easily misread are mended. */
export function linkCodeOf(text: string): string | null {
  const plain = text.trim().toUpperCase().replace(/[-\s]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1").replace(/U/g, "V");
  return CODE.test(plain) ? plain : null;
}

/** How far off a limit is: "还剩 3 天" or "已超 2 天". @param now milliseconds. */
export function dueWords(dueAt: string, now: number): string {
  const left = Date.parse(dueAt) - now;
  const size = Math.abs(left);
  const words = size >= DAY ? ` ${Math.floor(size / DAY)} 天` : size >= HOUR ? ` ${Math.floor(size / HOUR)} 小时` : "不到 1 小时";
  return (left >= 0 ? "还剩" : "已超") + words;
}

export type Tone = "good" | "warn" | "plain";

export interface ShownCase {
  id: string;
  number: string;
  title: string;
  about: string;
  stage: string;
  due: string;
  tone: Tone;
}

export function shownCase(one: Case, now: number): ShownCase {
  const closed = one.stage === "closed";
  const waiting = one.stage === "registered" || one.stage === "accepted" || one.stage === "reopened";
  return {
    id: one.id,
    number: one.number,
    title: one.title,
    about: `${one.kind_label} · ${one.department.name}`,
    stage: one.round > 1 ? `${one.stage_label}（第 ${one.round} 轮）` : one.stage_label,
    due: waiting ? dueWords(one.due_at, now) : "",
    tone: closed ? "good" : one.lateness === "none" ? "plain" : "warn",
  };
}

export interface ShownLine {
  id: number;
  label: string;
  about: string;
  text: string;
  internal: boolean;
  pictures: CaseLine["pictures"];
  tone: Tone;
}

const GOOD_LINES: readonly string[] = ["solved", "closed"];
const WARNING_LINES: readonly string[] = ["not_solved", "reopened", "called", "closing_refused", "to_inspector"];

export function shownLine(line: CaseLine): ShownLine {
  return {
    id: line.id,
    label: line.label,
    // Of a rater the day alone is known.
    about: `${line.role_label} · ${line.role_label === "评价人" ? formatDay(line.at) : formatMoment(line.at)}`,
    text: line.text || (line.word_state === "waiting" || line.word_state === "held" ? "（文字正在审核）" : ""),
    internal: line.internal,
    pictures: line.pictures,
    tone: GOOD_LINES.includes(line.kind) ? "good" : WARNING_LINES.includes(line.kind) ? "warn" : "plain",
  };
}

export interface ShownOrigin {
  id: number;
  title: string;
  about: string;
  rated: boolean;
  mayCall: boolean;
  callback: string;
  tone: Tone;
}

function callbackWords(origin: CaseOrigin, now: number): string {
  if (!origin.real_name) return "匿名，不需要回访";
  if (origin.called_back_at !== null) return `${formatMoment(origin.called_back_at)} 回访：${origin.outcome_label}`;
  if (origin.callback_due_at === null) return "还没有回访";
  return `${formatMoment(origin.callback_due_at)} 前回访（${dueWords(origin.callback_due_at, now)}）`;
}

/** @param mayCall whether calling back is among the steps open to the person. */
export function shownOrigin(origin: CaseOrigin, mayCall: boolean, now: number): ShownOrigin {
  const overdue = origin.real_name && origin.called_back_at === null && origin.callback_due_at !== null && Date.parse(origin.callback_due_at) < now;
  return {
    id: origin.id,
    title: origin.wish ? `${origin.kind_label}（请求现在处理）` : origin.kind_label,
    about: origin.released ? `${formatPlainDate(origin.joined_on)} · 已撤回或不再计入` : formatPlainDate(origin.joined_on),
    rated: origin.kind === "evaluation" && !origin.released,
    mayCall: mayCall && origin.real_name && !origin.released,
    callback: origin.released ? "" : callbackWords(origin, now),
    tone: overdue ? "warn" : "plain",
  };
}

export interface ShownRating {
  level: string;
  lines: { name: string; value: string }[];
  tags: string[];
  comment: string;
  photos: { id: string; address: string }[];
  none: string;
}

/** The rating behind a case. Where it may not be shown, why. */
export function shownRating(rating: CaseRating): ShownRating {
  const none = !rating.standing ? "这份评价已撤回、更正或不再计入。" : rating.withheld ? "评价的人太少，为保护评价人不显示内容，请按事项整改。" : "";
  return {
    level: rating.level_label,
    lines: rating.answers.map(({ question, level_label: label }) => ({ name: question, value: label })),
    tags: rating.tags,
    comment: rating.comment ?? (rating.comment_state_label === "" ? "" : `（留言${rating.comment_state_label}）`),
    photos: rating.photos,
    none,
  };
}

/** Steps with a form of their own, on the page that writes them. */
export type Writing = "answer" | "measure" | "call_back" | "ask_closing" | "extend";

export interface WritingForm {
  title: string;
  label: string;
  placeholder: string;
  longest: number;
  required: boolean;
  pictures: boolean;
  send: string;
  hint: string;
}

export const WRITING: Readonly<Record<Writing, WritingForm>> = {
  answer: { title: "答复", label: "答复内容", placeholder: "查了什么、怎么改的、今后怎么办", longest: LONGEST_TEXT, required: true, pictures: true, send: "提交答复", hint: "评价人凭回执能看到答复和照片。请不要写出其他人的个人信息。" },
  measure: { title: "补充整改措施", label: "做了什么", placeholder: "例如：增设窗口、公示流程", longest: LONGEST_TEXT, required: true, pictures: true, send: "保存", hint: "可以附上整改证据的照片。" },
  call_back: { title: "记录回访", label: "回访情况", placeholder: "说了什么，评价人有什么要求", longest: LONGEST_NOTE, required: false, pictures: false, send: "记录回访", hint: "联系不上时，请写明怎样联系过。" },
  ask_closing: { title: "申请销号", label: "说明（选填）", placeholder: "整改已经完成的说明", longest: LONGEST_NOTE, required: false, pictures: false, send: "申请销号", hint: "由评价办核对后销号，本单位不能自行销号。" },
  extend: { title: "延期", label: "延期理由", placeholder: "为什么需要更多时间", longest: LONGEST_NOTE, required: true, pictures: false, send: "延期", hint: "每件只能延期一次，要在到期之前。" },
};

export const OUTCOMES = [
  { value: "reached", label: "已联系上" },
  { value: "unreachable", label: "联系不上" },
  { value: "declined", label: "不愿接受回访" },
];

export function isWriting(value: string): value is Writing {
  return value in WRITING;
}

export const STEP_LABELS: Readonly<Record<CaseStep, string>> = {
  accept: "签收",
  call_back: "记录回访",
  answer: "答复",
  measure: "补充整改措施",
  extend: "延期",
  ask_closing: "申请销号",
};

/** The buttons below a case: calling back stands beside the rating that it is for. */
export function buttonsOf(detail: CaseDetail): { step: CaseStep; label: string; main: boolean }[] {
  const steps = detail.steps.filter((step) => step !== "call_back");
  return steps.map((step, place) => ({ step, label: STEP_LABELS[step], main: place === 0 }));
}

/** What a form lacks, or nothing. */
export function writingProblem(kind: Writing, text: string, outcome: string): string {
  if (kind === "call_back" && outcome === "") return "请选择回访结果。";
  if (kind === "call_back" && outcome === "unreachable" && text.trim() === "") return "联系不上时，请写明怎样联系过。";
  if (WRITING[kind].required && text.trim() === "") return "请填写" + WRITING[kind].label + "。";
  return "";
}

/** In which roles somebody works, in words; lent ones say whose. */
export function roleWords(roles: readonly DeskRole[]): string[] {
  return roles.map(({ role_label: role, organisation, in_stead_of: lender }) => (lender === "" ? `${organisation} · ${role}` : `${organisation} · ${role}（代${lender}）`));
}
