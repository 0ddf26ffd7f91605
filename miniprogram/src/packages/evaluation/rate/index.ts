/** The rating form: filled in, checked, confirmed, sent; kept as a draft when the page is left. */
import { dropDraft, keepDraft } from "../../../api/drafts";
import { isOfLink } from "../../../api/links";
import { enqueue, flushNow, outboxItem } from "../../../api/outbox";
import { uploadPhoto } from "../../../api/photos";
import { drawSalt } from "../../../api/random";
import { ensureConsent, hasConsented } from "../../../api/privacy";
import { memberIfSignedIn, signIn } from "../../../api/session";
import type { Member, Named, RatingForm, Receipt } from "../../../api/types";
import { comfort } from "../../../behaviors/comfort";
import { leadingToProblems } from "../../../behaviors/leading-to-problems";
import { submitting } from "../../../behaviors/submitting";
import type { Upload } from "../../../behaviors/taking-photos";
import { takingPhotos } from "../../../behaviors/taking-photos";
import { draftName } from "../../../domain/drafts";
import { asFailure, consentMissing, fullMessage } from "../../../domain/failure";
import { formatMoment } from "../../../domain/dates";
import { ENTERPRISE_ROLE } from "../../../domain/labels";
import { levelLabel } from "../../../domain/levels";
import type { OutboxItem } from "../../../domain/outbox";
import { keptPhoto, shownPhoto } from "../../../domain/photos";
import type { FormProblem, Matter, RatingInput, Standing, SummaryLine } from "../../../domain/rating";
import { emptyRating, isUntouched, problemsOf, standingOf, standingProblem, summaryOf, withoutContact } from "../../../domain/rating";
import { keyOf } from "../../../domain/receipt";
import { signedNotice } from "../../../domain/signing";
import { sendWithRecord } from "./correcting";
import type { Mode, Opened, RateQuery } from "./opening";
import { openRating } from "./opening";

const DRAFT_PAUSE_MS = 600;

let draftTimer: ReturnType<typeof setTimeout> | undefined;

function enterprisesOf(member: Member | null): Named[] {
  return (member?.roles ?? []).filter(({ role }) => role === ENTERPRISE_ROLE).map(({ organisation }) => organisation);
}

function uploadFor({ campaign }: RatingForm): Upload {
  return (path, onProgress) => uploadPhoto(campaign.id, path, onProgress);
}

