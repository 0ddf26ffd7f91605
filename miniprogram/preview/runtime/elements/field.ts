/** `input` and `textarea`. */
import { numberOf, textOf, WxElement, type FormField } from "./element";

const INPUT_MODES: Readonly<Record<string, string>> = {
  number: "numeric",
  digit: "decimal",
  idcard: "text",
  text: "text",
};

/** Passed on to the browser's field, which is what assistive technology meets. */
const PASSED_ON = new Set(["aria-label", "aria-describedby", "aria-invalid", "aria-required"]);

abstract class WxField<Inner extends HTMLInputElement | HTMLTextAreaElement> extends WxElement implements FormField {
  fieldName = "";
  protected inner!: Inner;
  private initial = "";
  private confirming = true;

  protected abstract createInner(): Inner;

  override build(): void {
    this.inner = this.createInner();
    this.append(this.inner);
    this.inner.addEventListener("input", (event) => {
      event.stopPropagation();
      this.tellModel("value", this.inner.value);
      this.announce("input", { value: this.inner.value, cursor: this.inner.selectionStart, keyCode: 0 });
      this.grown();
    });
    this.inner.addEventListener("change", (event) => event.stopPropagation());
    this.inner.addEventListener("focus", () => this.announce("focus", { value: this.inner.value, height: 0 }));
    this.inner.addEventListener("blur", () =>
      this.announce("blur", { value: this.inner.value, cursor: this.inner.selectionStart }),
    );
    (this.inner as HTMLElement).addEventListener("keydown", (event) => {
      if (event.key === "Enter" && this.confirming) this.announce("confirm", { value: this.inner.value });
    });
  }

  /** A text area confirms only with the key that its keyboard has for it. */
  protected confirmsWithEnter(confirms: boolean): void {
    this.confirming = confirms;
  }

  protected grown(): void {
    // Only a text area grows.
  }

  fieldValue(): string {
    return this.inner.value;
  }

  resetField(): void {
    this.inner.value = this.initial;
  }

  override setAttribute(name: string, text: string): void {
    if (PASSED_ON.has(name)) this.inner.setAttribute(name, text);
    else super.setAttribute(name, text);
  }

  protected override update(name: string, value: unknown): boolean {
    switch (name) {
      case "value":
        this.setValue(textOf(value));
        return true;
      case "placeholder":
        this.inner.placeholder = textOf(value);
        return true;
      case "placeholder-class":
      case "placeholder-style":
        return true;
      case "disabled":
        this.inner.disabled = Boolean(value);
        return true;
      case "maxlength":
        this.setMaxLength(numberOf(value, 140));
        return true;
      case "focus":
      case "auto-focus":
        if (Boolean(value)) requestAnimationFrame(() => this.inner.focus());
        return true;
      case "name":
        this.fieldName = textOf(value);
        return true;
      default:
        return false;
    }
  }

  private setValue(value: string): void {
    if (!this.isConnected) this.initial = value;
    if (this.inner.value !== value) this.inner.value = value;
    this.grown();
  }

  private setMaxLength(length: number): void {
    if (length >= 0) this.inner.maxLength = length;
    else this.inner.removeAttribute("maxlength");
  }
}

export class WxInput extends WxField<HTMLInputElement> {
  protected override createInner(): HTMLInputElement {
    const input = document.createElement("input");
    input.autocomplete = "off";
    return input;
  }

  protected override update(name: string, value: unknown): boolean {
    if (name === "type") this.inner.inputMode = INPUT_MODES[textOf(value)] ?? "text";
    else if (name === "password") this.inner.type = Boolean(value) ? "password" : "text";
    else if (name === "confirm-type") this.inner.enterKeyHint = textOf(value);
    else return super.update(name, value);
    return true;
  }
}

export class WxTextarea extends WxField<HTMLTextAreaElement> {
  private growing = false;

  protected override createInner(): HTMLTextAreaElement {
    this.confirmsWithEnter(false);
    return document.createElement("textarea");
  }

  protected override update(name: string, value: unknown): boolean {
    if (name === "auto-height") {
      this.growing = Boolean(value);
      this.classList.toggle("grows", this.growing);
      this.grown();
    } else if (name === "confirm-type") {
      this.confirmsWithEnter(!["", "return"].includes(textOf(value)));
    } else {
      return super.update(name, value);
    }
    return true;
  }

  protected override grown(): void {
    if (!this.growing) return;
    requestAnimationFrame(() => {
      this.inner.style.height = "auto";
      this.inner.style.height = `${this.inner.scrollHeight}px`;
      this.announce("linechange", { height: this.inner.scrollHeight, heightRpx: 0, lineCount: 0 });
    });
  }
}
