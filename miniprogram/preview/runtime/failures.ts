/**
 * What must not pass unnoticed: errors of the program, warnings of the component engine, and uses of
 * something that the preview doesn't know. Each is an uncaught error of the browser page, which fails
 * a browser test, and is shown above the phone.
 */
import * as glassEasel from "glass-easel";
import { isPackaged } from "../vocabulary";

declare global {
  interface Window {
    /** For tests: every failure so far, in words. */
    previewFailures: string[];
  }
}

const failures: string[] = [];

function show(message: string): void {
  let list = document.querySelector(".failures");
  if (list === null) {
    list = document.createElement("ol");
    list.className = "failures";
    list.setAttribute("role", "alert");
    document.body.append(list);
  }
  const item = document.createElement("li");
  item.textContent = message;
  list.append(item);
}

function note(error: unknown): void {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  failures.push(message);
  show(message);
}

/** Reports without interrupting what runs. */
export function report(error: unknown): void {
  reportError(error instanceof Error ? error : new Error(String(error)));
}

/** Reports and interrupts: for what the preview can't do. */
export function unsupported(what: string): never {
  const error = new Error(`the preview doesn't know ${what}`);
  // Thrown inside a promise or a listener it might be caught; reported it can't be.
  report(error);
  throw error;
}

export function watchFailures(): void {
  window.previewFailures = failures;
  window.addEventListener("error", (event) => {
    if (event.error !== null && event.error !== undefined) note(event.error);
  });
  window.addEventListener("unhandledrejection", (event) => {
    const reason = event.reason as { errMsg?: string } | undefined;
    note(reason?.errMsg ?? event.reason);
  });
  glassEasel.addGlobalErrorListener((error, method, component) => {
    const where = typeof component === "object" ? component.is : component;
    report(
      error instanceof Error ? error : new Error(`${String(error)} (${method ?? ""} of ${where ?? "the program"})`),
    );
    return false;
  });
  glassEasel.addGlobalWarningListener((message, component) => {
    const where = typeof component === "object" ? component.is : component;
    // A warning without a place is of a property's type before the page's data has arrived: WeChat only logs it too.
    if (where === "") console.warn(message);
    else if (!isPackaged(where)) report(new Error(`${message} (${where})`));
    return false;
  });
}
