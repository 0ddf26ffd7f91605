/**
 * The tags and events of WXML that the preview knows: the build refuses a template that uses another
 * one, and the runtime throws for it, so that nothing silently does nothing.
 */

/** Where packages' components are, below the program's root. */
export const NPM_FOLDER = "miniprogram_npm";

/** Whether a component is a package's: those use more than is documented, and are trusted with it. */
export function isPackaged(component: string): boolean {
  return component.startsWith(`${NPM_FOLDER}/`);
}

/** Events of touch and animation, which every tag has and which bubble. */
export const COMMON_EVENTS = [
  "tap",
  "longpress",
  "longtap",
  "canceltap",
  "touchstart",
  "touchmove",
  "touchend",
  "touchcancel",
  "transitionend",
  "animationstart",
  "animationiteration",
  "animationend",
] as const;

/** Tags that only steer the template and make no element. */
export const TEMPLATE_TAGS = ["block", "template", "import", "include", "wxs", "slot"] as const;

const OPEN_TYPE_EVENTS = [
  "getphonenumber",
  "getrealtimephonenumber",
  "getuserinfo",
  "contact",
  "error",
  "opensetting",
  "launchapp",
  "chooseavatar",
  "agreeprivacyauthorization",
  "createliveactivity",
  "phoneoneclicklogin",
] as const;

const FIELD_EVENTS = [
  "input",
  "focus",
  "blur",
  "confirm",
  "keyboardheightchange",
  "nicknamereview",
  "keyboardcompositionstart",
  "keyboardcompositionupdate",
  "keyboardcompositionend",
  "selectionchange",
] as const;

/** Each built-in tag with the events that it has beside the common ones. */
export const TAGS: Readonly<Record<string, readonly string[]>> = {
  view: [],
  text: [],
  "cover-view": [],
  "root-portal": [],
  label: [],
  icon: [],
  "swiper-item": [],
  checkbox: [],
  radio: [],
  "rich-text": [],
  "cover-image": ["load", "error"],
  image: ["load", "error"],
  button: OPEN_TYPE_EVENTS,
  input: FIELD_EVENTS,
  textarea: [...FIELD_EVENTS, "linechange"],
  form: ["submit", "reset"],
  picker: ["change", "cancel", "columnchange"],
  switch: ["change"],
  slider: ["change", "changing"],
  "checkbox-group": ["change"],
  "radio-group": ["change"],
  swiper: ["change", "transition", "animationfinish"],
  map: ["markertap", "labeltap", "callouttap"],
  progress: ["activeend"],
  navigator: ["success", "fail", "complete"],
  "scroll-view": [
    "scroll",
    "scrolltoupper",
    "scrolltolower",
    "dragstart",
    "dragging",
    "dragend",
    "refresherpulling",
    "refresherrefresh",
    "refresherrestore",
    "refresherabort",
  ],
};

export function isBuiltIn(tag: string): boolean {
  return Object.hasOwn(TAGS, tag);
}

export function isTemplateTag(tag: string): boolean {
  return (TEMPLATE_TAGS as readonly string[]).includes(tag);
}

export function isCommonEvent(event: string): boolean {
  return (COMMON_EVENTS as readonly string[]).includes(event);
}

/** Whether a built-in tag has the event. */
export function hasEvent(tag: string, event: string): boolean {
  return isCommonEvent(event) || (TAGS[tag]?.includes(event) ?? false);
}
