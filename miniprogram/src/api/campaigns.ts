/** Campaigns, the departments that they rate, and the form for one of them. */
import { asFailure } from "../domain/failure";
import { call } from "./service";
import { FORMS, read, write } from "./storage";
import type { Campaign, CampaignList, DepartmentPage, Entry, RatingForm } from "./types";

const FORMS_KEPT = 20;

export async function openCampaigns(): Promise<Campaign[]> {
  const page = await call<CampaignList>("optional", { method: "GET", path: "/campaigns", query: { state: "open" } });
  return page.items;
}

export function campaign(id: number): Promise<Campaign> {
  return call("optional", { method: "GET", path: `/campaigns/${id}` });
}

/** @param typed part of a name, an alias, pinyin or initials. */
export function departments(id: number, typed: string, cursor: string | null, limit: number): Promise<DepartmentPage> {
  const query = { q: typed.trim(), cursor, limit };
  return call("optional", { method: "GET", path: `/campaigns/${id}/departments`, query });
}

function keptForm(id: number, department: number): RatingForm | undefined {
  return read(FORMS).find((form) => form.campaign.id === id && form.department.id === department);
}

function keepForm(form: RatingForm): void {
  const others = read(FORMS).filter(
    (kept) => kept.campaign.id !== form.campaign.id || kept.department.id !== form.department.id,
  );
  write(FORMS, [form, ...others].slice(0, FORMS_KEPT));
}

/** The form; where there is no network, as it was when it was last opened. */
export async function ratingForm(id: number, department: number): Promise<RatingForm> {
  try {
    const path = `/campaigns/${id}/departments/${department}/form`;
    const form = await call<RatingForm>("optional", { method: "GET", path });
    keepForm(form);
    return form;
  } catch (reason) {
    const kept = keptForm(id, department);
    if (asFailure(reason).kind === "unreachable" && kept) return kept;
    throw reason;
  }
}

/** What a scanned code or a typed visit code stands for. */
export function entry(scene: string): Promise<Entry> {
  return call("optional", { method: "POST", path: "/entries", body: { scene } });
}
