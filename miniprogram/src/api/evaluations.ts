/** Sending a rating, and coming back to it with its receipt. */
import type { Call } from "./request";
import { call } from "./service";
import type { Accepted, Correction, Receipt, Submission } from "./types";

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

export function withdraw(campaign: number, secret: string, ofOrganisation: boolean): Promise<Receipt> {
  return call(ofOrganisation ? "member" : "anyone", receiptCall("DELETE", campaign, secret));
}
