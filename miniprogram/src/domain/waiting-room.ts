/**
 * What waits on the phone until the service has taken it in, whatever it is: first come, first served.
 *
 * waiting ──begin──▶ sending ──taken in──▶ (leaves the room)
 *    ▲                  │
 *    └──no answer───────┤  under the same key, so a retry is the same thing again
 *                       └──refused──▶ refused   (for the person to decide)
 *
 * Ratings have rules of their own (outbox.ts): a campaign can pause them, and a receipt can prove that they arrived.
 */
import type { Failure } from "./failure";
import { fullMessage } from "./failure";

export type WaitingState = "waiting" | "sending" | "refused";

export interface Waiting {
  /** Drawn on the phone; every attempt to send carries it. */
  key: string;
  /** Milliseconds. */
  madeAt: number;
  state: WaitingState;
  message: string;
  /** Until when the service asked for a pause, in milliseconds; it holds everything that waits. */
  heldUntil: number | null;
  /** An attempt got no answer, so the service may have it already. */
  mayHaveArrived: boolean;
}

/** How every item begins. @param now milliseconds. */
export function arrival(key: string, now: number): Waiting {
  return { key, madeAt: now, state: "waiting", message: "", heldUntil: null, mayHaveArrived: false };
}

/** In the order in which they were made. */
export function inOrder<Item extends Waiting>(items: readonly Item[]): Item[] {
  return [...items].sort((one, other) => one.madeAt - other.madeAt);
}

export function findItem<Item extends Waiting>(items: readonly Item[], key: string): Item | null {
  return items.find((item) => item.key === key) ?? null;
}

export function withoutItem<Item extends Waiting>(items: readonly Item[], key: string): Item[] {
  return items.filter((item) => item.key !== key);
}

export function withItemChanged<Item extends Waiting>(items: readonly Item[], key: string, change: Partial<Item>): Item[] {
  return items.map((item) => (item.key === key ? { ...item, ...change } : item));
}

/** Puts one in. One that is under way stays as it is; an edited one takes its old place. */
export function withItem<Item extends Waiting>(items: readonly Item[], added: Item): Item[] {
  const earlier = findItem(items, added.key);
  if (earlier?.state === "sending") return [...items];
  const mayHaveArrived = added.mayHaveArrived || (earlier?.mayHaveArrived ?? false);
  const item = { ...added, madeAt: earlier?.madeAt ?? added.madeAt, mayHaveArrived };
  return inOrder([...withoutItem(items, added.key), item]);
}

/** The program was stopped while sending: nobody knows whether the answer was lost, so it is sent again. */
export function recovered<Item extends Waiting>(items: readonly Item[]): Item[] {
  return items.map((item) =>
    item.state === "sending" ? { ...item, state: "waiting" as const, mayHaveArrived: true } : item,
  );
}

function waitingOnes<Item extends Waiting>(items: readonly Item[]): Item[] {
  return inOrder(items).filter(({ state }) => state === "waiting");
}

/**
 * The first one whose turn it is, or null while the service wants a pause.
 *
 * @param goesLast whether an item rests on the others, which are sent before it.
 */
export function nextToSend<Item extends Waiting>(
  items: readonly Item[],
  now: number,
  goesLast: (item: Item) => boolean = () => false,
): Item | null {
  const waiting = waitingOnes(items);
  const held = waiting.some(({ heldUntil }) => heldUntil !== null && heldUntil > now);
  return held ? null : (waiting.find((item) => !goesLast(item)) ?? waiting[0] ?? null);
}

/** Milliseconds until the pause ends, or null when there is none. */
export function nextAttemptIn(items: readonly Waiting[], now: number): number | null {
  const ends = waitingOnes(items).flatMap(({ heldUntil }) => (heldUntil === null ? [] : [heldUntil]));
  return ends.length === 0 ? null : Math.max(0, Math.max(...ends) - now);
}

export function withoutHolds<Item extends Waiting>(items: readonly Item[]): Item[] {
  return items.map((item) => ({ ...item, heldUntil: null }));
}

export function begun(): Partial<Waiting> {
  return { state: "sending", message: "", heldUntil: null };
}

const SECOND = 1000;
const WAIT_AFTER_TROUBLE = 30 * SECOND;

export interface Settled {
  change: Partial<Waiting>;
  /** Whether the next one in the room is worth an attempt. */
  proceed: boolean;
}

/**
 * What becomes of an item after an attempt that failed.
 *
 * @param now milliseconds.
 * @param sent whether the item itself was on its way, or only what goes before it.
 */
export function settled(item: Waiting, failure: Failure, now: number, sent: boolean): Settled {
  const wait = (message: string, heldUntil: number | null, doubtful: boolean): Settled => ({
    change: { state: "waiting", message, heldUntil, mayHaveArrived: item.mayHaveArrived || doubtful },
    proceed: false,
  });
  if (failure.kind === "unreachable") return wait("等待网络，联网后自动发送。", null, sent);
  if (failure.kind === "consent" || failure.status === 401) return wait(failure.message, null, false);
  if (failure.status === 429 || failure.status >= 500) {
    const pause = failure.retryAfter === null ? WAIT_AFTER_TROUBLE : failure.retryAfter * SECOND;
    return wait("服务繁忙，稍后自动发送。", now + pause, sent && failure.status >= 500);
  }
  const change = { state: "refused" as const, message: fullMessage(failure), heldUntil: null, mayHaveArrived: false };
  return { change, proceed: true };
}

/** What becomes of an item that was refused for want of another that still waits: its turn comes after that one. */
export function postponed(message: string): Settled {
  return { change: { state: "waiting", message, heldUntil: null, mayHaveArrived: false }, proceed: true };
}

const STATE_LABELS: Readonly<Record<WaitingState, string>> = { waiting: "等待网络", sending: "正在发送", refused: "需要修改" };

export function waitingLabel({ state, heldUntil }: Pick<Waiting, "state" | "heldUntil">): string {
  return state === "waiting" && heldUntil !== null ? "稍后发送" : STATE_LABELS[state];
}
