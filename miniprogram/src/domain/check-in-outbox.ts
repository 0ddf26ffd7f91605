/**
 * What proves that somebody came or went and hasn't been delivered yet. It waits like everything else
 * that is made on the phone (waiting-room.ts): stored first, sent once, kept through restarts.
 *
 * It never holds coordinates: a position goes to the service at once or not at all, and what is left
 * of it here is whether it was inside and how accurate.
 */
import type { Phase } from "./check-in-codes";
import type { Failure } from "./failure";
import type { Judgement } from "./fences";
import type { Waiting } from "./waiting-room";
import { arrival, waitingLabel } from "./waiting-room";

/** Evidence of one's own. */
export interface CodeEvidence {
  kind: "code";
  phase: Phase;
  code: string;
}

export interface PlaceEvidence {
  kind: "place";
  phase: Phase;
  inside: boolean;
  /** Metres. */
  accuracy: number;
  mock: boolean;
}

export interface PhotoEvidence {
  kind: "photo";
  phase: Phase;
  /** Where the file lies on the phone. */
  path: string;
  /** What the service calls it, once it is uploaded. */
  picture: string | null;
}

/** A countersigned code; whoever of the two phones has a network first delivers it. */
export interface ProofEvidence {
  kind: "proof";
  phase: Phase;
  proof: string;
  /** Whether this phone made it as the organiser's. */
  made: boolean;
}

/** A peer's code, by which this member confirms the peer. */
export interface Confirmation {
  kind: "confirmation";
  phase: Phase;
  code: string;
}

export type Evidence = CodeEvidence | PlaceEvidence | PhotoEvidence | ProofEvidence | Confirmation;

export interface CheckInItem extends Waiting {
  activity: number;
  title: string;
  evidence: Evidence;
  /** When it happened by the service's clock, as ISO 8601. */
  happenedAt: string;
}

const KEPT_FOR = 30 * 24 * 3600 * 1000;

export interface Made {
  key: string;
  activity: number;
  title: string;
  evidence: Evidence;
  /** By the service's clock, in milliseconds. */
  happenedAt: number;
  /** By the phone's clock, in milliseconds. */
  madeAt: number;
}

export function checkInItem({ key, activity, title, evidence, happenedAt, madeAt }: Made): CheckInItem {
  return { ...arrival(key, madeAt), activity, title, evidence, happenedAt: new Date(happenedAt).toISOString() };
}

/** What a proof goes under: the same one scanned twice is in once. @param digest of its text, 64 hexadecimal digits. */
export function proofKey(digest: string): string {
  return `proof-${digest.slice(0, 32)}`;
}

/** What is 30 days old is of no use to anybody any more. */
export function freshItems(items: readonly CheckInItem[], now: number): CheckInItem[] {
  return items.filter(({ madeAt }) => now - madeAt < KEPT_FOR);
}

/** A confirmation counts only from somebody whose own check-in the service has, so all that waits goes before it. */
export function isConfirmation({ evidence }: CheckInItem): boolean {
  return evidence.kind === "confirmation";
}

/** Whether an item shows that this phone's own member was there. */
function isOwn({ evidence }: CheckInItem): boolean {
  return evidence.kind !== "confirmation" && !(evidence.kind === "proof" && evidence.made);
}

/** Refusals of a confirmation that the confirming member's own check-in cures. */
const CURED_BY_OWN_CHECK_IN: ReadonlySet<string> = new Set(["peer_not_present", "peer_only_vouched_for"]);

/** Why a refused confirmation is kept and sent again: one's own check-in still waits on this phone. Else null. */
export function waitsForOwn(item: CheckInItem, failure: Failure, items: readonly CheckInItem[]): string | null {
  if (!isConfirmation(item) || !CURED_BY_OWN_CHECK_IN.has(failure.code)) return null;
  const waits = items.some((other) => isOwn(other) && other.activity === item.activity && other.state === "waiting");
  return waits ? "等待您自己的打卡先提交，随后自动发送。" : null;
}

/** What the phone says of a place that it judged itself. At the edge counts as inside: the organiser is asked anyway. */
export function placeEvidence(phase: Phase, judgement: Judgement, accuracy: number, mock: boolean): PlaceEvidence {
  return { kind: "place", phase, inside: judgement !== "outside", accuracy: Math.round(accuracy), mock };
}

const KIND_WORDS: Readonly<Record<Evidence["kind"], string>> = {
  code: "扫描活动码",
  place: "到达活动地点",
  photo: "现场照片",
  proof: "组织者扫我的码",
  confirmation: "为同伴确认",
};

export interface ShownItem {
  key: string;
  title: string;
  what: string;
  label: string;
  message: string;
  warn: boolean;
}

export function shownItem(item: CheckInItem): ShownItem {
  const { kind, phase } = item.evidence;
  const made = item.evidence.kind === "proof" && item.evidence.made;
  return {
    key: item.key,
    title: item.title,
    what: `${made ? "为参加人证明" : KIND_WORDS[kind]}${phase === "out" ? "（签退）" : ""}`,
    label: item.state === "refused" ? "没有成功" : waitingLabel(item),
    message: item.message,
    warn: item.state === "refused",
  };
}
