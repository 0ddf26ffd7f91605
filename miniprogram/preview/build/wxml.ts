/** Reads the tags of a WXML file, for checks that the template compiler doesn't make. */

export interface Tag {
  name: string;
  attributes: Map<string, string>;
  line: number;
}

const TAG = /<!--[\s\S]*?-->|<([a-zA-Z][\w-]*)((?:\s+[^\s=>"'/]+(?:\s*=\s*(?:"[^"]*"|'[^']*'))?)*)\s*(\/?)>/g;
const ATTRIBUTE = /([^\s=>"'/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'))?/g;
const INLINE_SCRIPT = /(<wxs\b[^>]*>)([\s\S]*?)(<\/wxs>)/g;

function attributesOf(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name, double, single] of text.matchAll(ATTRIBUTE)) {
    if (name !== undefined) attributes.set(name, double ?? single ?? "");
  }
  return attributes;
}

/** Keeps the lines, so that later tags are reported where they stand. */
function withoutInlineScripts(wxml: string): string {
  return wxml.replace(
    INLINE_SCRIPT,
    (_, open: string, body: string, close: string) => open + body.replace(/[^\n]/g, "") + close,
  );
}

export function tagsOf(wxml: string): Tag[] {
  const text = withoutInlineScripts(wxml);
  const tags: Tag[] = [];
  for (const match of text.matchAll(TAG)) {
    const [, name, attributes = ""] = match;
    if (name === undefined) continue;
    const line = text.slice(0, match.index).split("\n").length;
    tags.push({ name, attributes: attributesOf(attributes), line });
  }
  return tags;
}

const EVENT = /^(?:capture-)?(?:bind|catch|mut-bind):?([a-z]+)$/i;

/** The tag's events with the names of their handlers. */
export function eventsOf(tag: Tag): { event: string; handler: string }[] {
  const events: { event: string; handler: string }[] = [];
  for (const [attribute, handler] of tag.attributes) {
    const event = EVENT.exec(attribute)?.[1];
    if (event !== undefined) events.push({ event, handler });
  }
  return events;
}
