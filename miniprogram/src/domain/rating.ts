/** A rating while it is filled in: what the form holds, what it still lacks, and what is sent. */
import type { Contact, Correction, Leaf, Named, RatingForm, Submission } from "../api/types";
import { isLevel, isOverallLevel, isPoor, UNKNOWN_LEVEL } from "./levels";
import type { Level, OverallLevel } from "./levels";

export type Identity = "anonymous" | "named";

export interface RatingInput {
  overall: OverallLevel | null;
  /** Chosen so far, by leaf id. */
  levels: Record<string, Level>;
  tags: string[];
  comment: string;
  identity: Identity;
  /** Kept while the rater goes back and forth; sent only when `identity` is "named". */
  contact: Contact;
  /** The enterprise in whose name the rating is given. */
  enterprise: number | null;
  /** 现在就请处理; drafts of an older program lack it. */
  handleNow?: boolean;
}

/** What ties a rating to one service matter (办件): a counter, or a visit code. */
export interface Matter {
  counter: string | null;
  code: string | null;
  /** For the rater to see; of the counter only its code is sent. */
  counterName?: string | null;
  /** The community or village that signs the rating; ratings kept by an older program lack it. */
  organisation?: Named | null;
}

/** In whose name this person may rate here. */
export interface Standing {
  personal: boolean;
  enterprises: Named[];
}

export interface FormProblem {
  /** "overall", "levels.<leaf id>", "comment", "contact.name", "contact.phone" or "photos". */
  field: string;
  message: string;
}

export function emptyRating(): RatingInput {
  return {
    overall: null,
    levels: {},
    tags: [],
    comment: "",
    identity: "anonymous",
    contact: { name: "", phone: "" },
    enterprise: null,
  };
}

export function isUntouched(rating: RatingInput): boolean {
  return rating.overall === null && Object.keys(rating.levels).length === 0 && rating.comment.trim() === "";
}

/** The tags to choose from follow the overall level: praise from 基本满意 up, faults below. */
export function tagsFor(overall: OverallLevel | null, tags: RatingForm["tags"]): string[] {
  if (overall === null) return [];
  return isPoor(overall) ? tags.poor : tags.good;
}

/** A kept rating under a form that may have changed meanwhile: answers that it has no place for are dropped. */
export function fittedTo(rating: RatingInput, form: RatingForm): RatingInput {
  const asked = new Set(form.leaves.map(({ id }) => String(id)));
  const offered = tagsFor(rating.overall, form.tags);
  return {
    ...rating,
    levels: Object.fromEntries(Object.entries(rating.levels).filter(([leaf]) => asked.has(leaf))),
    tags: rating.tags.filter((tag) => offered.includes(tag)),
  };
}

/** Sets the overall level and drops the chosen tags that don't go with it. */
export function withOverall(rating: RatingInput, overall: OverallLevel, tags: RatingForm["tags"]): RatingInput {
  const fitting = tagsFor(overall, tags);
  const handleNow = isPoor(overall) && rating.handleNow === true;
  return { ...rating, overall, tags: rating.tags.filter((tag) => fitting.includes(tag)), handleNow };
}

export function withLevel(rating: RatingInput, leaf: number, level: Level): RatingInput {
  return { ...rating, levels: { ...rating.levels, [String(leaf)]: level } };
}

/** Answers 不了解 for every leaf that has no answer yet. */
export function withRestUnknown(rating: RatingInput, leaves: readonly Leaf[]): RatingInput {
  const levels = { ...rating.levels };
  for (const leaf of missingLeaves(rating, leaves)) levels[String(leaf.id)] = UNKNOWN_LEVEL;
  return { ...rating, levels };
}

export function withTagToggled(rating: RatingInput, tag: string): RatingInput {
  const tags = rating.tags.includes(tag) ? rating.tags.filter((chosen) => chosen !== tag) : [...rating.tags, tag];
  return { ...rating, tags };
}

export function missingLeaves(rating: RatingInput, leaves: readonly Leaf[]): Leaf[] {
  return leaves.filter((leaf) => !isLevel(rating.levels[String(leaf.id)]));
}

/** Characters as the service counts them (code points), without space at the ends. */
export function commentLength(comment: string): number {
  return Array.from(comment.trim()).length;
}

const MOBILE = /^1[3-9]\d{9}$/;
const LANDLINE = /^0\d{2,3}-?\d{7,8}$/;
const LONGEST_NAME = 40;

export function isPhone(text: string): boolean {
  const plain = text.replace(/\s/g, "");
  return MOBILE.test(plain) || LANDLINE.test(plain);
}

function contactProblems(contact: Contact): FormProblem[] {
  const problems: FormProblem[] = [];
  const name = contact.name.trim();
  if (name === "") problems.push({ field: "contact.name", message: "请填写怎么称呼您，或者改选匿名。" });
  if (name.length > LONGEST_NAME) problems.push({ field: "contact.name", message: `称呼最多 ${LONGEST_NAME} 个字。` });
  if (!isPhone(contact.phone)) {
    problems.push({ field: "contact.phone", message: "请填写正确的手机号或带区号的座机号，或者改选匿名。" });
  }
  return problems;
}

