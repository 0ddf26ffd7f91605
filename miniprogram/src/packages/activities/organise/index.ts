/** The organiser's page: code, scanning, the roster with who is there by now, additions, changes. */
import { activity as fetchActivity, addParticipant, announce, cancel, candidates, removeParticipant } from "../../../api/activities";
import type { Activity, Attendance, Candidate } from "../../../api/activity-types";
import { attendance as fetchAttendance, checkInPicture, codeKey, decide } from "../../../api/check-ins";
import { serviceNow } from "../../../api/clock";
import { scan } from "../../../api/scan";
import { comfort } from "../../../behaviors/comfort";
import { memberPage } from "../../../behaviors/member-page";
import { submitting } from "../../../behaviors/submitting";
import type { Badge } from "../../../domain/activities";
import { placesWords, stateBadge } from "../../../domain/activities";
import type { ShownAttendee } from "../../../domain/check-in";
import { confirmingFrom, countWords, shownAttendee } from "../../../domain/check-in";
import type { Phase } from "../../../domain/check-in-codes";
import { parseCode } from "../../../domain/check-in-codes";
import { asFailure, Failure } from "../../../domain/failure";
import { periodWords } from "../../../domain/times";

const REFRESH_MS = 5000;
const TYPING_PAUSE_MS = 400;
const PHASES = [
  { value: "in", label: "确认签到" },
  { value: "out", label: "确认签退" },
];

const timers = new WeakMap<object, ReturnType<typeof setInterval>>();
let typingTimer: ReturnType<typeof setTimeout> | undefined;

interface PersonTap {
  currentTarget: { dataset: { person: string } };
}

interface NamedTap {
  currentTarget: { dataset: { person: string; name: string } };
}

