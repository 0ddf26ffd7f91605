/** Notices (消息): the inbox, and consent to subscription messages. */
import { asFailure } from "../domain/failure";
import { agreedKinds, templatesFor } from "../domain/notices";
import { needlessKinds } from "../domain/preferences";
import type { Mode, Preferences } from "./desk-types";
import type { MessageTemplate, NoticePage } from "./frontline-types";
import { hasConsented } from "./privacy";
import { call } from "./service";

export function notices(cursor: string | null): Promise<NoticePage> {
  return call("member", { method: "GET", path: "/me/notices", query: { cursor } });
}

/** @param ids which ones; null for all. */
export function markRead(ids: readonly string[] | null): Promise<void> {
  return call("member", { method: "POST", path: "/me/notices/readings", body: { ids } });
}

/** Kinds of which another consent would be wasted: switched off, or as many left as are counted. */
let needless: readonly string[] = [];

export async function preferences(): Promise<Preferences> {
  const found = await call<Preferences>("member", { method: "GET", path: "/me/notice-preferences" });
  needless = needlessKinds(found);
  return found;
}

export async function choosePreference(kind: string, mode: Mode): Promise<void> {
  await call<void>("member", { method: "PUT", path: `/me/notice-preferences/${kind}`, body: { mode } });
  await preferences();
}

let templates: Promise<MessageTemplate[]> | null = null;

async function fetchTemplates(): Promise<MessageTemplate[]> {
  const { items } = await call<{ items: MessageTemplate[] }>("optional", { method: "GET", path: "/message-templates" });
  // Known before the tap, within which nothing may be waited for; unknown, everything is asked for.
  if (hasConsented()) await preferences().catch(() => null);
  return items;
}

/** WeChat wants its question inside a tap, so a page that will ask loads the templates when it shows. */
export function prepareMessages(): Promise<MessageTemplate[]> {
  templates ??= fetchTemplates().catch((reason: unknown) => {
    templates = null;
    throw reason;
  });
  return templates;
}

type SubscriptionAnswer = Record<string, string>;

function ask(ids: string[]): Promise<SubscriptionAnswer> {
  return new Promise((resolve) => {
    wx.requestSubscribeMessage({
      tmplIds: ids,
      success: (answer) => resolve(answer as unknown as SubscriptionAnswer),
      // Turned off in WeChat's settings: the inbox tells it all the same.
      fail: () => resolve({}),
    });
  });
}

/**
 * Asks whether WeChat may send a message of these kinds (three at most), and tells the service what was agreed to.
 *
 * Call it inside a tap, before the request that the tap is for. It never throws: whoever is not asked, or
 * refuses, finds everything in the inbox.
 */
export async function askForMessages(kinds: readonly string[]): Promise<void> {
  try {
    const wanted = templatesFor(await prepareMessages(), kinds.filter((kind) => !needless.includes(kind)));
    if (wanted.length === 0) return;
    const agreed = agreedKinds(wanted, await ask(wanted.map(({ template_id: id }) => id)));
    if (agreed.length > 0) await call<void>("member", { method: "POST", path: "/me/message-consents", body: { kinds: agreed } });
  } catch (reason) {
    console.warn("messages not asked for", asFailure(reason).code);
  }
}
