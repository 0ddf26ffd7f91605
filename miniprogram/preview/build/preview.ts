/** Builds the preview: a folder of static files that shows the mini-program in a browser. */
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { NPM_FOLDER } from "../vocabulary";
import { Faults, readProgram } from "./program";
import { bundleScripts } from "./scripts";
import { compileStyles } from "./styles";
import { compileTemplates } from "./templates";

const STYLES = path.resolve(import.meta.dirname, "../styles");
/** The preview's own sheets, below the program's so that the program has the last word. */
const OWN_SHEETS = ["elements.css", "phone.css", "overlays.css"];
const PICTURES = new Set([".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp"]);

const PAGE = `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<title>小程序预览</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="app.css">
</head>
<body>
<script src="app.js"></script>
</body>
</html>
`;

export interface Built {
  pages: number;
  components: number;
  scriptBytes: number;
  styleBytes: number;
}

function copyPictures(root: string, out: string): void {
  for (const file of readdirSync(root, { recursive: true, encoding: "utf8" })) {
    if (file.split(path.sep)[0] === NPM_FOLDER || !PICTURES.has(path.extname(file))) continue;
    cpSync(path.join(root, file), path.join(out, file));
  }
}

/**
 * @param root the program's root (where app.json is), with its packages in miniprogram_npm
 * @param out folder to write, emptied before
 * @throws Error that names every fault of the program
 */
export async function buildPreview(root: string, out: string): Promise<Built> {
  const faults = new Faults();
  const program = readProgram(root, faults);
  faults.throwIfAny();
  const templates = compileTemplates(program, faults);
  const styles = compileStyles(program, faults);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(path.join(out, "fonts"), { recursive: true });
  const outFile = path.join(out, "app.js");
  await bundleScripts({ program, templates, scopes: styles.scopes, outFile }, faults);
  faults.throwIfAny();
  const own = OWN_SHEETS.map((sheet) => readFileSync(path.join(STYLES, sheet), "utf8"));
  const css = [...own, styles.css].join("\n");
  writeFileSync(path.join(out, "app.css"), css);
  writeFileSync(path.join(out, "index.html"), PAGE);
  for (const [name, content] of styles.fonts) writeFileSync(path.join(out, name), content);
  copyPictures(root, out);
  return {
    pages: program.pages.length,
    components: program.components.length - program.pages.length,
    scriptBytes: statSync(outFile).size,
    styleBytes: Buffer.byteLength(css),
  };
}
