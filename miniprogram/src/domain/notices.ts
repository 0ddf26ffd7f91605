/** Notices (消息) as the inbox shows them, and the kinds of message that a person may agree to. */
import type { MessageTemplate, Notice } from "../api/frontline-types";
import { formatMoment } from "./dates";

/** WeChat asks for three templates at once, no more. */
const MOST_AT_ONCE = 3;

/** The templates of these kinds; a kind for which the service has none isn't asked for. */
export function templatesFor(templates: readonly MessageTemplate[], kinds: readonly string[]): MessageTemplate[] {
  return templates.filter(({ kind, template_id: id }) => kinds.includes(kind) && id !== "").slice(0, MOST_AT_ONCE);
}

/** What was agreed to. @param answer WeChat's: template id to "accept", "reject" or "ban". */
export function agreedKinds(asked: readonly MessageTemplate[], answer: Readonly<Record<string, string>>): string[] {
  return asked.filter(({ template_id: id }) => answer[id] === "accept").map(({ kind }) => kind);
}

export interface ShownNotice {
  id: string;
  kind: string;
  title: string;
  body: string;
  when: string;
  read: boolean;
  page: string;
}

export function shownNotice(notice: Notice): ShownNotice {
  return {
    id: notice.id,
    kind: notice.kind_label,
    title: notice.title,
    body: notice.body,
    when: formatMoment(notice.created_at),
    read: notice.read,
    page: notice.page,
  };
}

export function withRead(notices: readonly ShownNotice[], ids: readonly string[] | null): ShownNotice[] {
  return notices.map((notice) => (ids === null || ids.includes(notice.id) ? { ...notice, read: true } : notice));
}

/** Pages of the tab bar are switched to, not opened. */
export function isTab(page: string): boolean {
  return page.startsWith("pages/");
}

/** The number on the badge, or nothing. */
export function badgeWords(unread: number): string {
  if (unread <= 0) return "";
  return unread > 99 ? "99+" : String(unread);
}
