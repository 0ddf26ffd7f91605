/** Drawing up an activity, or changing one. A draft is seen by its organisers only. */
import { activity as fetchActivity, changeActivity, draftActivity, organisable, personGroups } from "../../../api/activities";
import { currentPosition } from "../../../api/location";
import { ensureConsent } from "../../../api/privacy";
import type { Named } from "../../../api/types";
import { comfort } from "../../../behaviors/comfort";
import { memberPage } from "../../../behaviors/member-page";
import { submitting } from "../../../behaviors/submitting";
import { KINDS } from "../../../domain/activities";
import type { ActivityForm, FenceRow } from "../../../domain/activity-form";
import {
  AUDIENCE_CHOICES, draftOf, emptyForm, EVIDENCE_CHOICES, fenceRows, formOf, LARGEST_RADIUS_M, problemsOf, SMALLEST_RADIUS_M,
  withFence, withStart, withToggled,
} from "../../../domain/activity-form";
import { consentMissing, Failure } from "../../../domain/failure";
import type { Point } from "../../../domain/fences";

const KIND_CHOICES = KINDS.filter(({ kind }) => kind !== "").map(({ kind, label }) => ({ value: kind, label }));
const AUDIENCES = AUDIENCE_CHOICES.map(({ audience, label }) => ({ value: audience, label }));

type EvidenceChoice = (typeof EVIDENCE_CHOICES)[number];

interface TextInput {
  currentTarget: { dataset: { field: "title" | "place" | "description" | "bring" | "capacity" } };
  detail: { value: string };
}

interface TimeInput {
  currentTarget: { dataset: { field: "starts" | "ends" | "joinUntil"; part: "date" | "time" } };
  detail: { value: string };
}

