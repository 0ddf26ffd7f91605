/** Entries of the frontline log begun on this phone. */
import type { EntryDraft } from "../domain/entry-drafts";
import { freshDrafts, withDraft, withoutDraft } from "../domain/entry-drafts";
import { ENTRY_DRAFTS, read, write } from "./storage";

export function entryDrafts(): EntryDraft[] {
  return freshDrafts(read(ENTRY_DRAFTS), Date.now());
}

export function entryDraft(id: string): EntryDraft | null {
  return entryDrafts().find((draft) => draft.id === id) ?? null;
}

export function keepEntryDraft(draft: EntryDraft): void {
  write(ENTRY_DRAFTS, withDraft(entryDrafts(), draft));
}

export function dropEntryDraft(id: string): void {
  write(ENTRY_DRAFTS, withoutDraft(entryDrafts(), id));
}
