/**
 * The codes of check-in (打卡), as text in a QR code:
 *
 *   RH1.<activity>.<step>.<sig>                                            the organiser's, new each 15 s
 *   RM1.<activity>.<ticket>.<i|o>.<step>.<nonce>.<sig>                     a member's, shown once
 *   RP1.<activity>.<ticket>.<i|o>.<member step>.<nonce>.<member sig>.<organiser step>.<sig>
 *                                                                          the member's, countersigned: a proof
 *
 * A step is 15 seconds of Unix time. A signature is the first 10 bytes of HMAC-SHA256 over all that
 * stands before its dot. The activity's key is on its organisers' phones, a ticket's key on its
 * holder's; so both phones can make a proof without a network, and only the service can judge it whole.
 */
import { hmac } from "fast-sha256";

export const STEP_SECONDS = 15;
export const NONCE_BYTES = 5;
const SIGNATURE_BYTES = 10;

/** Coming or going. */
export type Phase = "in" | "out";

export interface RotatingCode {
  kind: "rotating";
  activity: number;
  step: number;
  text: string;
}

export interface MemberCode {
  kind: "member";
  activity: number;
  ticket: string;
  phase: Phase;
  step: number;
  nonce: string;
  text: string;
}

export interface Proof {
  kind: "proof";
  activity: number;
  ticket: string;
  phase: Phase;
  memberStep: number;
  nonce: string;
  organiserStep: number;
  text: string;
}

export type CheckInCode = RotatingCode | MemberCode | Proof;

const ACTIVITY = String.raw`([1-9]\d{0,9})`;
const STEP = String.raw`(0|[1-9]\d{0,11})`;
const SIGNATURE = `([0-9a-f]{${2 * SIGNATURE_BYTES}})`;
const MEMBER = String.raw`${ACTIVITY}\.([0-9a-f]{16})\.([io])\.${STEP}\.([0-9a-f]{${2 * NONCE_BYTES}})\.${SIGNATURE}`;

const ROTATING_CODE = new RegExp(String.raw`^RH1\.${ACTIVITY}\.${STEP}\.${SIGNATURE}$`);
const MEMBER_CODE = new RegExp(String.raw`^RM1\.${MEMBER}$`);
const PROOF = new RegExp(String.raw`^RP1\.${MEMBER}\.${STEP}\.${SIGNATURE}$`);

const PHASES: Readonly<Record<string, Phase>> = { i: "in", o: "out" };

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @throws RangeError for a text that isn't hexadecimal. */
export function bytesOf(hex: string): Uint8Array {
  if (!/^(?:[0-9a-f]{2})*$/.test(hex)) throw new RangeError("not hexadecimal");
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Codes are ASCII; phones have no TextEncoder. */
function asciiOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** @param key 64 hexadecimal digits. */
function signatureOf(key: string, content: string): string {
  return hexOf(hmac(bytesOf(key), asciiOf(content)).subarray(0, SIGNATURE_BYTES));
}

function signed(key: string, content: string): string {
  return `${content}.${signatureOf(key, content)}`;
}

/** @param now milliseconds of Unix time, by the service's clock. */
export function stepAt(now: number): number {
  return Math.floor(now / 1000 / STEP_SECONDS);
}

/** Seconds until the next step begins. */
export function secondsLeft(now: number): number {
  return STEP_SECONDS - (Math.floor(now / 1000) % STEP_SECONDS);
}

function parsedMember(match: RegExpExecArray): Omit<MemberCode, "kind" | "step" | "text"> & { step: number } {
  const [, activity = "", ticket = "", phase = "", step = "", nonce = ""] = match;
  return { activity: Number(activity), ticket, phase: PHASES[phase] ?? "in", step: Number(step), nonce };
}

/** Reads a scanned text, or null when it is no code of check-in. Says nothing of its signature. */
export function parseCode(text: string): CheckInCode | null {
  const plain = text.trim();
  const rotating = ROTATING_CODE.exec(plain);
  if (rotating) return { kind: "rotating", activity: Number(rotating[1]), step: Number(rotating[2]), text: plain };
  const member = MEMBER_CODE.exec(plain);
  if (member) return { kind: "member", ...parsedMember(member), text: plain };
  const proof = PROOF.exec(plain);
  if (!proof) return null;
  const { step: memberStep, ...rest } = parsedMember(proof);
  return { kind: "proof", ...rest, memberStep, organiserStep: Number(proof[7]), text: plain };
}

/** The code that the organiser shows for 15 seconds. */
export function rotatingCode(activity: number, key: string, now: number): string {
  return signed(key, `RH1.${activity}.${stepAt(now)}`);
}

export interface MemberCodeParts {
  activity: number;
  ticket: string;
  phase: Phase;
  now: number;
  /** 5 random bytes, new at each showing: the service takes each nonce once. */
  nonce: Uint8Array;
}

/** A member's one-time code. @param key the ticket's key. */
export function memberCode({ activity, ticket, phase, now, nonce }: MemberCodeParts, key: string): string {
  if (nonce.length !== NONCE_BYTES) throw new RangeError(`a nonce has ${NONCE_BYTES} bytes`);
  return signed(key, `RM1.${activity}.${ticket}.${phase === "in" ? "i" : "o"}.${stepAt(now)}.${hexOf(nonce)}`);
}

/** Countersigns a member's code. @param key the activity's key; @param now by the organiser's corrected clock. */
export function proofOf(code: MemberCode, key: string, now: number): string {
  return signed(key, `RP1.${code.text.slice("RM1.".length)}.${stepAt(now)}`);
}

/** Compares without stopping at the first difference. */
function same(one: string, other: string): boolean {
  let difference = one.length ^ other.length;
  for (let place = 0; place < one.length; place += 1) difference |= one.charCodeAt(place) ^ other.charCodeAt(place);
  return difference === 0;
}

/** Whether a code carries its key's signature: rotating codes and proofs the activity's, a member's code its ticket's. */
export function isSignedWith(text: string, key: string): boolean {
  const dot = text.lastIndexOf(".");
  return dot > 0 && same(text.slice(dot + 1), signatureOf(key, text.slice(0, dot)));
}

/** How far a member's clock was from the organiser's when the proof was made, in seconds. */
export function clocksApart(memberStep: number, organiserStep: number): number {
  return Math.abs(memberStep - organiserStep) * STEP_SECONDS;
}
