/** Sends a correction so that this phone knows its record in the log, also when the answer is lost. */
import { correct } from "../../../api/evaluations";
import { drawSalt } from "../../../api/random";
import { findReceipt, keepRecord } from "../../../api/receipts";
import type { RatingForm, Receipt } from "../../../api/types";
import type { Said } from "../../../domain/commitment";
import type { Placed } from "../../../domain/kept-record";
import { ownCommitment, recordOfCorrection, saidIn, withNext } from "../../../domain/kept-record";
import type { RatingInput } from "../../../domain/rating";
import { correctionOf } from "../../../domain/rating";
import { keyOf } from "../../../domain/receipt";

export interface Outgoing {
  form: RatingForm;
  secret: string;
  rating: RatingInput;
  photos: string[];
  ofOrganisation: boolean;
  before: Receipt | null;
}

/** @throws Failure */
export async function sendWithRecord({ form, secret, rating, photos, ofOrganisation, before }: Outgoing): Promise<void> {
  const salt = await drawSalt();
  const key = keyOf(secret);
  const said: Said | null = saidIn(rating, form.leaves.map(({ id }) => id));
  const own = (placed: Placed, revision: number): string | null => (said === null ? null : ownCommitment(salt, said, placed, key, revision));
  const kept = findReceipt(key)?.record;
  if (before !== null) keepRecord(key, withNext(kept, own(before, before.revision + 1)));
  const answer = await correct(form.campaign.id, secret, { ...correctionOf(rating, photos), salt }, ofOrganisation);
  keepRecord(key, recordOfCorrection(own(answer, answer.revision), answer.record));
}
