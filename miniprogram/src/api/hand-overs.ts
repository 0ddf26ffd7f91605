/** A representative gives the place to a successor. */
import { call } from "./service";
import type { HandOver, HandOverCode } from "./types";

function path(organisation: number): string {
  return `/me/representations/${organisation}/hand-over`;
}

/** An earlier code is worthless from then on. */
export function beginHandOver(organisation: number): Promise<HandOverCode> {
  return call("member", { method: "POST", path: path(organisation) });
}

/** @throws Failure with status 404 once somebody else speaks for the organisation in this member's place. */
export function handOver(organisation: number): Promise<HandOver> {
  return call("member", { method: "GET", path: path(organisation) });
}

export function cancelHandOver(organisation: number): Promise<void> {
  return call("member", { method: "DELETE", path: path(organisation) });
}
