/** Photos of a rating: kept on the phone until the rating is sent, uploaded one by one. */

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
}

export function shownPhoto(photo: KeptPhoto): ShownPhoto {
  return photo.id === null
    ? { ...photo, state: "waiting", progress: 0, message: "提交时上传" }
    : { ...photo, state: "done", progress: 100, message: "" };
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

const MEGABYTE = 1024 * 1024;

/** Why a picked file can't be taken, or null. */
export function photoRefusal(bytes: number, limit: number): string | null {
  if (bytes <= limit) return null;
  return `这张照片超过 ${Math.floor(limit / MEGABYTE)} MB，请换一张小一些的。`;
}
