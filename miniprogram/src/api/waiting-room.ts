/** Sends what waits in a room: one after the other, in order, each until it has one answer. */
import type { Failure } from "../domain/failure";
import { asFailure } from "../domain/failure";
import type { Settled, Waiting } from "../domain/waiting-room";
import {
  begun, findItem, inOrder, nextAttemptIn, nextToSend, postponed, recovered, settled, withItem, withItemChanged, withoutHolds, withoutItem,
} from "../domain/waiting-room";
import { hasConsented } from "./privacy";
import type { Slot } from "./storage";
import { read, write } from "./storage";

/** The longest pause that is sat out; a longer one ends when the program is opened again. */
const LONGEST_TIMER_MS = 120_000;

/** What a send tells on its way. */
export interface Progress<Item> {
  /** Keeps a change at once, so that a retry sends the same content. */
  keep(change: Partial<Item>): void;
  /** From here on the service may have it even if no answer comes. */
  underWay(): void;
}

export interface Handling<Item extends Waiting> {
  slot: Slot<readonly Item[]>;
  /** @throws Failure */
  send(item: Item, progress: Progress<Item>): Promise<void>;
  /** Whether an item rests on the others: all that waits goes before it. */
  goesLast?(item: Item): boolean;
  /**
   * Why a refused item waits all the same, or null where the refusal stands. What it waits for must be waiting in this room
   * and not go last itself, so that it is settled before the next attempt.
   */
  waitsFor?(item: Item, failure: Failure, items: readonly Item[]): string | null;
  /** What a refusal changes in the item, beside its state and message. */
  refused?(item: Item, failure: Failure): Partial<Item>;
  /** Called for one that was taken in or discarded. */
  left?(item: Item): void;
}

type Listener = () => void;

export class WaitingRoom<Item extends Waiting> {
  private readonly listeners = new Set<Listener>();
  private running: Promise<void> | null = null;
  private calledAgain = false;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly handling: Handling<Item>) {}

  items(): Item[] {
    return inOrder(read(this.handling.slot));
  }

  item(key: string): Item | null {
    return findItem(this.items(), key);
  }

  /** @returns a function that stops listening. */
  onChange(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  put(item: Item): void {
    this.save(withItem(this.items(), item));
  }

  /** @returns whether it is gone: one that is under way stays. */
  discard(key: string): boolean {
    const item = this.item(key);
    if (item === null || item.state === "sending") return item === null;
    this.leave(item);
    return true;
  }

  /** Takes one out to be changed; null when it is gone or under way. */
  take(key: string): Item | null {
    const item = this.item(key);
    if (item === null || item.state === "sending") return null;
    this.save(withoutItem(this.items(), key));
    return item;
  }

  /** With the account goes what waits in its name. */
  forget(): void {
    for (const item of this.items()) this.leave(item);
  }

  /** Called once at start: what was being sent when the program stopped waits again. */
  recover(): void {
    this.save(recovered(this.items()));
  }

  /** Sends what can be sent now; a call during a run makes it look once more. */
  flush(): Promise<void> {
    if (!hasConsented()) return Promise.resolve();
    if (this.running !== null) this.calledAgain = true;
    else this.running = this.run();
    return this.running;
  }

  /** The person asks for it: no pause is sat out. */
  flushNow(): Promise<void> {
    this.save(withoutHolds(this.items()));
    return this.flush();
  }

  private save(items: readonly Item[]): void {
    write(this.handling.slot, items);
    for (const listener of this.listeners) listener();
  }

  private change(key: string, change: Partial<Item>): void {
    this.save(withItemChanged(this.items(), key, change));
  }

  private leave(item: Item): void {
    this.save(withoutItem(this.items(), item.key));
    this.handling.left?.(item);
  }

  /** @returns whether the next one is worth an attempt. */
  private async attempt(item: Item): Promise<boolean> {
    let sent = false;
    this.change(item.key, begun() as Partial<Item>);
    try {
      const underWay = (): void => void (sent = true);
      await this.handling.send(item, { keep: (change) => this.change(item.key, change), underWay });
      this.leave(this.item(item.key) ?? item);
      return true;
    } catch (reason) {
      const failure = asFailure(reason);
      const current = this.item(item.key) ?? item;
      const { change, proceed } = this.settle(current, failure, sent);
      const more = change.state === "refused" ? (this.handling.refused?.(current, failure) ?? {}) : {};
      this.change(item.key, { ...(change as Partial<Item>), ...more });
      return proceed;
    }
  }

  private settle(item: Item, failure: Failure, sent: boolean): Settled {
    const usual = settled(item, failure, Date.now(), sent);
    const reason = usual.change.state === "refused" ? (this.handling.waitsFor?.(item, failure, this.items()) ?? null) : null;
    return reason === null ? usual : postponed(reason);
  }

  private async drain(): Promise<void> {
    let proceed = true;
    while (proceed) {
      const item = nextToSend(this.items(), Date.now(), this.handling.goesLast);
      proceed = item !== null && (await this.attempt(item));
    }
  }

  private async run(): Promise<void> {
    try {
      do {
        this.calledAgain = false;
        await this.drain();
      } while (this.calledAgain);
    } finally {
      this.running = null;
      this.scheduleNext();
    }
  }

  /** Comes back by itself when the service has asked for a short pause. */
  private scheduleNext(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    const wait = nextAttemptIn(this.items(), Date.now());
    this.timer = wait !== null && wait <= LONGEST_TIMER_MS ? setTimeout(() => void this.flush(), wait + 50) : null;
  }
}
