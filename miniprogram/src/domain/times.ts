/** When something takes place, in Asia/Shanghai, and times as people pick them. */

const HOUR = 3_600_000;
const SHANGHAI_OFFSET = 8 * HOUR;
const WEEKDAYS = ["周日", "周一", "周二", "周三", "周四", "周五", "周六"];

const pad = (number: number): string => String(number).padStart(2, "0");

/** Fields of Shanghai's time are read as if they were UTC's. */
function inShanghai(moment: string): Date {
  return new Date(Date.parse(moment) + SHANGHAI_OFFSET);
}

/** A date and a time of day as the pickers have them. */
export interface Picked {
  /** YYYY-MM-DD */
  date: string;
  /** HH:mm */
  time: string;
}

export function pickedFrom(moment: string): Picked {
  const shifted = inShanghai(moment);
  return {
    date: `${shifted.getUTCFullYear()}-${pad(shifted.getUTCMonth() + 1)}-${pad(shifted.getUTCDate())}`,
    time: `${pad(shifted.getUTCHours())}:${pad(shifted.getUTCMinutes())}`,
  };
}

/** An ISO 8601 moment, or null while one of them is missing. */
export function momentOf({ date, time }: Picked): string | null {
  const moment = `${date}T${time}:00+08:00`;
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:00/.test(moment) && !Number.isNaN(Date.parse(moment)) ? moment : null;
}

/** 11月28日 周六 */
export function dayWords(moment: string): string {
  const shifted = inShanghai(moment);
  return `${shifted.getUTCMonth() + 1}月${shifted.getUTCDate()}日 ${WEEKDAYS[shifted.getUTCDay()]}`;
}

/** 09:00 */
export function timeWords(moment: string): string {
  return pickedFrom(moment).time;
}

/** 11月28日 周六 09:00 */
export function momentWords(moment: string): string {
  return `${dayWords(moment)} ${timeWords(moment)}`;
}

/** 11月28日 周六 09:00–11:30, with both days where they differ. */
export function periodWords(from: string, to: string): string {
  const end = dayWords(from) === dayWords(to) ? timeWords(to) : momentWords(to);
  return `${momentWords(from)}–${end}`;
}
