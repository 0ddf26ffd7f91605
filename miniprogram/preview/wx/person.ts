/** Who uses the phone: a sandbox person, by `?as=<key>` in the address or made up for this browser. */
import { call } from "./call";

const KEPT = "preview:person";

/** A person nobody has been yet. */
export function madeUpPerson(): string {
  return `guest-${crypto.randomUUID().slice(0, 8)}`;
}

type Area = Pick<Storage, "getItem" | "setItem">;

export function personOf(search: string, area: Area): string {
  const chosen = new URLSearchParams(search).get("as");
  if (chosen !== null && chosen !== "") return chosen;
  const kept = area.getItem(KEPT) ?? madeUpPerson();
  area.setItem(KEPT, kept);
  return kept;
}

export function loginCalls(person: string): Record<string, unknown> {
  return {
    login: call("login", () => ({ code: `sandbox:${person}:${crypto.randomUUID()}` })),
    checkSession: call("checkSession", () => ({})),
  };
}
