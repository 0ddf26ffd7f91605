/** `image` and `cover-image`. */
import { addressOfPicture } from "../pictures";
import { textOf, WxElement } from "./element";

const FITS: Readonly<Record<string, string>> = {
  scaleToFill: "fill",
  aspectFit: "contain",
  aspectFill: "cover",
  widthFix: "fill",
  heightFix: "fill",
};

export class WxImage extends WxElement {
  private readonly picture = document.createElement("img");

  override build(): void {
    this.picture.alt = "";
    this.picture.addEventListener("load", () => {
      this.announce("load", { width: this.picture.naturalWidth, height: this.picture.naturalHeight });
    });
    this.picture.addEventListener("error", () => this.announce("error", { errMsg: "GET image fail" }));
    this.append(this.picture);
  }

  override setAttribute(name: string, text: string): void {
    if (name === "aria-label") this.picture.alt = text;
    else super.setAttribute(name, text);
  }

  protected override update(name: string, value: unknown): boolean {
    if (name === "src") {
      const source = textOf(value);
      if (source === "") this.picture.removeAttribute("src");
      else this.picture.src = addressOfPicture(source);
    } else if (name === "mode") {
      const mode = textOf(value);
      this.picture.style.objectFit = FITS[mode] ?? "none";
      this.classList.toggle("fixed-width", mode === "widthFix");
      this.classList.toggle("fixed-height", mode === "heightFix");
    } else {
      return false;
    }
    return true;
  }
}
