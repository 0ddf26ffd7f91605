/** 我写的: the person's own entries, as they were last seen where there is no network. */
import { asFailure } from "../domain/failure";
import type { ShownEntry } from "../domain/frontline-views";
import { shownEntry } from "../domain/frontline-views";
import { entries } from "./frontline";
import { OWN_ENTRIES, read, write } from "./storage";
import type { Page } from "./types";

export interface OwnEntries {
  page: Page<ShownEntry>;
  /** Whether it is the service's word of now, or what it last was. */
  fresh: boolean;
}

/** @throws Failure */
export async function ownEntries(cursor: string | null): Promise<OwnEntries> {
  try {
    const { items, next_cursor } = await entries("mine", cursor);
    const page = { items: items.map(shownEntry), next_cursor };
    if (cursor === null) write(OWN_ENTRIES, page.items);
    return { page, fresh: true };
  } catch (reason) {
    const kept = read(OWN_ENTRIES);
    const seen = cursor === null && kept.length > 0;
    if (asFailure(reason).kind === "unreachable" && seen) return { page: { items: [...kept], next_cursor: null }, fresh: false };
    throw reason;
  }
}
