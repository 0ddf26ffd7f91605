/**
 * TDesign's icon style sheet loads its font from a CDN, which a mini-program may not rely on: the font
 * is put into the style sheet.
 *
 * The font comes from another package of TDesign, whose code points differ from the style sheet's for
 * hundreds of icons. What holds is the icon's name, so the code points are written anew from the font.
 */
import { readFileSync } from "node:fs";
import path from "node:path";

const FONT_FOLDER = "tdesign-icons-web-components/esm/iconfont";
const FONT_SOURCE = /(@font-face\s*\{[^}]*?)src:[^;}]+/;
const ICON = /(\.t-icon-([\w-]+):before\{content:)'\\[0-9A-Fa-f]+'/g;
const GLYPH = /<glyph\s+glyph-name="([\w-]+)"\s+unicode="&#x([0-9A-Fa-f]+);/g;

/** Code points of the font's icons by name, from its SVG form, which alone spells the names out. */
function codePoints(svg: string): Map<string, string> {
  return new Map([...svg.matchAll(GLYPH)].map(([, name = "", code = ""]) => [name, code.toUpperCase()]));
}

/** @param wxss the style sheet of t-icon as it comes */
export function withFontInside(wxss: string, nodeModules: string): string {
  const folder = path.join(nodeModules, FONT_FOLDER);
  const font = readFileSync(path.join(folder, "t.woff")).toString("base64");
  const known = codePoints(readFileSync(path.join(folder, "t.svg"), "utf8"));
  if (!FONT_SOURCE.test(wxss))
    throw new Error("t-icon's style sheet no longer has the @font-face that is replaced here");
  return wxss
    .replace(FONT_SOURCE, `$1src:url("data:font/woff;base64,${font}") format("woff")`)
    .replace(ICON, (_, rule: string, name: string) => {
      const code = known.get(name);
      if (code === undefined) throw new Error(`the icon font has no "${name}"`);
      return `${rule}'\\${code}'`;
    });
}
