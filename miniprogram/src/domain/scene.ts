/**
 * What a code stands for: a department (`d12`), a counter (`kA1B2C3D4`) or a visit code (评价码, `XXXX-XXXX-XXXX`).
 *
 * A visit code is written in Crockford's base 32, which leaves out I, L, O and U so that people can
 * copy it by hand: case and dashes don't matter, O reads as 0, I and L as 1, U as V.
 */

const DEPARTMENT = /^d\d{1,10}$/;
const COUNTER = /^k[0-9A-Za-z]{8}$/;
const EFFECT = /^f([0-9A-Za-z]{12})$/;
const BINDING = /^bind:/;
const VISIT_CODE = /^[0-9A-HJKMNP-TV-Z]{12}$/;

/** The visit code in its printed form, or null when the text isn't one. */
export function parseVisitCode(text: string): string | null {
  const plain = text
    .replace(/[\s\-‐-―－]/g, "")
    .toUpperCase()
    .replace(/O/g, "0")
    .replace(/[IL]/g, "1")
    .replace(/U/g, "V");
  if (!VISIT_CODE.test(plain)) return null;
  return `${plain.slice(0, 4)}-${plain.slice(4, 8)}-${plain.slice(8)}`;
}

function parseScene(text: string): string | null {
  if (DEPARTMENT.test(text) || COUNTER.test(text)) return text;
  return parseVisitCode(text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Reads what `wx.scanCode` or a start from a code brings, or null when it isn't one of ours.
 *
 * @param content a mini-program path (`pages/home/index?scene=d12`), the address of the plain web
 *   form (`…/rate/d12`), or the scene itself.
 */
export function sceneOf(content: string): string | null {
  const text = content.trim();
  const named = /[?&](?:scene|code)=([^&#]+)/.exec(text);
  if (named?.[1]) return parseScene(decoded(named[1]));
  const web = /\/rate\/([^/?#]+)/.exec(text);
  if (web?.[1]) return parseScene(decoded(web[1]));
  return parseScene(decoded(text));
}

/** The scene by which those who were served rate an effect (成效检验), in its one form; null for other codes. */
export function effectSceneOf(content: string): string | null {
  const text = content.trim();
  const named = /[?&]scene=([^&#]+)/.exec(text);
  const web = /\/effect\/([^/?#]+)/.exec(text);
  const code = web?.[1] ?? EFFECT.exec(decoded(named?.[1] ?? text))?.[1];
  const printed = code === undefined ? null : parseVisitCode(code);
  return printed === null ? null : `f${printed.replaceAll("-", "")}`;
}

/** The code that binds a phone to a Party member, in its printed form; null for other codes. */
export function bindingCodeOf(content: string): string | null {
  const text = content.trim();
  return BINDING.test(text) ? parseVisitCode(text.replace(BINDING, "")) : null;
}
