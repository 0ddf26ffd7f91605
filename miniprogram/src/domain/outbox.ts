/**
 * The outbox: ratings that are made and not yet taken in by the service.
 *
 * waiting ──begin──▶ sending ──accepted──▶ (leaves the outbox, a receipt stays)
 *    ▲                  │
 *    └──no answer───────┤  the same secret, so the same Idempotency-Key: a retry can't count twice
 *                       └──refused──▶ refused | duplicate | closed   (for the rater to decide)
 */
import type { Failure } from "./failure";
import { fullMessage } from "./failure";
import type { KeptPhoto } from "./photos";
import type { Matter, RatingInput } from "./rating";

export type OutboxState = "waiting" | "sending" | "refused" | "duplicate" | "closed";

/** A pause that the service asked for: for everything, or for one campaign that it has paused. */
export interface Hold {
  scope: "queue" | "campaign";
  /** Milliseconds. */
  until: number;
}

export interface OutboxItem {
  key: string;
  secret: string;
  campaign: { id: number; title: string };
  department: { id: number; name: string };
  matter: Matter;
  rating: RatingInput;
  photos: KeptPhoto[];
  /** Milliseconds. */
  madeAt: number;
  state: OutboxState;
  message: string;
  hold: Hold | null;
  /** An attempt got no answer, so the service may have the rating already. */
  mayHaveArrived: boolean;
  /** Drawn for its commitment in the log, 64 hexadecimal digits; items of an older program lack it. */
  salt?: string;
  /** The form's questions in their order, in which the commitment takes the levels. */
  leaves?: number[];
}

/** A fresh item, or a refused one that was edited: it goes in with its first time, so it keeps its place. */
export function withItem(items: readonly OutboxItem[], added: OutboxItem): OutboxItem[] {
  const earlier = items.find((item) => item.key === added.key);
  if (earlier && earlier.state !== "refused") return [...items];
  const item = { ...added, madeAt: earlier?.madeAt ?? added.madeAt };
  return inOrder([...withoutItem(items, added.key), item]);
}

export function withoutItem(items: readonly OutboxItem[], key: string): OutboxItem[] {
  return items.filter((item) => item.key !== key);
}

export function findItem(items: readonly OutboxItem[], key: string): OutboxItem | null {
  return items.find((item) => item.key === key) ?? null;
}

export function withItemChanged(items: readonly OutboxItem[], key: string, change: Partial<OutboxItem>): OutboxItem[] {
  return items.map((item) => (item.key === key ? { ...item, ...change } : item));
}

/** In the order in which they were made. */
export function inOrder(items: readonly OutboxItem[]): OutboxItem[] {
  return [...items].sort((one, other) => one.madeAt - other.madeAt);
}

/** The program was stopped while sending: nobody knows whether the answer was lost, so it is sent again. */
export function recovered(items: readonly OutboxItem[]): OutboxItem[] {
  return items.map((item) =>
    item.state === "sending" ? { ...item, state: "waiting" as const, mayHaveArrived: true } : item,
  );
}

function held(items: readonly OutboxItem[], item: OutboxItem, now: number): boolean {
  return items.some(
    ({ hold, state, campaign }) =>
      state === "waiting" &&
      hold !== null &&
      hold.until > now &&
      (hold.scope === "queue" || campaign.id === item.campaign.id),
  );
}

/** The first one whose turn it is, or null. */
export function nextToSend(items: readonly OutboxItem[], now: number): OutboxItem | null {
  return inOrder(items).find((item) => item.state === "waiting" && !held(items, item, now)) ?? null;
}

/** Milliseconds until the earliest hold ends, or null when nothing is held. */
export function nextAttemptIn(items: readonly OutboxItem[], now: number): number | null {
  const ends = items.flatMap(({ hold, state }) => (state === "waiting" && hold !== null ? [hold.until] : []));
  return ends.length === 0 ? null : Math.max(0, Math.min(...ends) - now);
}

export function withoutHolds(items: readonly OutboxItem[]): OutboxItem[] {
  return items.map((item) => ({ ...item, hold: null }));
}

export function begun(item: OutboxItem): OutboxItem {
  return { ...item, state: "sending", message: "", hold: null };
}

const SECOND = 1000;
const WAIT_AFTER_TROUBLE = 30 * SECOND;
const WAIT_WHILE_PAUSED = 300 * SECOND;

const FINAL_STATES: Readonly<Record<string, OutboxState>> = {
  already_rated: "duplicate",
  code_used: "duplicate",
  department_rated: "duplicate",
  campaign_closed: "closed",
};

export interface Settled {
  item: OutboxItem;
  /** Whether the next one in the queue is worth an attempt. */
  proceed: boolean;
}

function waiting(item: OutboxItem, message: string, hold: Hold | null, mayHaveArrived: boolean): OutboxItem {
  return { ...item, state: "waiting", message, hold, mayHaveArrived: item.mayHaveArrived || mayHaveArrived };
}

/**
 * What becomes of an item after an attempt that brought no receipt.
 *
 * @param now milliseconds.
 * @param sent whether the rating itself was on its way, or only its photos or the sign-in.
 */
export function settled(item: OutboxItem, failure: Failure, now: number, sent: boolean): Settled {
  const wait = (fallback: number): number => now + (failure.retryAfter === null ? fallback : failure.retryAfter * SECOND);
  if (failure.kind === "unreachable") {
    return { item: waiting(item, "等待网络，联网后自动提交。", null, sent), proceed: false };
  }
  if (failure.kind === "consent" || failure.status === 401) {
    return { item: waiting(item, failure.message, null, false), proceed: false };
  }
  if (failure.code === "campaign_paused") {
    const hold: Hold = { scope: "campaign", until: wait(WAIT_WHILE_PAUSED) };
    return { item: waiting(item, "这次评价暂停接收，恢复后自动提交。", hold, false), proceed: true };
  }
  if (failure.status === 429 || failure.status >= 500) {
    const hold: Hold = { scope: "queue", until: wait(WAIT_AFTER_TROUBLE) };
    return { item: waiting(item, "服务繁忙，稍后自动提交。", hold, sent && failure.status >= 500), proceed: false };
  }
  const state = FINAL_STATES[failure.code] ?? "refused";
  // Photos that the service no longer has are uploaded again from the phone's files.
  const photos = failure.code === "photo_unknown" ? item.photos.map(({ path }) => ({ path, id: null })) : item.photos;
  const refused = { ...item, state, photos, message: fullMessage(failure), hold: null, mayHaveArrived: false };
  return { item: refused, proceed: true };
}

const STATE_LABELS: Readonly<Record<OutboxState, string>> = {
  waiting: "等待网络",
  sending: "正在发送",
  refused: "需要修改",
  duplicate: "已评价过",
  closed: "评价已结束",
};

export function outboxLabel(item: OutboxItem): string {
  return item.state === "waiting" && item.hold !== null ? "稍后发送" : STATE_LABELS[item.state];
}
