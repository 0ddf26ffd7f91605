/** An activity while its organiser draws it up: what the form holds, what it lacks, what is sent. */
import type { Activity, ActivityDraft, AgreementChoice } from "../api/activity-types";
import type { Named } from "../api/types";
import type { Fence, Point } from "./fences";
import type { Picked } from "./times";
import { momentOf, pickedFrom } from "./times";

type Kind = ActivityDraft["kind"];
type EvidenceKind = ActivityDraft["evidence"][number];

export interface ActivityForm {
  kind: Kind;
  title: string;
  place: string;
  description: string;
  bring: string;
  organiser: number;
  starts: Picked;
  ends: Picked;
  joinUntil: Picked;
  /** Empty: everybody finds a place. */
  capacity: string;
  audience: ActivityDraft["audience"];
  groups: number[];
  evidence: EvidenceKind[];
  needed: number;
  checkOut: boolean;
  fences: Fence[];
  partners: Named[];
  community: Named | null;
  agreement: AgreementChoice | null;
}

export interface Problem {
  field: string;
  message: string;
}

export const EVIDENCE_CHOICES: readonly { kind: EvidenceKind; label: string; hint: string }[] = [
  { kind: "code", label: "扫描活动码", hint: "您的手机或现场屏幕显示，每 15 秒换一次" },
  { kind: "place", label: "到达活动地点", hint: "只判断是否在范围内，不保存位置；参加人可以不用" },
  { kind: "peers", label: "两名同伴确认", hint: "由两名已到场的同伴扫码确认" },
  { kind: "photo", label: "现场照片", hint: "参加人可以不用" },
  { kind: "organiser", label: "组织者确认", hint: "您在名单里确认，或扫参加人的码" },
];

/** What no participant can be asked for: each of them needs another way beside it. */
const OPTIONAL: readonly EvidenceKind[] = ["place", "photo"];

export const AUDIENCE_CHOICES: readonly { audience: ActivityForm["audience"]; label: string }[] = [
  { audience: "partners", label: "主办和协办单位的党员" },
  { audience: "everyone", label: "全体党员" },
  { audience: "groups", label: "指定群体的党员" },
];

export const RADIUS_M = 200;
export const SMALLEST_RADIUS_M = 50;
export const LARGEST_RADIUS_M = 5000;
export const MOST_FENCES = 10;
export const LEAST_CORNERS = 3;
export const MOST_CORNERS = 60;
export const MOST_PARTNERS = 30;
export const MOST_PICTURES = 9;
const MOST_PLACES = 10_000;

const HOUR = 3_600_000;

/** A form for an activity of tomorrow week, at nine. @param now milliseconds. */
export function emptyForm(organiser: number, now: number): ActivityForm {
  const day = pickedFrom(new Date(now + 7 * 24 * HOUR).toISOString()).date;
  const before = pickedFrom(new Date(now + 6 * 24 * HOUR).toISOString()).date;
  return {
    kind: "joint_building",
    title: "",
    place: "",
    description: "",
    bring: "",
    organiser,
    starts: { date: day, time: "09:00" },
    ends: { date: day, time: "11:30" },
    joinUntil: { date: before, time: "18:00" },
    capacity: "",
    audience: "partners",
    groups: [],
    evidence: ["code", "organiser"],
    needed: 1,
    checkOut: false,
    fences: [],
    partners: [],
    community: null,
    agreement: null,
  };
}

export function formOf(activity: Activity): ActivityForm {
  return {
    kind: activity.kind,
    title: activity.title,
    place: activity.place,
    description: activity.description,
    bring: activity.bring,
    organiser: activity.organiser.id,
    starts: pickedFrom(activity.starts_at),
    ends: pickedFrom(activity.ends_at),
    joinUntil: pickedFrom(activity.join_until),
    capacity: activity.capacity === null ? "" : String(activity.capacity),
    audience: activity.audience,
    groups: activity.audience_groups.map(({ id }) => id),
    evidence: [...activity.evidence],
    needed: activity.evidence_needed,
    checkOut: activity.check_out,
    fences: [...activity.fences],
    partners: [...activity.partners],
    community: activity.community,
    agreement: activity.agreement,
  };
}

export function withToggled<T>(list: readonly T[], value: T): T[] {
  return list.includes(value) ? list.filter((one) => one !== value) : [...list, value];
}

/** Setting the beginning carries the end along, and the end of joining where it would come later. */
export function withStart(form: ActivityForm, starts: Picked): ActivityForm {
  const [before, after, end] = [momentOf(form.starts), momentOf(starts), momentOf(form.ends)];
  if (before === null || after === null || end === null) return { ...form, starts };
  const moved = Date.parse(after) - Date.parse(before);
  const shift = (picked: Picked): Picked => {
    const moment = momentOf(picked);
    return moment === null ? picked : pickedFrom(new Date(Date.parse(moment) + moved).toISOString());
  };
  return { ...form, starts, ends: shift(form.ends), joinUntil: shift(form.joinUntil) };
}

/** Seven decimals are a centimetre; more is noise of the phone. */
function rounded([longitude, latitude]: Point): Point {
  return [Number(longitude.toFixed(7)), Number(latitude.toFixed(7))];
}

function withOneMore(fences: readonly Fence[], make: (name: string) => Fence): Fence[] {
  return fences.length >= MOST_FENCES ? [...fences] : [...fences, make(`地点 ${fences.length + 1}`)];
}

export function withCircle(fences: readonly Fence[], place: Point): Fence[] {
  return withOneMore(fences, (name) => ({ name, shape: "circle", centre: rounded(place), radius: RADIUS_M }));
}

