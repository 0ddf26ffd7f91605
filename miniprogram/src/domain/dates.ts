/** Dates on the screen, in Asia/Shanghai whatever the phone's zone (China has had no daylight saving since 1991). */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SHANGHAI_OFFSET = 8 * HOUR;

interface Fields {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
}

function shanghaiFields(moment: number): Fields {
  const shifted = new Date(moment + SHANGHAI_OFFSET);
  return {
    year: shifted.getUTCFullYear(),
    month: shifted.getUTCMonth() + 1,
    day: shifted.getUTCDate(),
    hour: shifted.getUTCHours(),
    minute: shifted.getUTCMinutes(),
  };
}

function clock({ hour, minute }: Fields): string {
  return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}

/** 2026年11月23日 of an ISO 8601 moment. */
export function formatDay(moment: string): string {
  const { year, month, day } = shanghaiFields(Date.parse(moment));
  return `${year}年${month}月${day}日`;
}

/** 2026年11月23日 18:00 of an ISO 8601 moment. */
export function formatMoment(moment: string): string {
  return `${formatDay(moment)} ${clock(shanghaiFields(Date.parse(moment)))}`;
}

/** Today in Shanghai as a plain date (YYYY-MM-DD). @param now milliseconds. */
export function plainToday(now: number): string {
  const { year, month, day } = shanghaiFields(now);
  return [year, String(month).padStart(2, "0"), String(day).padStart(2, "0")].join("-");
}

/** 2026年11月23日 of a plain date (YYYY-MM-DD), which has no zone. */
export function formatPlainDate(date: string): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})/.exec(date);
  return match ? `${match[1]}年${Number(match[2])}月${Number(match[3])}日` : date;
}

/** How long a campaign still takes ratings, in words. */
export function timeLeft(closesAt: string, now: number): string {
  const end = Date.parse(closesAt);
  const left = end - now;
  if (left <= 0) return "已截止";
  if (left < HOUR) return `还剩 ${Math.max(1, Math.floor(left / MINUTE))} 分钟`;
  const closing = shanghaiFields(end);
  const today = shanghaiFields(now);
  if (left < DAY && closing.day === today.day) return `今天 ${clock(closing)} 截止`;
  if (left < DAY) return `还剩 ${Math.floor(left / HOUR)} 小时`;
  return `还剩 ${Math.floor(left / DAY)} 天`;
}
