/** Settings of this phone. */
import { read, SETTINGS, write } from "./storage";

export function elderMode(): boolean {
  return read(SETTINGS).elder;
}

export function setElderMode(elder: boolean): void {
  write(SETTINGS, { ...read(SETTINGS), elder });
}
