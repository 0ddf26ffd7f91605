/** Check-in (打卡): what an activity asks for, and delivering what shows that somebody was there. */
import { hash } from "fast-sha256";

import type { Phase } from "../domain/check-in-codes";
import { hexOf } from "../domain/check-in-codes";
import type { CheckInItem, Evidence } from "../domain/check-in-outbox";
import { checkInItem, freshItems, isConfirmation, proofKey, waitsForOwn } from "../domain/check-in-outbox";
import { asFailure } from "../domain/failure";
import type { Point } from "../domain/fences";
import type { Attendance, CheckInSheet, CodeKey, Confirmed, Standing } from "./activity-types";
import { serviceNow, withServerTime } from "./clock";
import { dropPhoto } from "./photos";
import { uploadPicture } from "./pictures";
import { drawUuid } from "./random";
import { requestBytes } from "./request";
import { call } from "./service";
import { as } from "./session";
import type { KeptKey, KeptSheet } from "./storage";
import { CHECK_IN_SHEETS, CHECK_INS, CODE_KEYS, read, write } from "./storage";
import type { Progress } from "./waiting-room";
import { WaitingRoom } from "./waiting-room";

const SHEETS_KEPT = 30;
const KEPT_FOR = 30 * 24 * 3600 * 1000;

export interface OpenedSheet {
  sheet: CheckInSheet;
  /** Whether it is the service's word of now, or what it last was. */
  fresh: boolean;
}

function fresh<T extends { keptAt: number }>(kept: readonly T[]): T[] {
  const now = Date.now();
  return kept.filter(({ keptAt }) => now - keptAt < KEPT_FOR);
}

function keepSheet(sheet: CheckInSheet): void {
  const others = fresh(read(CHECK_IN_SHEETS)).filter((kept) => kept.sheet.activity.id !== sheet.activity.id);
  const kept: KeptSheet[] = [{ sheet, keptAt: Date.now() }, ...others];
  write(CHECK_IN_SHEETS, kept.slice(0, SHEETS_KEPT));
}

export function keptSheet(activity: number): CheckInSheet | null {
  return fresh(read(CHECK_IN_SHEETS)).find(({ sheet }) => sheet.activity.id === activity)?.sheet ?? null;
}

/** What an activity's check-in asks for; without a network as it was last known. @throws Failure */
export async function checkInSheet(activity: number): Promise<OpenedSheet> {
  try {
    const path = `/activities/${activity}/check-in`;
    const sheet = await withServerTime(() => call<CheckInSheet>("member", { method: "GET", path }));
    keepSheet(sheet);
    return { sheet, fresh: true };
  } catch (reason) {
    const kept = keptSheet(activity);
    if (asFailure(reason).kind === "unreachable" && kept) return { sheet: kept, fresh: false };
    throw reason;
  }
}

/** The key of an activity's rotating code, for its organisers; kept so that the code shows without a network. */
export async function codeKey(activity: number, title: string): Promise<string> {
  const kept = keptKey(activity);
  try {
    const path = `/activities/${activity}/code-key`;
    const { key } = await withServerTime(() => call<CodeKey>("member", { method: "GET", path }));
    const others = fresh(read(CODE_KEYS)).filter((one) => one.activity !== activity);
    write(CODE_KEYS, [{ activity, title, key, keptAt: Date.now() }, ...others]);
    return key;
  } catch (reason) {
    const failure = asFailure(reason);
    if (failure.kind === "unreachable" && kept !== null) return kept.key;
    // No organiser any more: the key goes with the office.
    if (failure.status === 403) write(CODE_KEYS, read(CODE_KEYS).filter((one) => one.activity !== activity));
    throw reason;
  }
}

export function keptKey(activity: number): KeptKey | null {
  return fresh(read(CODE_KEYS)).find((kept) => kept.activity === activity) ?? null;
}

export function attendance(activity: number): Promise<Attendance> {
  return call("member", { method: "GET", path: `/activities/${activity}/attendance` });
}

export function decide(activity: number, person: string, present: boolean, phase: Phase): Promise<unknown> {
  const path = `/activities/${activity}/attendance/${person}/decision`;
  return call("member", { method: "POST", path, body: { present, phase } });
}

/** A photo that somebody checked in with, for the organiser's eyes: shown, never stored. @returns a data address. */
export async function checkInPicture(activity: number, picture: string): Promise<string> {
  const path = `/activities/${activity}/check-in-pictures/${picture}`;
  const bytes = await as("member", (token) => requestBytes(path, token));
  return `data:image/jpeg;base64,${wx.arrayBufferToBase64(bytes)}`;
}

/** What the service said to something delivered. */
export interface Delivered {
  activity: number;
  message: string;
  /** Absent for what concerns somebody else. */
  standing: Standing | null;
}

type DeliveryListener = (delivered: Delivered) => void;

const deliveryListeners = new Set<DeliveryListener>();

