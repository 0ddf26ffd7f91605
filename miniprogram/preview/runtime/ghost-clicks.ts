/**
 * A browser sends a click after a touch, to whatever lies under the finger by then. WeChat does not:
 * where the tap has changed the page, or brought another one, that click belongs to nothing and is swallowed.
 */
import type { Router } from "./router";

/** How long after a touch a page change counts as caused by it, in milliseconds. */
const CAUSED_WITHIN = 500;

function isSameSpot(touched: Node, clicked: EventTarget | null): boolean {
  return clicked instanceof Node && (touched.contains(clicked) || clicked.contains(touched));
}

export function swallowGhostClicks(router: Router): void {
  let touchedAt = -Infinity;
  let changed = false;
  /** What the finger went down on, until the click that follows. */
  let touched: EventTarget | null = null;
  const begin = (event: TouchEvent): void => {
    changed = false;
    touched = event.target;
  };
  document.addEventListener("touchstart", begin, { capture: true, passive: true });
  document.addEventListener("touchend", () => (touchedAt = performance.now()), { capture: true, passive: true });
  router.onChange(() => (changed = performance.now() - touchedAt < CAUSED_WITHIN));
  document.addEventListener(
    "click",
    (event) => {
      // Only the browser's own first click after a touch: a label's click leads to that of its field.
      const elsewhere = event.isTrusted && touched instanceof Node && !isSameSpot(touched, event.target);
      if (event.isTrusted) touched = null;
      if (!changed && !elsewhere) return;
      changed = false;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    { capture: true },
  );
}
