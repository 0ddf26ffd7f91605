/** `npm run build:preview [-- ROOT OUT]`: the mini-program's packages, then its preview. */
import path from "node:path";
import { buildPackages } from "../npm/packages";
import { buildCheckPage } from "./check-page";
import { buildPreview } from "./preview";

const PROJECT = path.resolve(import.meta.dirname, "../..");
const [root = path.join(PROJECT, "src"), out = path.join(PROJECT, "preview/dist")] = process.argv
  .slice(2)
  .map((folder) => path.resolve(folder));

const started = performance.now();
try {
  buildPackages({ root, nodeModules: path.join(PROJECT, "node_modules") });
  const built = await buildPreview(root, out);
  const checkBytes = await buildCheckPage(out);
  const kib = (bytes: number): string => `${Math.round(bytes / 1024)} KiB`;
  console.log(
    `preview: ${built.pages} pages, ${built.components} components, app.js ${kib(built.scriptBytes)}, app.css ${kib(built.styleBytes)}, log-check.js ${kib(checkBytes)}, ` +
      `${Math.round(performance.now() - started)} ms`,
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
