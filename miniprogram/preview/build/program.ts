/** The mini-program as its files say: pages, and every component that they lead to. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { AppConfig, ComponentConfig } from "../manifest";
import { NPM_FOLDER } from "../vocabulary";

export interface ComponentSource {
  /** Path below the program's root, without extension: how the program itself names it. */
  key: string;
  isPage: boolean;
  config: ComponentConfig;
  /** Tag names this component may use, with the key of each; generics and app-wide ones included. */
  using: Map<string, string>;
  file: (extension: string) => string;
  scriptFile: string;
}

export interface Program {
  root: string;
  app: AppConfig;
  appScript: string;
  pages: string[];
  components: ComponentSource[];
}

/** What is wrong with a program; the build reports all of it at once. */
export class Faults {
  readonly messages: string[] = [];

  add(where: string, what: string): void {
    this.messages.push(`${where}: ${what}`);
  }

  throwIfAny(): void {
    if (this.messages.length > 0) throw new Error(`the mini-program has faults:\n  ${this.messages.join("\n  ")}`);
  }
}

function readJson<T>(file: string): T {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as T;
  } catch (error) {
    throw new Error(`${file}: ${String(error)}`, { cause: error });
  }
}

function scriptOf(base: string): string | undefined {
  return [`${base}.ts`, `${base}.js`].find((file) => existsSync(file));
}

export function pagesOf(app: AppConfig): string[] {
  const packages = app.subPackages ?? app.subpackages ?? [];
  return [...app.pages, ...packages.flatMap(({ root, pages }) => pages.map((page) => path.posix.join(root, page)))];
}

/** The key of a component as named in `usingComponents` of `from`, by the order WeChat looks in. */
function resolveComponent(root: string, reference: string, from: string): string {
  if (reference.startsWith("/")) return reference.slice(1);
  const beside = path.posix.join(path.posix.dirname(from), reference);
  if (reference.startsWith(".") || existsSync(path.join(root, `${beside}.json`))) return beside;
  return `${NPM_FOLDER}/${reference}`;
}

function usingOf(root: string, references: Record<string, string> = {}, from: string): Map<string, string> {
  return new Map(Object.entries(references).map(([tag, reference]) => [tag, resolveComponent(root, reference, from)]));
}

function genericsOf(root: string, config: ComponentConfig, from: string): Map<string, string> {
  const generics = new Map<string, string>();
  for (const [tag, value] of Object.entries(config.componentGenerics ?? {})) {
    generics.set(tag, value === true ? "" : resolveComponent(root, value.default, from));
  }
  return generics;
}

class Reader {
  private readonly found = new Map<string, ComponentSource>();

  constructor(
    private readonly root: string,
    private readonly pages: ReadonlySet<string>,
    private readonly appWide: Map<string, string>,
    private readonly faults: Faults,
  ) {}

  read(keys: Iterable<string>): ComponentSource[] {
    const queue = [...keys].map((key) => ({ key, from: "app.json" }));
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { key, from } = next;
      if (key === "" || this.found.has(key)) continue;
      const component = this.readOne(key, from);
      if (component !== undefined)
        queue.push(...[...component.using.values()].map((used) => ({ key: used, from: key })));
    }
    return [...this.found.values()];
  }

  private readOne(key: string, from: string): ComponentSource | undefined {
    const base = path.join(this.root, key);
    const scriptFile = scriptOf(base);
    const missing = [".json", ".wxml"].filter((extension) => !existsSync(base + extension));
    if (scriptFile === undefined) missing.push(".ts");
    if (missing.length > 0 || scriptFile === undefined) {
      this.faults.add(from, `uses ${key}, which lacks ${missing.join(", ")}`);
      return undefined;
    }
    const config = readJson<ComponentConfig>(`${base}.json`);
    const isPage = this.pages.has(key);
    if (!isPage && config.component !== true) this.faults.add(key, 'its .json lacks "component": true');
    const component: ComponentSource = {
      key,
      isPage,
      config,
      using: new Map([
        ...this.appWide,
        ...usingOf(this.root, config.usingComponents, key),
        ...genericsOf(this.root, config, key),
      ]),
      file: (extension) => base + extension,
      scriptFile,
    };
    this.found.set(key, component);
    return component;
  }
}

export function readProgram(root: string, faults: Faults): Program {
  const app = readJson<AppConfig>(path.join(root, "app.json"));
  const pages = pagesOf(app);
  const appWide = usingOf(root, app.usingComponents, "app");
  const components = new Reader(root, new Set(pages), appWide, faults).read([...pages, ...appWide.values()]);
  const appScript = scriptOf(path.join(root, "app"));
  if (appScript === undefined) throw new Error(`${root} has no app.ts`);
  for (const tab of app.tabBar?.list ?? []) {
    if (!app.pages.includes(tab.pagePath))
      faults.add("app.json", `tab page ${tab.pagePath} is not a page of the main package`);
  }
  return { root, app, appScript, pages, components };
}
