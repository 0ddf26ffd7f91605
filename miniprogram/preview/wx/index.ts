/** The stand-in for `wx`. A call that isn't here throws: the preview must not seem to do what it can't. */
import { unsupported } from "../runtime/failures";
import type { Router } from "../runtime/router";
import { bufferCalls } from "./buffers";
import { deviceCalls } from "./device";
import { dialogCalls } from "./dialogs";
import { fileCalls, type Files } from "./files";
import { locationCalls } from "./location";
import { mediaCalls } from "./media";
import { messageCalls } from "./messages";
import { navigationCalls, queryCalls } from "./navigation";
import { networkCalls } from "./network";
import { loginCalls } from "./person";
import { privacyCalls } from "./privacy";
import { requestCalls } from "./request";
import { createStorage } from "./storage";

export interface Start {
  path: string;
  query: Record<string, string>;
  scene: number;
}

export interface Surroundings {
  person: string;
  router: Router;
  files: Files;
  start: Start;
}

export function createWx({ person, router, files, start }: Surroundings): object {
  const known: Record<string, unknown> = {
    ...bufferCalls(),
    ...deviceCalls(),
    ...dialogCalls(),
    ...fileCalls(files),
    ...locationCalls(localStorage, person, location.search),
    ...mediaCalls(files),
    ...messageCalls(),
    ...navigationCalls(router),
    ...queryCalls(router),
    ...networkCalls(window, () => navigator.onLine),
    ...loginCalls(person),
    ...privacyCalls(),
    ...requestCalls((url, init) => fetch(url, init), files),
    ...createStorage(localStorage, person),
    getLaunchOptionsSync: () => start,
    getEnterOptionsSync: () => start,
  };
  return new Proxy(known, {
    get: (target, name) =>
      typeof name === "symbol" || name in target ? Reflect.get(target, name) : () => unsupported(`wx.${name}()`),
  });
}
