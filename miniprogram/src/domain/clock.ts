/**
 * The service's time on a phone whose own clock may be wrong.
 *
 * What the service said at the last fetch gives an offset, and codes use the corrected time. An offset
 * is only as good as the clock that it was measured against: set back or forward since, it is worthless.
 * Time that runs backwards, or jumps between two ticks of a running page, shows that; a jump while the
 * program was closed can't be told from time passing, so an old offset is said to be old.
 */

export interface ClockReading {
  /** Service minus phone, in milliseconds. */
  offset: number;
  /** The phone's time at the reading, in milliseconds. */
  readAt: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A phone that keeps time by the network is right to seconds. */
const TELLING = 2 * MINUTE;
/** Between two ticks of a second a page that isn't hidden doesn't sleep that long. */
const LONGEST_TICK = 2 * MINUTE;
const STALE = 24 * HOUR;

/** @param askedAt and @param answeredAt the phone's time around the exchange: the answer was made in between. */
export function readingOf(serverTime: string, askedAt: number, answeredAt: number): ClockReading | null {
  const server = Date.parse(serverTime);
  if (Number.isNaN(server)) return null;
  return { offset: Math.round(server - (askedAt + answeredAt) / 2), readAt: answeredAt };
}

/** The service's time, as well as the phone knows it. */
export function correctedTime(reading: ClockReading | null, phoneNow: number): number {
  return phoneNow + (reading?.offset ?? 0);
}

/** The phone's clock went back behind the reading, so somebody has set it. */
export function wentBack(reading: ClockReading | null, phoneNow: number): boolean {
  return reading !== null && phoneNow < reading.readAt - TELLING;
}

/** The phone's clock moved other than a second hand does. @param before and @param after two ticks of a page in view. */
export function jumped(before: number, after: number): boolean {
  return after < before - TELLING || after > before + LONGEST_TICK;
}

function span(milliseconds: number): string {
  const distance = Math.abs(milliseconds);
  if (distance >= 24 * HOUR) return `${Math.round(distance / (24 * HOUR))} 天`;
  return distance >= HOUR ? `${Math.round(distance / HOUR)} 小时` : `${Math.round(distance / MINUTE)} 分钟`;
}

/** What is to be said about the phone's clock, or an empty text. */
export function clockWarning(reading: ClockReading | null, phoneNow: number, moved: boolean): string {
  if (moved || wentBack(reading, phoneNow)) {
    return "这部手机的时间刚刚被改动过，打卡时间可能不准。请在系统设置里打开“自动设置时间”，联网后再试。";
  }
  if (reading === null) return "还没有和服务器对过时间。联网打开一次本页，打卡时间才准确。";
  if (Math.abs(reading.offset) >= TELLING) {
    const side = reading.offset > 0 ? "慢" : "快";
    return `这部手机的时间${side}了约 ${span(reading.offset)}，打卡已按服务器时间校正。请在系统设置里打开“自动设置时间”。`;
  }
  if (phoneNow - reading.readAt > STALE) return "已经超过一天没有和服务器对时间。请联网打开一次本页。";
  return "";
}
