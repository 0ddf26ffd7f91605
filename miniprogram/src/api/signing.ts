/** The communities and villages that the member speaks for; kept on the phone for the first page. */
import { COMMUNITY_ROLE } from "../domain/labels";
import { read, SIGNING, write } from "./storage";
import type { Member, Named } from "./types";

/** Whom the member spoke for when last asked. */
export function signingKept(): readonly Named[] {
  return read(SIGNING);
}

export function keepSigning(member: Member): void {
  write(SIGNING, member.roles.filter(({ role }) => role === COMMUNITY_ROLE).map(({ organisation }) => organisation));
}

export function forgetSigning(): void {
  write(SIGNING, []);
}
