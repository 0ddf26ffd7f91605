/** The phone's frame: navigation bar, the page's box, tab bar, and a layer above for dialogs. */

function box(className: string, parent: HTMLElement): HTMLElement {
  const element = document.createElement("div");
  element.className = className;
  parent.append(element);
  return element;
}

const frame = document.createElement("div");
frame.className = "phone";

export const phone = {
  frame,
  navigationBar: box("phone-navigation", frame),
  /** Fixed positions, container units and coordinates of the program refer to this box. */
  viewport: box("phone-viewport", frame),
  tabBar: box("phone-tabs", frame),
  overlays: box("phone-overlays", frame),
};

export function mountPhone(): void {
  document.body.append(frame);
}

/** A rectangle of the browser's window as the program sees it: measured from its page's corner. */
export function inPage(rect: DOMRectReadOnly): {
  left: number;
  top: number;
  right: number;
  bottom: number;
  width: number;
  height: number;
} {
  const origin = phone.viewport.getBoundingClientRect();
  return {
    left: rect.left - origin.left,
    top: rect.top - origin.top,
    right: rect.right - origin.left,
    bottom: rect.bottom - origin.top,
    width: rect.width,
    height: rect.height,
  };
}
