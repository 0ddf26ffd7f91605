/** `radio`, `checkbox`, their groups, `switch` and `slider`. */
import { domIdOf, numberOf, textOf, WxElement, type FormField } from "./element";

abstract class WxChoice extends WxElement {
  value = "";
  checked = false;
  private initial = false;

  protected abstract readonly kind: "radio" | "checkbox";

  /** What a tap makes of it. */
  protected abstract chosen(): boolean;

  override build(): void {
    const mark = document.createElement("span");
    mark.className = "mark";
    this.append(mark);
    super.setAttribute("role", this.kind);
    this.setChecked(false);
    this.addEventListener("click", () => this.choose());
  }

  connectedCallback(): void {
    const label = this.closest("wx-label");
    if (label !== null) super.setAttribute("aria-labelledby", domIdOf(label));
  }

  /** A tap on it or on its label. */
  choose(): void {
    if (this.getAttribute("aria-disabled") === "true") return;
    const checked = this.chosen();
    if (checked === this.checked) return;
    this.setChecked(checked);
    this.closest<WxGroup>(`wx-${this.kind}-group`)?.changedBy(this);
  }

  setChecked(checked: boolean): void {
    this.checked = checked;
    super.setAttribute("aria-checked", String(checked));
  }

  resetField(): void {
    this.setChecked(this.initial);
  }

  protected override update(name: string, value: unknown): boolean {
    if (name === "value") this.value = textOf(value);
    else if (name === "disabled") super.setAttribute("aria-disabled", String(Boolean(value)));
    else if (name === "checked") {
      if (!this.isConnected) this.initial = Boolean(value);
      this.setChecked(Boolean(value));
    } else return false;
    return true;
  }
}

export class WxRadio extends WxChoice {
  protected override get kind(): "radio" {
    return "radio";
  }

  protected override chosen(): boolean {
    return true;
  }
}

export class WxCheckbox extends WxChoice {
  protected override get kind(): "checkbox" {
    return "checkbox";
  }

  protected override chosen(): boolean {
    return !this.checked;
  }
}

abstract class WxGroup extends WxElement implements FormField {
  fieldName = "";

  abstract fieldValue(): unknown;
  abstract changedBy(choice: WxChoice): void;

  resetField(): void {
    for (const choice of this.choices()) choice.resetField();
  }

  protected choices(): WxChoice[] {
    return [...this.querySelectorAll<WxChoice>("wx-radio, wx-checkbox")];
  }

  protected override update(name: string, value: unknown): boolean {
    if (name !== "name") return false;
    this.fieldName = textOf(value);
    return true;
  }
}

export class WxRadioGroup extends WxGroup {
  override build(): void {
    super.setAttribute("role", "radiogroup");
  }

  override fieldValue(): string {
    return this.choices().find(({ checked }) => checked)?.value ?? "";
  }

  override changedBy(choice: WxChoice): void {
    for (const other of this.choices()) if (other !== choice) other.setChecked(false);
    this.announce("change", { value: choice.value });
  }
}

export class WxCheckboxGroup extends WxGroup {
  override build(): void {
    super.setAttribute("role", "group");
  }

  override fieldValue(): string[] {
    return this.choices()
      .filter(({ checked }) => checked)
      .map(({ value }) => value);
  }

  override changedBy(): void {
    this.announce("change", { value: this.fieldValue() });
  }
}

/** A field whose value the browser's own control holds. */
abstract class WxControl extends WxElement implements FormField {
  fieldName = "";
  protected readonly control = document.createElement("input");

  abstract fieldValue(): unknown;
  abstract resetField(): void;

  override build(): void {
    this.append(this.control);
    for (const type of ["input", "change"]) this.control.addEventListener(type, (event) => event.stopPropagation());
  }

  override setAttribute(name: string, text: string): void {
    if (name === "aria-label") this.control.setAttribute(name, text);
    else super.setAttribute(name, text);
  }

  protected override update(name: string, value: unknown): boolean {
    if (name === "name") this.fieldName = textOf(value);
    else if (name === "disabled") this.control.disabled = Boolean(value);
    else return false;
    return true;
  }
}

export class WxSwitch extends WxControl {
  override build(): void {
    super.build();
    this.control.type = "checkbox";
    this.control.setAttribute("role", "switch");
    this.control.addEventListener("change", () => {
      this.tellModel("checked", this.control.checked);
      this.announce("change", { value: this.control.checked });
    });
  }

  override fieldValue(): boolean {
    return this.control.checked;
  }

  override resetField(): void {
    this.control.checked = false;
  }

  protected override update(name: string, value: unknown): boolean {
    if (name === "checked") this.control.checked = Boolean(value);
    else return super.update(name, value);
    return true;
  }
}

export class WxSlider extends WxControl {
  override build(): void {
    super.build();
    this.control.type = "range";
    this.control.addEventListener("input", () => this.announce("changing", { value: this.fieldValue() }));
    this.control.addEventListener("change", () => {
      this.tellModel("value", this.fieldValue());
      this.announce("change", { value: this.fieldValue() });
    });
  }

  override fieldValue(): number {
    return this.control.valueAsNumber;
  }

  override resetField(): void {
    this.control.value = this.control.min;
  }

  protected override update(name: string, value: unknown): boolean {
    if (name === "min" || name === "max" || name === "step")
      this.control[name] = String(numberOf(value, name === "max" ? 100 : 0));
    else if (name === "value") this.control.value = String(numberOf(value, 0));
    else return super.update(name, value);
    return true;
  }
}
