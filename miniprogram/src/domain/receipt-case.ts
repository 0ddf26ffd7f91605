/** The case (差评件) behind a receipt in words: where it stands, by when, what was done, what the rater may do. */
import type { RaterCase } from "../api/types";
import { formatMoment, formatPlainDate } from "./dates";

export const LONGEST_WORD = 2000;
/** As the server calls who rated. */
const RATER = "评价人";
/** What is said before a member asks to be told: what it links, for whom, and how long. */
export const WATCHING =
  "开启后，系统会把您的微信账号和这一件联系起来，用来给您发消息；部门和工作人员看不到是谁。销号后自动解除，您也可以随时关闭。";
export const NOT_SOLVED = "选“未解决”，这一件会退回部门重新办理；第二次仍未解决的，转派驻纪检组核查。每次答复后只能追评一次。";
export const SOLVED = "确认问题已经解决？参与这一件的评价人都认为解决后，就可以销号。每次答复后只能追评一次。";

export interface ShownCaseLine {
  id: number;
  label: string;
  by: string;
  when: string;
  text: string;
  /** What becomes of the rater's own words. */
  note: string;
  tone: string;
  own: boolean;
  pictures: { id: string; address: string | null }[];
}

export interface ShownRaterCase {
  stage: string;
  tone: string;
  facts: { name: string; value: string }[];
  /** What the rater should know now, or nothing. */
  hint: string;
  lines: ShownCaseLine[];
  mayAnswer: boolean;
  mayFollowUp: boolean;
  mayWatch: boolean;
  watching: boolean;
}

type Line = RaterCase["lines"][number];

const WORD_NOTES: Readonly<Record<string, string>> = {
  waiting: "审核后部门才能看到。",
  held: "审核后部门才能看到。",
  refused: "没有通过审核，不转给部门。",
};
const LINE_TONES: Readonly<Record<string, string>> = {
  answered: "good", solved: "good", closed: "good", not_solved: "warn", reopened: "warn", to_inspector: "warn", appealed: "warn",
};

function shownLine(line: Line): ShownCaseLine {
  return {
    id: line.id,
    label: line.label,
    by: line.own ? (line.by === RATER ? "您" : `${line.by} · 与您有关`) : line.by,
    when: line.at === null ? formatPlainDate(line.on) : formatMoment(line.at),
    text: line.text,
    note: line.own ? (WORD_NOTES[line.word_state] ?? "") : "",
    tone: LINE_TONES[line.kind] ?? "plain",
    own: line.own,
    pictures: line.pictures,
  };
}

function limits(found: RaterCase): { name: string; value: string }[] {
  if (found.closed_on !== null) {
    const why = found.closed_by_label === "" ? "" : `，${found.closed_by_label}`;
    return [{ name: "销号", value: `${formatPlainDate(found.closed_on)}${why}` }];
  }
  const notes = [found.extended ? "已延期" : "", found.provisional ? "节假日公布后可能调整" : ""].filter((note) => note !== "");
  const due = formatMoment(found.rectify_due_at) + (notes.length > 0 ? `（${notes.join("，")}）` : "");
  const callback = found.callback_due_at !== null && !found.called_back ? [{ name: "回访时限", value: formatMoment(found.callback_due_at) }] : [];
  return [{ name: "答复时限", value: due }, ...callback];
}

/** Whether the department contests this rating and nobody has decided yet. */
function isContested(lines: readonly Line[]): boolean {
  const steps = lines.filter(({ kind }) => ["appealed", "appeal_decided", "appeal_ended"].includes(kind));
  return steps.at(-1)?.kind === "appealed";
}

function hintOf(found: RaterCase): string {
  if (isContested(found.lines)) return "部门对您的评价提出了申诉，由第三方裁定。裁定结果会显示在这里。";
  if (found.may.follow_up) return "部门已经答复，请告诉我们问题解决了没有。";
  return "";
}

export function shownRaterCase(found: RaterCase): ShownRaterCase {
  return {
    stage: found.round > 1 && found.stage !== "closed" ? `${found.stage_label}（第 ${found.round} 轮）` : found.stage_label,
    tone: found.stage === "closed" ? "good" : found.stage === "reopened" || found.stage === "with_inspector" ? "warn" : "plain",
    facts: [
      { name: "编号", value: found.number },
      { name: "承办部门", value: found.department.name },
      { name: "登记日期", value: formatPlainDate(found.registered_on) },
      ...limits(found),
    ],
    hint: hintOf(found),
    lines: found.lines.map(shownLine),
    mayAnswer: found.may.answer,
    mayFollowUp: found.may.follow_up,
    mayWatch: found.may.watch || found.watching,
    watching: found.watching,
  };
}

/** Why a word can't be sent, or nothing. @param needed whether there has to be one. */
export function wordProblem(word: string, needed: boolean): string {
  const length = Array.from(word.trim()).length;
  if (needed && length === 0) return "请先写下要回复的内容。";
  return length > LONGEST_WORD ? `最多 ${LONGEST_WORD} 字，现在有 ${length} 字，请删减。` : "";
}

/** What happens after a rating was sent, in words that tell nothing of it: the page may be seen by others. */
export function nextSteps(kind: string): string {
  if (kind === "service") {
    return "如果是差评，会登记为差评件限期处理：留了联系方式的马上登记，匿名的第二天登记。进展在回执里查看。";
  }
  return "结果在评价结束前封存。如果是差评，评价结束后会登记为差评件限期处理；勾选了“现在就请处理”的马上登记。进展在回执里查看。";
}
