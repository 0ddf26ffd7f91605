/** One page on the stack: its box, its lifecycle, and what the user does to it as a whole. */
import * as glassEasel from "glass-easel";
import type { WindowConfig } from "../manifest";
import type { Engine, MountedPage } from "./engine";
import { phone } from "./phone";
import { watchPull } from "./pulling";

/** What a page's instance may have; each is called if it is there. */
export interface PageInstance {
  route: string;
  options: Record<string, string>;
  setData: (data: Record<string, unknown>) => void;
  onLoad?: (options: Record<string, string>) => void;
  onShow?: () => void;
  onReady?: () => void;
  onHide?: () => void;
  onUnload?: () => void;
  onPullDownRefresh?: () => void;
  onReachBottom?: () => void;
  onPageScroll?: (position: { scrollTop: number }) => void;
  onTabItemTap?: (tab: { index: number; pagePath: string; text: string }) => void;
  onShareAppMessage?: (from: { from: "button" | "menu"; target?: unknown }) => unknown;
}

const DEFAULT_REACH_BOTTOM = 50;

export class Page {
  readonly box = document.createElement("div");
  readonly instance: PageInstance;
  title: string;
  private readonly mounted: MountedPage;
  private readonly pull: { stop: () => void; start: () => void };
  private wasAtBottom = false;

  constructor(
    engine: Engine,
    readonly path: string,
    readonly options: Record<string, string>,
    readonly config: WindowConfig,
  ) {
    this.title = config.navigationBarTitleText ?? "";
    this.mounted = engine.createPage(path);
    this.instance = this.mounted.root.get() as unknown as PageInstance;
    Object.assign(this.instance, { route: path, options, __wxExparserNodeId__: path });
    this.box.className = "phone-page";
    this.box.dataset["page"] = path;
    if (config.backgroundColor !== undefined) this.box.style.backgroundColor = config.backgroundColor;
    this.box.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.pull = watchPull(
      this.box,
      () => config.enablePullDownRefresh === true,
      () => this.instance.onPullDownRefresh?.(),
    );
  }

  open(): void {
    const placeholder = document.createElement("span");
    this.box.append(placeholder);
    phone.viewport.append(this.box);
    this.fillProperties();
    this.mounted.root.attach(
      this.box as unknown as glassEasel.GeneralBackendElement,
      placeholder as unknown as glassEasel.GeneralBackendElement,
    );
    this.instance.onLoad?.(this.options);
    this.show();
    requestAnimationFrame(() => this.instance.onReady?.());
  }

  show(): void {
    this.box.hidden = false;
    this.instance.onShow?.();
    this.mounted.component.triggerPageLifetime("show", []);
  }

  hide(): void {
    this.instance.onHide?.();
    this.mounted.component.triggerPageLifetime("hide", []);
    this.box.hidden = true;
  }

  close(): void {
    this.instance.onUnload?.();
    this.mounted.root.release();
    this.box.remove();
  }

  startPullDownRefresh(): void {
    this.pull.start();
  }

  stopPullDownRefresh(): void {
    this.pull.stop();
  }

  /** A page made by Component() gets its query as properties too. */
  private fillProperties(): void {
    const known = Object.entries(this.options).filter(([name]) =>
      glassEasel.Component.hasProperty(this.mounted.component, name),
    );
    if (known.length > 0) this.instance.setData(Object.fromEntries(known));
  }

  private scrolled(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.box;
    this.instance.onPageScroll?.({ scrollTop });
    const left = scrollHeight - clientHeight - scrollTop;
    const atBottom = left <= (this.config.onReachBottomDistance ?? DEFAULT_REACH_BOTTOM);
    if (atBottom && !this.wasAtBottom) this.instance.onReachBottom?.();
    this.wasAtBottom = atBottom;
  }
}
