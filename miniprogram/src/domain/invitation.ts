/** Codes that bind a representative: invitations of the office, and those by which a representative hands over. */
import { parseVisitCode } from "./scene";

const LONGEST = 40;
const HAND_OVER = /^hand:/;

/** The code as the service takes it: without space or dashes at its edges, in capitals. Null when empty. */
export function invitationCode(text: string): string | null {
  const code = text.replace(/\s+/g, "").toUpperCase();
  return code === "" || code.length > LONGEST ? null : code;
}

/** What the QR code of a hand-over says. */
export function handOverText(code: string): string {
  return `hand:${code}`;
}

/** The code of a hand-over that was scanned, in its printed form; null for other codes. */
export function handOverCodeOf(content: string): string | null {
  const text = content.trim();
  return HAND_OVER.test(text) ? parseVisitCode(text.replace(HAND_OVER, "")) : null;
}

/** Minutes and seconds until a moment; both are milliseconds of the phone's own clock. */
export function timeLeftOf(deadline: number, now: number): string {
  const seconds = Math.max(0, Math.ceil((deadline - now) / 1000));
  return `${Math.floor(seconds / 60)} 分 ${String(seconds % 60).padStart(2, "0")} 秒`;
}
