/** The elements that stand for the tags of WXML. */
import { TAGS } from "../../vocabulary";
import { unsupported } from "../failures";
import { WxButton, WxForm } from "./button";
import { WxCheckbox, WxCheckboxGroup, WxRadio, WxRadioGroup, WxSlider, WxSwitch } from "./choices";
import { WxElement } from "./element";
import { WxInput, WxTextarea } from "./field";
import { WxImage } from "./image";
import { WxMap } from "./map";
import { WxPicker } from "./picker";
import { WxScrollView } from "./scroll-view";
import { WxIcon, WxLabel, WxNavigator, WxProgress, WxRichText } from "./simple";
import { WxSwiper } from "./swiper";

export { WxElement, WxEvent } from "./element";

const CLASSES: Readonly<Record<string, new () => WxElement>> = {
  button: WxButton,
  checkbox: WxCheckbox,
  "checkbox-group": WxCheckboxGroup,
  "cover-image": WxImage,
  form: WxForm,
  icon: WxIcon,
  image: WxImage,
  input: WxInput,
  label: WxLabel,
  map: WxMap,
  navigator: WxNavigator,
  picker: WxPicker,
  progress: WxProgress,
  radio: WxRadio,
  "radio-group": WxRadioGroup,
  "rich-text": WxRichText,
  "scroll-view": WxScrollView,
  slider: WxSlider,
  swiper: WxSwiper,
  switch: WxSwitch,
  textarea: WxTextarea,
};

const known = new Set<string>();

function define(tag: string, parent: new () => WxElement): void {
  if (known.has(tag)) return;
  known.add(tag);
  // A class can be registered for one tag only.
  customElements.define(`wx-${tag}`, class extends parent {});
}

for (const tag of [...Object.keys(TAGS), "page"]) define(tag, CLASSES[tag] ?? WxElement);

/** Makes hosts for the tags by which pages use their components. */
export function defineHosts(tags: readonly string[]): void {
  for (const tag of tags) define(tag, WxElement);
}

export function createElement(tag: string): WxElement {
  if (!known.has(tag)) unsupported(`the tag <${tag}>`);
  const element = document.createElement(`wx-${tag}`) as WxElement;
  element.build();
  return element;
}
