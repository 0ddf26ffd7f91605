/** The experiences begun on this phone and not yet given to the service. */
import type { ExperienceInput } from "../domain/experiences";
import { EXPERIENCE_DRAFTS, read, write } from "./storage";

const MOST_KEPT = 10;

export interface ExperienceDraft {
  id: string;
  input: ExperienceInput;
}

/** @param id of one that the service has, or an empty text for a new one. @param entry whose lesson it takes over. */
export function draftedExperience(id: string, entry: string | null): ExperienceDraft | null {
  const drafts = read(EXPERIENCE_DRAFTS);
  if (id !== "") return drafts.find((draft) => draft.id === id) ?? null;
  return drafts.find((draft) => draft.input.entry === entry) ?? null;
}

export function keepExperienceDraft(draft: ExperienceDraft): void {
  const others = read(EXPERIENCE_DRAFTS).filter(({ id }) => id !== draft.id);
  write(EXPERIENCE_DRAFTS, [draft, ...others].slice(0, MOST_KEPT));
}

export function dropExperienceDraft(id: string): void {
  write(EXPERIENCE_DRAFTS, read(EXPERIENCE_DRAFTS).filter((draft) => draft.id !== id));
}