/** @returns a function that stops listening. */
export function onDelivery(listener: DeliveryListener): () => void {
  deliveryListeners.add(listener);
  return () => void deliveryListeners.delete(listener);
}

/** Positions of this moment, by the key of their item: sent with the first attempt or never, and nowhere stored. */
const positions = new Map<string, { place: Point; accuracy: number }>();

const room = new WaitingRoom<CheckInItem>({ slot: CHECK_INS, send, left, goesLast: isConfirmation, waitsFor: waitsForOwn });

function bodyOf(item: CheckInItem, evidence: Exclude<Evidence, { kind: "proof" | "confirmation" }>, picture: string | null): object {
  const body = { id: item.key, phase: evidence.phase, kind: evidence.kind, happened_at: item.happenedAt };
  if (evidence.kind === "code") return { ...body, code: evidence.code };
  if (evidence.kind === "photo") return { ...body, picture };
  const { inside, accuracy, mock } = evidence;
  const position = positions.get(item.key);
  positions.delete(item.key);
  if (position === undefined) return { ...body, inside, accuracy, mock };
  const [longitude, latitude] = position.place;
  return { ...body, longitude, latitude, accuracy, mock };
}

async function pictureOf({ evidence }: CheckInItem, progress: Progress<CheckInItem>): Promise<string | null> {
  if (evidence.kind !== "photo" || evidence.picture !== null) return evidence.kind === "photo" ? evidence.picture : null;
  const { id } = await uploadPicture("check_in", evidence.path);
  progress.keep({ evidence: { ...evidence, picture: id } });
  return id;
}

function told(activity: number, message: string, standing: Standing | null): void {
  const kept = keptSheet(activity);
  if (kept !== null && standing !== null) keepSheet({ ...kept, my: standing });
  for (const listener of deliveryListeners) listener({ activity, message, standing });
}

async function send(item: CheckInItem, progress: Progress<CheckInItem>): Promise<void> {
  const { activity, evidence, key, happenedAt } = item;
  const path = `/activities/${activity}`;
  const picture = await pictureOf(item, progress);
  progress.underWay();
  if (evidence.kind === "confirmation") {
    const body = { id: key, code: evidence.code, happened_at: happenedAt };
    const { message } = await call<Confirmed>("member", { method: "POST", path: `${path}/confirmations`, body });
    told(activity, message, null);
  } else if (evidence.kind === "proof") {
    const answer = await call<Standing>("member", { method: "POST", path: `${path}/proofs`, body: { proof: evidence.proof } });
    told(activity, answer.message, evidence.made ? null : answer);
  } else {
    const answer = await call<Standing>("member", { method: "POST", path: `${path}/check-ins`, body: bodyOf(item, evidence, picture) });
    told(activity, answer.message, answer);
  }
}

function left({ evidence, key }: CheckInItem): void {
  positions.delete(key);
  if (evidence.kind === "photo") dropPhoto(evidence.path);
}

async function keyFor(evidence: Evidence): Promise<string> {
  if (evidence.kind !== "proof") return drawUuid();
  return proofKey(hexOf(hash(Uint8Array.from(evidence.proof, (character) => character.charCodeAt(0)))));
}

export interface Delivery {
  activity: number;
  title: string;
  evidence: Evidence;
  /** A position of this moment, for the service to judge; without a network it is dropped. */
  position?: { place: Point; accuracy: number };
}

/** Stores what was made and delivers it, now or when there is a network. @returns its key. */
export async function deliver({ activity, title, evidence, position }: Delivery): Promise<string> {
  const key = await keyFor(evidence);
  const happenedAt = serviceNow();
  if (position !== undefined) positions.set(key, position);
  room.put(checkInItem({ key, activity, title, evidence, happenedAt, madeAt: Date.now() }));
  await room.flush();
  // Where nobody could be reached, what the phone judged itself goes later in its place.
  positions.delete(key);
  return key;
}

export function waitingCheckIns(activity?: number): CheckInItem[] {
  return room.items().filter((item) => activity === undefined || item.activity === activity);
}

export function waitingCheckIn(key: string): CheckInItem | null {
  return room.item(key);
}

/** @returns a function that stops listening. */
export function onCheckInsChange(listener: () => void): () => void {
  return room.onChange(listener);
}

export function discardCheckIn(key: string): void {
  room.discard(key);
}

export function sendCheckIns(): Promise<void> {
  return room.flush();
}

export function sendCheckInsNow(): Promise<void> {
  return room.flushNow();
}

/** Called once at start. */
export function recoverCheckIns(): void {
  write(CHECK_INS, freshItems(read(CHECK_INS), Date.now()));
  room.recover();
}

/** With the account goes what was done in its name, and the keys that it held. */
export function forgetCheckIns(): void {
  room.forget();
  write(CHECK_IN_SHEETS, []);
  write(CODE_KEYS, []);
}
