/** The receipts kept on this phone, and finding one again by its code. */
import { asFailure } from "../domain/failure";
import type { KeptReceipt } from "../domain/kept-receipts";
import { keptReceipt, withoutReceipt, withReceipt, withRecord, withWatch } from "../domain/kept-receipts";
import type { KeptRecord, ToldRecord } from "../domain/kept-record";
import { reconciled } from "../domain/kept-record";
import type { ReceiptCode } from "../domain/receipt";
import { keyOf } from "../domain/receipt";
import { openCampaigns } from "./campaigns";
import { receipt } from "./evaluations";
import { closedCampaigns } from "./results";
import { read, RECEIPTS, write } from "./storage";
import type { Accepted } from "./types";

export function keptReceipts(): readonly KeptReceipt[] {
  return read(RECEIPTS);
}

/** The receipt of an earlier rating of the same department in the same campaign and name, where this phone has one. */
export function earlierReceipt(campaign: number, department: string, signedBy: string | null = null): KeptReceipt | null {
  const same = (kept: KeptReceipt): boolean => (kept.signedBy ?? null) === signedBy && kept.campaign.id === campaign;
  return keptReceipts().find((kept) => same(kept) && kept.department === department) ?? null;
}

export function findReceipt(key: string): KeptReceipt | null {
  return read(RECEIPTS).find((kept) => kept.key === key) ?? null;
}

export function keepReceipt(
  secret: string,
  rating: Pick<Accepted, "campaign" | "department" | "rated_on"> & { channel?: string },
  signedBy: string | null = null,
  record?: KeptRecord,
): KeptReceipt {
  const kept = keptReceipt(secret, rating, signedBy, record);
  write(RECEIPTS, withReceipt(read(RECEIPTS), kept));
  return kept;
}

/** Keeps what the log says of a rating, beside its receipt. */
export function keepRecord(key: string, record: KeptRecord | undefined): void {
  write(RECEIPTS, withRecord(read(RECEIPTS), key, record));
}

/** Takes up what the service tells of a receipt's record. @returns what is kept. */
export function tellRecord(key: string, told: ToldRecord | null): KeptRecord | undefined {
  const record = reconciled(findReceipt(key)?.record, told);
  keepRecord(key, record);
  return record;
}

/** Notes on this phone that its rater asked to be told of the case, or no longer. */
export function noteWatch(key: string, watched: boolean): void {
  write(RECEIPTS, withWatch(read(RECEIPTS), key, watched));
}

export function forgetReceipt(key: string): void {
  write(RECEIPTS, withoutReceipt(read(RECEIPTS), key));
}

async function campaignsToTry(code: ReceiptCode): Promise<number[]> {
  if (code.campaign !== null) return [code.campaign];
  const [open, closed] = await Promise.all([openCampaigns(), closedCampaigns()]);
  return [...open, ...closed].map(({ id }) => id);
}

/** Brings a receipt back to this phone by its code; null when no campaign knows it. @throws Failure */
export async function recoverReceipt(code: ReceiptCode): Promise<KeptReceipt | null> {
  for (const campaign of await campaignsToTry(code)) {
    try {
      const found = await receipt(campaign, code.secret);
      const before = findReceipt(keyOf(code.secret))?.record;
      return keepReceipt(code.secret, found, found.signed_by, reconciled(before, found.record));
    } catch (reason) {
      if (asFailure(reason).status !== 404) throw reason;
    }
  }
  return null;
}
