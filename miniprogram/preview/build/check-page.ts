/** The script of the web page /log/check: the phone's own check of a rating, bundled for browsers. */
import { statSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";

const SCRIPT = path.resolve(import.meta.dirname, "../web/log-check.ts");
export const CHECK_SCRIPT = "log-check.js";

/** @returns its size in bytes. */
export async function buildCheckPage(out: string): Promise<number> {
  const outfile = path.join(out, CHECK_SCRIPT);
  await build({ entryPoints: [SCRIPT], bundle: true, format: "iife", outfile, minify: true, target: "es2019", charset: "utf8", logLevel: "silent" });
  return statSync(outfile).size;
}