Component({
  behaviors: [comfort, memberPage, submitting],

  data: {
    id: 0,
    revision: 0,
    /** Once loaded, coming back to the page must not undo what was typed. */
    loaded: false,
    form: emptyForm(0, 0),
    organisations: [] as Named[],
    organiserIndex: 0,
    groups: [] as Named[],
    kinds: KIND_CHOICES,
    audiences: AUDIENCES,
    /** The choices with their marks; templates can't look into a list. */
    evidenceChoices: [] as (EvidenceChoice & { chosen: boolean })[],
    groupChoices: [] as (Named & { chosen: boolean })[],
    fenceRows: [] as FenceRow[],
    smallestRadius: SMALLEST_RADIUS_M,
    largestRadius: LARGEST_RADIUS_M,
    own: [] as number[],
    /** By field. */
    problems: {} as Record<string, string>,
  },

  observers: {
    "form, groups"(form: ActivityForm, groups: Named[]) {
      this.setData({
        evidenceChoices: EVIDENCE_CHOICES.map((one) => ({ ...one, chosen: form.evidence.includes(one.kind) })),
        groupChoices: groups.map((one) => ({ ...one, chosen: form.groups.includes(one.id) })),
        fenceRows: fenceRows(form.fences),
      });
    },
  },

  methods: {
    onLoad(query: { id?: string }) {
      const id = Number(query.id ?? 0);
      this.setData({ id });
      if (id > 0) void wx.setNavigationBarTitle({ title: "修改活动" });
    },

    onShow() {
      this.refreshComfort();
      if (!this.data.loaded) void this.open();
    },

    async load() {
      const { id } = this.data;
      const before = id > 0 ? await fetchActivity(id) : null;
      if (before !== null && !before.may_manage) throw new Failure("refused", "只有这次活动的组织者能修改。", { status: 403 });
      const [reached, groups] = await Promise.all([organisable(), personGroups()]);
      const kept = before !== null && reached.every((one) => one.id !== before.organiser.id) ? [before.organiser] : [];
      const organisations = [...kept, ...reached];
      const first = organisations[0];
      if (first === undefined) throw new Failure("refused", "您还不能发起活动。支部书记、副书记和支部委员可以发起。", { status: 403 });
      const form = before === null ? emptyForm(first.id, Date.now()) : formOf(before);
      const organiserIndex = Math.max(0, organisations.findIndex((one) => one.id === form.organiser));
      this.setData({ organisations, groups, form, organiserIndex, revision: before?.revision ?? 0, loaded: true });
    },

    /** A mark goes as soon as what it asked for is there; new ones come only with the next attempt to save. */
    change(change: Partial<ActivityForm>) {
      const form = { ...this.data.form, ...change };
      const still = problemsOf(form).filter(({ field }) => field in this.data.problems);
      this.setData({ form, problems: Object.fromEntries(still.map(({ field, message }) => [field, message])) });
    },

    onText(event: TextInput) {
      this.change({ [event.currentTarget.dataset.field]: event.detail.value });
    },

    onTime(event: TimeInput) {
      const { field, part } = event.currentTarget.dataset;
      const picked = { ...this.data.form[field], [part]: event.detail.value };
      this.change(field === "starts" ? withStart(this.data.form, picked) : { [field]: picked });
    },

    onKind(event: { detail: { value: ActivityForm["kind"] } }) {
      this.change({ kind: event.detail.value });
    },

    onOrganiser(event: { detail: { value: string } }) {
      const organiserIndex = Number(event.detail.value);
      const organiser = this.data.organisations[organiserIndex]?.id;
      if (organiser === undefined) return;
      this.setData({ organiserIndex });
      this.change({ organiser });
    },

    onAudience(event: { detail: { value: ActivityForm["audience"] } }) {
      this.change({ audience: event.detail.value });
    },

    onGroup(event: { currentTarget: { dataset: { group: number } } }) {
      this.change({ groups: withToggled(this.data.form.groups, event.currentTarget.dataset.group) });
    },

    onEvidence(event: { currentTarget: { dataset: { kind: ActivityForm["evidence"][number] } } }) {
      this.change({ evidence: withToggled(this.data.form.evidence, event.currentTarget.dataset.kind) });
    },

    onNeeded() {
      this.change({ needed: this.data.form.needed === 1 ? 2 : 1 });
    },

    onCheckOut() {
      this.change({ checkOut: !this.data.form.checkOut });
    },

    onMap(event: { detail: { place: Point } }) {
      this.change(withFence(this.data.form, event.detail.place));
    },

    onHere() {
      void this.once(async () => {
        if (!(await ensureConsent())) throw consentMissing();
        const position = await currentPosition();
        if (position === null) throw new Failure("refused", "没有允许使用位置。请在地图上点一下来标出范围。");
        this.setData({ own: position.place });
        this.change(withFence(this.data.form, position.place));
      });
    },

    onRadius(event: { currentTarget: { dataset: { index: number } }; detail: { value: number } }) {
      const { index } = event.currentTarget.dataset;
      const { value: radius } = event.detail;
      const fences = this.data.form.fences.map((fence, place) =>
        place === index && fence.shape === "circle" ? { ...fence, radius } : fence,
      );
      this.change({ fences });
    },

    onDropFence(event: { currentTarget: { dataset: { index: number } } }) {
      const { index } = event.currentTarget.dataset;
      this.change({ fences: this.data.form.fences.filter((_, place) => place !== index) });
    },

    onSave() {
      const problems = problemsOf(this.data.form);
      this.setData({ problems: Object.fromEntries(problems.map(({ field, message }) => [field, message])) });
      if (problems.length > 0) {
        this.setData({ notice: `还有 ${problems.length} 处要填写或更正：${problems[0]?.message ?? ""}` });
        return;
      }
      void this.once(() => this.save());
    },

    async save() {
      const { id, form, revision } = this.data;
      const draft = draftOf(form);
      if (id > 0) {
        await changeActivity(id, draft, revision);
        void wx.navigateBack();
        return;
      }
      const made = await draftActivity(draft);
      void wx.redirectTo({ url: `/packages/activities/organise/index?id=${made.id}` });
    },
  },
});
