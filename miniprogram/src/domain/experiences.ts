/** Experiences (经验): what an experience lacks while it is written, and how lists and pages show it. */
import type { Experience, ExperienceContent } from "../api/frontline-types";
import { formatPlainDate } from "./dates";
import { stateTone } from "./frontline-views";
import type { FormProblem } from "./frontline";
import { lengthOf, LONGEST_TEXT } from "./frontline";

export const LONGEST_TITLE = 100;
export const LONGEST_NOTE = 500;
export const LONGEST_TAG = 20;
export const MOST_TAGS = 6;

/** Offered beside what the author types. */
export const USUAL_TAGS: readonly string[] = ["联建共建", "志愿服务", "矛盾调解", "助企纾困", "养老助残", "环境整治", "政策宣讲", "基层治理"];

export interface ExperienceInput {
  title: string;
  body: string;
  tags: string[];
  /** The entry of the frontline log that it was learnt from. */
  entry: string | null;
  pictures: string[];
  /** The one that was read, or null for one that the service hasn't got. */
  revision: number | null;
}

export function emptyExperience(): ExperienceInput {
  return { title: "", body: "", tags: [], entry: null, pictures: [], revision: null };
}

export function inputOf({ title, body, tags, entry, pictures, revision }: Experience): ExperienceInput {
  return { title, body, tags: [...tags], entry, pictures: pictures.map(({ id }) => id), revision };
}

export function contentOf(input: ExperienceInput): ExperienceContent {
  return { ...input, title: input.title.trim(), body: input.body.trim() };
}

/** Puts a tag in or takes it out; a new one only while there is room. */
export function withTag(tags: readonly string[], typed: string): string[] {
  const tag = typed.trim();
  if (tags.includes(tag)) return tags.filter((one) => one !== tag);
  return tag === "" || tags.length >= MOST_TAGS ? [...tags] : [...tags, tag];
}

/** Why a typed tag can't be put in, or an empty text. */
export function tagProblem(tags: readonly string[], typed: string): string {
  const tag = typed.trim();
  if (tag === "") return "请先填写标签。";
  if (lengthOf(tag) > LONGEST_TAG) return `标签最多 ${LONGEST_TAG} 个字。`;
  if (!tags.includes(tag) && tags.length >= MOST_TAGS) return `标签最多 ${MOST_TAGS} 个，请先取消一个。`;
  return "";
}

export function problemsOf({ title, body }: ExperienceInput): FormProblem[] {
  const problems: FormProblem[] = [];
  if (title.trim() === "") problems.push({ field: "title", message: "请写一个题目，让别人一看就知道讲什么。" });
  if (lengthOf(title) > LONGEST_TITLE) problems.push({ field: "title", message: `题目最多 ${LONGEST_TITLE} 字。` });
  if (body.trim() === "") problems.push({ field: "body", message: "请写下做法和体会。" });
  if (lengthOf(body) > LONGEST_TEXT) problems.push({ field: "body", message: `正文最多 ${LONGEST_TEXT} 字，请删减。` });
  return problems;
}

export interface ShownExperience {
  id: string;
  title: string;
  body: string;
  branch: string;
  tags: string[];
  /** Empty where everybody sees it: in the shared collection. */
  state: string;
  tone: string;
  uses: string;
}

export function shownExperience(experience: Experience): ShownExperience {
  const { state, use_count: uses } = experience;
  return {
    id: experience.id,
    title: experience.title,
    body: experience.body,
    branch: [experience.branch.name, ...(experience.author === null ? [] : [experience.author])].join(" · "),
    tags: experience.tags,
    state: state === "shared" ? "" : experience.state_label,
    tone: stateTone(state),
    uses: uses === 0 ? "" : `${uses} 个支部用过`,
  };
}

export function shownUses({ uses }: Experience): { key: string; branch: string; note: string; when: string }[] {
  return uses.map(({ branch, note, used_on: on }) => ({ key: String(branch.id), branch: branch.name, note, when: formatPlainDate(on) }));
}