Component({
  behaviors: [comfort, leadingToProblems, submitting, takingPhotos],

  data: {
    state: "loading" as "loading" | "ready" | "failed",
    message: "",
    query: {} as RateQuery,
    mode: "new" as Mode,
    form: null as RatingForm | null,
    closes: "",
    matter: { counter: null, code: null } as Matter,
    secret: "",
    hint: "",
    signedBy: "",
    /** What is said of a signed rating before it is given. */
    signing: [] as string[],
    ofOrganisation: false,
    /** Whether it is a drawn person's, by a link of the sample survey. */
    drawn: false,
    /** What the rating was when its correction began. */
    before: null as Receipt | null,
    rating: emptyRating(),
    problems: [] as FormProblem[],
    standing: { personal: true, enterprises: [] } as Standing,
    confirming: false,
    summary: [] as SummaryLine[],
    /** Once it is sent, leaving the page keeps no draft. */
    sent: false,
  },

  methods: {
    onLoad(query: RateQuery) {
      this.setData({ query });
      void this.load();
    },

    onShow() {
      this.refreshComfort();
    },

    onHide() {
      this.saveDraft();
    },

    onUnload() {
      this.saveDraft();
    },

    async load() {
      this.setData({ state: "loading" });
      try {
        this.show(await openRating(this.data.query));
        if (this.data.mode !== "correct") await this.loadStanding();
      } catch (reason) {
        this.setData({ state: "failed", message: fullMessage(asFailure(reason)) });
      }
    },

    show({ mode, form, matter, secret, rating, photos, hint, signedBy, ofOrganisation, before }: Opened) {
      const closes = formatMoment(form.campaign.closes_at);
      const signing = signedBy === "" ? [] : signedNotice(signedBy);
      this.setData({ mode, form, closes, matter, secret, rating, hint, photos: photos.map(shownPhoto), state: "ready" });
      const drawn = before?.channel === "sample" || isOfLink(matter.code);
      this.setData({ signedBy, signing, ofOrganisation, before: before ?? null, drawn });
      if (mode === "correct") void wx.setNavigationBarTitle({ title: "更正评价" });
    },

    async loadStanding() {
      const { form, matter } = this.data;
      if (form === null) return;
      this.setData({ standing: standingOf(form, matter, []) });
      if (matter.organisation) return;
      const represented = await this.represented();
      this.setData({ standing: standingOf(form, matter, represented) });
    },

    /** Only who has agreed is signed in here; without an answer the form simply offers no enterprise. */
    async represented(): Promise<Named[]> {
      if (!hasConsented()) return [];
      try {
        return enterprisesOf(memberIfSignedIn() ?? (await signIn()));
      } catch (reason) {
        console.warn("enterprises not loaded", asFailure(reason).code);
        return [];
      }
    },

    onChange(event: { detail: { rating: RatingInput } }) {
      const { rating } = event.detail;
      const { form, problems, photos } = this.data;
      // A mark goes as soon as what it asked for is there; new ones come only with the next attempt to send.
      const left = form === null || problems.length === 0 ? [] : problemsOf(rating, form, photos.length);
      const still = left.filter(({ field }) => problems.some((problem) => problem.field === field));
      // The words above the button go with the marks that they speak of.
      const words = still.length > 0 ? this.obstacle(still) : "";
      this.setData({ rating, problems: still, notice: problems.length > 0 ? words : this.data.notice });
      this.saveDraftSoon();
    },

    onAddPhotos() {
      const { form } = this.data;
      if (form === null) return;
      void this.once(() => this.addPhotos(uploadFor(form), form.limits.photos, form.limits.photo_bytes));
    },

    onRetryPhoto(event: { detail: { path: string } }) {
      const { form } = this.data;
      if (form !== null) void this.sendPhoto(uploadFor(form), event.detail.path);
    },

    photosChanged() {
      this.setData({ notice: "" });
      this.saveDraftSoon();
    },

    saveDraftSoon() {
      if (draftTimer !== undefined) clearTimeout(draftTimer);
      draftTimer = setTimeout(() => this.saveDraft(), DRAFT_PAUSE_MS);
    },

    saveDraft() {
      if (draftTimer !== undefined) clearTimeout(draftTimer);
      const { mode, form, matter, secret, rating, photos, sent } = this.data;
      if (mode !== "new" || form === null || sent || (isUntouched(rating) && photos.length === 0)) return;
      const { campaign, department } = form;
      keepDraft({
        campaign: { id: campaign.id, title: campaign.title },
        department: { id: department.id, name: department.name },
        matter,
        secret,
        rating,
        photos: photos.map(keptPhoto),
        savedAt: Date.now(),
      });
    },

    onSubmit() {
      const { form, rating, photos, busy } = this.data;
      if (form === null || busy) return;
      const problems = problemsOf(rating, form, photos.length);
      const notice = this.obstacle(problems);
      this.setData({ problems, notice });
      if (notice === "") this.confirm();
      else if (problems.length > 0) void this.scrollToProblem("#form", ".wrong");
    },

    obstacle(problems: readonly FormProblem[]): string {
      const { mode, standing, rating } = this.data;
      const [first, ...others] = problems;
      if (first) return first.message + (others.length > 0 ? `（还有 ${others.length} 处要填，已在上面标出）` : "");
      const standingWords = mode === "correct" ? "" : standingProblem(standing, rating);
      if (standingWords !== "") return standingWords;
      if (this.isUploading()) return "照片正在上传，请等上传完成再提交。";
      if (this.data.photos.some(({ state }) => state === "failed")) return "有照片没有传上去。请重新上传或移除后再提交。";
      return "";
    },

    confirm() {
      const { rating, photos, standing, signedBy } = this.data;
      const enterprise = standing.enterprises.find(({ id }) => id === rating.enterprise)?.name ?? null;
      const overall = rating.overall === null ? "" : levelLabel(rating.overall);
      this.setData({ summary: summaryOf(rating, overall, photos.length, enterprise, signedBy || null), confirming: true });
    },

    onCancel() {
      this.setData({ confirming: false });
    },

    onConfirm() {
      if (!this.data.confirming) return;
      this.setData({ confirming: false });
      void this.once(() => (this.data.mode === "correct" ? this.sendCorrection() : this.send()));
    },

    outgoing(form: RatingForm, salt: string): OutboxItem {
      const { matter, secret, rating, photos } = this.data;
      return {
        key: keyOf(secret),
        secret,
        campaign: { id: form.campaign.id, title: form.campaign.title },
        department: { id: form.department.id, name: form.department.name },
        matter,
        rating,
        photos: photos.map(keptPhoto),
        madeAt: Date.now(),
        state: "waiting",
        message: "",
        hold: null,
        mayHaveArrived: false,
        salt,
        leaves: form.leaves.map(({ id }) => id),
      };
    },

    /** Into the outbox first, so that nothing that happens on the way can lose it. */
    async send() {
      const { form, matter } = this.data;
      if (form === null) return;
      if (!(await ensureConsent())) throw consentMissing();
      const item = this.outgoing(form, await drawSalt());
      enqueue(item);
      dropDraft(draftName(form.campaign.id, form.department.id, matter));
      this.setData({ sent: true });
      await flushNow();
      const left = outboxItem(item.key);
      if (left?.state === "refused") this.setData({ mode: "edit", notice: left.message, sent: false });
      else void wx.redirectTo({ url: `/packages/evaluation/done/index?key=${item.key}` });
    },

    async sendCorrection() {
      const { form, secret, photos, signedBy, ofOrganisation } = this.data;
      if (form === null) return;
      const ids = photos.flatMap(({ id }) => (id === null ? [] : [id]));
      if (ids.length < photos.length) {
        this.setData({ notice: "有照片还没有上传。请联网后点“重新上传”，或移除后再提交。" });
        return;
      }
      const rating = signedBy === "" ? this.data.rating : withoutContact(this.data.rating);
      await sendWithRecord({ form, secret, rating, photos: ids, ofOrganisation, before: this.data.before });
      void wx.showToast({ title: "已更正", icon: "success", duration: 3000 });
      void wx.navigateBack();
    },
  },
});
