/** The words that screens use for the names in the contract. */

const CHANNELS: Readonly<Record<string, string>> = {
  open: "公众自主评价",
  service_centre: "行政服务中心",
  enterprise_online: "企业网络测评",
  sample: "抽样调查",
  hotline: "12345 热线",
  community: "社区评价",
  village: "村评价",
};

const ROLES: Readonly<Record<string, string>> = {
  citizen: "市民",
  enterprise_representative: "企业代表",
  member: "党员",
  secretary: "支部书记",
  organiser: "活动组织者",
  community_representative: "社区村代表",
  liaison: "联络员",
  head: "部门负责人",
  office: "评价办",
  inspector: "派驻纪检组",
};

const CAMPAIGN_KINDS: Readonly<Record<string, string>> = {
  survey: "集中评价",
  service: "一事一评",
};

const RECEIPT_STATES: Readonly<Record<string, string>> = {
  counted: "已计入",
  excluded: "不予采纳",
  withdrawn: "已撤回",
};

const COMMENT_STATES: Readonly<Record<string, string>> = {
  none: "没有填写意见",
  waiting: "意见正在审核，评分不受影响",
  shown: "意见已通过审核",
  held: "意见由工作人员人工审核，评分不受影响",
};

export const ENTERPRISE_ROLE = "enterprise_representative";
export const COMMUNITY_ROLE = "community_representative";

export function channelLabel(channel: string): string {
  return CHANNELS[channel] ?? "其他渠道";
}

export function roleLabel(role: string): string {
  return ROLES[role] ?? "其他身份";
}

export function campaignKindLabel(kind: string): string {
  return CAMPAIGN_KINDS[kind] ?? "评价";
}

export function receiptStateLabel(state: string): string {
  return RECEIPT_STATES[state] ?? "状态未知";
}

export function commentStateLabel(state: string): string {
  return COMMENT_STATES[state] ?? "";
}
