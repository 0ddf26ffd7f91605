/** Entries of the frontline log that were begun and not sent; kept on the phone at every change. */
import type { EntryInput } from "./frontline";
import type { KeptPhoto } from "./photos";

export interface EntryDraft {
  /** The entry's id, drawn when it was begun: whatever becomes of the draft is one entry. */
  id: string;
  input: EntryInput;
  photos: KeptPhoto[];
  /** The service may have an earlier form of it. */
  correcting: boolean;
  /** Of the form that was read, where one was. */
  revision: number | null;
  /** Milliseconds. */
  savedAt: number;
}

const KEPT_FOR = 90 * 24 * 3600 * 1000;

export function withDraft(drafts: readonly EntryDraft[], draft: EntryDraft): EntryDraft[] {
  return [draft, ...withoutDraft(drafts, draft.id)];
}

export function withoutDraft(drafts: readonly EntryDraft[], id: string): EntryDraft[] {
  return drafts.filter((draft) => draft.id !== id);
}

/** Drafts older than 90 days are let go. */
export function freshDrafts(drafts: readonly EntryDraft[], now: number): EntryDraft[] {
  return drafts.filter(({ savedAt }) => now - savedAt < KEPT_FOR);
}
