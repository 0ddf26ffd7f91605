/**
 * 工作台: the desk's everyday steps on an official's own phone.
 *
 * The phone's link to the account is traded for a token that lives shortly, in memory alone; the service
 * ends both at once when the link ends.
 */
import { asFailure } from "../domain/failure";
import type {
  CaseContact,
  CaseDetail,
  CasePage,
  CaseRating,
  DeskLink,
  DeskSession,
  HeldPage,
  Outcome,
} from "./desk-types";
import type { Call } from "./request";
import { request } from "./request";
import { call } from "./service";

const RENEW_BEFORE_MS = 60_000;

let session: (DeskSession & { expiresAt: number }) | null = null;
let opening: Promise<DeskSession> | null = null;

export function deskLink(): Promise<DeskLink> {
  return call("member", { method: "GET", path: "/me/desk-link" });
}

/** @param code as the desk shows it. */
export function linkDesk(code: string): Promise<DeskLink> {
  session = null;
  return call("member", { method: "POST", path: "/me/desk-link", body: { code } });
}

export function unlinkDesk(): Promise<void> {
  session = null;
  return call("member", { method: "DELETE", path: "/me/desk-link" });
}

async function open(): Promise<DeskSession> {
  const opened = await call<DeskSession>("member", { method: "POST", path: "/me/desk-sessions" });
  session = { ...opened, expiresAt: Date.now() + opened.expires_in * 1000 - RENEW_BEFORE_MS };
  return opened;
}

/** Who works at the desk here, and in which roles; callers at the same time share one session. @throws Failure */
export function deskSession(): Promise<DeskSession> {
  if (session !== null && session.expiresAt > Date.now()) return Promise.resolve(session);
  opening ??= open().finally(() => {
    opening = null;
  });
  return opening;
}

/** A token that has run out is renewed once. @throws Failure */
async function atDesk<T>(exchange: Call): Promise<T> {
  const { token } = await deskSession();
  try {
    return await request<T>(exchange, token);
  } catch (reason) {
    if (asFailure(reason).status !== 401) throw reason;
    if (session?.token === token) session = null;
    return request<T>(exchange, (await deskSession()).token);
  }
}

export function cases(scope: string, q: string, cursor: string | null): Promise<CasePage> {
  return atDesk({ method: "GET", path: "/desk/cases", query: { scope, q, cursor } });
}

export function deskCase(id: string): Promise<CaseDetail> {
  return atDesk({ method: "GET", path: `/desk/cases/${id}` });
}

export function acceptCase(id: string): Promise<CaseDetail> {
  return atDesk({ method: "POST", path: `/desk/cases/${id}/acceptance` });
}

export interface Words {
  text: string;
  pictures: string[];
}

export function answerCase(id: string, body: Words): Promise<CaseDetail> {
  return atDesk({ method: "POST", path: `/desk/cases/${id}/answers`, body });
}

export function addMeasure(id: string, body: Words & { internal: boolean }): Promise<CaseDetail> {
  return atDesk({ method: "POST", path: `/desk/cases/${id}/measures`, body });
}

export function askClosing(id: string, text: string): Promise<CaseDetail> {
  return atDesk({ method: "POST", path: `/desk/cases/${id}/closing-requests`, body: { text } });
}

export function extendCase(id: string, reason: string): Promise<CaseDetail> {
  return atDesk({ method: "POST", path: `/desk/cases/${id}/extensions`, body: { reason } });
}

export function callBack(origin: number, outcome: Outcome, note: string): Promise<CaseDetail> {
  return atDesk({ method: "POST", path: `/desk/case-origins/${origin}/callbacks`, body: { outcome, note } });
}

/** For calling back alone: the service records the look. */
export function contactOf(origin: number): Promise<CaseContact> {
  return atDesk({ method: "POST", path: `/desk/case-origins/${origin}/contact` });
}

export function ratingOf(origin: number): Promise<CaseRating> {
  return atDesk({ method: "GET", path: `/desk/case-origins/${origin}/rating` });
}

export function heldComments(cursor: string | null): Promise<HeldPage> {
  return atDesk({ method: "GET", path: "/desk/held-comments", query: { cursor } });
}

export function decideHeld(campaign: number, evaluation: string, verdict: "release" | "refusal"): Promise<void> {
  return atDesk({ method: "POST", path: `/desk/held-comments/${campaign}/${evaluation}/${verdict}` });
}
