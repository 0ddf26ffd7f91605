/** How a rating is begun: anew (or from its draft), as one that was refused, or as a correction from an empty form. */
import { ratingForm } from "../../../api/campaigns";
import { draftNamed } from "../../../api/drafts";
import { receipt } from "../../../api/evaluations";
import { outboxItem } from "../../../api/outbox";
import { drawSecret } from "../../../api/random";
import { earlierReceipt, findReceipt } from "../../../api/receipts";
import type { RatingForm, Receipt } from "../../../api/types";
import { draftName } from "../../../domain/drafts";
import { Failure } from "../../../domain/failure";
import type { KeptPhoto } from "../../../domain/photos";
import type { Matter, RatingInput } from "../../../domain/rating";
import { emptyRating, fittedTo } from "../../../domain/rating";
import { isOfOrganisation } from "../../../domain/signing";

export type Mode = "new" | "edit" | "correct";

export interface Opened {
  mode: Mode;
  form: RatingForm;
  matter: Matter;
  secret: string;
  rating: RatingInput;
  photos: KeptPhoto[];
  /** What the rater should know before going on. */
  hint: string;
  /** The community or village whose own rating it is, or an empty text. */
  signedBy: string;
  /** Whether it is an organisation's, whose representative has to be known to change it. */
  ofOrganisation: boolean;
  /** Of a correction: what the receipt said before it. */
  before?: Receipt;
}

export interface RateQuery {
  campaign?: string;
  department?: string;
  counter?: string;
  counterName?: string;
  code?: string;
  /** The key of a refused rating in the outbox. */
  outbox?: string;
  /** The key of a kept receipt. */
  receipt?: string;
  /** The community or village that the person represents, and its name. */
  organisation?: string;
  organisationName?: string;
}

const SIGNED_BEFORE = "贵单位评价过这个部门，回执在这部手机里。每个部门只评价一次，要修改请到“我的评价”里更正。";
const RATED_BEFORE = "这部手机评价过这个部门。同一名义只能评价一次，要修改请到“我的评价”里更正。";

const NO_MATTER: Matter = { counter: null, code: null };

function gone(message: string): Failure {
  return new Failure("refused", message, { code: "gone" });
}

/** A rating without a matter is given once; who has given it should hear so before filling in the form again. */
function ratedBefore({ campaign, department }: RatingForm, { counter, code, organisation }: Matter): string {
  if (counter !== null || code !== null) return "";
  const signedBy = organisation?.name ?? null;
  if (earlierReceipt(campaign.id, department.name, signedBy) === null) return "";
  return signedBy === null ? RATED_BEFORE : SIGNED_BEFORE;
}

function matterOf({ counter, code, counterName, organisation, organisationName }: RateQuery): Matter {
  return {
    counter: counter ?? null,
    code: code ?? null,
    counterName: counterName ? decodeURIComponent(counterName) : null,
    organisation: organisation ? { id: Number(organisation), name: decodeURIComponent(organisationName ?? "") } : null,
  };
}

function namesOf(matter: Matter): Pick<Opened, "signedBy" | "ofOrganisation"> {
  const signedBy = matter.organisation?.name ?? "";
  return { signedBy, ofOrganisation: signedBy !== "" };
}

async function anew(query: RateQuery): Promise<Opened> {
  const matter = matterOf(query);
  const form = await ratingForm(Number(query.campaign), Number(query.department));
  const draft = draftNamed(draftName(form.campaign.id, form.department.id, matter));
  if (draft === null) {
    const hint = ratedBefore(form, matter);
    return { mode: "new", form, matter, secret: await drawSecret(), rating: emptyRating(), photos: [], hint, ...namesOf(matter) };
  }
  const { secret, photos } = draft;
  const rating = fittedTo(draft.rating, form);
  return { mode: "new", form, matter, secret, rating, photos, hint: "已恢复您上次没有填完的内容。", ...namesOf(matter) };
}

async function refused(key: string): Promise<Opened> {
  const item = outboxItem(key);
  if (item === null) throw gone("这份评价已经发出或删除。请到“我的评价”查看。");
  const form = await ratingForm(item.campaign.id, item.department.id);
  const { matter, secret, photos, message } = item;
  return { mode: "edit", form, matter, secret, rating: fittedTo(item.rating, form), photos, hint: message, ...namesOf(matter) };
}

async function correction(key: string): Promise<Opened> {
  const kept = findReceipt(key);
  if (kept === null) throw gone("这部手机上没有这份回执。请用回执码找回后再更正。");
  const state = await receipt(kept.campaign.id, kept.secret);
  if (!state.may_change) throw gone("这份评价已经不能更正。");
  const form = await ratingForm(kept.campaign.id, state.department.id);
  const hint = "请重新填写全部内容，提交后替换原来的评价。为了保护您，这里不显示原来的选择。";
  const ofOrganisation = isOfOrganisation(state.channel);
  const about = { signedBy: state.signed_by ?? "", ofOrganisation };
  return { mode: "correct", form, matter: NO_MATTER, secret: kept.secret, rating: emptyRating(), photos: [], hint, before: state, ...about };
}

/** @throws Failure */
export function openRating(query: RateQuery): Promise<Opened> {
  if (query.outbox) return refused(query.outbox);
  if (query.receipt) return correction(query.receipt);
  return anew(query);
}
