/** What all elements of WXML share: attributes with their true values, ids, inline styles, events. */
import type * as glassEasel from "glass-easel";
import { toContainerUnits } from "../../units";

/** An event of WXML that an element announces itself, unlike the browser's own of the same name. */
export class WxEvent extends CustomEvent<unknown> {}

/** States that assistive technology must hear also when they are off. */
const ARIA_STATES = new Set(["aria-checked", "aria-expanded", "aria-selected", "aria-pressed"]);

export class WxElement extends HTMLElement {
  /** Filled in by glass-easel. */
  declare __wxElement?: glassEasel.Element;
  private readonly models = new Map<string, (value: unknown) => void>();

  /** The tag as written in WXML. */
  get wxTag(): string {
    return this.localName.slice("wx-".length);
  }

  /** Makes what the element is made of; a constructor may not add children. */
  build(): void {
    // Most elements are nothing but their content.
  }

  /** Takes an attribute's value as the template gave it. @returns whether the element has dealt with it */
  protected update(_name: string, _value: unknown): boolean {
    return false;
  }

  /** What a tap on it tells beside its place on the page; null when it keeps the tap to itself. */
  tapDetail(_point: MouseEvent | Touch, _target: EventTarget | null): object | null {
    return {};
  }

  /** Keeps a two-way binding (`model:value`). */
  bindModel(attribute: string, listener: ((value: unknown) => void) | null): void {
    if (listener === null) this.models.delete(attribute);
    else this.models.set(attribute, listener);
  }

  protected tellModel(attribute: string, value: unknown): void {
    this.models.get(attribute)?.(value);
  }

  protected announce(type: string, detail: unknown = {}): void {
    this.dispatchEvent(new WxEvent(type, { detail, bubbles: false }));
  }

  // glass-easel writes ids through this property; "id" itself would clash between pages.
  override get id(): string {
    return this.getAttribute("wx-id") ?? "";
  }

  override set id(value: string) {
    super.setAttribute("wx-id", value.replace(/^.*?--/, ""));
  }

  override setAttribute(name: string, text: string): void {
    const given = this.given(name);
    const value = given === undefined ? text : given;
    if (name === "style") this.style.cssText = toContainerUnits(text);
    else if (name === "hidden") this.hidden = Boolean(value);
    else if (name === "aria-role") this.setRole(text);
    else if (name.startsWith("aria-")) super.setAttribute(name, value === true ? "true" : text);
    else if (!this.update(name, value) && typeof value !== "object") super.setAttribute(name, text);
  }

  override removeAttribute(name: string): void {
    if (name === "hidden") this.hidden = false;
    else if (ARIA_STATES.has(name)) super.setAttribute(name, "false");
    else if (!this.update(name, false)) super.removeAttribute(name);
  }

  private setRole(role: string): void {
    if (role === "") super.removeAttribute("role");
    else super.setAttribute("role", role);
  }

  /** The attribute's value before it was made text: arrays and objects survive. */
  private given(name: string): unknown {
    return this.__wxElement?.attributes.find((attribute) => attribute.name === name)?.value;
  }
}

let domIds = 0;

/** An id in the browser's sense, for what refers to the element: WXML's ids repeat from page to page. */
export function domIdOf(element: Element): string {
  const { setAttribute, getAttribute } = Element.prototype;
  const known = getAttribute.call(element, "id");
  if (known !== null) return known;
  domIds += 1;
  const id = `preview-${domIds}`;
  setAttribute.call(element, "id", id);
  return id;
}

/** Text of an attribute that may be missing. */
export function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** Number of an attribute, or the default where it is missing or no number. */
export function numberOf(value: unknown, otherwise: number): number {
  const number = typeof value === "number" ? value : Number.parseFloat(textOf(value));
  return Number.isNaN(number) ? otherwise : number;
}

/** A field that a form collects and resets. */
export interface FormField {
  readonly fieldName: string;
  fieldValue: () => unknown;
  resetField: () => void;
}

function isFormField(element: Element): element is Element & FormField {
  return element instanceof WxElement && "fieldName" in element && "fieldValue" in element && "resetField" in element;
}

/** The fields of a form. */
export function fieldsIn(form: Element): FormField[] {
  return [...form.querySelectorAll("*")].filter((element) => isFormField(element));
}
