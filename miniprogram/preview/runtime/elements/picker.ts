/** `picker` of the modes "selector", "date" and "time". */
import { unsupported } from "../failures";
import { pickDate, pickOne } from "../../wx/sheets";
import { numberOf, textOf, WxElement, type FormField } from "./element";

const MODES = ["selector", "date", "time"];

export class WxPicker extends WxElement implements FormField {
  fieldName = "";
  private mode = "selector";
  private range: readonly unknown[] = [];
  private rangeKey = "";
  private value: unknown = 0;
  private header = "";
  private disabled = false;

  override build(): void {
    super.setAttribute("role", "combobox");
    this.addEventListener("click", () => {
      if (!this.disabled) void this.open();
    });
  }

  fieldValue(): unknown {
    return this.value;
  }

  resetField(): void {
    this.value = this.mode === "selector" ? 0 : "";
  }

  private async open(): Promise<void> {
    const picked =
      this.mode === "selector"
        ? await pickOne(
            this.header,
            this.range.map((entry) => this.labelOf(entry)),
            numberOf(this.value, 0),
          )
        : await pickDate(this.header, this.mode === "time" ? "time" : "date", textOf(this.value));
    if (picked === undefined) {
      this.announce("cancel");
      return;
    }
    this.value = picked;
    this.tellModel("value", picked);
    this.announce("change", { value: picked });
  }

  private labelOf(entry: unknown): string {
    if (this.rangeKey === "" || typeof entry !== "object" || entry === null) return String(entry);
    return String((entry as Record<string, unknown>)[this.rangeKey]);
  }

  protected override update(name: string, value: unknown): boolean {
    switch (name) {
      case "mode":
        this.mode = textOf(value);
        if (!MODES.includes(this.mode)) unsupported(`picker mode "${this.mode}"`);
        return true;
      case "range":
        this.range = Array.isArray(value) ? value : [];
        return true;
      case "range-key":
        this.rangeKey = textOf(value);
        return true;
      case "value":
        this.value = value;
        return true;
      case "header-text":
        this.header = textOf(value);
        return true;
      case "name":
        this.fieldName = textOf(value);
        return true;
      case "disabled":
        this.disabled = Boolean(value);
        super.setAttribute("aria-disabled", String(this.disabled));
        return true;
      default:
        return false;
    }
  }
}