Component({
  behaviors: [comfort, memberPage, submitting],

  data: {
    id: 0,
    activity: null as Activity | null,
    period: "",
    places: "",
    state: null as Badge | null,
    counts: "",
    /** From when presence can be confirmed; empty once it can. */
    confirming: "",
    roster: [] as ShownAttendee[],
    phases: PHASES,
    phase: "in" as Phase,
    done: "",
    adding: false,
    typed: "",
    found: [] as Candidate[],
    searched: false,
    /** Whose photo is open, and the photo. */
    pictured: "",
    picture: "",
    /** What a dialog asks. */
    asking: "" as "" | "announce" | "cancel" | "remove" | "correct",
    reason: "",
    /** What the reason lacks. */
    reasonNotice: "",
    /** Whom it is about. */
    asked: "",
    askedName: "",
  },

  methods: {
    onLoad(query: { id?: string }) {
      this.setData({ id: Number(query.id) });
    },

    onShow() {
      this.refreshComfort();
      void this.open();
      this.stop();
      timers.set(this, setInterval(() => void this.refreshRoster(), REFRESH_MS));
    },

    onHide() {
      this.stop();
    },

    onUnload() {
      this.stop();
    },

    stop() {
      const timer = timers.get(this);
      if (timer !== undefined) clearInterval(timer);
    },

    async onPullDownRefresh() {
      await this.open();
      void wx.stopPullDownRefresh();
    },

    async load() {
      const activity = await fetchActivity(this.data.id);
      if (!activity.may_manage) throw new Failure("refused", "只有这次活动的组织者能打开这个页面。", { status: 403 });
      this.show(activity);
      if (activity.state !== "announced") return;
      this.showRoster(await fetchAttendance(activity.id));
      void this.fetchKey(activity);
    },

    show(activity: Activity) {
      this.setData({
        activity,
        period: periodWords(activity.starts_at, activity.ends_at),
        places: placesWords(activity),
        state: stateBadge(activity, Date.now()),
      });
    },

    showRoster(attendance: Attendance) {
      const roster = attendance.items.map(shownAttendee);
      // Who waits for the organiser's word comes first; the rest keeps the order of the roster.
      const asked = roster.filter((one) => one.asked);
      const { activity } = this.data;
      this.setData({
        counts: countWords(attendance),
        confirming: activity === null ? "" : confirmingFrom(activity, serviceNow()),
        roster: [...asked, ...roster.filter((one) => !one.asked)],
      });
    },

    /** The key is fetched beforehand: the code and the proofs work without a network from then on. */
    async fetchKey({ id, title }: Activity) {
      try {
        await codeKey(id, title);
      } catch (reason) {
        console.warn("code key not fetched", asFailure(reason).code);
      }
    },

    async refreshRoster() {
      const { gate, activity } = this.data;
      if (gate !== "ready" || activity?.state !== "announced") return;
      try {
        this.showRoster(await fetchAttendance(activity.id));
      } catch (reason) {
        // The next round tries again; what is shown stays.
        console.warn("roster not refreshed", asFailure(reason).code);
      }
    },

    onCode() {
      const { id, activity } = this.data;
      void wx.navigateTo({ url: `/packages/activities/code/index?id=${id}&title=${encodeURIComponent(activity?.title ?? "")}` });
    },

    onScan() {
      void this.once(async () => {
        const text = await scan();
        if (text === null) return;
        if (parseCode(text)?.kind !== "member") {
          throw new Failure("refused", "这不是参加人的打卡码。请让对方在打卡页面点“出示我的码”。");
        }
        void wx.navigateTo({ url: `/packages/activities/proof/index?id=${this.data.id}&code=${encodeURIComponent(text)}` });
      });
    },

    onPhase(event: { detail: { value: Phase } }) {
      this.setData({ phase: event.detail.value });
    },

    onPresent(event: PersonTap) {
      this.judge(event.currentTarget.dataset.person, true);
    },

    onAbsent(event: PersonTap) {
      this.judge(event.currentTarget.dataset.person, false);
    },

    onCorrect(event: NamedTap) {
      this.ask("correct", event);
    },

    onCorrectConfirmed() {
      this.onDismiss();
      this.judge(this.data.asked, false);
    },

    judge(person: string, present: boolean) {
      const { id, phase } = this.data;
      void this.once(async () => {
        await decide(id, person, present, phase);
        await this.refreshRoster();
      });
    },

    onPicture(event: { currentTarget: { dataset: { person: string; picture: string } } }) {
      const { person, picture } = event.currentTarget.dataset;
      if (this.data.pictured === person) {
        this.setData({ pictured: "", picture: "" });
        return;
      }
      void this.once(async () => this.setData({ picture: await checkInPicture(this.data.id, picture), pictured: person }));
    },

    onAdding() {
      this.setData({ adding: !this.data.adding, typed: "", found: [], searched: false, done: "" });
    },

    onTyped(event: { detail: { value: string } }) {
      this.setData({ typed: event.detail.value, searched: false });
      if (typingTimer !== undefined) clearTimeout(typingTimer);
      typingTimer = setTimeout(() => void this.search(), TYPING_PAUSE_MS);
    },

    async search() {
      const { typed, id } = this.data;
      if (typed.trim() === "") return;
      await this.once(async () => {
        const found = await candidates(id, typed);
        if (typed === this.data.typed) this.setData({ found, searched: true });
      });
    },

    onAdd(event: NamedTap) {
      const { person, name } = event.currentTarget.dataset;
      void this.once(async () => {
        await addParticipant(this.data.id, person);
        this.setData({ done: `已把${name}加入名单。`, found: this.data.found.filter(({ id }) => id !== person) });
        await this.open();
      });
    },

    onRemove(event: NamedTap) {
      this.ask("remove", event);
    },

    ask(asking: "remove" | "correct", event: NamedTap) {
      const { person, name } = event.currentTarget.dataset;
      this.setData({ asking, asked: person, askedName: name });
    },

    onEdit() {
      void wx.navigateTo({ url: `/packages/activities/edit/index?id=${this.data.id}` });
    },

    onAnnounce() {
      this.setData({ asking: "announce" });
    },

    onCancelActivity() {
      this.setData({ asking: "cancel", reason: "", reasonNotice: "" });
    },

    onReason(event: { detail: { value: string } }) {
      this.setData({ reason: event.detail.value, reasonNotice: "" });
    },

    onDismiss() {
      this.setData({ asking: "" });
    },

    onAnnounceConfirmed() {
      this.onDismiss();
      void this.once(async () => {
        await announce(this.data.id);
        this.setData({ done: "已发布，能参加的党员现在可以报名。" });
        await this.open();
      });
    },

    onCancelConfirmed() {
      const { id } = this.data;
      const reason = this.data.reason.trim();
      if (reason === "") {
        this.setData({ reasonNotice: "请写明取消的原因，它会通知给报名的人。" });
        return;
      }
      this.onDismiss();
      void this.once(async () => {
        await cancel(id, reason);
        this.setData({ done: "已取消，报名的人会收到通知。" });
        await this.open();
      });
    },

    onRemoveConfirmed() {
      const { id, asked } = this.data;
      this.onDismiss();
      void this.once(async () => {
        await removeParticipant(id, asked);
        await this.open();
      });
    },
  },
});
