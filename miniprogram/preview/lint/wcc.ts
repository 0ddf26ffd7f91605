/**
 * WeChat's own template compiler (wcc, from the package miniprogram-compiler) as a lint: what it refuses,
 * WeChat DevTools refuses.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { isPackaged } from "../vocabulary";

const BINARIES: Readonly<Record<string, string>> = { linux: "linux/wcc", darwin: "mac/wcc", win32: "windows/wcc.exe" };

function binary(nodeModules: string): string {
  const name = BINARIES[process.platform];
  if (name === undefined) throw new Error(`WeChat's template compiler doesn't run on ${process.platform}`);
  const file = path.join(nodeModules, "miniprogram-compiler/bin", name);
  // The package comes without the permission to run it.
  chmodSync(file, 0o755);
  return file;
}

function ownFiles(root: string, extension: string): string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((file) => file.split(path.sep).join("/"))
    .filter((file) => file.endsWith(extension) && !isPackaged(file))
    .sort();
}

/** For each template that uses components: its name, how many, and their tags, as the compiler wants it. */
function componentArguments(root: string, templates: readonly string[]): string {
  const described = templates.flatMap((template) => {
    const config = path.join(root, template.replace(/\.wxml$/, ".json"));
    const { usingComponents = {} } = JSON.parse(readFileSync(config, "utf8")) as {
      usingComponents?: Record<string, string>;
    };
    const tags = Object.keys(usingComponents);
    return tags.length === 0 ? [] : [[template, String(tags.length), ...tags]];
  });
  return [String(described.length), ...described.flat()].join(" ");
}

export interface LintResult {
  templates: number;
  /** What the compiler said; empty when it found nothing. */
  complaints: string;
}

/** @param root the program's root */
export function lintTemplates(root: string, nodeModules: string): LintResult {
  const templates = ownFiles(root, ".wxml");
  const { status, stderr, error } = spawnSync(
    binary(nodeModules),
    ["-d", "-cc", componentArguments(root, templates), ...templates, ...ownFiles(root, ".wxs"), "-gn", "$gwx"],
    { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
  );
  if (error !== undefined) throw error;
  // It may exit 0 after an error, so what it says counts.
  const complaints = stderr.trim();
  return {
    templates: templates.length,
    complaints: complaints === "" && status !== 0 ? `exit status ${status}` : complaints,
  };
}
