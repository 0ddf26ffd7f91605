/** Addresses of pictures: the program's own lie beside the preview's page, picked ones in its files. */
import type { Files } from "../wx/files";
import { unsupported } from "./failures";

let kept: Files | undefined;

export function keepFiles(files: Files): void {
  kept = files;
}

export function addressOfPicture(source: string): string {
  const file = kept?.addressOf(source);
  if (file !== undefined) return file;
  // A file that is gone shows as a picture that can't be loaded, as on a phone.
  if (/^(?:https?:|data:|blob:|wxfile:)/.test(source)) return source;
  if (source.startsWith("/")) return `.${source}`;
  return unsupported(`picture "${source}": a path within the program begins with a slash`);
}
