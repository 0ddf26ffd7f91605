/** The sheets of `picker`, and the box into which a scanned code's text is typed. */
import { actionButton, element, overlay } from "./dialogs";

/** @returns the index picked, or undefined when the person leaves it */
export function pickOne(header: string, labels: readonly string[], current: number): Promise<number | undefined> {
  return overlay<number | undefined>("sheet", header === "" ? "请选择" : header, (box, answer) => {
    if (header !== "") box.append(element("div", "sheet-title", header));
    labels.forEach((label, index) => {
      const item = actionButton(label, "sheet-item", () => answer(index));
      item.setAttribute("aria-current", String(index === current));
      box.append(item);
    });
    box.append(actionButton("取消", "sheet-item sheet-cancel", () => answer(undefined)));
  });
}

function askText(label: string, type: string, value: string, hint: string): Promise<string | undefined> {
  return overlay<string | undefined>("dialog", label, (box, answer) => {
    const field = document.createElement("input");
    field.type = type;
    field.value = value;
    field.setAttribute("aria-label", label);
    const confirm = (): void => answer(field.value.trim());
    field.addEventListener("keydown", ({ key }) => {
      if (key === "Enter") confirm();
    });
    const buttons = element("div", "dialog-buttons");
    buttons.append(
      actionButton("取消", "dialog-button", () => answer(undefined)),
      actionButton("确定", "dialog-button dialog-confirm", confirm),
    );
    box.append(element("div", "dialog-title", label), element("div", "dialog-content", hint), field, buttons);
  });
}

export function pickDate(header: string, type: "date" | "time", value: string): Promise<string | undefined> {
  return askText(header === "" ? "请选择" : header, type, value, "");
}

/** Stands in for the camera. */
export function askCode(): Promise<string | undefined> {
  return askText("扫一扫", "text", "", "预览里没有相机，请输入或粘贴二维码的内容。");
}
