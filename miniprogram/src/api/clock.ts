/** The service's time on this phone: read at fetches, kept, and distrusted when the phone's clock is moved. */
import type { ClockReading } from "../domain/clock";
import { clockWarning, correctedTime, jumped, readingOf } from "../domain/clock";
import { CLOCK, read, write } from "./storage";

const TICK_MS = 1000;

export interface KeptClock {
  reading: ClockReading;
  /** The phone's clock was seen to move since. */
  moved: boolean;
}

/** Fetches something that carries the service's time, and reads the time off it. */
export async function withServerTime<T extends { server_time: string }>(fetch: () => Promise<T>): Promise<T> {
  const askedAt = Date.now();
  const answer = await fetch();
  const reading = readingOf(answer.server_time, askedAt, Date.now());
  if (reading !== null) write(CLOCK, { reading, moved: false });
  return answer;
}

/** Milliseconds of Unix time by the service's clock. */
export function serviceNow(): number {
  return correctedTime(read(CLOCK)?.reading ?? null, Date.now());
}

/** What is to be said about the phone's clock, or an empty text. */
export function clockNotice(): string {
  const kept = read(CLOCK);
  return clockWarning(kept?.reading ?? null, Date.now(), kept?.moved ?? false);
}

/**
 * Calls at once and each second while a page is in view. Timers stop with the page, so that a jump
 * between two ticks is the clock's and not sleep.
 *
 * @returns a function that stops the ticking.
 */
export function everySecond(tick: (now: number) => void): () => void {
  let before = Date.now();
  const run = (): void => {
    const kept = read(CLOCK);
    const now = Date.now();
    if (kept !== null && jumped(before, now)) write(CLOCK, { ...kept, moved: true });
    before = now;
    tick(serviceNow());
  };
  run();
  const timer = setInterval(run, TICK_MS);
  return () => clearInterval(timer);
}
