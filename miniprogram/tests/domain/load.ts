/** Bundles a module of src/ as WeChat's compiler would read it (imports without extension) and imports it. */
import { build } from "esbuild";
import path from "node:path";

const SRC = path.resolve(import.meta.dirname, "../../src");

/** @param module path below src/, without extension. */
export async function load<T>(module: string): Promise<T> {
  const { outputFiles } = await build({
    entryPoints: [path.join(SRC, `${module}.ts`)],
    bundle: true,
    write: false,
    format: "esm",
    // As for the phone: a package must not count on Node.
    platform: "browser",
  });
  const code = Buffer.from(outputFiles[0]?.contents ?? new Uint8Array()).toString("base64");
  return (await import(`data:text/javascript;base64,${code}`)) as T;
}