/** A tap on the place of the corner before it is a tap too many. */
export function withCorner(corners: readonly Point[], place: Point): Point[] {
  const corner = rounded(place);
  const known = corners.some(([longitude, latitude]) => longitude === corner[0] && latitude === corner[1]);
  return known || corners.length >= MOST_CORNERS ? [...corners] : [...corners, corner];
}

export function withPolygon(fences: readonly Fence[], corners: readonly Point[]): Fence[] {
  if (corners.length < LEAST_CORNERS) return [...fences];
  return withOneMore(fences, (name) => ({ name, shape: "polygon", corners: [...corners] }));
}

export function withPartner(partners: readonly Named[], partner: Named): Named[] {
  const known = partners.some(({ id }) => id === partner.id);
  return known || partners.length >= MOST_PARTNERS ? [...partners] : [...partners, partner];
}

/** Another organiser is no partner of its own, and has agreements of its own. */
export function withOrganiser(form: ActivityForm, organiser: number): ActivityForm {
  return { ...form, organiser, partners: form.partners.filter(({ id }) => id !== organiser), agreement: null };
}

/** What there is to choose, with the one that is chosen even where it is not in force any more. */
export function agreementChoices(offered: readonly AgreementChoice[], chosen: AgreementChoice | null): AgreementChoice[] {
  const known = chosen === null || offered.some(({ id }) => id === chosen.id);
  return known ? [...offered] : [chosen, ...offered];
}

export interface FenceRow {
  key: number;
  name: string;
  words: string;
  /** 0 for a polygon. */
  radius: number;
}

export function fenceRows(fences: readonly Fence[]): FenceRow[] {
  return fences.map((fence, key) => ({
    key,
    name: fence.name,
    words: fence.shape === "circle" ? `${fence.name}：半径 ${fence.radius} 米` : `${fence.name}：多边形，${fence.corners.length} 个角`,
    radius: fence.shape === "circle" ? fence.radius : 0,
  }));
}

function capacityOf(form: ActivityForm): number | null {
  return form.capacity.trim() === "" ? null : Number(form.capacity);
}

function timeProblems(form: ActivityForm): Problem[] {
  const [starts, ends, joinUntil] = [momentOf(form.starts), momentOf(form.ends), momentOf(form.joinUntil)];
  if (starts === null || ends === null) return [{ field: "starts", message: "请选择开始和结束时间。" }];
  if (joinUntil === null) return [{ field: "joinUntil", message: "请选择报名截止时间。" }];
  const problems: Problem[] = [];
  if (Date.parse(ends) <= Date.parse(starts)) problems.push({ field: "ends", message: "结束时间要晚于开始时间。" });
  if (Date.parse(joinUntil) > Date.parse(ends)) problems.push({ field: "joinUntil", message: "报名截止不能晚于活动结束。" });
  return problems;
}

function evidenceProblem({ evidence, needed, fences }: ActivityForm): string {
  if (evidence.length < needed) return `请至少选 ${needed} 种打卡方式。`;
  if (evidence.every((kind) => OPTIONAL.includes(kind))) return "位置和照片不能强制，请再选一种不需要它们的方式，例如扫描活动码。";
  if (evidence.includes("place") && fences.length === 0) return "选了“到达活动地点”，请在地图上标出范围。";
  return "";
}

/** Everything that the form lacks, in the order in which it stands on the page. */
export function problemsOf(form: ActivityForm): Problem[] {
  const problems: Problem[] = [];
  if (form.title.trim() === "") problems.push({ field: "title", message: "请填写活动名称。" });
  problems.push(...timeProblems(form));
  if (form.place.trim() === "") problems.push({ field: "place", message: "请填写集合地点，例如“和平社区党群服务中心”。" });
  const capacity = capacityOf(form);
  if (capacity !== null && !(Number.isInteger(capacity) && capacity >= 1 && capacity <= MOST_PLACES)) {
    problems.push({ field: "capacity", message: `名额请填 1 到 ${MOST_PLACES} 的整数，不限名额请留空。` });
  }
  if (form.audience === "groups" && form.groups.length === 0) problems.push({ field: "audience", message: "请选择至少一个群体。" });
  const evidence = evidenceProblem(form);
  if (evidence !== "") problems.push({ field: "evidence", message: evidence });
  return problems;
}

/** What is sent of the pictures: null where none was added, removed or moved. */
export function picturesToSend(before: readonly string[], now: readonly string[]): string[] | null {
  const same = before.length === now.length && before.every((id, index) => id === now[index]);
  return same ? null : [...now];
}

/**
 * @param pictures null leaves them as they are.
 * @throws RangeError while times are missing; check the form first.
 */
export function draftOf(form: ActivityForm, pictures: string[] | null): ActivityDraft {
  const [starts, ends, joinUntil] = [momentOf(form.starts), momentOf(form.ends), momentOf(form.joinUntil)];
  if (starts === null || ends === null || joinUntil === null) throw new RangeError("an activity needs its times");
  return {
    kind: form.kind,
    title: form.title.trim(),
    description: form.description.trim(),
    bring: form.bring.trim(),
    place: form.place.trim(),
    organiser: form.organiser,
    starts_at: starts,
    ends_at: ends,
    join_until: joinUntil,
    capacity: capacityOf(form),
    audience: form.audience,
    audience_groups: form.audience === "groups" ? [...form.groups] : [],
    evidence: [...form.evidence],
    evidence_needed: form.needed,
    check_out: form.checkOut,
    fences: [...form.fences],
    partners: form.partners.map(({ id }) => id),
    community: form.community?.id ?? null,
    agreement: form.agreement?.id ?? null,
    pictures,
  };
}
