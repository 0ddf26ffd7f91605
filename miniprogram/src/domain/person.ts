/** Binding a phone to a Party member: by a one-time code, or by the number that the branch has on record. */
import { formatMoment } from "./dates";
import { bindingCodeOf, parseVisitCode } from "./scene";

/** Leads a branch: sees its roster and reviews its entries. */
const LEADING_ROLES: readonly string[] = ["secretary", "organiser"];
/** Keeps the roster: gives out binding codes and unbinds. */
const KEEPING_ROLE = "secretary";

/** A binding code, typed or scanned, in its printed form; null when it is none. */
export function parseBindingCode(text: string): string | null {
  return bindingCodeOf(text) ?? parseVisitCode(text);
}

/** What the QR code of a binding code holds. */
export function bindingText(code: string): string {
  return `bind:${code}`;
}

export function leadsBranch(roles: readonly { role: string; organisation: { id: number } }[], branch: number): boolean {
  return roles.some(({ role, organisation }) => organisation.id === branch && LEADING_ROLES.includes(role));
}

interface Held {
  role: string;
  organisation: { id: number; name: string };
}

export interface LedBranch {
  id: number;
  name: string;
  /** Whether the person keeps its roster, or only sees it. */
  keeper: boolean;
}

/** The branches that a person leads. */
export function ledBranches(roles: readonly Held[]): LedBranch[] {
  const led = roles.filter(({ role }) => LEADING_ROLES.includes(role));
  const ids = [...new Set(led.map(({ organisation }) => organisation.id))];
  return ids.map((id) => ({
    id,
    name: led.find(({ organisation }) => organisation.id === id)?.organisation.name ?? "",
    keeper: led.some(({ role, organisation }) => organisation.id === id && role === KEEPING_ROLE),
  }));
}

export function expiryWords(expiresAt: string): string {
  return `${formatMoment(expiresAt)} 前有效，只能用一次。`;
}
