/** What a receipt shows: states and dates in words, never a level. */
import type { Receipt } from "../api/types";
import { formatMoment, formatPlainDate } from "./dates";
import { channelLabel, commentStateLabel, receiptStateLabel } from "./labels";
import { isOfOrganisation } from "./signing";

export interface ShownReceipt {
  state: string;
  /** "good", "warn" or "plain". */
  tone: string;
  department: string;
  campaign: string;
  lines: { name: string; value: string }[];
  mayChange: boolean;
  mayWithdraw: boolean;
  /** It belongs to an organisation, so that its representatives of today alone may change it. */
  ofOrganisation: boolean;
}

const TONES: Readonly<Record<string, string>> = { counted: "good", excluded: "warn" };

export function stateTone(state: string): string {
  return TONES[state] ?? "plain";
}

/** The day of a rating; of the sample survey none is kept. */
export function ratingDay(rating: { channel: string; rated_on: string }): string {
  return rating.channel === "sample" ? "抽样期间" : formatPlainDate(rating.rated_on);
}

export function shownReceipt(receipt: Receipt): ShownReceipt {
  const lines = [
    { name: "评价日期", value: ratingDay(receipt) },
    { name: "评价渠道", value: channelLabel(receipt.channel) },
    { name: "意见", value: commentStateLabel(receipt.comment_state) },
    { name: "截止时间", value: formatMoment(receipt.closes_at) },
  ];
  if (receipt.signed_by) lines.splice(1, 0, { name: "署名", value: receipt.signed_by });
  // Taking a rating back makes a revision too, and is no correction.
  if (receipt.revision > 1 && receipt.state !== "withdrawn") lines.push({ name: "更正次数", value: `${receipt.revision - 1} 次` });
  if (receipt.exclusion_reason) lines.push({ name: "不予采纳的原因", value: receipt.exclusion_reason });
  return {
    state: receiptStateLabel(receipt.state),
    tone: stateTone(receipt.state),
    department: receipt.department.name,
    campaign: receipt.campaign.title,
    lines,
    mayChange: receipt.may_change,
    ofOrganisation: isOfOrganisation(receipt.channel),
    // A withdrawn rating can be given anew under its receipt until the close.
    mayWithdraw: receipt.may_change && receipt.state !== "withdrawn",
  };
}
