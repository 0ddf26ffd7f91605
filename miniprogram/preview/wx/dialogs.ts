/** What WeChat shows above a page: dialogs, action sheets, toasts and the sign of loading. */
import { phone } from "../runtime/phone";
import { call, CallFailure } from "./call";

export function element(tag: string, className: string, text = ""): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

/** Shows a box over the page until it is answered. */
export function overlay<Answer>(
  className: string,
  label: string,
  fill: (box: HTMLElement, answer: (value: Answer) => void) => void,
): Promise<Answer> {
  return new Promise((resolve) => {
    const shade = element("div", "overlay");
    const box = element("div", className);
    box.setAttribute("role", "dialog");
    box.setAttribute("aria-modal", "true");
    box.setAttribute("aria-label", label);
    fill(box, (value) => {
      shade.remove();
      resolve(value);
    });
    shade.append(box);
    phone.overlays.append(shade);
    box.querySelector<HTMLElement>("input, textarea, button")?.focus();
  });
}

export function actionButton(text: string, className: string, action: () => void, color?: string): HTMLElement {
  const button = element("button", className, text);
  if (color !== undefined) button.style.color = color;
  button.addEventListener("click", action);
  return button;
}

interface ModalOptions {
  title?: string;
  content?: string;
  showCancel?: boolean;
  cancelText?: string;
  cancelColor?: string;
  confirmText?: string;
  confirmColor?: string;
  editable?: boolean;
  placeholderText?: string;
}

interface ModalAnswer {
  confirm: boolean;
  cancel: boolean;
  content?: string;
}

function modal(options: ModalOptions): Promise<ModalAnswer> {
  const { title = "", content = "", showCancel = true, editable = false } = options;
  return overlay<ModalAnswer>("dialog", title === "" ? content : title, (box, answer) => {
    if (title !== "") box.append(element("div", "dialog-title", title));
    const field = document.createElement("textarea");
    field.value = content;
    field.placeholder = options.placeholderText ?? "";
    field.setAttribute("aria-label", title);
    box.append(editable ? field : element("div", "dialog-content", content));
    const buttons = element("div", "dialog-buttons");
    if (showCancel) {
      buttons.append(
        actionButton(
          options.cancelText ?? "取消",
          "dialog-button",
          () => answer({ confirm: false, cancel: true }),
          options.cancelColor,
        ),
      );
    }
    const confirmed = (): void =>
      answer({ confirm: true, cancel: false, ...(editable ? { content: field.value } : {}) });
    buttons.append(
      actionButton(options.confirmText ?? "确定", "dialog-button dialog-confirm", confirmed, options.confirmColor),
    );
    box.append(buttons);
  });
}

/** A dialog that only has to be read. */
export async function showNotice(title: string, content: string): Promise<void> {
  await modal({ title, content, showCancel: false });
}

/** A question of WeChat's own. @returns whether the person agrees */
export async function askYesNo(title: string, content: string, words: { yes: string; no: string }): Promise<boolean> {
  const { confirm } = await modal({ title, content, confirmText: words.yes, cancelText: words.no });
  return confirm;
}

interface SheetOptions {
  itemList: string[];
  alertText?: string;
  itemColor?: string;
}

async function actionSheet({ itemList, alertText = "", itemColor }: SheetOptions): Promise<{ tapIndex: number }> {
  const tapIndex = await overlay<number>("sheet", alertText === "" ? "请选择" : alertText, (box, answer) => {
    if (alertText !== "") box.append(element("div", "sheet-title", alertText));
    itemList.forEach((item, index) => box.append(actionButton(item, "sheet-item", () => answer(index), itemColor)));
    box.append(actionButton("取消", "sheet-item sheet-cancel", () => answer(-1)));
  });
  if (tapIndex < 0) throw new CallFailure("cancel");
  return { tapIndex };
}

interface ToastOptions {
  title: string;
  icon?: "success" | "error" | "loading" | "none";
  image?: string;
  duration?: number;
  mask?: boolean;
}

const TOAST_MS = 1500;
const TOAST_SIGNS = { success: "✓", error: "!", loading: "", none: "" };

let toast: HTMLElement | undefined;
let toastTimer: number | undefined;

function hideToast(): void {
  window.clearTimeout(toastTimer);
  toast?.remove();
  toast = undefined;
}

export function showToast({ title, icon = "success", duration, mask = false }: ToastOptions): void {
  hideToast();
  toast = element("div", mask ? "toast-shade" : "toast-layer");
  const box = element("div", `toast toast-${icon}`);
  box.setAttribute("role", "status");
  if (icon !== "none") box.append(element("div", "toast-sign", TOAST_SIGNS[icon]));
  box.append(element("div", "toast-title", title));
  toast.append(box);
  phone.overlays.append(toast);
  if (duration !== undefined) toastTimer = window.setTimeout(hideToast, duration);
}

export function dialogCalls(): Record<string, unknown> {
  return {
    showModal: call<ModalOptions>("showModal", modal),
    showActionSheet: call<SheetOptions>("showActionSheet", actionSheet),
    showToast: call<ToastOptions>("showToast", (options) => showToast({ duration: TOAST_MS, ...options })),
    hideToast: call("hideToast", hideToast),
    showLoading: call<{ title: string; mask?: boolean }>("showLoading", (options) =>
      showToast({ ...options, icon: "loading" }),
    ),
    hideLoading: call("hideLoading", hideToast),
  };
}
