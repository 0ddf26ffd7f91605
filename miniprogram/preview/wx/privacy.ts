/** Consent to the privacy guide, which WeChat wants before some of its calls. */
import { actionButton, element, overlay, showNotice } from "./dialogs";
import { call, CallFailure } from "./call";

interface Resolution {
  event: "exposureAuthorization" | "agree" | "disagree";
  buttonId?: string;
}

type Listener = (resolve: (resolution: Resolution) => void, info: { referrer: string }) => void;

const REFUSED = 104;
const CONTRACT = "《用户隐私保护指引》";

class Privacy {
  private listener: Listener | undefined;
  private key = "privacy";

  /** @param person whose consent it is: each sandbox person has a phone of their own */
  useFor(person: string): void {
    this.key = `privacy:${person}`;
  }

  get agreed(): boolean {
    return localStorage.getItem(this.key) === "agreed";
  }

  agree(): void {
    localStorage.setItem(this.key, "agreed");
  }

  listen(listener: Listener): void {
    this.listener = listener;
  }

  /** Asks where consent is missing. @throws CallFailure when it is refused */
  async require(): Promise<void> {
    if (this.agreed) return;
    const agreed = this.listener === undefined ? await this.askItself() : await this.askProgram(this.listener);
    if (!agreed) throw new CallFailure("privacy permission is not authorized", REFUSED);
    this.agree();
  }

  private askProgram(listener: Listener): Promise<boolean> {
    return new Promise((resolve) => {
      listener(
        ({ event }) => {
          if (event !== "exposureAuthorization") resolve(event === "agree");
        },
        { referrer: "preview" },
      );
    });
  }

  private askItself(): Promise<boolean> {
    return overlay<boolean>("dialog", "用户隐私保护提示", (box, answer) => {
      const buttons = element("div", "dialog-buttons");
      buttons.append(
        actionButton("拒绝", "dialog-button", () => answer(false)),
        actionButton("同意", "dialog-button dialog-confirm", () => answer(true)),
      );
      box.append(
        element("div", "dialog-title", "用户隐私保护提示"),
        element("div", "dialog-content", `请阅读并同意${CONTRACT}。`),
        buttons,
      );
    });
  }
}

export const privacy = new Privacy();

export function privacyCalls(): Record<string, unknown> {
  return {
    onNeedPrivacyAuthorization: (listener: Listener) => privacy.listen(listener),
    requirePrivacyAuthorize: call("requirePrivacyAuthorize", () => privacy.require()),
    getPrivacySetting: call("getPrivacySetting", () => ({
      needAuthorization: !privacy.agreed,
      privacyContractName: CONTRACT,
    })),
    openPrivacyContract: call("openPrivacyContract", () => {
      void showNotice(CONTRACT, "在微信里，这里会打开小程序在微信公众平台登记的隐私保护指引。");
    }),
  };
}
