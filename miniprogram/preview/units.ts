/**
 * Lengths of a mini-program in those of a browser.
 *
 * The page's box is a size container, so container units measure the phone that is shown (750 rpx
 * wide) also where it is a frame in a wider window; there `vw` and `vh` would measure the window.
 */

const RPX_WIDTH = 750;
const LENGTH = /(?<![\w.#-])(-?\d*\.?\d+)(rpx|vw|vh)\b/g;

export function toContainerUnits(css: string): string {
  return css.replace(LENGTH, (_, amount: string, unit: string) => {
    if (unit === "rpx") return `${Number(((Number(amount) / RPX_WIDTH) * 100).toFixed(5))}cqw`;
    return `${amount}cq${unit === "vw" ? "w" : "h"}`;
  });
}
