/** Writing an entry of the frontline log: kept at every change, sent at once or when the network is back. */
import { dropEntryDraft, keepEntryDraft } from "../../../api/entry-drafts";
import { activityChoice, activityChoices, lastActivityChoices } from "../../../api/entry-choices";
import { entryOutbox } from "../../../api/entry-outbox";
import { askForMessages, prepareMessages } from "../../../api/notices";
import { lastPerson, myPerson } from "../../../api/person";
import { uploadPicture } from "../../../api/pictures";
import { ensureConsent, hasConsented } from "../../../api/privacy";
import type { Named } from "../../../api/types";
import { comfort } from "../../../behaviors/comfort";
import { leadingToProblems } from "../../../behaviors/leading-to-problems";
import { submitting } from "../../../behaviors/submitting";
import type { Upload } from "../../../behaviors/taking-photos";
import { takingPhotos } from "../../../behaviors/taking-photos";
import { plainToday } from "../../../domain/dates";
import type { ActivityChoice } from "../../../domain/entry-choices";
import { distinct } from "../../../domain/entry-choices";
import type { WaitingEntry } from "../../../domain/entry-outbox";
import { waitingEntry } from "../../../domain/entry-outbox";
import { asFailure, consentMissing, fullMessage } from "../../../domain/failure";
import type { EntryInput, FormProblem } from "../../../domain/frontline";
import { emptyEntry, isUntouched, MOST_PICTURES, PICTURE_BYTES, problemsOf } from "../../../domain/frontline";
import { keptPhoto } from "../../../domain/photos";
import type { EditQuery } from "./opening";
import { openEntry } from "./opening";

const MESSAGES = ["entry_reviewed"];

const upload: Upload = (path, onProgress) => uploadPicture("frontline", path, onProgress);

