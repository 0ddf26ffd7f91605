/** The one-time links that were opened on this phone, and what was rated by them. */
import { asFailure, Failure } from "../domain/failure";
import type { KeptLink } from "../domain/sample-link";
import { findLink, freshLinks, linkPath, withLink, withRated } from "../domain/sample-link";
import { entry } from "./campaigns";
import { LINKS, read, write } from "./storage";
import type { Accepted } from "./types";

function links(): KeptLink[] {
  return freshLinks(read(LINKS), Date.now());
}

function keptLink(code: string): KeptLink | null {
  return findLink(links(), code);
}

/** What a link is for; where there is no network, as it was when it was last opened. @throws Failure */
export async function openLink(code: string): Promise<KeptLink> {
  try {
    const { kind, campaign, departments } = await entry(code);
    if (kind !== "sample" || campaign === null) {
      throw new Failure("refused", "这不是抽样调查的链接。请核对评价码，或回到首页输入。", { code: "no_link" });
    }
    const opened = { code, campaign: { id: campaign.id, title: campaign.title }, departments, openedAt: Date.now() };
    write(LINKS, withLink(links(), opened));
  } catch (reason) {
    if (asFailure(reason).kind !== "unreachable" || keptLink(code) === null) throw reason;
  }
  const kept = keptLink(code);
  if (kept === null) throw new Failure("refused", "没有找到这个链接。请重新打开。", { code: "no_link" });
  return kept;
}

/** Notes on this phone, and nowhere else, that a department was rated by a link. */
export function noteRated(code: string | null, { department }: Pick<Accepted, "department">, key: string): void {
  if (code === null || keptLink(code) === null) return;
  write(LINKS, withRated(links(), code, department.id, key));
}

/** The page of the link that a rating was given by, or nothing. @param code of a rating that waits still. */
export function linkOfRating(key: string, code: string | null): string {
  const found = links().find((link) => link.code === code || Object.values(link.rated).includes(key));
  return found === undefined ? "" : linkPath(found.code);
}

/** Whether a rating's code is a drawn person's link, not a visit's. */
export function isOfLink(code: string | null): boolean {
  return code !== null && keptLink(code) !== null;
}
