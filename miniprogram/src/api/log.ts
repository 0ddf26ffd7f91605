/** The public log: what it proves of a rating, checked on this phone. */
import type { Asked, Evidence, Verdict } from "../domain/log-check";
import { judge } from "../domain/log-check";
import { LOG_HEAD, LOG_KEY, read, write } from "./storage";
import { call } from "./service";
import type { LogKey } from "./types";

/** The key that was pinned when this phone first asked; a later other one is not taken up. @throws Failure */
export async function pinnedKey(): Promise<string> {
  const pinned = read(LOG_KEY);
  if (pinned !== "") return pinned;
  const { key } = await call<LogKey>("anyone", { method: "GET", path: "/log/key" });
  write(LOG_KEY, key);
  return key;
}

/** Asks for the proofs and checks them; the head is kept where it holds. @throws Failure */
export async function checked(asked: Asked, key: string): Promise<Verdict> {
  const seen = read(LOG_HEAD);
  const query = { campaign: asked.campaign, since: seen?.size ?? null };
  const evidence = await call<Evidence>("anyone", { method: "GET", path: `/log/proofs/${asked.commitment}`, query });
  const verdict = judge(asked, evidence, key, seen);
  if (verdict.seen !== null) write(LOG_HEAD, verdict.seen);
  return verdict;
}
