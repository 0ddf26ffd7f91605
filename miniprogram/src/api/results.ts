/** Published results of closed campaigns. */
import { call } from "./service";
import type { CampaignResults, ClosedCampaign, ClosedCampaignList, DepartmentResultDetail } from "./types";

export async function closedCampaigns(): Promise<ClosedCampaign[]> {
  const page = await call<ClosedCampaignList>("anyone", { method: "GET", path: "/results" });
  return page.items;
}

export function campaignResults(campaign: number): Promise<CampaignResults> {
  return call("anyone", { method: "GET", path: `/campaigns/${campaign}/results` });
}

export function departmentResults(campaign: number, department: number): Promise<DepartmentResultDetail> {
  return call("anyone", { method: "GET", path: `/campaigns/${campaign}/results/${department}` });
}
