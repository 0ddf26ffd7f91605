/**
 * A phone without a screen: the pages' own scripts, run with a stand-in for wx.
 *
 * Its storage outlives a restart of the program, as a phone's does. A wx call that it lacks throws.
 */
import { build } from "esbuild";
import { randomBytes } from "node:crypto";
import path from "node:path";

import type { Service } from "./service.ts";

const SRC = path.resolve(import.meta.dirname, "../../src");

type Methods = Record<string, (...args: unknown[]) => unknown>;

interface Definition {
  behaviors?: Definition[];
  data?: Record<string, unknown>;
  methods?: Methods;
  lifetimes?: { attached?: () => void };
}

export interface ScreenlessPage {
  data: Record<string, unknown>;
  call(method: string, argument?: unknown): Promise<unknown>;
}

interface Options {
  success?: (answer: unknown) => void;
  fail?: (answer: { errMsg: string }) => void;
}

/** Without a screen nothing has a place. */
const NO_ELEMENTS = {
  createSelectorQuery: () => ({
    select: () => ({ boundingClientRect: () => undefined }),
    exec: (callback: (found: [null]) => void) => callback([null]),
  }),
};

let bundled: Promise<string> | null = null;

/** All pages in one script, so that they share the modules of api/ as they do on a phone. */
function bundle(): Promise<string> {
  bundled ??= build({
    stdin: {
      contents: `globalThis.__pages = () => ({
          app: () => require("./app.ts"),
          ${PAGES.map((page) => `${JSON.stringify(page)}: () => require(${JSON.stringify(`./${page}.ts`)})`).join(",\n")}
        });`,
      resolveDir: SRC,
    },
    bundle: true,
    write: false,
    format: "iife",
  }).then(({ outputFiles }) => outputFiles[0]?.text ?? "");
  return bundled;
}

const PAGES = [
  "components/privacy-popup/index",
  "pages/home/index",
  "pages/activities/index",
  "pages/receipts/index",
  "pages/results/index",
  "pages/me/index",
  "packages/campaigns/departments/index",
  "packages/evaluation/rate/index",
  "packages/evaluation/done/index",
  "packages/evaluation/receipt/index",
  "packages/evaluation/receipt/progress/index",
  "packages/evaluation/check/index",
  "packages/evaluation/sample/index",
  "packages/results/campaign/index",
  "packages/results/department/index",
  "packages/results/quarters/index",
  "packages/results/quarter/index",
  "packages/activities/detail/index",
  "packages/activities/check-in/index",
  "packages/activities/organise/index",
  "packages/activities/code/index",
  "packages/activities/proof/index",
  "packages/activities/edit/index",
  "packages/frontline/entries/index",
  "packages/frontline/edit/index",
  "packages/frontline/entry/index",
  "packages/frontline/review/index",
  "packages/frontline/share/index",
  "packages/frontline/effect/index",
  "packages/experiences/list/index",
  "packages/experiences/detail/index",
  "packages/experiences/edit/index",
  "packages/me/person/index",
  "packages/me/notices/index",
  "packages/me/roster/index",
  "packages/me/privacy/index",
  "packages/me/invitation/index",
  "packages/me/pairings/index",
  "packages/me/hand-over/index",
  "packages/me/preferences/index",
  "packages/desk/cases/index",
  "packages/desk/case/index",
  "packages/desk/answer/index",
  "packages/desk/held/index",
  "packages/desk/link/index",
];

function merged(definition: Definition): { data: Record<string, unknown>; methods: Methods; attached: (() => void)[] } {
  const parts = (definition.behaviors ?? []).map(merged);
  return {
    data: Object.assign({}, ...parts.map(({ data }) => data), definition.data),
    methods: Object.assign({}, ...parts.map(({ methods }) => methods), definition.methods),
    attached: [...parts.flatMap(({ attached }) => attached), ...(definition.lifetimes?.attached ? [definition.lifetimes.attached] : [])],
  };
}

