/** Copies of the fixture program to build, whole or with a fault put in. */
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { buildPackages } from "../../preview/npm/packages";

const FIXTURE = path.resolve(import.meta.dirname, "fixture");

export const NODE_MODULES = path.resolve(import.meta.dirname, "../../node_modules");

const SOURCE = path.resolve(import.meta.dirname, "../../src");

export function temporaryFolder(): string {
  return mkdtempSync(path.join(tmpdir(), "preview-"));
}

function copyWithPackages(program: string): string {
  const root = path.join(temporaryFolder(), "program");
  cpSync(program, root, { recursive: true });
  buildPackages({ root, nodeModules: NODE_MODULES });
  return root;
}

export function fixtureProgram(): string {
  return copyWithPackages(FIXTURE);
}

/** The shipped program; a copy, since other tests read the original at the same time. */
export function shippedProgram(): string {
  return copyWithPackages(SOURCE);
}

const SOUND: Readonly<Record<string, string>> = {
  "app.json": '{ "pages": ["pages/only/index"] }',
  "app.ts": "App({});",
  "pages/only/index.json": "{}",
  "pages/only/index.wxml": "<view>一页</view>",
  "pages/only/index.ts": "Page({});",
};

/** A program of one page, with some files other than sound. */
export function smallProgram(files: Readonly<Record<string, string>> = {}): string {
  const root = path.join(temporaryFolder(), "program");
  for (const [name, content] of Object.entries({ ...SOUND, ...files })) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), content);
  }
  return root;
}
