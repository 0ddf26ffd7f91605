/** Calls to the service, signed in as each of them needs it. */
import type { Call } from "./request";
import { request } from "./request";
import type { Audience } from "./session";
import { as } from "./session";

/** @throws Failure */
export function call<T>(audience: Audience, exchange: Call): Promise<T> {
  return as(audience, (token) => request<T>(exchange, token));
}