export class Phone {
  readonly storage = new Map<string, string>();
  readonly visited: string[] = [];
  /** Where pages were scrolled to. */
  readonly scrolls: number[] = [];
  readonly toasts: string[] = [];
  clipboard = "";
  /** Numbers that were dialled. */
  readonly dialled: string[] = [];
  /** Template ids of the messages that WeChat asked about. */
  readonly messagesAsked: string[] = [];
  agreesToMessages = true;
  online = true;
  /** What the camera or album gives next. */
  pictures: { tempFilePath: string; size: number }[] = [];
  files = new Set<string>();
  scanned: { result: string; path?: string } | null = null;
  /** Where the phone is; null for who doesn't let it be used. */
  place: { longitude: number; latitude: number; accuracy: number } | null = null;
  /** How often the position was asked for. */
  placesAsked = 0;
  calendar: object[] = [];
  screenOn = false;
  private load: ((name: string) => void) | null = null;
  private defined: Definition | null = null;
  private app: Methods = {};
  private networkListeners: ((state: { isConnected: boolean }) => void)[] = [];
  private readonly service: Service;

  constructor(service: Service) {
    this.service = service;
  }

  /** Starts the program, or starts it again: what was in memory is gone. */
  async start(): Promise<void> {
    this.networkListeners = [];
    const scope: Record<string, unknown> = {};
    const component = (definition: Definition): void => void (this.defined = definition);
    const run = new Function("globalThis", "wx", "Component", "Behavior", "App", await bundle());
    run(scope, this.wx(), component, (definition: Definition) => definition, (app: Methods) => void (this.app = app));
    const pages = (scope["__pages"] as () => Record<string, () => void>)();
    this.load = (name) => pages[name]?.();
    this.load("app");
    this.app["onLaunch"]?.call(this.app);
    this.app["onShow"]?.call(this.app);
  }

  /** The person has read the privacy statement and agreed. */
  agree(version: string): void {
    this.storage.set("ronghe.consent", JSON.stringify({ version, agreed: true }));
  }

  /** A page's script runs once; its definition serves every time that it is opened. */
  private readonly definitions = new Map<string, { program: unknown; definition: Definition }>();

  private definitionOf(name: string): Definition {
    const known = this.definitions.get(name);
    if (known && known.program === this.load) return known.definition;
    this.defined = null;
    this.load?.(name);
    if (this.defined === null) throw new Error(`no such page: ${name}`);
    this.definitions.set(name, { program: this.load, definition: this.defined });
    return this.defined;
  }

  async open(name: string, query: Record<string, string> = {}): Promise<ScreenlessPage> {
    const { data, methods, attached } = merged(this.definitionOf(name));
    const page: Record<string, unknown> = { data: structuredClone(data), triggerEvent: () => undefined, ...NO_ELEMENTS, selectComponent: () => NO_ELEMENTS };
    page["setData"] = (change: Record<string, unknown>) => Object.assign(page["data"] as object, change);
    for (const [method, body] of Object.entries(methods)) page[method] = body.bind(page);
    for (const body of attached) body.call(page);
    const call = async (method: string, argument?: unknown): Promise<unknown> => {
      const answer = (page[method] as ((given: unknown) => unknown) | undefined)?.(argument);
      const settledAnswer = await answer;
      await this.quiet();
      return settledAnswer;
    };
    for (const step of ["onLoad", "onShow", "onReady"]) await call(step, query);
    return { data: page["data"] as Record<string, unknown>, call };
  }

