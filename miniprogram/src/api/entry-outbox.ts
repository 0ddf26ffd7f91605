/** The entries of the frontline log that wait on this phone, sent with their photos once the network is back. */
import type { WaitingEntry } from "../domain/entry-outbox";
import { afterRefusal } from "../domain/entry-outbox";
import { contentOf } from "../domain/frontline";
import { entryDrafts } from "./entry-drafts";
import { putEntry } from "./frontline";
import { dropPhoto } from "./photos";
import { uploadPicture } from "./pictures";
import { signIn } from "./session";
import { ACTIVITY_CHOICES, ENTRY_DRAFTS, ENTRY_OUTBOX, EXPERIENCE_DRAFTS, OWN_ENTRIES, write } from "./storage";
import type { Progress } from "./waiting-room";
import { WaitingRoom } from "./waiting-room";

/** Each photo's id is kept at once, so that a retry sends the same content. */
async function uploadMissing(item: WaitingEntry, progress: Progress<WaitingEntry>): Promise<string[]> {
  let photos = item.photos;
  for (const photo of item.photos.filter(({ id }) => id === null)) {
    const { id } = await uploadPicture("frontline", photo.path);
    photos = photos.map((kept) => (kept.path === photo.path ? { ...kept, id } : kept));
    progress.keep({ photos });
  }
  return photos.flatMap(({ id }) => (id === null ? [] : [id]));
}

export const entryOutbox = new WaitingRoom<WaitingEntry>({
  slot: ENTRY_OUTBOX,
  async send(item, progress) {
    const pictures = await uploadMissing(item, progress);
    await signIn();
    progress.underWay();
    await putEntry(item.key, contentOf(item.input, pictures, item.revision));
  },
  refused: afterRefusal,
  left({ photos }) {
    for (const { path } of photos) dropPhoto(path);
  },
});

/** With the account goes what was written in its name: what is not yet sent, and what was last seen of the rest. */
export function forgetEntries(): void {
  entryOutbox.forget();
  for (const draft of entryDrafts()) for (const { path } of draft.photos) dropPhoto(path);
  write(ENTRY_DRAFTS, []);
  write(EXPERIENCE_DRAFTS, []);
  write(OWN_ENTRIES, []);
  write(ACTIVITY_CHOICES, []);
}
