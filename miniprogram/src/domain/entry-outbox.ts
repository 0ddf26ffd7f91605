/** Entries of the frontline log that wait for the network, with their photos as files of the phone. */
import type { Failure, FieldProblem } from "./failure";
import type { EntryInput } from "./frontline";
import type { KeptPhoto } from "./photos";
import type { Waiting } from "./waiting-room";
import { arrival, waitingLabel } from "./waiting-room";

export interface WaitingEntry extends Waiting {
  input: EntryInput;
  photos: KeptPhoto[];
  /** Of the form that is corrected, where the phone has read one. */
  revision: number | null;
  /** What the service said of single fields when it refused the entry. */
  problems: readonly FieldProblem[];
}

/** @param id the entry's id. @param now milliseconds. */
export function waitingEntry(
  id: string,
  input: EntryInput,
  photos: readonly KeptPhoto[],
  revision: number | null,
  now: number,
): WaitingEntry {
  return { ...arrival(id, now), input, photos: [...photos], revision, problems: [] };
}

/** Photos that the service no longer has are uploaded again from the phone's files. */
export function afterRefusal(item: WaitingEntry, failure: Failure): Partial<WaitingEntry> {
  const photos = failure.code === "picture_unknown" ? item.photos.map(({ path }) => ({ path, id: null })) : item.photos;
  return { problems: failure.fields, photos };
}

export interface ShownWaitingEntry {
  key: string;
  place: string;
  about: string;
  label: string;
  message: string;
  warn: boolean;
  maySend: boolean;
  mayChange: boolean;
}

export function shownWaitingEntry(item: WaitingEntry): ShownWaitingEntry {
  const photos = item.photos.length > 0 ? ` · ${item.photos.length} 张照片` : "";
  return {
    key: item.key,
    place: item.input.place,
    about: (item.input.problem || item.input.came).trim() + photos,
    label: waitingLabel(item),
    message: item.message,
    warn: item.state === "refused",
    maySend: item.state === "waiting",
    mayChange: item.state !== "sending",
  };
}

/** What deleting an unsent entry means, which depends on whether it may have got through. */
export function deletionWarning(item: WaitingEntry): string {
  return item.mayHaveArrived
    ? "上次发送没有收到答复，这份日志可能已经送达。删除后请联网查看“我写的”，需要时在那里撤回。"
    : "这份日志和它的照片还没有发出，删除后不能恢复。";
}
