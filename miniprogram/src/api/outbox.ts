/** Sends what waits in the outbox: one after the other, in order, each until it has one answer. */
import { asFailure, Failure } from "../domain/failure";
import { recordOfItem } from "../domain/kept-record";
import type { OutboxItem } from "../domain/outbox";
import {
  begun, findItem, inOrder, nextAttemptIn, nextToSend, recovered, settled, withItem, withItemChanged, withoutHolds, withoutItem,
} from "../domain/outbox";
import { keyOf } from "../domain/receipt";
import { submissionOf } from "../domain/rating";
import { receipt, submit } from "./evaluations";
import { noteRated } from "./links";
import { dropPhoto, uploadPhoto } from "./photos";
import { hasConsented } from "./privacy";
import { keepReceipt } from "./receipts";
import { signIn } from "./session";
import { OUTBOX, read, write } from "./storage";
import type { Accepted } from "./types";

/** The longest wait that is sat out; a longer one ends when the program is opened again. */
const LONGEST_TIMER_MS = 120_000;

type Listener = () => void;

const listeners = new Set<Listener>();
let running: Promise<void> | null = null;
let calledAgain = false;
let timer: ReturnType<typeof setTimeout> | null = null;

function save(items: readonly OutboxItem[]): void {
  write(OUTBOX, items);
  for (const listener of listeners) listener();
}

function change(key: string, changes: Partial<OutboxItem>): void {
  save(withItemChanged(read(OUTBOX), key, changes));
}

export function outboxItems(): OutboxItem[] {
  return inOrder(read(OUTBOX));
}

export function outboxItem(key: string): OutboxItem | null {
  return findItem(read(OUTBOX), key);
}

/** @returns a function that stops listening. */
export function onOutboxChange(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Puts a rating in: a new one, or a refused one that was edited. */
export function enqueue(item: OutboxItem): void {
  save(withItem(read(OUTBOX), item));
}

export function discard(key: string): void {
  const item = outboxItem(key);
  if (item === null || item.state === "sending") return;
  for (const photo of item.photos) dropPhoto(photo.path);
  save(withoutItem(read(OUTBOX), key));
}

/** Called once at start: what was being sent when the program stopped waits again. */
export function recoverOutbox(): void {
  save(recovered(read(OUTBOX)));
}

/** Each photo's id is kept at once, so that a retry sends the same content. */
async function uploadMissing(item: OutboxItem): Promise<OutboxItem> {
  let current = item;
  for (const photo of item.photos.filter(({ id }) => id === null)) {
    const { id } = await uploadPhoto(item.campaign.id, photo.path);
    const photos = current.photos.map((kept) => (kept.path === photo.path ? { ...kept, id } : kept));
    current = { ...current, photos };
    change(item.key, { photos });
  }
  return current;
}

function sendItem({ rating, department, matter, photos, campaign, secret, salt }: OutboxItem): Promise<Accepted> {
  const ids = photos.flatMap(({ id }) => (id === null ? [] : [id]));
  return submit(campaign.id, { ...submissionOf(rating, department.id, matter, ids), salt: salt ?? null }, keyOf(secret));
}

/** @param edited whether the service has what an earlier attempt said, and not this one. */
function accept(item: OutboxItem, accepted: Accepted, edited: boolean): void {
  // The receipt first: stopped in between, the rating is sent again and gets the same answer.
  const record = recordOfItem(item, accepted, edited);
  keepReceipt(item.secret, accepted, item.matter.organisation?.name ?? null, record);
  noteRated(item.matter.code, accepted, item.key);
  for (const photo of item.photos) dropPhoto(photo.path);
  save(withoutItem(read(OUTBOX), item.key));
}

/**
 * "Same key, other content" means that an earlier attempt got through: its receipt proves it.
 *
 * @returns what the receipt says, or why the rating has to stay.
 */
async function arrivedEarlier(item: OutboxItem, failure: Failure): Promise<Accepted | Failure> {
  if (failure.code !== "idempotency_key_reused") return failure;
  try {
    return await receipt(item.campaign.id, item.secret);
  } catch (reason) {
    const second = asFailure(reason);
    return second.status === 404 ? failure : second;
  }
}

/** @returns whether the next one is worth an attempt. */
async function attempt(item: OutboxItem): Promise<boolean> {
  change(item.key, begun(item));
  let sent = false;
  try {
    const ready = await uploadMissing(item);
    await signIn();
    sent = true;
    accept(ready, await sendItem(ready), false);
    return true;
  } catch (reason) {
    const verdict = await arrivedEarlier(item, asFailure(reason));
    if (!(verdict instanceof Failure)) {
      accept(item, verdict, true);
      return true;
    }
    const { item: after, proceed } = settled(outboxItem(item.key) ?? item, verdict, Date.now(), sent);
    change(item.key, after);
    return proceed;
  }
}

async function drain(): Promise<void> {
  let proceed = true;
  while (proceed) {
    const item = nextToSend(read(OUTBOX), Date.now());
    proceed = item !== null && (await attempt(item));
  }
}

async function run(): Promise<void> {
  try {
    do {
      calledAgain = false;
      await drain();
    } while (calledAgain);
  } finally {
    running = null;
    scheduleNext();
  }
}

/** Comes back by itself when the service has asked for a short wait. */
function scheduleNext(): void {
  if (timer !== null) clearTimeout(timer);
  timer = null;
  const wait = nextAttemptIn(read(OUTBOX), Date.now());
  if (wait !== null && wait <= LONGEST_TIMER_MS) timer = setTimeout(() => void flush(), wait + 50);
}

/** Sends what can be sent now; a call during a run makes it look once more. */
export function flush(): Promise<void> {
  if (!hasConsented()) return Promise.resolve();
  if (running !== null) {
    calledAgain = true;
    return running;
  }
  running = run();
  return running;
}

/** The rater asks for it: no pause is sat out. */
export function flushNow(): Promise<void> {
  save(withoutHolds(read(OUTBOX)));
  return flush();
}
