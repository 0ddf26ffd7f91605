/** Sizes of a mini-program's packages as WeChat counts them: everything that is uploaded. */
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import path from "node:path";

/** WeChat refuses a main package or a subpackage above this. */
export const PACKAGE_LIMIT = 2 * 1024 * 1024;

export interface PackageSize {
  /** Folder of the subpackage; empty for the main package. */
  root: string;
  bytes: number;
}

interface AppPackages {
  subPackages?: { root: string }[];
  subpackages?: { root: string }[];
}

export function packageSizes(root: string): PackageSize[] {
  const appFile = path.join(root, "app.json");
  if (!existsSync(appFile)) return [];
  const app = JSON.parse(readFileSync(appFile, "utf8")) as AppPackages;
  const folders = (app.subPackages ?? app.subpackages ?? []).map((subpackage) => path.normalize(`${subpackage.root}/`));
  const sizes = new Map<string, number>([["", 0], ...folders.map((folder): [string, number] => [folder, 0])]);
  for (const file of readdirSync(root, { recursive: true, encoding: "utf8" })) {
    const stat = statSync(path.join(root, file));
    if (!stat.isFile() || file.endsWith(".d.ts")) continue;
    const folder = folders.find((candidate) => file.startsWith(candidate)) ?? "";
    sizes.set(folder, (sizes.get(folder) ?? 0) + stat.size);
  }
  return [...sizes].map(([folder, bytes]) => ({ root: folder, bytes }));
}
