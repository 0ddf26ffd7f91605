/** Drafts kept on this phone. */
import type { Draft } from "../domain/drafts";
import { findDraft, freshDrafts, withDraft, withoutDraft } from "../domain/drafts";
import { DRAFTS, read, write } from "./storage";

export function keptDrafts(): Draft[] {
  return freshDrafts(read(DRAFTS), Date.now());
}

export function draftNamed(name: string): Draft | null {
  return findDraft(keptDrafts(), name);
}

export function keepDraft(draft: Draft): void {
  write(DRAFTS, withDraft(keptDrafts(), draft));
}

export function dropDraft(name: string): void {
  write(DRAFTS, withoutDraft(keptDrafts(), name));
}
