/** What "我的评价" lists: what waits, what was begun, what was sent. */
import type { Draft } from "./drafts";
import { nameOfDraft } from "./drafts";
import { formatPlainDate } from "./dates";
import type { KeptReceipt } from "./kept-receipts";
import type { OutboxItem } from "./outbox";
import { outboxLabel } from "./outbox";

export interface ShownWaiting {
  key: string;
  department: string;
  campaign: string;
  signedBy: string;
  label: string;
  message: string;
  warn: boolean;
  maySend: boolean;
  mayEdit: boolean;
  mayDelete: boolean;
}

export function shownWaiting(item: OutboxItem): ShownWaiting {
  return {
    key: item.key,
    department: item.department.name,
    campaign: item.campaign.title,
    signedBy: item.matter.organisation?.name ?? "",
    label: outboxLabel(item),
    message: item.message,
    warn: item.state !== "waiting" && item.state !== "sending",
    maySend: item.state === "waiting",
    mayEdit: item.state === "refused",
    mayDelete: item.state !== "sending",
  };
}

/** What deleting an unsent rating means, which depends on whether it may have got through. */
export function deletionWarning(item: OutboxItem): string {
  return item.mayHaveArrived
    ? "上次发送没有收到答复，这份评价可能已经送达。删除后这部手机上没有回执，不能再查看或撤回。建议联网后先点“现在发送”。"
    : "这份评价还没有发出，删除后不能恢复。";
}

export interface ShownDraft {
  name: string;
  campaign: number;
  campaignTitle: string;
  department: number;
  departmentName: string;
  signedBy: string;
  organisation: number | null;
  counter: string | null;
  counterName: string | null;
  code: string | null;
}

export function shownDraft(draft: Draft): ShownDraft {
  return {
    name: nameOfDraft(draft),
    campaign: draft.campaign.id,
    campaignTitle: draft.campaign.title,
    department: draft.department.id,
    departmentName: draft.department.name,
    signedBy: draft.matter.organisation?.name ?? "",
    organisation: draft.matter.organisation?.id ?? null,
    counter: draft.matter.counter,
    code: draft.matter.code,
    counterName: draft.matter.counterName ?? null,
  };
}

export interface ShownKept {
  key: string;
  department: string;
  campaign: string;
  signedBy: string;
  date: string;
  state: string;
  tone: string;
}

export function shownKept(kept: KeptReceipt): ShownKept {
  return {
    key: kept.key,
    department: kept.department,
    campaign: kept.campaign.title,
    signedBy: kept.signedBy ?? "",
    date: formatPlainDate(kept.ratedOn),
    state: "",
    tone: "plain",
  };
}
