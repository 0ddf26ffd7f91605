/** Where glass-easel's elements become those of the browser, and the browser's events those of WXML. */
import * as glassEasel from "glass-easel";
import { COMMON_EVENTS, hasEvent, isBuiltIn, isPackaged } from "../vocabulary";
import { createElement, WxElement, WxEvent } from "./elements";
import { unsupported } from "./failures";
import { inPage, phone } from "./phone";

/** What WXML's event has beside its detail. */
interface Touch {
  identifier: number;
  pageX: number;
  pageY: number;
  clientX: number;
  clientY: number;
}

const COMMON = new Set<string>(COMMON_EVENTS);

function touchOf(point: { identifier?: number; clientX: number; clientY: number }): Touch {
  const { left, top } = phone.viewport.getBoundingClientRect();
  const x = point.clientX - left;
  const y = point.clientY - top;
  return { identifier: point.identifier ?? 0, pageX: x, pageY: y, clientX: x, clientY: y };
}

function touchesOf(event: Event): { touches: Touch[]; changedTouches: Touch[] } | undefined {
  if (window.TouchEvent !== undefined && event instanceof TouchEvent) {
    return { touches: [...event.touches].map(touchOf), changedTouches: [...event.changedTouches].map(touchOf) };
  }
  if (!(event instanceof MouseEvent)) return undefined;
  const changedTouches = [touchOf(event)];
  return { touches: event.type === "mouseup" ? [] : changedTouches, changedTouches };
}

/** A disabled native button keeps taps to itself. */
function isTapOnDisabledButton(type: string, event: Event): boolean {
  return (
    type === "tap" &&
    event.target instanceof Element &&
    event.target.closest('wx-button[aria-disabled="true"]') !== null
  );
}

/** The browser's own account of where the tap was. */
function pointOf(event: Event): MouseEvent | globalThis.Touch | undefined {
  if (event instanceof MouseEvent) return event;
  return window.TouchEvent !== undefined && event instanceof TouchEvent ? event.changedTouches[0] : undefined;
}

/** What the tapped element adds to the tap; null when it keeps it to itself. */
function tapDetailOf(target: glassEasel.Element, event: Event): object | null {
  const native = target.getBackendElement() as unknown;
  const point = pointOf(event);
  return native instanceof WxElement && point !== undefined ? native.tapDetail(point, event.target) : {};
}

function translate(
  type: string,
  given: unknown,
  event: Event,
): { detail: unknown; extraFields?: Record<string, unknown> } {
  if (event instanceof WxEvent) return { detail: event.detail };
  const touches = touchesOf(event);
  if (touches === undefined) return { detail: given };
  const [first] = touches.changedTouches;
  const isTap = type === "tap" || type === "longpress" || type === "longtap";
  return { detail: isTap ? { x: first?.pageX, y: first?.pageY } : given, extraFields: touches };
}

function dispatch(
  target: glassEasel.Element,
  type: string,
  given: unknown,
  options: glassEasel.EventOptions,
): glassEasel.EventBubbleStatus | undefined {
  const event = (options as { originalEvent?: Event }).originalEvent;
  if (event === undefined) return undefined;
  // An input's own "change" or "scroll" isn't WXML's: elements announce those by a WxEvent.
  if (!(event instanceof WxEvent) && !COMMON.has(type)) return undefined;
  if (isTapOnDisabledButton(type, event)) return undefined;
  const added = type === "tap" ? tapDetailOf(target, event) : {};
  if (added === null) return undefined;
  const { detail: told, extraFields } = translate(type, given, event);
  const detail = type === "tap" ? { ...(told as object | undefined), ...added } : told;
  const bubbles = event instanceof WxEvent ? event.bubbles : (options.bubbles ?? false);
  const translated = new glassEasel.Event(type, detail, {
    ...options,
    bubbles,
    ...(extraFields ? { extraFields } : {}),
  });
  glassEasel.Event.dispatchEvent(target, translated);
  // A tap caught by the program must not keep the browser from its click, which forms and links need.
  return type === "tap" ? undefined : translated.getEventBubbleStatus();
}

type DomElement = glassEasel.domlikeBackend.Element;

/** The component in whose template the element stands. */
function ownerOf(element: WxElement): string {
  return element.__wxElement?.ownerShadowRoot?.getHostNode().is ?? "";
}

/** Listens to nothing: that it listens makes the element clickable. */
function beClickable(): void {
  // Taps are told by glass-easel.
}

type MutLevel = Parameters<glassEasel.CurrentWindowBackendContext["setListenerStats"]>[3];

/** The browser's window as glass-easel's backend, with the elements of WXML. */
class PhoneBackend extends glassEasel.CurrentWindowBackendContext {
  constructor() {
    super();
    this.document = {
      createElement: (tag) => createElement(tag) as unknown as DomElement,
      createTextNode: (text) => document.createTextNode(text) as unknown as DomElement,
      createDocumentFragment: () => document.createDocumentFragment() as unknown as DomElement,
    };
  }

  override getWindowWidth(): number {
    return phone.viewport.clientWidth;
  }

  override getWindowHeight(): number {
    return phone.viewport.clientHeight;
  }

  override setListenerStats(element: DomElement, type: string, capture: boolean, level: MutLevel): void {
    const native = element as unknown;
    if (
      native instanceof WxElement &&
      isBuiltIn(native.wxTag) &&
      !hasEvent(native.wxTag, type) &&
      !isPackaged(ownerOf(native))
    ) {
      unsupported(`event "${type}" of <${native.wxTag}>`);
    }
    // A finger is wide: the browser looks for something clickable near it, and would take the button beside this element.
    if (native instanceof WxElement && type === "tap") native.addEventListener("click", beClickable);
    super.setListenerStats(element, type, capture, level);
  }

  override setModelBindingStat(
    element: DomElement,
    attribute: string,
    listener: ((value: unknown) => void) | null,
  ): void {
    const native = element as unknown;
    if (native instanceof WxElement) native.bindModel(attribute, listener);
  }
}

/** `data-testid` is the only datum of an element that is written to the browser's: tests look for it. */
function writeTestIds(): void {
  const { prototype } = glassEasel.Element;
  const setDataset = prototype.setDataset;
  prototype.setDataset = function (this: glassEasel.Element, name: string, value: unknown): void {
    setDataset.call(this, name, value);
    if (name === "testid")
      (this.getBackendElement() as unknown as Element | null)?.setAttribute("data-testid", String(value));
  };
}

/** Rectangles that the program asks for are measured from its page's corner. */
function measureInPage(): void {
  glassEasel.Element.prototype.getBoundingClientRect = function (this: glassEasel.Element, done): void {
    const element = this.getBackendElement() as unknown as Element | null;
    const rect = element === null ? new DOMRect() : inPage(element.getBoundingClientRect());
    setTimeout(() => done(rect), 0);
  };
}

export function createBackend(): glassEasel.CurrentWindowBackendContext {
  const backend = new PhoneBackend();
  backend.onEvent(dispatch);
  writeTestIds();
  measureInPage();
  return backend;
}
