/** The Party member that this phone is bound to, and the roster of a branch for those who lead it. */
import type { BindingCode, Person, RosterItem } from "./frontline-types";
import { me } from "./members";
import { call } from "./service";
import { OWN_ENTRIES, PERSON, read, write } from "./storage";

function kept(person: Person | null): Person | null {
  // What one person has written isn't for the next one's eyes.
  if (person?.id !== read(PERSON)?.id) write(OWN_ENTRIES, []);
  write(PERSON, person);
  return person;
}

/** Who the phone was bound to when it last asked; known without a network. */
export function lastPerson(): Person | null {
  return read(PERSON);
}

export function forgetPerson(): void {
  write(PERSON, null);
}

export async function myPerson(): Promise<Person | null> {
  const { person } = await call<{ person: Person | null }>("member", { method: "GET", path: "/me/person" });
  return kept(person);
}

/** Roles come with a binding and go with it. */
async function boundTo(binding: Promise<Person>): Promise<Person> {
  const person = await binding;
  kept(person);
  await me();
  return person;
}

export function bindWithCode(code: string): Promise<Person> {
  return boundTo(call("member", { method: "POST", path: "/me/person-binding", body: { code } }));
}

/** @param phoneCode what WeChat gave for the number that the person agreed to tell. */
export function bindWithPhone(phoneCode: string): Promise<Person> {
  return boundTo(call("member", { method: "POST", path: "/me/person-binding/phone", body: { phone_code: phoneCode } }));
}

export async function unbind(): Promise<void> {
  await call<void>("member", { method: "DELETE", path: "/me/person-binding" });
  kept(null);
  await me();
}

export async function roster(branch: number, typed: string): Promise<RosterItem[]> {
  const page = await call<{ items: RosterItem[] }>("member", { method: "GET", path: `/branches/${branch}/roster`, query: { q: typed.trim() } });
  return page.items;
}

/** Shown once: the service keeps only its hash. A new one makes the earlier ones worthless. */
export function drawBindingCode(branch: number, person: string): Promise<BindingCode> {
  return call("member", { method: "POST", path: `/branches/${branch}/roster/${person}/binding-codes` });
}

/** For a phone that is lost or changed; its holder is told. */
export function unbindPerson(branch: number, person: string): Promise<void> {
  return call("member", { method: "DELETE", path: `/branches/${branch}/roster/${person}/binding` });
}
