/**
 * Lets Node run the project's TypeScript as it stands: `node --import ./preview/typescript.mjs …`.
 *
 * Imports in a mini-program have no file extension, which Node alone can't resolve, and Node before
 * 22.18 doesn't read TypeScript without a flag.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { transformSync } from "esbuild";

const ENDINGS = [".ts", "/index.ts"];

function isFile(path) {
  return existsSync(path) && statSync(path).isFile();
}

registerHooks({
  resolve(specifier, context, next) {
    if (specifier.startsWith(".") && context.parentURL?.startsWith("file:")) {
      const base = fileURLToPath(new URL(specifier, context.parentURL));
      const ending = isFile(base) ? undefined : ENDINGS.find((end) => isFile(base + end));
      if (ending !== undefined) {
        return { url: pathToFileURL(base + ending).href, format: "module", shortCircuit: true };
      }
    }
    return next(specifier, context);
  },
  load(url, context, next) {
    if (!url.startsWith("file:") || !url.endsWith(".ts")) return next(url, context);
    const path = fileURLToPath(url);
    const { code } = transformSync(readFileSync(path, "utf8"), {
      loader: "ts",
      format: "esm",
      target: "node22",
      sourcemap: "inline",
      sourcefile: path,
    });
    return { format: "module", source: code, shortCircuit: true };
  },
});
