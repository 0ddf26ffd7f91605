/** The receipts that this phone keeps: where, whom, when and the secret; never a level. */
import type { KeptRecord } from "./kept-record";
import { keyOf } from "./receipt";

export interface KeptReceipt {
  /** The secret's key; names the receipt in this phone's pages without showing the secret. */
  key: string;
  secret: string;
  campaign: { id: number; title: string };
  department: string;
  ratedOn: string;
  /** The community or village whose own rating it is. */
  signedBy?: string;
  /** What the log says of it; receipts of an older program lack it. */
  record?: KeptRecord;
  /** Its rater asked on this phone to be told of its case. */
  watched?: boolean;
}

export function keptReceipt(
  secret: string,
  rating: { campaign: { id: number; title: string }; department: { name: string }; rated_on: string; channel?: string },
  signedBy: string | null = null,
  record?: KeptRecord,
): KeptReceipt {
  return {
    key: keyOf(secret),
    secret,
    campaign: { id: rating.campaign.id, title: rating.campaign.title },
    department: rating.department.name,
    // Of a sample rating no day is kept anywhere.
    ratedOn: rating.channel === "sample" ? "抽样期间" : rating.rated_on,
    ...(signedBy === null ? {} : { signedBy }),
    ...(record === undefined ? {} : { record }),
  };
}

/** Newest first; one that is there already is not put in twice. */
export function withReceipt(receipts: readonly KeptReceipt[], added: KeptReceipt): KeptReceipt[] {
  return [added, ...withoutReceipt(receipts, added.key)];
}

export function withRecord(receipts: readonly KeptReceipt[], key: string, record: KeptRecord | undefined): KeptReceipt[] {
  return receipts.map((kept) => (kept.key === key && record !== undefined ? { ...kept, record } : kept));
}

export function withWatch(receipts: readonly KeptReceipt[], key: string, watched: boolean): KeptReceipt[] {
  return receipts.map((kept) => (kept.key === key ? { ...kept, watched } : kept));
}

export function withoutReceipt(receipts: readonly KeptReceipt[], key: string): KeptReceipt[] {
  return receipts.filter((receipt) => receipt.key !== key);
}