/** Everything that the form lacks, in the order in which it stands on the page. */
export function problemsOf(rating: RatingInput, form: RatingForm, photoCount: number): FormProblem[] {
  const problems: FormProblem[] = [];
  if (!isOverallLevel(rating.overall)) problems.push({ field: "overall", message: "请先选择总体评价。" });
  for (const leaf of missingLeaves(rating, form.leaves)) {
    problems.push({ field: `levels.${leaf.id}`, message: `“${leaf.name}”还没有选择。不清楚的请选“不了解”。` });
  }
  const length = commentLength(rating.comment);
  if (length > form.limits.comment) {
    problems.push({ field: "comment", message: `意见最多 ${form.limits.comment} 字，现在有 ${length} 字，请删减。` });
  }
  if (photoCount > form.limits.photos) {
    problems.push({ field: "photos", message: `照片最多 ${form.limits.photos} 张，请移除多出的。` });
  }
  return rating.identity === "named" ? [...problems, ...contactProblems(rating.contact)] : problems;
}

/** @param represented the enterprises that the person represents. */
export function standingOf(form: RatingForm, matter: Matter, represented: readonly Named[]): Standing {
  // A code, a counter or the community's pairing is the right to rate by itself; there is nothing to choose.
  if (matter.code !== null || matter.counter !== null || matter.organisation) return { personal: true, enterprises: [] };
  const asEnterprise = form.campaign.channels.includes("enterprise_online") && form.department.enterprise_facing;
  return { personal: form.campaign.channels.includes("open"), enterprises: asEnterprise ? [...represented] : [] };
}

/** Why the person can't rate here in the name chosen, or an empty text. */
export function standingProblem({ personal, enterprises }: Standing, rating: RatingInput): string {
  if (rating.enterprise === null && personal) return "";
  if (enterprises.some(({ id }) => id === rating.enterprise)) return "";
  if (enterprises.length > 0) return "请选择以哪家企业的名义评价。";
  return "这次评价需要扫窗口的二维码、输入评价码，或由企业、社区和村的代表以单位名义提交。代表请先在“我的”里绑定单位；社区和村的代表从“我的 · 结对部门”进入。";
}

function contactOf(rating: RatingInput): Contact | null {
  if (rating.identity === "anonymous") return null;
  return { name: rating.contact.name.trim(), phone: rating.contact.phone.replace(/\s/g, "") };
}

/** What an organisation signs carries nobody's name. */
export function withoutContact(rating: RatingInput): RatingInput {
  return { ...rating, identity: "anonymous" };
}

/** What is sent for a correction. @throws RangeError without an overall level; check the form first. */
export function correctionOf(rating: RatingInput, photos: readonly string[]): Correction {
  if (rating.overall === null) throw new RangeError("a rating needs an overall level");
  return {
    overall: rating.overall,
    levels: { ...rating.levels },
    tags: [...rating.tags],
    comment: rating.comment.trim(),
    photos: [...photos],
    contact: contactOf(rating),
    // Drawn where it is sent, and kept nowhere after the answer.
    salt: null,
    handle_now: rating.handleNow === true && isPoor(rating.overall),
  };
}

/** What is sent for a first rating. @throws RangeError without an overall level; check the form first. */
export function submissionOf(
  rating: RatingInput,
  department: number,
  matter: Matter,
  photos: readonly string[],
): Submission {
  const { organisation } = matter;
  return {
    ...correctionOf(organisation ? withoutContact(rating) : rating, photos),
    department,
    enterprise: organisation ? null : rating.enterprise,
    counter: matter.counter,
    code: matter.code,
    organisation: organisation?.id ?? null,
  };
}

/**
 * Whether the form offers 现在就请处理: for a poor rating of a survey, whose results are sealed until its end.
 *
 * @param drawn a drawn person's rating, of which no time may be told.
 */
export function offersNow(rating: RatingInput, form: RatingForm, drawn: boolean): boolean {
  return form.campaign.kind === "survey" && !drawn && rating.overall !== null && isPoor(rating.overall);
}

export interface SummaryLine {
  name: string;
  value: string;
}

function personalLines(rating: RatingInput, enterprise: string | null): SummaryLine[] {
  return [
    { name: "名义", value: enterprise ?? "个人" },
    { name: "联系方式", value: rating.identity === "named" ? rating.contact.phone.trim() : "不留，匿名提交" },
  ];
}

/**
 * What the rater is about to send, in words, without what was chosen for each leaf.
 *
 * @param signedBy the community or village whose own rating it is.
 */
export function summaryOf(
  rating: RatingInput,
  overallLabel: string,
  photoCount: number,
  enterprise: string | null,
  signedBy: string | null = null,
): SummaryLine[] {
  const unknown = Object.values(rating.levels).filter((level) => level === UNKNOWN_LEVEL).length;
  const rated = Object.keys(rating.levels).length - unknown;
  const comment = commentLength(rating.comment);
  return [
    { name: "总体评价", value: overallLabel },
    { name: "分项评价", value: `${rated} 项${unknown > 0 ? `，另有 ${unknown} 项不了解` : ""}` },
    { name: "意见", value: comment > 0 ? `${comment} 字` : "没有填写" },
    { name: "照片", value: photoCount > 0 ? `${photoCount} 张` : "没有添加" },
    ...(signedBy === null ? personalLines(rating, enterprise) : [{ name: "署名", value: signedBy }]),
    ...(rating.handleNow === true ? [{ name: "现在处理", value: "这份评价马上对部门和评价办公开" }] : []),
  ];
}
