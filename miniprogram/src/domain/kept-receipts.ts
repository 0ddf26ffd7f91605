/** The receipts that this phone keeps: where, whom, when and the secret; never a level. */
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
}

export function keptReceipt(
  secret: string,
  rating: { campaign: { id: number; title: string }; department: { name: string }; rated_on: string; channel?: string },
  signedBy: string | null = null,
): KeptReceipt {
  return {
    key: keyOf(secret),
    secret,
    campaign: { id: rating.campaign.id, title: rating.campaign.title },
    department: rating.department.name,
    // Of a sample rating no day is kept anywhere.
    ratedOn: rating.channel === "sample" ? "抽样期间" : rating.rated_on,
    ...(signedBy === null ? {} : { signedBy }),
  };
}

/** Newest first; one that is there already is not put in twice. */
export function withReceipt(receipts: readonly KeptReceipt[], added: KeptReceipt): KeptReceipt[] {
  return [added, ...withoutReceipt(receipts, added.key)];
}

export function withoutReceipt(receipts: readonly KeptReceipt[], key: string): KeptReceipt[] {
  return receipts.filter((receipt) => receipt.key !== key);
}
