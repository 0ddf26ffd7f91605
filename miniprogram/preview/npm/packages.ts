/**
 * Writes miniprogram_npm, in place of "构建 npm" of WeChat DevTools: only the components in use,
 * because a package of a mini-program may not exceed 2 MB, and t-icon with its font inside. A package
 * that isn't made for mini-programs becomes one script, as DevTools does it.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { buildSync } from "esbuild";
import { NPM_FOLDER } from "../vocabulary";
import { Closure } from "./closure";
import { withFontInside } from "./icon-font";

const ICON_STYLE = "icon/icon.wxss";

export interface Options {
  /** The program's root: where app.json is and miniprogram_npm goes. */
  root: string;
  nodeModules: string;
}

export interface PackageReport {
  name: string;
  files: number;
  bytes: number;
}

interface Reference {
  kind: "component" | "script";
  name: string;
  /** Path inside the package. */
  inside: string;
}

function splitPackage(specifier: string): { name: string; inside: string } {
  const parts = specifier.split("/");
  const length = specifier.startsWith("@") ? 2 : 1;
  return { name: parts.slice(0, length).join("/"), inside: parts.slice(length).join("/") };
}

function programFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.split(path.sep)[0] !== NPM_FOLDER,
  );
}

/** A name in usingComponents that is neither absolute, nor relative, nor a component beside it. */
function isPackageComponent(root: string, reference: string, from: string): boolean {
  if (/^[./]/.test(reference)) return false;
  return !existsSync(path.join(root, path.dirname(from), `${reference}.json`));
}

function componentReferences(root: string, file: string): Reference[] {
  const { usingComponents = {} } = JSON.parse(readFileSync(path.join(root, file), "utf8")) as {
    usingComponents?: Record<string, string>;
  };
  return Object.values(usingComponents)
    .filter((reference) => isPackageComponent(root, reference, file))
    .map((reference) => ({ kind: "component", ...splitPackage(reference) }));
}

function scriptReferences(root: string, file: string): Reference[] {
  const text = readFileSync(path.join(root, file), "utf8").replace(/^import type .*$/gm, "");
  return [...text.matchAll(/\bfrom\s+["']([a-z@][^"']*)["']/g)].map(([, specifier = ""]) => ({
    kind: "script",
    ...splitPackage(specifier),
  }));
}

function referencesOf(root: string): Reference[] {
  return programFiles(root).flatMap((file) => {
    if (file.endsWith(".json")) return componentReferences(root, file);
    if (/\.(?:ts|js)$/.test(file) && !file.endsWith(".d.ts")) return scriptReferences(root, file);
    return [];
  });
}

/** The package's folder of mini-program files, or undefined when it is a plain package. */
function miniprogramFolder(nodeModules: string, name: string): string | undefined {
  const folder = path.join(nodeModules, name);
  const manifest = path.join(folder, "package.json");
  if (!existsSync(manifest)) throw new Error(`package ${name} is not installed; run "npm ci"`);
  const { miniprogram } = JSON.parse(readFileSync(manifest, "utf8")) as { miniprogram?: string };
  return miniprogram === undefined ? undefined : path.join(folder, miniprogram);
}

function closureOf(folder: string, references: Reference[]): ReadonlySet<string> {
  const closure = new Closure(folder);
  for (const { kind, inside } of references) {
    if (kind === "component") closure.addComponent(path.join(folder, inside));
    else closure.addScript(path.join(folder, inside));
  }
  return closure.files;
}

function copyFiles(from: string, to: string, files: ReadonlySet<string>, nodeModules: string): number {
  let bytes = 0;
  for (const file of files) {
    const inside = path.relative(from, file);
    const target = path.join(to, inside);
    mkdirSync(path.dirname(target), { recursive: true });
    if (inside === path.normalize(ICON_STYLE))
      writeFileSync(target, withFontInside(readFileSync(file, "utf8"), nodeModules));
    else cpSync(file, target);
    bytes += statSync(target).size;
  }
  return bytes;
}

function bundlePlain(name: string, to: string, nodeModules: string): number {
  const outfile = path.join(to, "index.js");
  buildSync({
    entryPoints: [name],
    absWorkingDir: path.dirname(nodeModules),
    bundle: true,
    format: "cjs",
    target: "es2018",
    outfile,
  });
  return statSync(outfile).size;
}

function buildPackage(name: string, references: Reference[], { root, nodeModules }: Options): PackageReport {
  const to = path.join(root, NPM_FOLDER, name);
  const from = miniprogramFolder(nodeModules, name);
  if (from === undefined) return { name, files: 1, bytes: bundlePlain(name, to, nodeModules) };
  const files = closureOf(from, references);
  return { name, files: files.size, bytes: copyFiles(from, to, files, nodeModules) };
}

/** @throws Error when a package or a file of it is missing */
export function buildPackages(options: Options): PackageReport[] {
  rmSync(path.join(options.root, NPM_FOLDER), { recursive: true, force: true });
  const references = referencesOf(options.root);
  const names = [...new Set(references.map(({ name }) => name))].sort();
  return names.map((name) =>
    buildPackage(
      name,
      references.filter((reference) => reference.name === name),
      options,
    ),
  );
}
