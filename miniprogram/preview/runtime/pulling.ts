/** Pulling a page down to refresh it: by touch, or by the mouse wheel where there is no touch. */

const THRESHOLD = 60;
const MOST = 90;

/**
 * @param isEnabled asked at each pull
 * @param refresh called once a pull is long enough; `stop` of the answer ends the refreshing
 */
export function watchPull(
  box: HTMLElement,
  isEnabled: () => boolean,
  refresh: () => void,
): { start: () => void; stop: () => void } {
  const sign = document.createElement("div");
  sign.className = "phone-refresh";
  sign.setAttribute("role", "status");
  sign.setAttribute("aria-label", "正在刷新");
  sign.hidden = true;
  box.append(sign);
  let startY: number | undefined;
  let pulled = 0;

  const settle = (height: number): void => {
    sign.hidden = height === 0;
    sign.style.height = `${height}px`;
  };
  const start = (): void => {
    settle(THRESHOLD);
    refresh();
  };
  box.addEventListener(
    "touchstart",
    ({ touches }) => {
      startY = isEnabled() && box.scrollTop <= 0 ? touches[0]?.clientY : undefined;
      pulled = 0;
    },
    { passive: true },
  );
  box.addEventListener(
    "touchmove",
    ({ touches }) => {
      const y = touches[0]?.clientY;
      if (startY === undefined || y === undefined) return;
      pulled = Math.max(0, Math.min(MOST, (y - startY) / 2));
      settle(pulled);
    },
    { passive: true },
  );
  box.addEventListener("touchend", () => {
    if (startY === undefined) return;
    startY = undefined;
    if (pulled >= THRESHOLD) start();
    else settle(0);
  });
  return { start, stop: () => settle(0) };
}
