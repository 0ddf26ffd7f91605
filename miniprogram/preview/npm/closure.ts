/** Which files of a package a program uses: those of its components and all that they lead to. */
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { NPM_FOLDER } from "../vocabulary";

const COMPONENT_FILES = [".js", ".json", ".wxml", ".wxss"];

function isFile(file: string): boolean {
  return existsSync(file) && statSync(file).isFile();
}

function references(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].flatMap(([, reference]) => (reference === undefined ? [] : [reference]));
}

/** What a file of each kind refers to, as it is written there. */
const REFERENCES: Readonly<Record<string, (text: string) => string[]>> = {
  ".wxml": (text) => references(text, /<(?:import|include|wxs)\b[^>]*\bsrc=["']([^"']+)["']/g),
  ".wxss": (text) => references(text, /@import\s+["']([^"']+)["']/g),
  ".wxs": (text) => references(text, /\brequire\(["']([^"']+)["']\)/g),
  ".js": (text) => references(text, /(?:\bfrom|\bimport|\brequire\()\s*["']([^"']+)["']/g),
};

/** Components that a component's .json names. */
function usedComponents(text: string): string[] {
  const config = JSON.parse(text) as {
    usingComponents?: Record<string, string>;
    componentGenerics?: Record<string, true | { default: string }>;
  };
  const defaults = Object.values(config.componentGenerics ?? {}).flatMap((generic) =>
    generic === true ? [] : [generic.default],
  );
  return [...Object.values(config.usingComponents ?? {}), ...defaults];
}

function scriptAt(base: string): string | undefined {
  return [base, `${base}.js`, path.join(base, "index.js")].find(isFile);
}

/** A package that the package brings along, found by going up as WeChat does. */
function bundledPackage(root: string, specifier: string, importer: string): string | undefined {
  for (let folder = path.dirname(importer); folder.startsWith(root); folder = path.dirname(folder)) {
    const file = scriptAt(path.join(folder, NPM_FOLDER, specifier));
    if (file !== undefined) return file;
  }
  return undefined;
}

export class Closure {
  readonly files = new Set<string>();

  /** @param root the package's folder of mini-program files */
  constructor(private readonly root: string) {}

  /** @param base path without extension */
  addComponent(base: string): void {
    for (const extension of COMPONENT_FILES) {
      if (isFile(base + extension)) this.addFile(base + extension);
      else if (extension !== ".wxss") throw new Error(`${base + extension} is missing`);
    }
  }

  addScript(base: string): void {
    const file = scriptAt(base);
    if (file === undefined) throw new Error(`${base}.js is missing`);
    this.addFile(file);
  }

  private addFile(file: string): void {
    if (this.files.has(file)) return;
    this.files.add(file);
    const extension = path.extname(file);
    const text = readFileSync(file, "utf8");
    const beside = (reference: string): string => path.resolve(path.dirname(file), reference);
    if (extension === ".json") {
      for (const component of usedComponents(text)) this.addComponent(beside(component));
      return;
    }
    for (const reference of REFERENCES[extension]?.(text) ?? []) {
      if (extension !== ".js") this.addFile(beside(reference));
      else if (reference.startsWith(".")) this.addScript(beside(reference));
      else this.addFile(this.bundled(reference, file));
    }
  }

  private bundled(specifier: string, importer: string): string {
    const file = bundledPackage(this.root, specifier, importer);
    if (file === undefined) throw new Error(`${importer} imports ${specifier}, which its package doesn't bring along`);
    return file;
  }
}
