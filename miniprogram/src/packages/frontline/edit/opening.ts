/** How an entry is begun: anew or from its draft, as one that waits on the phone, or as a correction of a sent one. */
import { entryDraft } from "../../../api/entry-drafts";
import { entryOutbox } from "../../../api/entry-outbox";
import { frontlineEntry } from "../../../api/frontline";
import { lastPerson } from "../../../api/person";
import { addressOfPicture } from "../../../api/pictures";
import { drawUuid } from "../../../api/random";
import { plainToday } from "../../../domain/dates";
import type { WaitingEntry } from "../../../domain/entry-outbox";
import { Failure } from "../../../domain/failure";
import type { EntryInput, FormProblem } from "../../../domain/frontline";
import { emptyEntry, inputOf } from "../../../domain/frontline";
import type { KeptPhoto, ShownPhoto } from "../../../domain/photos";
import { shownPhoto, uploadedPhoto } from "../../../domain/photos";
import { returnReason } from "../../../domain/reviews";

export interface EditQuery {
  /** The id of a draft on this phone. */
  draft?: string;
  /** The key of an entry that waits in the outbox. */
  waiting?: string;
  /** The id of an entry that the service has. */
  entry?: string;
  /** The activity that a new entry belongs to. */
  activity?: string;
}

export interface Opened {
  id: string;
  /** The service may have an earlier form of it. */
  correcting: boolean;
  revision: number | null;
  /** Taken out of the outbox: goes back there when nothing is changed. */
  taken: WaitingEntry | null;
  input: EntryInput;
  photos: ShownPhoto[];
  problems: FormProblem[];
  hint: string;
  /** Why it was returned, or refused. */
  warning: string;
}

function gone(message: string): Failure {
  return new Failure("refused", message, { code: "gone" });
}

const PLAIN = { correcting: false, revision: null, taken: null, problems: [], hint: "", warning: "" };

async function anew(): Promise<Opened> {
  const input = emptyEntry(plainToday(Date.now()), lastPerson()?.branch ?? null);
  return { ...PLAIN, id: await drawUuid(), input, photos: [] };
}

function drafted(id: string): Opened | null {
  const draft = entryDraft(id);
  if (draft === null) return null;
  const { correcting, revision, input, photos } = draft;
  return { ...PLAIN, id, correcting, revision, input, photos: photos.map(reshown), hint: "已恢复您上次没有写完的内容。" };
}

/** A photo that the service has already may lie behind an address, not on this phone. */
function reshown(photo: KeptPhoto): ShownPhoto {
  if (photo.id === null || !photo.path.startsWith("picture/")) return shownPhoto(photo);
  return uploadedPhoto(photo.id, null);
}

/** It can't be sent while it is changed: it is taken out of the outbox meanwhile. */
function waiting(key: string): Opened {
  const item = entryOutbox.take(key);
  if (item === null) throw gone("这份日志正在发送或已经发出。请返回列表查看。");
  const { input, revision, state, message, mayHaveArrived } = item;
  const correcting = mayHaveArrived || revision !== null;
  const warning = state === "refused" ? message : "";
  return {
    ...PLAIN, id: key, correcting, revision, taken: item, input, photos: item.photos.map(reshown), problems: [...item.problems], warning,
  };
}

async function correction(id: string): Promise<Opened> {
  const entry = await frontlineEntry(id);
  if (!entry.may_edit) throw gone("这份日志现在不能修改。");
  const reason = returnReason(entry.state, entry.reviews);
  const warning = reason === "" ? "" : `审核意见：${reason}`;
  const begun = drafted(id);
  if (begun !== null) return { ...begun, warning };
  const photos = entry.pictures.map(({ id: picture, address }) => uploadedPhoto(picture, addressOfPicture(address)));
  return { ...PLAIN, id, correcting: true, revision: entry.revision, input: inputOf(entry), photos, warning };
}

/** @throws Failure */
export async function openEntry(query: EditQuery): Promise<Opened> {
  if (query.draft) {
    const draft = drafted(query.draft);
    if (draft === null) throw gone("这份草稿已经不在这部手机上。");
    return draft;
  }
  if (query.waiting) return waiting(query.waiting);
  if (query.entry) return correction(query.entry);
  return anew();
}
