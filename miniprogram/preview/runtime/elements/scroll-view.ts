/** `scroll-view`. */
import { numberOf, textOf, WxElement } from "./element";

export class WxScrollView extends WxElement {
  private upper = 50;
  private lower = 50;
  private last = 0;

  override build(): void {
    this.addEventListener("scroll", (event) => {
      if (event.target === this && !(event instanceof CustomEvent)) this.scrolled();
    });
  }

  private scrolled(): void {
    const { scrollTop, scrollLeft, scrollHeight, scrollWidth, clientHeight } = this;
    this.announce("scroll", {
      scrollTop,
      scrollLeft,
      scrollHeight,
      scrollWidth,
      deltaX: 0,
      deltaY: this.last - scrollTop,
    });
    const goesDown = scrollTop > this.last;
    if (goesDown && scrollHeight - clientHeight - scrollTop <= this.lower)
      this.announce("scrolltolower", { direction: "bottom" });
    if (!goesDown && scrollTop <= this.upper) this.announce("scrolltoupper", { direction: "top" });
    this.last = scrollTop;
  }

  protected override update(name: string, value: unknown): boolean {
    switch (name) {
      case "scroll-y":
        this.classList.toggle("scrolls-y", Boolean(value));
        return true;
      case "scroll-x":
        this.classList.toggle("scrolls-x", Boolean(value));
        return true;
      case "scroll-top":
        this.scrollTop = numberOf(value, 0);
        return true;
      case "scroll-left":
        this.scrollLeft = numberOf(value, 0);
        return true;
      case "scroll-into-view":
        this.bringIntoView(textOf(value));
        return true;
      case "upper-threshold":
        this.upper = numberOf(value, 50);
        return true;
      case "lower-threshold":
        this.lower = numberOf(value, 50);
        return true;
      default:
        return false;
    }
  }

  private bringIntoView(id: string): void {
    if (id === "") return;
    // The element may be made by the same update.
    requestAnimationFrame(() =>
      this.querySelector(`[wx-id="${CSS.escape(id)}"]`)?.scrollIntoView({ block: "start", inline: "center" }),
    );
  }
}
