/** 通知设置: what a person wants to hear of, and how many WeChat messages are left of each kind. */
import type { Mode, Preference, Preferences } from "../api/desk-types";

export const MODES: { value: Mode; label: string; hint: string }[] = [
  { value: "all", label: "通知并发消息", hint: "列在“消息”里，同意过的再发微信消息" },
  { value: "inbox", label: "只在“消息”里显示", hint: "不发微信消息，已同意的次数留着" },
  { value: "off", label: "不接收", hint: "以后这类通知也不再列出" },
];

export interface ShownPreference {
  kind: string;
  label: string;
  mode: Mode;
  modeLabel: string;
  /** How many WeChat messages are left, in words. */
  left: string;
  /** There is a message to agree to, and room for another. */
  mayAsk: boolean;
}

function shownPreference(one: Preference, most: number): ShownPreference {
  const sends = one.template_id !== null;
  return {
    kind: one.kind,
    label: one.kind_label,
    mode: one.mode,
    modeLabel: MODES.find(({ value }) => value === one.mode)?.label ?? "",
    left: sends ? `微信消息还剩 ${one.messages_left} 次` : "这类通知没有微信消息",
    mayAsk: sends && one.mode === "all" && one.messages_left < most,
  };
}

/** Kinds of which WeChat needn't ask: no message is wanted, or no more are counted. */
export function needlessKinds(preferences: Preferences): string[] {
  const { items, most_messages: most } = preferences;
  return items.filter(({ mode, messages_left: left }) => mode !== "all" || left >= most).map(({ kind }) => kind);
}

/** @param linked whether this is an official's phone: others hear nothing of the desk. */
export function shownPreferences(preferences: Preferences, linked: boolean): ShownPreference[] {
  return preferences.items.filter(({ kind }) => linked || kind !== "desk").map((one) => shownPreference(one, preferences.most_messages));
}
