/** Ratings that were begun and not sent; kept on the phone so that a page left by mistake loses nothing. */
import type { KeptPhoto } from "./photos";
import type { Matter, RatingInput } from "./rating";

export interface Draft {
  campaign: { id: number; title: string };
  department: { id: number; name: string };
  matter: Matter;
  /** Drawn when the form was opened, so that whatever becomes of the draft has one Idempotency-Key. */
  secret: string;
  rating: RatingInput;
  photos: KeptPhoto[];
  /** Milliseconds. */
  savedAt: number;
}

const KEPT_FOR = 30 * 24 * 3600 * 1000;

/** A draft's name: one for each department and matter in a campaign. */
export function draftName(campaign: number, department: number, matter: Matter): string {
  const signed = matter.organisation ? [`o${matter.organisation.id}`] : [];
  return [campaign, department, matter.code ?? "", matter.counter ?? "", ...signed].join("/");
}

export function nameOfDraft(draft: Draft): string {
  return draftName(draft.campaign.id, draft.department.id, draft.matter);
}

export function findDraft(drafts: readonly Draft[], name: string): Draft | null {
  return drafts.find((draft) => nameOfDraft(draft) === name) ?? null;
}

export function withDraft(drafts: readonly Draft[], draft: Draft): Draft[] {
  return [draft, ...withoutDraft(drafts, nameOfDraft(draft))];
}

export function withoutDraft(drafts: readonly Draft[], name: string): Draft[] {
  return drafts.filter((draft) => nameOfDraft(draft) !== name);
}

/** Drafts older than 30 days are let go. */
export function freshDrafts(drafts: readonly Draft[], now: number): Draft[] {
  return drafts.filter((draft) => now - draft.savedAt < KEPT_FOR);
}
