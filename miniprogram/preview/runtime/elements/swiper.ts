/** `swiper`: its items beside each other, one shown, changed by swiping. */
import { numberOf, WxElement } from "./element";

export class WxSwiper extends WxElement {
  private shown = 0;
  private circular = false;
  private interval = 5000;
  private timer: number | undefined;
  private startX: number | undefined;

  override build(): void {
    this.addEventListener("pointerdown", ({ clientX }) => {
      this.startX = clientX;
    });
    this.addEventListener("pointerup", ({ clientX }) => this.swiped(clientX));
    this.addEventListener("pointercancel", () => {
      this.startX = undefined;
    });
  }

  disconnectedCallback(): void {
    window.clearInterval(this.timer);
  }

  private get items(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>("wx-swiper-item")];
  }

  private swiped(x: number): void {
    if (this.startX === undefined) return;
    const moved = x - this.startX;
    this.startX = undefined;
    if (Math.abs(moved) > this.clientWidth / 5) this.go(this.shown + (moved < 0 ? 1 : -1), "touch");
  }

  private go(index: number, source: "" | "autoplay" | "touch"): void {
    const count = this.items.length;
    if (count === 0) return;
    const target = this.circular ? (index + count) % count : Math.max(0, Math.min(count - 1, index));
    if (target === this.shown) return;
    this.show(target);
    this.tellModel("current", target);
    const detail = { current: target, currentItemId: "", source };
    this.announce("change", detail);
    this.announce("animationfinish", detail);
  }

  private show(index: number): void {
    this.shown = index;
    this.style.setProperty("--shown", String(index));
  }

  private autoplay(on: boolean): void {
    window.clearInterval(this.timer);
    this.timer = on ? window.setInterval(() => this.go(this.shown + 1, "autoplay"), this.interval) : undefined;
  }

  protected override update(name: string, value: unknown): boolean {
    switch (name) {
      case "current":
        this.show(numberOf(value, 0));
        return true;
      case "circular":
        this.circular = Boolean(value);
        return true;
      case "interval":
        this.interval = numberOf(value, 5000);
        if (this.timer !== undefined) this.autoplay(true);
        return true;
      case "autoplay":
        this.autoplay(Boolean(value));
        return true;
      case "vertical":
        this.classList.toggle("vertical", Boolean(value));
        return true;
      default:
        return false;
    }
  }
}