Component({
  behaviors: [comfort, leadingToProblems, submitting, takingPhotos],

  data: {
    state: "loading" as "loading" | "ready" | "failed",
    message: "",
    query: {} as EditQuery,
    id: "",
    correcting: false,
    revision: null as number | null,
    taken: null as WaitingEntry | null,
    /** Something was changed since the page was opened. */
    touched: false,
    hint: "",
    warning: "",
    input: emptyEntry("", null),
    problems: [] as FormProblem[],
    today: "",
    activities: [] as ActivityChoice[],
    familiar: [] as Named[],
    communities: [] as Named[],
    /** Nobody is bound to this phone: the service would refuse the entry. */
    unbound: false,
    /** Once it is in the outbox, leaving the page keeps no draft. */
    sent: false,
    mayAsk: false,
  },

  methods: {
    onLoad(query: EditQuery) {
      this.setData({ query, today: plainToday(Date.now()) });
      void this.load();
    },

    onShow() {
      this.refreshComfort();
    },

    onUnload() {
      const { taken, touched, sent } = this.data;
      if (taken !== null && !touched && !sent) entryOutbox.put(taken);
      else this.saveDraft();
    },

    async load() {
      try {
        await this.learnPerson();
        this.setData({ ...(await openEntry(this.data.query)), state: "ready" });
        this.offer(lastActivityChoices());
      } catch (reason) {
        this.setData({ state: "failed", message: fullMessage(asFailure(reason)) });
        return;
      }
      await this.loadChoices();
    },

    /** Without a network the last answer stands; without any, the author is asked once there is one. */
    async learnPerson() {
      if (lastPerson() !== null || !hasConsented()) return;
      try {
        this.setData({ unbound: (await myPerson()) === null });
      } catch (reason) {
        console.warn("person not known", asFailure(reason).code);
      }
    },

    async loadChoices() {
      if (!hasConsented()) return;
      try {
        void prepareMessages().then(() => this.setData({ mayAsk: true }), () => undefined);
        this.offer(await activityChoices());
        const { activity } = this.data.query;
        if (activity && this.data.input.activity === null) await this.chooseActivity(Number(activity));
      } catch (reason) {
        // The form works without: an activity is optional, and known units stay.
        console.warn("activities not loaded", asFailure(reason).code);
      }
    },

    offer(activities: ActivityChoice[]) {
      const branch = lastPerson()?.branch ?? null;
      this.setData({
        activities,
        familiar: distinct([branch, ...activities.flatMap(({ units }) => units)]),
        communities: distinct(activities.map(({ community }) => community)),
      });
    },

    onActivity(event: { detail: { id: number | null } }) {
      const { id } = event.detail;
      if (id === null) this.change({ ...this.data.input, activity: null });
      else void this.chooseActivity(id);
    },

    /** What the activity tells already needs no typing; what the author wrote stays. Who came of its partners is for him to say. */
    async chooseActivity(id: number) {
      let choice = this.data.activities.find((one) => one.id === id) ?? null;
      try {
        choice = await activityChoice(id);
        this.offer(lastActivityChoices());
      } catch (reason) {
        if (choice === null) throw reason;
      }
      const { input, today } = this.data;
      const day = plainToday(Date.parse(choice.startsAt));
      this.change({
        ...input,
        activity: { id: choice.id, name: choice.title },
        community: input.community ?? choice.community,
        place: input.place.trim() === "" ? choice.place : input.place,
        happenedOn: day > today ? today : day,
      });
    },

    onChange(event: { detail: { input: EntryInput } }) {
      this.change(event.detail.input);
    },

    change(input: EntryInput) {
      const { problems, photos, today } = this.data;
      // A mark goes as soon as what it asked for is there; new ones come only with the next attempt to send.
      const left = problems.length === 0 ? [] : problemsOf(input, photos.length, today);
      const still = left.filter(({ field }) => problems.some((problem) => problem.field === field));
      this.setData({ input, touched: true, problems: still, ...(still.length === 0 ? { notice: "" } : {}) });
      this.saveDraft();
    },

    onAddPhotos() {
      void this.once(() => this.addPhotos(upload, MOST_PICTURES, PICTURE_BYTES));
    },

    onRetryPhoto(event: { detail: { path: string } }) {
      void this.sendPhoto(upload, event.detail.path);
    },

    photosChanged() {
      this.setData({ touched: true });
      this.saveDraft();
    },

    saveDraft() {
      const { state, correcting, revision, touched, sent, id, input, photos } = this.data;
      if (state !== "ready" || !touched || sent || (isUntouched(input) && photos.length === 0)) return;
      keepEntryDraft({ id, input, photos: photos.map(keptPhoto), correcting, revision, savedAt: Date.now() });
    },

    obstacle(problems: readonly FormProblem[]): string {
      const [first, ...others] = problems;
      if (first) return first.message + (others.length > 0 ? `（还有 ${others.length} 处要改，已在上面标出）` : "");
      if (this.isUploading()) return "照片正在上传，请等上传完成再提交。";
      if (this.data.photos.some(({ state }) => state === "failed")) return "有照片没有传上去。请重新上传或移除后再提交。";
      return "";
    },

    onSubmit() {
      const { input, photos, today } = this.data;
      const problems = problemsOf(input, photos.length, today);
      const obstacle = this.obstacle(problems);
      this.setData({ problems });
      if (obstacle !== "") this.setData({ notice: obstacle });
      if (problems.length > 0) void this.scrollToProblem("#form", ".lacks");
      else if (obstacle === "") void this.once(() => this.send());
    },

    /** Into the outbox first, so that nothing that happens on the way can lose it. */
    async send() {
      if (!(await ensureConsent())) throw consentMissing();
      const { id, input, photos, revision, mayAsk } = this.data;
      entryOutbox.put(waitingEntry(id, input, photos.map(keptPhoto), revision, Date.now()));
      dropEntryDraft(id);
      this.setData({ sent: true });
      if (mayAsk) await askForMessages(MESSAGES);
      await entryOutbox.flushNow();
      if (entryOutbox.item(id)?.state === "refused") this.showRefusal();
      else this.leave(entryOutbox.item(id) === null ? "已提交" : "已保存，联网后自动发送");
    },

    /** Back from the outbox into the form, where the author sees what to change. */
    showRefusal() {
      const refused = entryOutbox.take(this.data.id);
      if (refused === null) return;
      this.setData({ problems: [...refused.problems], notice: refused.message, sent: false, touched: true });
      this.saveDraft();
    },

    leave(words: string) {
      void wx.showToast({ title: words, icon: "none", duration: 3000 });
      void wx.navigateBack({ fail: () => void wx.redirectTo({ url: "/packages/frontline/entries/index" }) });
    },

    onBind() {
      void wx.navigateTo({ url: "/packages/me/person/index" });
    },
  },
});
