/** What the program keeps on the phone. The only caller of wx's storage. */
import type { ExperienceDraft } from "./experience-draft";
import type { Person } from "./frontline-types";
import type { CheckInSheet } from "./activity-types";
import type { KeptClock } from "./clock";
import type { Named, RatingForm } from "./types";
import type { CheckInItem } from "../domain/check-in-outbox";
import type { Draft } from "../domain/drafts";
import type { EntryDraft } from "../domain/entry-drafts";
import type { WaitingEntry } from "../domain/entry-outbox";
import type { ActivityChoice } from "../domain/entry-choices";
import type { ShownEntry } from "../domain/frontline-views";
import type { KeptReceipt } from "../domain/kept-receipts";
import type { OutboxItem } from "../domain/outbox";
import type { SeenHead } from "../domain/log-check";
import type { KeptLink } from "../domain/sample-link";

export interface Slot<T> {
  readonly name: string;
  readonly empty: T;
}

export interface Settings {
  /** 适老: larger text and targets. */
  elder: boolean;
}

export interface Consent {
  version: string;
  agreed: boolean;
}

export interface KeptSheet {
  sheet: CheckInSheet;
  /** Milliseconds. */
  keptAt: number;
}

export interface KeptKey {
  activity: number;
  title: string;
  key: string;
  /** Milliseconds. */
  keptAt: number;
}

export const RECEIPTS: Slot<readonly KeptReceipt[]> = { name: "ronghe.receipts", empty: [] };
export const OUTBOX: Slot<readonly OutboxItem[]> = { name: "ronghe.outbox", empty: [] };
/** One-time links of the sample survey, and what this phone rated by them. */
export const LINKS: Slot<readonly KeptLink[]> = { name: "ronghe.links", empty: [] };
export const DRAFTS: Slot<readonly Draft[]> = { name: "ronghe.drafts", empty: [] };
/** The forms opened last, so that a draft can be gone on with where there is no network. */
export const FORMS: Slot<readonly RatingForm[]> = { name: "ronghe.forms", empty: [] };
export const ENTRY_DRAFTS: Slot<readonly EntryDraft[]> = { name: "ronghe.entry-drafts", empty: [] };
export const ENTRY_OUTBOX: Slot<readonly WaitingEntry[]> = { name: "ronghe.entry-outbox", empty: [] };
/** The person's own entries as they were last listed, to be seen where there is no network. */
export const OWN_ENTRIES: Slot<readonly ShownEntry[]> = { name: "ronghe.own-entries", empty: [] };
export const EXPERIENCE_DRAFTS: Slot<readonly ExperienceDraft[]> = { name: "ronghe.experience-drafts", empty: [] };
/** Who the phone is bound to and what it took part in, so that an entry can be written where there is no network. */
export const PERSON: Slot<Person | null> = { name: "ronghe.person", empty: null };
export const ACTIVITY_CHOICES: Slot<readonly ActivityChoice[]> = { name: "ronghe.activity-choices", empty: [] };
/** The communities and villages that the member speaks for, so that the first page needs no call to lead there. */
export const SIGNING: Slot<readonly Named[]> = { name: "ronghe.signing", empty: [] };
export const SETTINGS: Slot<Settings> = { name: "ronghe.settings", empty: { elder: false } };
/** What waits to be delivered of check-ins; never a position. */
export const CHECK_INS: Slot<readonly CheckInItem[]> = { name: "ronghe.check-ins", empty: [] };
/** What was last known of each activity's check-in, so that it works where there is no network. */
export const CHECK_IN_SHEETS: Slot<readonly KeptSheet[]> = { name: "ronghe.check-in-sheets", empty: [] };
/** The keys of the activities that this member organises. */
export const CODE_KEYS: Slot<readonly KeptKey[]> = { name: "ronghe.code-keys", empty: [] };
export const CLOCK: Slot<KeptClock | null> = { name: "ronghe.clock", empty: null };
/** The key that the log was signed with when this phone first saw it. */
export const LOG_KEY: Slot<string> = { name: "ronghe.log-key", empty: "" };
/** The last head of the log that this phone has verified. */
export const LOG_HEAD: Slot<SeenHead | null> = { name: "ronghe.log-head", empty: null };
export const CONSENT: Slot<Consent | null> = { name: "ronghe.consent", empty: null };

export function read<T>(slot: Slot<T>): T {
  // wx gives an empty string for a name that holds nothing.
  const value: unknown = wx.getStorageSync(slot.name);
  return value === "" || value === undefined || value === null ? slot.empty : (value as T);
}

export function write<T>(slot: Slot<T>, value: T): void {
  wx.setStorageSync(slot.name, value);
}
