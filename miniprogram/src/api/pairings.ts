/** What there is to rate in the name of a community or village. */
import { call } from "./service";
import type { OwnPairings } from "./types";

export function ownPairings(): Promise<OwnPairings> {
  return call("member", { method: "GET", path: "/me/pairings" });
}
