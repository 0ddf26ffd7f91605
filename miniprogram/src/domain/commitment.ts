/**
 * The commitment of a rating: what stands for it in the public log (docs/ledger.md).
 *
 * SHA-256 over a salt that the rater's phone draws and the rating in one canonical text. The phone works it
 * out itself, compares it with the service's, and then forgets salt and levels: what it keeps tells nothing.
 */
import { hash } from "fast-sha256";

import { bytesOfHex, hexOf, joined, utf8 } from "./bytes";

/** What the phone draws; of the salt made of it half opens the rating, the other half its words. */
export const SALT_BYTES = 32;
const HALF = 16;
const RATING = utf8("ronghe-rating-v1\n");
const WORDS = utf8("ronghe-words-v1\n");
const ABSENT = "-";

/** As the service numbers the channels. */
const CHANNELS: Readonly<Record<string, number>> = {
  open: 1, service_centre: 2, enterprise_online: 3, sample: 4, hotline: 5, community: 6, village: 7,
};

/** What was said, in the form's order of questions. */
export interface Said {
  overall: number;
  levels: readonly number[];
  tags: readonly string[];
  comment: string;
}

/** Where the rating stands, as the service answers it. */
export interface Place {
  /** The key of its receipt: 32 hexadecimal digits. */
  receiptKey: string;
  /** From 1; each correction makes the next one. */
  revision: number;
  campaign: number;
  department: number;
  channel: string;
  cell: number;
  organisation: number | null;
  /** YYYY-MM-DD */
  ratedOn: string;
}

/** The service strips the ends of a comment; a few characters that it strips are none to `trim`. */
export function strippedWords(comment: string): string {
  return comment.replace(/^[\s\u001c-\u001f\u0085]+|[\s\u001c-\u001f\u0085]+$/g, "");
}

const SALT = utf8("ronghe-salt-v1\n");

/**
 * The rating's salt, of what the phone drew: with the receipt's key and the revision, so that no two ratings and
 * no two corrections have the same, whatever is sent.
 */
export function saltOf(drawn: Uint8Array, receiptKey: Uint8Array, revision: number): Uint8Array {
  return hash(joined(SALT, drawn, receiptKey, Uint8Array.of((revision >> 8) & 255, revision & 255)));
}

/** Null without words. @param salt the second half of the rating's salt */
export function wordsDigest(salt: Uint8Array, tags: readonly string[], comment: string): Uint8Array | null {
  const words = strippedWords(comment);
  const ticked = [...new Set(tags)].sort();
  if (ticked.length === 0 && words === "") return null;
  return hash(joined(WORDS, salt, utf8(JSON.stringify([ticked, words]))));
}

function canonical(said: Said, place: Place, channel: number, words: Uint8Array | null): string {
  return [
    place.campaign, place.department, channel, place.cell, place.organisation ?? ABSENT, place.ratedOn,
    said.overall, said.levels.join(","), words === null ? ABSENT : hexOf(words),
  ].join("\n");
}

/**
 * The commitment in hexadecimal digits.
 *
 * @param drawn what the phone drew for it: 64 hexadecimal digits.
 * @returns null where the channel is none that this program knows, or what was drawn is malformed.
 */
export function commitmentOf(drawn: string, said: Said, place: Place): string | null {
  const bytes = bytesOfHex(drawn);
  const key = bytesOfHex(place.receiptKey);
  const channel = CHANNELS[place.channel];
  if (bytes?.length !== SALT_BYTES || key?.length !== HALF || channel === undefined) return null;
  const salt = saltOf(bytes, key, place.revision);
  const words = wordsDigest(salt.subarray(HALF), said.tags, said.comment);
  return hexOf(hash(joined(RATING, salt.subarray(0, HALF), utf8(canonical(said, place, channel, words)))));
}

const COMMITMENT = /^[0-9a-f]{64}$/;

export function isCommitment(text: string): boolean {
  return COMMITMENT.test(text);
}
