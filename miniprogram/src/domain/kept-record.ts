/** What a phone keeps of a rating's record in the log: the commitment and the promise, never salt or levels. */
import type { Said } from "./commitment";
import { commitmentOf } from "./commitment";
import type { OutboxItem } from "./outbox";

export interface KeptRecord {
  /** 64 hexadecimal digits. */
  commitment: string;
  /** The service's signed promise to log it, or an empty text where it has given none for this commitment. */
  promise: string;
  /** This phone worked the commitment out itself; else it is the service's word. */
  own: boolean;
  /** Of corrections that were sent and not answered. */
  next?: string[];
}

/** A record as the service tells it. */
export interface ToldRecord {
  commitment: string;
  promise: string;
}

/** The parts of the service's answer that a commitment is made of. */
export interface Placed {
  campaign: { id: number };
  department: { id: number };
  channel: string;
  cell: number;
  organisation: number | null;
  rated_on: string;
}

const MOST_UNANSWERED = 5;

/** What the rater said, in the form's order; null for a rating whose order isn't known any more. */
export function saidIn(
  { overall, levels, tags, comment }: { overall: number | null; levels: Readonly<Record<string, number>>; tags: readonly string[]; comment: string },
  leaves: readonly number[],
): Said | null {
  const ordered = leaves.map((leaf) => levels[String(leaf)]);
  if (overall === null || ordered.some((level) => level === undefined)) return null;
  return { overall, levels: ordered as number[], tags, comment };
}

/** The commitment to what was said, as this phone works it out. */
export function ownCommitment(drawn: string, said: Said, placed: Placed, receiptKey: string, revision: number): string | null {
  const { campaign, department, channel, cell, organisation, rated_on: ratedOn } = placed;
  return commitmentOf(drawn, said, { receiptKey, revision, campaign: campaign.id, department: department.id, channel, cell, organisation, ratedOn });
}

function isAsSent(item: OutboxItem, placed: Placed): boolean {
  const organisation = item.matter.organisation?.id ?? null;
  return placed.department.id === item.department.id && placed.campaign.id === item.campaign.id && placed.organisation === organisation;
}

/**
 * What to keep of a rating that was taken in.
 *
 * Where the service's record is another than this phone's, the phone's is kept: the check will then say so. Only of
 * an earlier attempt with other content (`edited`) does the phone not know what was stored.
 */
export function recordOfItem(item: OutboxItem, placed: Placed & { record: ToldRecord | null }, edited: boolean): KeptRecord | undefined {
  const { record } = placed;
  if (record === null) return undefined;
  const said = item.leaves === undefined ? null : saidIn(item.rating, item.leaves);
  const own = item.salt === undefined || said === null || !isAsSent(item, placed) ? null : ownCommitment(item.salt, said, placed, item.key, 1);
  if (own === record.commitment) return { ...record, own: true };
  return own === null || edited ? { ...record, own: false } : { commitment: own, promise: "", own: true };
}

/** A correction is on its way: should its answer be lost, the record will be found again by this. */
export function withNext(kept: KeptRecord | undefined, next: string | null): KeptRecord | undefined {
  if (kept === undefined || next === null) return kept;
  return { ...kept, next: [...(kept.next ?? []), next].slice(-MOST_UNANSWERED) };
}

/** @param own what this phone worked out for the correction. */
export function recordOfCorrection(own: string | null, told: ToldRecord | null): KeptRecord | undefined {
  if (told === null) return undefined;
  if (own === null) return { ...told, own: false };
  return own === told.commitment ? { ...told, own: true } : { commitment: own, promise: "", own: true };
}

/** What is kept after the service has told its record again; a record of this phone's own is not given up for it. */
export function reconciled(kept: KeptRecord | undefined, told: ToldRecord | null): KeptRecord | undefined {
  if (told === null) return kept;
  if (kept?.next?.includes(told.commitment)) return { ...told, own: true };
  if (kept === undefined || !kept.own) return { ...told, own: false };
  return kept.commitment === told.commitment ? { ...kept, promise: told.promise } : kept;
}
