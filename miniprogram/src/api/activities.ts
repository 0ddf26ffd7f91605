/** Activities: finding, joining, leaving; drawing them up and managing their rosters. */
import type { Activity, ActivityDraft, ActivityPage, AgreementChoice, Candidate, Joined } from "./activity-types";
import { call } from "./service";
import type { Named } from "./types";

export interface ActivityQuery {
  when: "upcoming" | "past" | "mine";
  kind: string;
  typed: string;
}

export function activities({ when, kind, typed }: ActivityQuery, cursor: string | null): Promise<ActivityPage> {
  return call("member", { method: "GET", path: "/activities", query: { when, kind, q: typed.trim(), cursor } });
}

export function activity(id: number): Promise<Activity> {
  return call("member", { method: "GET", path: `/activities/${id}` });
}

/** A repeated call gets the first one's answer. */
export function join(id: number): Promise<Joined> {
  return call("member", { method: "POST", path: `/activities/${id}/participation` });
}

export function leave(id: number): Promise<Joined> {
  return call("member", { method: "DELETE", path: `/activities/${id}/participation` });
}

/** The organisations that the member may organise for; none for most. */
export async function organisable(): Promise<Named[]> {
  const { items } = await call<{ items: Named[] }>("member", { method: "GET", path: "/organisable" });
  return items;
}

/** Units that can be a partner. @param typed part of a name or its pinyin. */
export async function partnersLike(typed: string): Promise<Named[]> {
  const query = { q: typed.trim() };
  const { items } = await call<{ items: Named[] }>("member", { method: "GET", path: "/activities/partners", query });
  return items;
}

/** The agreements in force that an organiser is a party of. */
export async function agreements(organiser: number): Promise<AgreementChoice[]> {
  const { items } = await call<{ items: AgreementChoice[] }>("member", { method: "GET", path: "/agreements", query: { organiser } });
  return items;
}

export function draftActivity(draft: ActivityDraft): Promise<Activity> {
  return call("member", { method: "POST", path: "/activities", body: draft });
}

/** @param revision the one that was read; the service refuses an older one. */
export function changeActivity(id: number, draft: ActivityDraft, revision: number): Promise<Activity> {
  return call("member", { method: "PUT", path: `/activities/${id}`, body: { ...draft, revision } });
}

export function announce(id: number): Promise<Activity> {
  return call("member", { method: "POST", path: `/activities/${id}/announcement` });
}

export function cancel(id: number, reason: string): Promise<Activity> {
  return call("member", { method: "POST", path: `/activities/${id}/cancellation`, body: { reason } });
}

export async function candidates(id: number, typed: string): Promise<Candidate[]> {
  const query = { q: typed.trim() };
  const { items } = await call<{ items: Candidate[] }>("member", { method: "GET", path: `/activities/${id}/candidates`, query });
  return items;
}

export function addParticipant(id: number, person: string): Promise<unknown> {
  return call("member", { method: "POST", path: `/activities/${id}/participants`, body: { person } });
}

export function removeParticipant(id: number, person: string): Promise<unknown> {
  return call("member", { method: "DELETE", path: `/activities/${id}/participants/${person}` });
}

export async function personGroups(): Promise<Named[]> {
  const { items } = await call<{ items: Named[] }>("member", { method: "GET", path: "/person-groups" });
  return items;
}
