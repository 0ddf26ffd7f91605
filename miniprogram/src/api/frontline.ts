/** The frontline log: entries, their review, and the effect as those rate it who were served. */
import type { Effect, EffectEntry, EffectLinks, EntryContent, FrontlineEntry, FrontlinePage, QueuePage, ReviewInput } from "./frontline-types";
import { call } from "./service";
import type { Named } from "./types";

export type EntryScope = "mine" | "branch" | "review";
export type LinkKind = "poster" | "one_time";

export function entries(scope: EntryScope, cursor: string | null): Promise<FrontlinePage> {
  return call("member", { method: "GET", path: "/frontline/entries", query: { scope, cursor } });
}

export function frontlineEntry(id: string): Promise<FrontlineEntry> {
  return call("member", { method: "GET", path: `/frontline/entries/${id}` });
}

/** The id makes a retry harmless: the same content twice is one entry. A correction names the revision that was read. */
export function putEntry(id: string, content: EntryContent): Promise<FrontlineEntry> {
  return call("member", { method: "PUT", path: `/frontline/entries/${id}`, body: content });
}

export function withdrawEntry(id: string): Promise<FrontlineEntry> {
  return call("member", { method: "DELETE", path: `/frontline/entries/${id}` });
}

export function reviewEntry(id: string, review: ReviewInput): Promise<FrontlineEntry> {
  return call("member", { method: "POST", path: `/frontline/entries/${id}/reviews`, body: review });
}

export async function duplicatesOf(id: string): Promise<FrontlineEntry[]> {
  const page = await call<{ items: FrontlineEntry[] }>("member", { method: "GET", path: `/frontline/entries/${id}/duplicates` });
  return page.items;
}

export function effect(id: string): Promise<Effect> {
  return call("member", { method: "GET", path: `/frontline/entries/${id}/effect` });
}

/** @param size how many one-time codes. */
export function effectLinks(id: string, kind: LinkKind, size?: number): Promise<EffectLinks> {
  const body = size === undefined ? { kind } : { kind, size };
  return call("member", { method: "POST", path: `/frontline/entries/${id}/effect-links`, body });
}

/** What a scanned code asks to rate. */
export function effectOf(scene: string): Promise<EffectEntry> {
  return call("optional", { method: "POST", path: "/effects", body: { scene } });
}

export async function rateEffect(scene: string, level: number): Promise<string> {
  const { message } = await call<{ message: string }>("member", { method: "POST", path: "/effects/ratings", body: { scene, level } });
  return message;
}

/** What waits for the caller's word, oldest first. */
export function reviewQueue(cursor: string | null): Promise<QueuePage> {
  return call("member", { method: "GET", path: "/frontline/review-queue", query: { cursor } });
}

/** Organisations that may have sent people. @param typed part of a name or its pinyin. */
export async function unitsLike(typed: string): Promise<Named[]> {
  const found = await call<{ items: Named[] }>("member", { method: "GET", path: "/frontline/units", query: { q: typed.trim() } });
  return found.items;
}

export async function communitiesLike(typed: string): Promise<Named[]> {
  const found = await call<{ items: Named[] }>("member", { method: "GET", path: "/frontline/communities", query: { q: typed.trim() } });
  return found.items;
}
