/** `button`, with its open types, and `form`. */
import { openTypeOf } from "../open-types";
import { report, unsupported } from "../failures";
import { fieldsIn, textOf, WxElement } from "./element";

export class WxForm extends WxElement {
  submit(): void {
    const fields = fieldsIn(this).filter(({ fieldName }) => fieldName !== "");
    this.announce("submit", {
      value: Object.fromEntries(fields.map((field) => [field.fieldName, field.fieldValue()])),
      formId: "preview",
    });
  }

  reset(): void {
    for (const field of fieldsIn(this)) field.resetField();
    this.announce("reset", { target: {} });
  }
}

export class WxButton extends WxElement {
  private openType = "";
  private formType = "";

  override build(): void {
    super.setAttribute("role", "button");
    super.setAttribute("tabindex", "0");
    this.addEventListener("click", () => this.tapped());
  }

  private tapped(): void {
    if (this.getAttribute("aria-disabled") === "true") return;
    if (this.openType !== "") void this.open().catch(report);
    if (this.formType === "submit") this.closest<WxForm>("wx-form")?.submit();
    else if (this.formType === "reset") this.closest<WxForm>("wx-form")?.reset();
  }

  private async open(): Promise<void> {
    const answer = await openTypeOf(this.openType)(this);
    if (answer !== undefined) this.announce(answer.event, answer.detail);
  }

  protected override update(name: string, value: unknown): boolean {
    switch (name) {
      case "disabled":
        super.setAttribute("aria-disabled", String(Boolean(value)));
        return true;
      case "open-type":
        this.openType = textOf(value);
        if (this.openType !== "") openTypeOf(this.openType);
        return true;
      case "form-type":
        this.formType = textOf(value);
        if (!["", "submit", "reset", "button"].includes(this.formType)) unsupported(`form-type "${this.formType}"`);
        return true;
      default:
        return false;
    }
  }
}
