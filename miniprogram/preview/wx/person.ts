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

let signedInAs = "";

/** A code for one exchange with the server, which knows the person by it, as WeChat knows who taps. */
export function sandboxCode(): string {
  return `sandbox:${signedInAs}:${crypto.randomUUID()}`;
}

export function loginCalls(person: string): Record<string, unknown> {
  signedInAs = person;
  return {
    login: call("login", () => ({ code: sandboxCode() })),
    checkSession: call("checkSession", () => ({})),
  };
}
