/** Published quarters (一季一晾晒). */
import { call } from "./service";
import type { ListedQuarter, PublishedQuarter } from "./types";

export async function publishedQuarters(): Promise<ListedQuarter[]> {
  const found = await call<{ items: ListedQuarter[] }>("anyone", { method: "GET", path: "/quarters" });
  return found.items;
}

/** @param edition the newest where it is 0. */
export function publishedQuarter(quarter: string, edition: number): Promise<PublishedQuarter> {
  const query = edition > 0 ? `?edition=${edition}` : "";
  return call("anyone", { method: "GET", path: `/quarters/${encodeURIComponent(quarter)}${query}` });
}
