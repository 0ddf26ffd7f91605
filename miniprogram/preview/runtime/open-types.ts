/** What a button's `open-type` does, and the event it announces afterwards. */
import { showNotice } from "../wx/dialogs";
import { askPhoneNumber } from "../wx/phone-number";
import { privacy } from "../wx/privacy";
import { unsupported } from "./failures";

type Answer = { event: string; detail: unknown } | undefined;
type OpenType = (button: HTMLElement) => Promise<Answer> | Answer;

const OPEN_TYPES: Readonly<Record<string, OpenType>> = {
  agreePrivacyAuthorization: () => {
    privacy.agree();
    return { event: "agreeprivacyauthorization", detail: { errMsg: "agreePrivacyAuthorization:ok" } };
  },
  getPhoneNumber: async () => ({ event: "getphonenumber", detail: await askPhoneNumber() }),
  contact: async () => {
    await showNotice("客服会话", "在微信里，这里会打开客服会话。");
    return { event: "contact", detail: { errMsg: "enterContact:ok", path: "", query: {} } };
  },
  share: async () => {
    const page = getCurrentPages().at(-1);
    const shared = page?.onShareAppMessage?.({ from: "button", target: undefined, webViewUrl: "" }) as
      { title?: string; path?: string } | undefined;
    await showNotice("转发给朋友", shared?.title ?? document.title);
    return undefined;
  },
  openSetting: () => ({ event: "opensetting", detail: { authSetting: {}, errMsg: "openSetting:ok" } }),
};

export function openTypeOf(name: string): OpenType {
  return OPEN_TYPES[name] ?? unsupported(`button open-type "${name}"`);
}
