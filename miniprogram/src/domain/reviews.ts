/** The review of entries and experiences: first the branch, then the level above. */
import type { QueueItem, Review } from "../api/frontline-types";
import { formatMoment } from "./dates";

const STEPS: Readonly<Record<string, string>> = { branch: "支部审核", office: "上级审核" };
const VERDICTS: Readonly<Record<string, string>> = { approved: "通过", returned: "退回修改", merged: "与重复的日志合并" };
const TONES: Readonly<Record<string, string>> = { approved: "good", returned: "warn" };

export const LONGEST_REASON = 500;

export interface ShownReview {
  key: string;
  step: string;
  verdict: string;
  reason: string;
  when: string;
  /** "good", "warn" or "plain". */
  tone: string;
}

export function shownReviews(reviews: readonly Review[]): ShownReview[] {
  return reviews.map(({ step, verdict, reason, reviewed_at: at }, index) => ({
    key: String(index),
    step: STEPS[step] ?? "审核",
    verdict: VERDICTS[verdict] ?? verdict,
    reason,
    when: at === null ? "" : formatMoment(at),
    tone: TONES[verdict] ?? "plain",
  }));
}

/** Why something was returned, or an empty text when it isn't back. */
export function returnReason(state: string, reviews: readonly Review[]): string {
  if (state !== "returned") return "";
  return [...reviews].reverse().find(({ verdict }) => verdict === "returned")?.reason ?? "";
}

/** What a reviewer's reason lacks, or an empty text. */
export function reasonProblem(reason: string): string {
  const length = Array.from(reason.trim()).length;
  if (length === 0) return "请写明原因，让填写的人知道怎么改。";
  return length > LONGEST_REASON ? `原因最多 ${LONGEST_REASON} 字，请写短一些。` : "";
}

const QUEUE_KINDS: Readonly<Record<string, string>> = { entry: "一线日志", experience: "经验", check_in: "打卡存疑" };

export interface ShownQueueItem {
  key: string;
  kind: string;
  label: string;
  title: string;
  about: string;
  branch: string;
  when: string;
  url: string;
}

/** Where each is decided: questions about a check-in on the organiser's page of their activity. */
function place(item: QueueItem): Pick<ShownQueueItem, "key" | "title" | "about" | "branch" | "url"> | null {
  const { entry, experience, check_in: question } = item;
  if (entry !== null) {
    const url = `/packages/frontline/entry/index?id=${entry.id}`;
    return { key: entry.id, title: entry.place, about: entry.problem || entry.came, branch: entry.branch.name, url };
  }
  if (experience !== null) {
    const url = `/packages/experiences/detail/index?id=${experience.id}`;
    return { key: experience.id, title: experience.title, about: experience.body, branch: experience.branch.name, url };
  }
  if (question === null) return null;
  const url = `/packages/activities/organise/index?id=${question.activity.id}`;
  const about = `${question.name}：${question.doubt_labels.join("、")}`;
  return { key: `${question.activity.id}/${question.person}`, title: question.activity.name, about, branch: question.branch, url };
}

/** Each with its place to decide it; one of a kind that this program doesn't know yet is left to the desk. */
export function shownQueue(items: readonly QueueItem[]): ShownQueueItem[] {
  return items.flatMap((item) => {
    const found = place(item);
    const label = QUEUE_KINDS[item.kind] ?? "待审核";
    const when = `${formatMoment(item.since)} ${item.check_in === null ? "提交" : "的活动"}`;
    return found === null ? [] : [{ ...found, kind: item.kind, label, when }];
  });
}
