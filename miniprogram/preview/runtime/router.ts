/** The stack of pages, under WeChat's rules: ten deep, tab pages kept alive and reached by switchTab alone. */
import type { Manifest, WindowConfig } from "../manifest";
import type { Engine } from "./engine";
import { Page } from "./page";

const DEEPEST = 10;

export class NavigationError extends Error {}

interface Target {
  path: string;
  options: Record<string, string>;
}

export class Router {
  private stack: Page[] = [];
  private readonly tabs = new Map<string, Page>();
  private readonly changed: (() => void)[] = [];

  constructor(
    private readonly manifest: Manifest,
    private readonly engine: Engine,
  ) {}

  get pages(): readonly Page[] {
    return this.stack;
  }

  get top(): Page {
    const page = this.stack.at(-1);
    if (page === undefined) throw new NavigationError("no page is open");
    return page;
  }

  get firstPage(): string {
    const [first] = this.manifest.pages;
    if (first === undefined) throw new NavigationError("the program has no page");
    return first;
  }

  onChange(listener: () => void): void {
    this.changed.push(listener);
  }

  announce(): void {
    for (const listener of this.changed) listener();
  }

  isTab(path: string): boolean {
    return this.manifest.app.tabBar?.list.some(({ pagePath }) => pagePath === path) ?? false;
  }

  has(path: string): boolean {
    return this.manifest.pages.includes(path);
  }

  /** Opens the first page of a start. */
  launch(url: string): void {
    const target = this.resolve(url);
    if (this.isTab(target.path)) this.showTab(target.path, target.options);
    else this.push(target);
  }

  navigateTo(url: string): void {
    const target = this.resolve(url);
    if (this.isTab(target.path)) throw new NavigationError("can not navigateTo a tabbar page");
    if (this.stack.length >= DEEPEST) throw new NavigationError(`page stack limit of ${DEEPEST} exceeded`);
    this.stack.at(-1)?.hide();
    this.push(target);
  }

  redirectTo(url: string): void {
    const target = this.resolve(url);
    if (this.isTab(target.path)) throw new NavigationError("can not redirectTo a tabbar page");
    this.closeTop();
    this.push(target);
  }

  reLaunch(url: string): void {
    const target = this.resolve(url);
    while (this.stack.length > 0) this.closeTop();
    for (const page of this.tabs.values()) page.close();
    this.tabs.clear();
    if (this.isTab(target.path)) this.showTab(target.path, target.options);
    else this.push(target);
  }

  switchTab(url: string): void {
    const { path } = this.resolve(url);
    if (!this.isTab(path)) throw new NavigationError("can not switch to no-tabBar page");
    this.showTab(path, {});
  }

  navigateBack(delta = 1): void {
    if (this.stack.length < 2) throw new NavigationError("cannot navigate back at first page");
    for (let left = delta; left > 0 && this.stack.length > 1; left -= 1) this.closeTop();
    this.top.show();
    this.announce();
  }

  private resolve(url: string): Target {
    const [address = "", query = ""] = url.split("?");
    const current = this.stack.at(-1)?.path ?? "";
    const path = new URL(address, `http://program/${current}`).pathname.slice(1);
    if (!this.has(path)) throw new NavigationError(`page "${path}" is not found`);
    // WeChat hands the values over as they are written: the page decodes them.
    const pairs = query.split("&").filter((pair) => pair !== "");
    return {
      path,
      options: Object.fromEntries(pairs.map((pair) => [pair.split("=")[0] ?? "", pair.split("=").slice(1).join("=")])),
    };
  }

  private configOf(path: string): WindowConfig {
    return { ...this.manifest.app.window, ...this.manifest.components[path]?.config };
  }

  private create({ path, options }: Target): Page {
    return new Page(this.engine, path, options, this.configOf(path));
  }

  private push(target: Target): void {
    const page = this.create(target);
    this.stack.push(page);
    this.announce();
    page.open();
  }

  private showTab(path: string, options: Record<string, string>): void {
    while (this.stack.length > 0 && !this.isTab(this.top.path)) this.closeTop();
    const before = this.stack.at(-1);
    if (before?.path === path) {
      if (before.box.hidden) before.show();
      this.announce();
      return;
    }
    if (before !== undefined && !before.box.hidden) before.hide();
    const kept = this.tabs.get(path);
    const page = kept ?? this.create({ path, options });
    this.tabs.set(path, page);
    this.stack = [page];
    this.announce();
    if (kept === undefined) page.open();
    else page.show();
  }

  private closeTop(): void {
    const page = this.stack.pop();
    if (page === undefined) return;
    if (this.tabs.get(page.path) === page) this.tabs.delete(page.path);
    page.close();
  }
}
