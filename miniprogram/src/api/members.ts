/** The person on this phone: roles, bindings, the account. */
import { forgetCheckIns } from "./check-ins";
import { forgetEntries } from "./entry-outbox";
import { call } from "./service";
import { rememberMember, signOut } from "./session";
import { forgetSigning, keepSigning } from "./signing";
import type { Member, Role } from "./types";

export async function me(): Promise<Member> {
  const member = await call<Member>("member", { method: "GET", path: "/me" });
  rememberMember(member);
  keepSigning(member);
  return member;
}

export async function redeemInvitation(code: string): Promise<Role> {
  const role = await call<Role>("member", { method: "POST", path: "/invitations/redemptions", body: { code } });
  await me();
  return role;
}

export async function stopRepresenting(organisation: number): Promise<Member> {
  await call<void>("member", { method: "DELETE", path: `/me/representations/${organisation}` });
  return me();
}

/** Erases the account. Ratings stay; nothing joins them to anybody. */
export async function deleteAccount(): Promise<void> {
  await call<void>("member", { method: "DELETE", path: "/me" });
  signOut();
  forgetSigning();
  forgetCheckIns();
  forgetEntries();
}
