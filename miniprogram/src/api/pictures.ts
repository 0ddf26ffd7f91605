/** Pictures that members attach to activities, check-ins and the frontline log. */
import { SERVICE_ROOT } from "../config";
import type { OnProgress } from "./photos";
import { uploadTo } from "./photos";
import type { Photo } from "./types";

export type Purpose = "activity" | "check_in" | "frontline" | "case";

/** @throws Failure */
export function uploadPicture(purpose: Purpose, path: string, onProgress?: OnProgress): Promise<Photo> {
  return uploadTo({ path: "/pictures", form: { purpose } }, path, onProgress);
}

/** Where a picture can be seen; null until its content check has passed. @param address as the service gives it. */
export function addressOfPicture(address: string | null): string | null {
  return address !== null && address.startsWith("/") ? SERVICE_ROOT + address : address;
}

/** Shows pictures in full, by swiping. @param current the one to begin with. */
export function viewPictures(addresses: readonly string[], current: string): void {
  void wx.previewImage({ urls: [...addresses], current });
}
