/** Published results of closed campaigns. */
import { call } from "./service";
import type { CampaignResults, ClosedCampaign, ClosedCampaignList, DepartmentResultDetail, ScoreTree } from "./types";

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

/** What a department's score is made of; only where scores are published. */
export function scoreTree(campaign: number, department: number): Promise<ScoreTree> {
  return call("anyone", { method: "GET", path: `/campaigns/${campaign}/scores/${department}` });
}
