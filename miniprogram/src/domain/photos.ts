/** Photos of a form: kept on the phone until the form is sent, uploaded one by one. */

export interface KeptPhoto {
  /** Where the file lies on the phone. */
  path: string;
  /** What the service calls it, once it is uploaded. */
  id: string | null;
}

export type PhotoState = "waiting" | "uploading" | "done" | "failed";

export interface ShownPhoto extends KeptPhoto {
  state: PhotoState;
  /** Per cent. */
  progress: number;
  message: string;
  /** Uploaded earlier and not shown before its check has passed. */
  unseen?: boolean;
}

export function shownPhoto(photo: KeptPhoto): ShownPhoto {
  return photo.id === null
    ? { ...photo, state: "waiting", progress: 0, message: "提交时上传" }
    : { ...photo, state: "done", progress: 100, message: "" };
}

/** One that the service has already, on a form that is corrected. @param address where it can be seen, or null before its check. */
export function uploadedPhoto(id: string, address: string | null): ShownPhoto {
  const photo = shownPhoto({ path: address ?? `picture/${id}`, id });
  return address === null ? { ...photo, unseen: true } : photo;
}

export function keptPhoto({ path, id }: ShownPhoto): KeptPhoto {
  return { path, id };
}

export function withPhotoChanged(photos: readonly ShownPhoto[], path: string, change: Partial<ShownPhoto>): ShownPhoto[] {
  return photos.map((photo) => (photo.path === path ? { ...photo, ...change } : photo));
}

export function withoutPhoto(photos: readonly ShownPhoto[], path: string): ShownPhoto[] {
  return photos.filter((photo) => photo.path !== path);
}

/** One place further to the front. */
export function withPhotoForward(photos: readonly ShownPhoto[], path: string): ShownPhoto[] {
  const index = photos.findIndex((photo) => photo.path === path);
  const [moved, before] = [photos[index], photos[index - 1]];
  if (moved === undefined || before === undefined) return [...photos];
  return photos.map((photo, place) => (place === index - 1 ? moved : place === index ? before : photo));
}

const MEGABYTE = 1024 * 1024;
/** The largest picture that the service takes. */
export const PICTURE_BYTES = 5 * MEGABYTE;

/** Why a picked file can't be taken, or null. */
export function photoRefusal(bytes: number, limit: number): string | null {
  if (bytes <= limit) return null;
  return `这张照片超过 ${Math.floor(limit / MEGABYTE)} MB，请换一张小一些的。`;
}
