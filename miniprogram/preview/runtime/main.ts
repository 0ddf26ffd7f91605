/** Starts the program in the browser. */
import type { Manifest } from "../manifest";
import { createWx, type Start } from "../wx";
import { calls } from "../wx/call";
import { browserKeeper, Files } from "../wx/files";
import { personOf } from "../wx/person";
import { privacy } from "../wx/privacy";
import { showBars } from "./bars";
import { Engine } from "./engine";
import { report, watchFailures } from "./failures";
import { PageHistory } from "./history";
import { keepFiles } from "./pictures";
import { mountPhone } from "./phone";
import { swallowGhostClicks } from "./ghost-clicks";
import { Router } from "./router";
import { showSandboxBar } from "./sandbox-bar";

/** How WeChat numbers a start from a mini-program code, and one from the list of programs. */
const FROM_CODE = 1047;
const FROM_LIST = 1001;

interface AppInstance {
  onLaunch?: (start: Start) => void;
  onShow?: (start: Start) => void;
  onHide?: () => void;
  [key: string]: unknown;
}

/** What the address asks for: `#/path?query` a page, `?scene=` a start from a code. */
function startOf(router: Router): Start {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const scene = new URLSearchParams(location.search).get("scene");
  const options = Object.fromEntries(new URLSearchParams(query));
  if (scene !== null) options["scene"] = encodeURIComponent(scene);
  return {
    path: router.has(path) ? path : router.firstPage,
    query: options,
    scene: scene === null ? FROM_LIST : FROM_CODE,
  };
}

/** Globals of a mini-program's scripts, and of its WXS, which runs as plain JavaScript here. */
function defineGlobals(router: Router): AppInstance {
  const app: AppInstance = {};
  Object.assign(globalThis, {
    App: (definition: object) => Object.assign(app, definition),
    getApp: () => app,
    getCurrentPages: () => router.pages.map(({ instance }) => instance),
    getRegExp: (pattern: string, flags?: string) => new RegExp(pattern, flags),
    getDate: (...parts: ConstructorParameters<typeof Date>) => new Date(...parts),
    __wxConfig: {},
    previewCalls: calls,
  });
  return app;
}

async function run(manifest: Manifest): Promise<void> {
  const person = personOf(location.search, localStorage);
  const files = new Files(browserKeeper(person));
  await files.load();
  keepFiles(files);
  privacy.useFor(person);
  mountPhone();
  const engine = new Engine(manifest);
  const router = new Router(manifest, engine);
  showBars(router, manifest.app.tabBar);
  new PageHistory(router);
  swallowGhostClicks(router);
  const app = defineGlobals(router);
  const start = startOf(router);
  Object.assign(globalThis, { wx: createWx({ person, router, files, start }) });
  manifest.appScript();
  engine.define();
  app.onLaunch?.(start);
  app.onShow?.(start);
  document.addEventListener("visibilitychange", () => (document.hidden ? app.onHide?.() : app.onShow?.(start)));
  const query = Object.entries(start.query).map(([name, value]) => `${name}=${value}`);
  router.launch(`/${start.path}?${query.join("&")}`);
  await showSandboxBar(person);
}

export function start(manifest: Manifest): void {
  watchFailures();
  run(manifest).catch(report);
}
