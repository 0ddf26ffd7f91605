/**
 * A browser sends a click after a touch, to whatever lies under the finger by then. WeChat does not:
 * where the tap has changed the page, that click belongs to nothing and is swallowed.
 */
import type { Router } from "./router";

/** How long after a touch a page change counts as caused by it, in milliseconds. */
const CAUSED_WITHIN = 500;

export function swallowGhostClicks(router: Router): void {
  let touchedAt = -Infinity;
  let expected = false;
  document.addEventListener("touchstart", () => (expected = false), { capture: true, passive: true });
  document.addEventListener("touchend", () => (touchedAt = performance.now()), { capture: true, passive: true });
  router.onChange(() => (expected = performance.now() - touchedAt < CAUSED_WITHIN));
  document.addEventListener(
    "click",
    (event) => {
      if (!expected) return;
      expected = false;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    { capture: true },
  );
}
