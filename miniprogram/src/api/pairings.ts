/** What there is to rate in the name of a community or village. */
import { call } from "./service";
import { read, SIGNING } from "./storage";
import type { Named, OwnPairings } from "./types";

export function ownPairings(): Promise<OwnPairings> {
  return call("member", { method: "GET", path: "/me/pairings" });
}

/** Whom the member spoke for when last asked; kept on the phone. */
export function signingKept(): readonly Named[] {
  return read(SIGNING);
}
