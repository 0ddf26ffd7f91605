/** What a representative is told before rating in the name of a community or village, and of what there is to rate. */
import type { OwnPairings } from "../api/types";
import { timeLeft } from "./dates";
import type { KeptReceipt } from "./kept-receipts";

/** Channels of ratings that belong to an organisation: only who represents it today may change one. */
const OF_ORGANISATIONS: readonly string[] = ["enterprise_online", "community", "village"];

export function isOfOrganisation(channel: string): boolean {
  return OF_ORGANISATIONS.includes(channel);
}

/** Said before the rating, because it can't be taken back for the reader afterwards. */
export function signedNotice(organisation: string): string[] {
  return [
    `这是“${organisation}”的署名评价，评价办和被评部门会知道是“${organisation}”作出的，不受满 10 份才公布的限制。`,
    "您个人的身份不会保存，也不用留联系方式。意见和照片里请不要写个人的姓名、电话。",
    "评价属于单位：每个部门只评价一次，由谁代表、换没换代表都一样。",
  ];
}

export interface PairedDepartment {
  key: string;
  id: number;
  name: string;
  rated: boolean;
  /** The receipt that this phone keeps of that rating, or an empty text. */
  receipt: string;
}

export interface PairedCampaign {
  id: number;
  title: string;
  left: string;
  paused: boolean;
  waiting: number;
  departments: PairedDepartment[];
}

export interface SigningOrganisation {
  id: number;
  name: string;
  campaigns: PairedCampaign[];
}

function receiptOf(receipts: readonly KeptReceipt[], organisation: string, campaign: number, department: string): string {
  const kept = receipts.find(
    (one) => one.signedBy === organisation && one.campaign.id === campaign && one.department === department,
  );
  return kept?.key ?? "";
}

/** @param now milliseconds. */
export function signingOrganisations(pairings: OwnPairings, receipts: readonly KeptReceipt[], now: number): SigningOrganisation[] {
  return pairings.items.map(({ id, name, campaigns }) => ({
    id,
    name,
    campaigns: campaigns.map((campaign) => ({
      id: campaign.id,
      title: campaign.title,
      left: timeLeft(campaign.closes_at, now),
      paused: campaign.paused,
      waiting: campaign.departments.filter(({ rated }) => !rated).length,
      departments: campaign.departments.map((department) => ({
        key: `${campaign.id}/${department.id}`,
        id: department.id,
        name: department.name,
        rated: department.rated,
        receipt: receiptOf(receipts, name, campaign.id, department.name),
      })),
    })),
  }));
}
