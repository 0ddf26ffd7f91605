/** Sending a rating, and coming back to it with its receipt. */
import type { Call } from "./request";
import { call } from "./service";
import type { Accepted, Correction, RaterCase, Receipt, ReceiptCaseAnswer, Submission } from "./types";

/** @param key the Idempotency-Key: the same for every attempt to send this rating. */
export function submit(campaign: number, submission: Submission, key: string): Promise<Accepted> {
  return call("member", {
    method: "POST",
    path: `/campaigns/${campaign}/evaluations`,
    body: submission,
    headers: { "Idempotency-Key": key },
  });
}

function receiptCall(method: "GET" | "PUT" | "DELETE", campaign: number, secret: string): Call {
  return { method, path: `/campaigns/${campaign}/receipt`, headers: { Receipt: secret } };
}

/** The receipt's secret is the whole of the proof: no member's token goes with it, but for an organisation's rating. */
export function receipt(campaign: number, secret: string): Promise<Receipt> {
  return call("anyone", receiptCall("GET", campaign, secret));
}

/**
 * Who is signed in already goes along: WeChat checks a comment only with its writer, else a person has to.
 *
 * @param ofOrganisation an organisation's rating is changed by its representative alone, who has to be known.
 */
export function correct(campaign: number, secret: string, correction: Correction, ofOrganisation: boolean): Promise<Receipt> {
  return call(ofOrganisation ? "member" : "optional", { ...receiptCall("PUT", campaign, secret), body: correction });
}

/** Erases tags, comment, photos and contact, also after the close; the level stays. */
export function eraseWords(campaign: number, secret: string, ofOrganisation: boolean): Promise<Receipt> {
  const { path, ...rest } = receiptCall("DELETE", campaign, secret);
  return call(ofOrganisation ? "member" : "anyone", { ...rest, path: `${path}/words` });
}

export function withdraw(campaign: number, secret: string, ofOrganisation: boolean): Promise<Receipt> {
  return call(ofOrganisation ? "member" : "anyone", receiptCall("DELETE", campaign, secret));
}

function caseCall(method: "GET" | "POST" | "PUT" | "DELETE", campaign: number, secret: string, part = ""): Call {
  return { method, path: `/campaigns/${campaign}/receipt/case${part}`, headers: { Receipt: secret } };
}

/**
 * The case (差评件) behind a rating, or null.
 *
 * @param watched who has asked to be told goes along, to see that it still holds; else no token goes with a receipt.
 */
export async function receiptCase(campaign: number, secret: string, watched: boolean): Promise<RaterCase | null> {
  return (await call<ReceiptCaseAnswer>(watched ? "optional" : "anyone", caseCall("GET", campaign, secret))).case;
}

/**
 * Who is signed in goes along: WeChat checks words only with their writer, else a person has to.
 *
 * @param ofOrganisation an organisation speaks through its representative, who has to be known.
 */
export async function answerCase(campaign: number, secret: string, text: string, ofOrganisation: boolean): Promise<RaterCase | null> {
  const asked = { ...caseCall("POST", campaign, secret, "/answers"), body: { text } };
  return (await call<ReceiptCaseAnswer>(ofOrganisation ? "member" : "optional", asked)).case;
}

export async function followUpCase(
  campaign: number, secret: string, said: { solved: boolean; word: string }, ofOrganisation: boolean,
): Promise<RaterCase | null> {
  const asked = { ...caseCall("POST", campaign, secret, "/follow-up"), body: said };
  return (await call<ReceiptCaseAnswer>(ofOrganisation ? "member" : "optional", asked)).case;
}

/** Links the account and the case until it closes: ask before. */
export async function watchCase(campaign: number, secret: string, on: boolean): Promise<RaterCase | null> {
  return (await call<ReceiptCaseAnswer>("member", caseCall(on ? "PUT" : "DELETE", campaign, secret, "/watch"))).case;
}
