/** The collection of experiences (经验): drafted, reviewed, shared, used by other branches. */
import type { Experience, ExperienceContent, ExperiencePage, ReviewInput } from "./frontline-types";
import { call } from "./service";

export type ExperienceScope = "shared" | "mine" | "review";

export function experiences(scope: ExperienceScope, typed: string, tag: string, cursor: string | null): Promise<ExperiencePage> {
  const query = { scope, q: typed.trim(), tag, cursor };
  return call("member", { method: "GET", path: "/experiences", query });
}

export function experience(id: string): Promise<Experience> {
  return call("member", { method: "GET", path: `/experiences/${id}` });
}

export function putExperience(id: string, content: ExperienceContent): Promise<Experience> {
  return call("member", { method: "PUT", path: `/experiences/${id}`, body: content });
}

export function submitExperience(id: string): Promise<Experience> {
  return call("member", { method: "POST", path: `/experiences/${id}/submission` });
}

export function reviewExperience(id: string, review: ReviewInput): Promise<Experience> {
  return call("member", { method: "POST", path: `/experiences/${id}/reviews`, body: review });
}

/** The caller's branch says that it made use of it. */
export function noteUse(id: string, note: string): Promise<Experience> {
  return call("member", { method: "POST", path: `/experiences/${id}/uses`, body: { note, branch: null } });
}

export function withdrawExperience(id: string): Promise<Experience> {
  return call("member", { method: "POST", path: `/experiences/${id}/withdrawal` });
}
