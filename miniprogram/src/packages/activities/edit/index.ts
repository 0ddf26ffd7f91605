/** Drawing up an activity, or changing one. A draft is seen by its organisers only. */
import { activity as fetchActivity, agreements, changeActivity, draftActivity, organisable, personGroups } from "../../../api/activities";
import type { Activity, AgreementChoice } from "../../../api/activity-types";
import { currentPosition } from "../../../api/location";
import { addressOfPicture, uploadPicture } from "../../../api/pictures";
import { ensureConsent } from "../../../api/privacy";
import type { Named } from "../../../api/types";
import { comfort } from "../../../behaviors/comfort";
import { memberPage } from "../../../behaviors/member-page";
import { submitting } from "../../../behaviors/submitting";
import type { Upload } from "../../../behaviors/taking-photos";
import { takingPhotos } from "../../../behaviors/taking-photos";
import { KINDS } from "../../../domain/activities";
import type { ActivityForm } from "../../../domain/activity-form";
import {
  AUDIENCE_CHOICES, draftOf, emptyForm, EVIDENCE_CHOICES, formOf, MOST_PICTURES, picturesToSend, problemsOf, withCircle, withOrganiser,
  withStart, withToggled,
} from "../../../domain/activity-form";
import { asFailure, consentMissing, Failure } from "../../../domain/failure";
import { PICTURE_BYTES, uploadedPhoto } from "../../../domain/photos";

const KIND_CHOICES = KINDS.filter(({ kind }) => kind !== "").map(({ kind, label }) => ({ value: kind, label }));
const AUDIENCES = AUDIENCE_CHOICES.map(({ audience, label }) => ({ value: audience, label }));

const upload: Upload = (path, onProgress) => uploadPicture("activity", path, onProgress);

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
  behaviors: [comfort, memberPage, submitting, takingPhotos],

  data: {
    id: 0,
    revision: 0,
    /** Once loaded, coming back to the page must not undo what was typed. */
    loaded: false,
    form: emptyForm(0, 0),
    organisations: [] as Named[],
    offered: [] as AgreementChoice[],
    groups: [] as Named[],
    kinds: KIND_CHOICES,
    audiences: AUDIENCES,
    /** The choices with their marks; templates can't look into a list. */
    evidenceChoices: [] as (EvidenceChoice & { chosen: boolean })[],
    groupChoices: [] as (Named & { chosen: boolean })[],
    own: [] as number[],
    /** A polygon on the map was begun and is not finished. */
    drawing: false,
    /** The ids of the pictures that the service has, in their order. */
    picturesBefore: [] as string[],
    mostPictures: MOST_PICTURES,
    /** By field. */
    problems: {} as Record<string, string>,
  },

  observers: {
    "form, groups"(form: ActivityForm, groups: Named[]) {
      this.setData({
        evidenceChoices: EVIDENCE_CHOICES.map((one) => ({ ...one, chosen: form.evidence.includes(one.kind) })),
        groupChoices: groups.map((one) => ({ ...one, chosen: form.groups.includes(one.id) })),
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
      if (before !== null) this.showPictures(before);
      this.setData({ organisations, groups, form, revision: before?.revision ?? 0, loaded: true });
      void this.offerAgreements();
    },

    showPictures({ pictures }: Activity) {
      const photos = pictures.map(({ id, address }) => uploadedPhoto(id, addressOfPicture(address)));
      this.setData({ photos, picturesBefore: pictures.map(({ id }) => id) });
    },

    async offerAgreements() {
      const { organiser } = this.data.form;
      try {
        const offered = await agreements(organiser);
        if (organiser === this.data.form.organiser) this.setData({ offered });
      } catch (reason) {
        // An agreement is optional, and the one that is chosen stays.
        console.warn("agreements not loaded", asFailure(reason).code);
      }
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

    /** From the parts of the form that hold several fields. */
    onChange(event: { detail: { change: Partial<ActivityForm> } }) {
      this.change(event.detail.change);
    },

    onOrganiser(event: { detail: { organiser: number } }) {
      this.change(withOrganiser(this.data.form, event.detail.organiser));
      this.setData({ offered: [] });
      void this.offerAgreements();
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

    onDrawing(event: { detail: { unfinished: boolean } }) {
      this.setData({ drawing: event.detail.unfinished });
    },

    onHere() {
      void this.once(async () => {
        if (!(await ensureConsent())) throw consentMissing();
        const position = await currentPosition();
        if (position === null) throw new Failure("refused", "没有允许使用位置。请在地图上点一下来标出范围。");
        this.setData({ own: position.place });
        this.change({ fences: withCircle(this.data.form.fences, position.place) });
      });
    },

    onAddPhotos() {
      void this.once(() => this.addPhotos(upload, MOST_PICTURES, PICTURE_BYTES));
    },

    onRetryPhoto(event: { detail: { path: string } }) {
      void this.sendPhoto(upload, event.detail.path);
    },

    obstacle(): string {
      const problems = problemsOf(this.data.form);
      this.setData({ problems: Object.fromEntries(problems.map(({ field, message }) => [field, message])) });
      if (problems.length > 0) return `还有 ${problems.length} 处要填写或更正：${problems[0]?.message ?? ""}`;
      if (this.data.drawing) return "地图上的多边形还没有画完。请点“完成”，或撤销它的角。";
      if (this.isUploading()) return "照片正在上传，请等上传完成再保存。";
      if (this.data.photos.some(({ state }) => state === "failed")) return "有照片没有传上去。请重新上传或移除后再保存。";
      return "";
    },

    onSave() {
      const notice = this.obstacle();
      if (notice === "") void this.once(() => this.save());
      else this.setData({ notice });
    },

    /** Those that waited for a network go now. @returns their ids in the order of the form. */
    async pictureIds(): Promise<string[]> {
      for (const { path, state } of this.data.photos) if (state === "waiting") await this.sendPhoto(upload, path);
      const { photos } = this.data;
      const ids = photos.flatMap(({ id }) => (id === null ? [] : [id]));
      if (ids.length < photos.length) throw new Failure("refused", "有照片没有传上去。请联网后再保存，或移除它。");
      return ids;
    },

    async save() {
      const { id, form, revision, picturesBefore } = this.data;
      const draft = draftOf(form, picturesToSend(picturesBefore, await this.pictureIds()));
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
