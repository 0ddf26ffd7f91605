/** What the program keeps on the phone. The only caller of wx's storage. */
import type { RatingForm } from "./types";
import type { Draft } from "../domain/drafts";
import type { KeptReceipt } from "../domain/kept-receipts";
import type { OutboxItem } from "../domain/outbox";

interface Slot<T> {
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

export const RECEIPTS: Slot<readonly KeptReceipt[]> = { name: "ronghe.receipts", empty: [] };
export const OUTBOX: Slot<readonly OutboxItem[]> = { name: "ronghe.outbox", empty: [] };
export const DRAFTS: Slot<readonly Draft[]> = { name: "ronghe.drafts", empty: [] };
/** The forms opened last, so that a draft can be gone on with where there is no network. */
export const FORMS: Slot<readonly RatingForm[]> = { name: "ronghe.forms", empty: [] };
export const SETTINGS: Slot<Settings> = { name: "ronghe.settings", empty: { elder: false } };
export const CONSENT: Slot<Consent | null> = { name: "ronghe.consent", empty: null };

export function read<T>(slot: Slot<T>): T {
  // wx gives an empty string for a name that holds nothing.
  const value: unknown = wx.getStorageSync(slot.name);
  return value === "" || value === undefined || value === null ? slot.empty : (value as T);
}

export function write<T>(slot: Slot<T>, value: T): void {
  wx.setStorageSync(slot.name, value);
}
