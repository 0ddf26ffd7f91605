/** `label`, `navigator`, `rich-text`, `icon` and `progress`. */
import { unsupported } from "../failures";
import { WxButton } from "./button";
import { WxCheckbox, WxRadio } from "./choices";
import { numberOf, textOf, WxElement } from "./element";

export class WxLabel extends WxElement {
  private target = "";

  override build(): void {
    this.addEventListener("click", ({ target }) => {
      const field = this.field();
      if (field === null || (target instanceof Node && field.contains(target))) return;
      if (field instanceof WxRadio || field instanceof WxCheckbox) field.choose();
      else if (field instanceof WxButton) field.click();
      else field.querySelector<HTMLElement>("input, textarea")?.click();
    });
  }

  private field(): Element | null {
    if (this.target !== "")
      return this.closest("wx-page")?.querySelector(`[wx-id="${CSS.escape(this.target)}"]`) ?? null;
    return this.querySelector("wx-radio, wx-checkbox, wx-switch, wx-button, wx-input, wx-textarea");
  }

  protected override update(name: string, value: unknown): boolean {
    if (name !== "for") return false;
    this.target = textOf(value);
    return true;
  }
}

const OPEN_TYPES: Readonly<Record<string, "navigateTo" | "redirectTo" | "switchTab" | "reLaunch" | "navigateBack">> = {
  "": "navigateTo",
  navigate: "navigateTo",
  redirect: "redirectTo",
  switchTab: "switchTab",
  reLaunch: "reLaunch",
  navigateBack: "navigateBack",
};

export class WxNavigator extends WxElement {
  private url = "";
  private openType = "";
  private delta = 1;

  override build(): void {
    super.setAttribute("role", "link");
    this.addEventListener("click", () => this.follow());
  }

  private follow(): void {
    const method = OPEN_TYPES[this.openType] ?? unsupported(`navigator open-type "${this.openType}"`);
    const go = wx[method] as (options: object) => void;
    go({
      url: this.url,
      delta: this.delta,
      success: (answer: unknown) => this.announce("success", answer),
      fail: (answer: unknown) => this.announce("fail", answer),
      complete: (answer: unknown) => this.announce("complete", answer),
    });
  }

  protected override update(name: string, value: unknown): boolean {
    if (name === "url") this.url = textOf(value);
    else if (name === "open-type") this.openType = textOf(value);
    else if (name === "delta") this.delta = numberOf(value, 1);
    else return false;
    return true;
  }
}

interface RichNode {
  type?: "node" | "text";
  name?: string;
  text?: string;
  attrs?: Record<string, string>;
  children?: RichNode[];
}

/** Tags that WeChat shows in rich text; others are left out with their content. */
const RICH_TAGS = new Set(
  "a b blockquote br code del div em h1 h2 h3 h4 h5 h6 hr i img ins li ol p span strong sub sup table tbody td th thead tr u ul".split(
    " ",
  ),
);
const RICH_ATTRIBUTES = new Set(["class", "src", "alt", "width", "height", "colspan", "rowspan"]);

function richElement({ type, name = "", text = "", attrs = {}, children = [] }: RichNode): Node {
  if (type === "text") return document.createTextNode(text);
  if (!RICH_TAGS.has(name)) return document.createDocumentFragment();
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attrs)) {
    if (attribute === "style") element.style.cssText = value;
    else if (RICH_ATTRIBUTES.has(attribute)) element.setAttribute(attribute, value);
  }
  element.append(...children.map(richElement));
  return element;
}

function nodesOfHtml(html: string): RichNode[] {
  const read = (node: Node): RichNode =>
    node instanceof Element
      ? {
          name: node.localName,
          attrs: Object.fromEntries([...node.attributes].map((attribute) => [attribute.name, attribute.value])),
          children: [...node.childNodes].map(read),
        }
      : { type: "text", text: node.textContent ?? "" };
  return [...new DOMParser().parseFromString(html, "text/html").body.childNodes].map(read);
}

export class WxRichText extends WxElement {
  protected override update(name: string, value: unknown): boolean {
    if (name !== "nodes") return false;
    const nodes = typeof value === "string" ? nodesOfHtml(value) : (value as RichNode[]);
    this.replaceChildren(...nodes.map(richElement));
    return true;
  }
}

const ICONS: Readonly<Record<string, string>> = {
  success: "✓",
  success_no_circle: "✓",
  info: "i",
  warn: "!",
  waiting: "…",
  cancel: "×",
  download: "↓",
  search: "搜",
  clear: "×",
};

export class WxIcon extends WxElement {
  protected override update(name: string, value: unknown): boolean {
    if (name === "type") this.textContent = ICONS[textOf(value)] ?? unsupported(`icon "${textOf(value)}"`);
    else if (name === "size") this.style.fontSize = `${numberOf(value, 23)}px`;
    else if (name === "color") this.style.color = textOf(value);
    else return false;
    return true;
  }
}

export class WxProgress extends WxElement {
  private readonly bar = document.createElement("progress");

  override build(): void {
    this.bar.max = 100;
    this.append(this.bar);
  }

  protected override update(name: string, value: unknown): boolean {
    if (name !== "percent") return false;
    this.bar.value = numberOf(value, 0);
    return true;
  }
}
