/**
 * Consent to the privacy statement: asked for before anybody is signed in and before WeChat's
 * privacy calls; remembered by the version of the statement.
 *
 * A page asks with `ensureConsent`; the popup of the page on top, registered by `showWith`, shows the question.
 */
import { PRIVACY_VERSION } from "../domain/privacy";
import { CONSENT, read, write } from "./storage";

type Popup = () => void;
type Answer = (agreed: boolean) => void;
/** WeChat's typings give the wrong type for it. */
type WeChatAnswer = (answer: { event: "agree"; buttonId: string } | { event: "disagree" }) => void;

/** The id of the popup's button, which WeChat wants to hear with the answer. */
export const AGREE_BUTTON = "agree-privacy";

let popup: Popup | null = null;
let waiting: Answer[] = [];

export function hasConsented(): boolean {
  const consent = read(CONSENT);
  return consent !== null && consent.agreed && consent.version === PRIVACY_VERSION;
}

/** Whether the person has answered at all to this version. */
export function hasDecided(): boolean {
  return read(CONSENT)?.version === PRIVACY_VERSION;
}

/** @returns a function that takes the popup away again. */
export function showWith(shown: Popup): () => void {
  popup = shown;
  return () => {
    if (popup === shown) popup = null;
  };
}

function ask(): Promise<boolean> {
  const show = popup;
  if (show === null) return Promise.resolve(false);
  return new Promise((resolve) => {
    waiting.push(resolve);
    show();
  });
}

/** Records the answer given in the popup and lets everybody know who waits for it. */
export function decide(agreed: boolean): void {
  write(CONSENT, { version: PRIVACY_VERSION, agreed });
  const answered = waiting;
  waiting = [];
  for (const answer of answered) answer(agreed);
}

/** True at once for who has agreed; otherwise the popup asks. */
export function ensureConsent(): Promise<boolean> {
  return hasConsented() ? Promise.resolve(true) : ask();
}

/** Lets the popup answer when WeChat itself wants consent before one of its calls. */
export function answerWeChat(): void {
  if (typeof wx.onNeedPrivacyAuthorization !== "function") return;
  wx.onNeedPrivacyAuthorization((resolve: unknown) => {
    const answer = resolve as WeChatAnswer;
    void ask().then((agreed) => answer(agreed ? { event: "agree", buttonId: AGREE_BUTTON } : { event: "disagree" }));
  });
}

/** Tells what the statement says to who has not answered yet, once a start. @returns whether the person agreed now. */
export function introduce(): Promise<boolean> {
  return hasDecided() ? Promise.resolve(false) : ask();
}

export function openStatement(): void {
  void wx.navigateTo({ url: "/packages/me/privacy/index" });
}

/** WeChat's own page with the privacy guide that the account has filed. */
export function openPrivacyGuide(): void {
  wx.openPrivacyContract({
    fail: () => void wx.showToast({ title: "暂时打不开，请稍后再试", icon: "none", duration: 3000 }),
  });
}