  /** Until nothing is under way any more; the stand-ins answer within a few turns of the event loop. */
  async quiet(): Promise<void> {
    for (let turn = 0; turn < 60; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  async connect(online: boolean): Promise<void> {
    this.online = online;
    for (const listener of this.networkListeners) listener({ isConnected: online });
    await this.quiet();
  }

  stored<T>(slot: string): T {
    return JSON.parse(this.storage.get(`ronghe.${slot}`) ?? "null") as T;
  }

  private wx(): object {
    const known: Record<string, unknown> = {
      ...this.storageCalls(),
      ...this.networkCalls(),
      ...this.fileCalls(),
      ...this.navigationCalls(),
      onNeedPrivacyAuthorization: () => undefined,
      getRandomValues: ({ length, success }: { length: number; success: (answer: object) => void }) =>
        success({ randomValues: new Uint8Array(randomBytes(length)).buffer }),
      scanCode: ({ success, fail }: Options) =>
        this.scanned === null ? fail?.({ errMsg: "scanCode:fail cancel" }) : success?.(this.scanned),
      setClipboardData: ({ data }: { data: string }) => void (this.clipboard = data),
      getLocation: ({ success, fail }: Options) => {
        this.placesAsked += 1;
        if (this.place === null) fail?.({ errMsg: "getLocation:fail auth deny" });
        else success?.(this.place);
      },
      addPhoneCalendar: (entry: Options) => {
        this.calendar.push(entry);
        entry.success?.({});
      },
      setKeepScreenOn: ({ keepScreenOn }: { keepScreenOn: boolean }) => void (this.screenOn = keepScreenOn),
      setScreenBrightness: () => undefined,
      requestSubscribeMessage: ({ tmplIds, success }: { tmplIds: string[]; success: (answer: object) => void }) => {
        this.messagesAsked.push(...tmplIds);
        success(Object.fromEntries(tmplIds.map((id) => [id, this.agreesToMessages ? "accept" : "reject"])));
      },
      makePhoneCall: ({ phoneNumber }: { phoneNumber: string }) => void this.dialled.push(phoneNumber),
      showToast: ({ title }: { title: string }) => void this.toasts.push(title),
    };
    return new Proxy(known, {
      get: (calls, name) => {
        if (!(name in calls)) throw new Error(`wx.${String(name)} is not in the stand-in`);
        return calls[name as string];
      },
    });
  }

  private storageCalls(): Record<string, unknown> {
    return {
      getStorageSync: (name: string) => JSON.parse(this.storage.get(name) ?? '""') as unknown,
      setStorageSync: (name: string, value: unknown) => void this.storage.set(name, JSON.stringify(value)),
    };
  }

  private navigationCalls(): Record<string, unknown> {
    const visit = ({ url }: { url: string }): void => void this.visited.push(url);
    return {
      navigateTo: visit,
      redirectTo: visit,
      switchTab: visit,
      navigateBack: () => void this.visited.push("back"),
      setNavigationBarTitle: () => undefined,
      pageScrollTo: ({ scrollTop }: { scrollTop: number }) => void this.scrolls.push(scrollTop),
      stopPullDownRefresh: () => undefined,
    };
  }

  private exchange(method: string, url: string, body: unknown, headers: Record<string, string>, { success, fail }: Options): void {
    setImmediate(() => {
      const answer = this.online ? this.service.answer(method, url, body, headers) : "lost";
      // The way back takes its time too: what happens meanwhile is before the answer.
      setImmediate(() => {
        if (answer === "lost") fail?.({ errMsg: "request:fail timeout" });
        else success?.({ statusCode: answer.status, data: answer.data, header: answer.headers ?? {} });
      });
    });
  }

  private networkCalls(): Record<string, unknown> {
    return {
      login: ({ success, fail }: Options) => (this.online ? success?.({ code: "sandbox:li:1" }) : fail?.({ errMsg: "login:fail" })),
      onNetworkStatusChange: (listener: (state: { isConnected: boolean }) => void) => void this.networkListeners.push(listener),
      request: (call: Options & { url: string; method: string; data?: unknown; header: Record<string, string> }) =>
        this.exchange(call.method, call.url, call.data, call.header, call),
      uploadFile: (call: Options & { url: string; filePath: string; header: Record<string, string> }) => {
        const texts: Options = { ...call, success: (answer) => call.success?.({ ...(answer as object), data: JSON.stringify((answer as { data: unknown }).data) }) };
        if (this.files.has(call.filePath)) this.exchange("POST", call.url, { file: call.filePath }, call.header, texts);
        else setImmediate(() => call.fail?.({ errMsg: "uploadFile:fail no such file" }));
        return { onProgressUpdate: (listener: (state: { progress: number }) => void) => listener({ progress: 50 }) };
      },
    };
  }

  private fileCalls(): Record<string, unknown> {
    return {
      chooseMedia: ({ success }: Options) => success?.({ tempFiles: this.pictures }),
      getFileSystemManager: () => ({
        saveFile: ({ tempFilePath, success }: { tempFilePath: string; success: (answer: object) => void }) => {
          const savedFilePath = tempFilePath.replace("tmp", "store");
          this.files.add(savedFilePath);
          success({ savedFilePath });
        },
        removeSavedFile: ({ filePath }: { filePath: string }) => void this.files.delete(filePath),
      }),
    };
  }
}
