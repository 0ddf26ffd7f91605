/** One activity: what it is, the person's place in it, joining and leaving. */
import { activity as fetchActivity, join, leave } from "../../../api/activities";
import type { Activity, Joined } from "../../../api/activity-types";
import { addToCalendar } from "../../../api/calendar";
import { checkInSheet } from "../../../api/check-ins";
import { askForMessages, prepareMessages } from "../../../api/notices";
import { addressOfPicture, viewPictures } from "../../../api/pictures";
import { comfort } from "../../../behaviors/comfort";
import { memberPage } from "../../../behaviors/member-page";
import { submitting } from "../../../behaviors/submitting";
import type { Badge, Choices, Fact } from "../../../domain/activities";
import {
  choicesOf, detailPath, factsOf, joinQuestion, leaveQuestion, outcomeWords, placeBadge, positionOf, stateBadge,
} from "../../../domain/activities";
import { checkInButton } from "../../../domain/check-in";
import { asFailure } from "../../../domain/failure";
import type { Fence } from "../../../domain/fences";
import { middleOf } from "../../../domain/fences";

/** What WeChat may tell who has a place, and who waits for one: three kinds at most for one question. */
const MESSAGES = {
  joining: ["activity_reminder", "activity_changed", "activity_cancelled"],
  waiting: ["place_given", "activity_changed", "activity_cancelled"],
};

const NOTHING: Choices = { join: "", leave: "", checkIn: false, calendar: false, share: false };

Component({
  behaviors: [comfort, memberPage, submitting],

  data: {
    id: 0,
    activity: null as Activity | null,
    facts: [] as Fact[],
    state: null as Badge | null,
    mine: null as Badge | null,
    choices: NOTHING,
    checkIn: checkInButton(null),
    fences: [] as Fence[],
    pictures: [] as string[],
    asking: "" as "" | "join" | "leave",
    question: "",
    outcome: "",
  },

  methods: {
    onLoad(query: { id?: string }) {
      this.setData({ id: Number(query.id) });
    },

    onShow() {
      this.refreshComfort();
      void this.open();
    },

    async onPullDownRefresh() {
      await this.open();
      void wx.stopPullDownRefresh();
    },

    onShareAppMessage() {
      const { activity, id } = this.data;
      return { title: activity?.title ?? "党员活动", path: detailPath(id) };
    },

    async load() {
      this.show(await fetchActivity(this.data.id));
      // WeChat asks inside the tap that joins, which leaves no time to fetch then.
      void prepareMessages().catch(() => undefined);
      if (this.data.choices.checkIn) await this.showCheckIn();
    },

    /** Where the person stands decides what the button says, and nothing else. */
    async showCheckIn() {
      try {
        const { sheet } = await checkInSheet(this.data.id);
        this.setData({ checkIn: checkInButton(sheet) });
      } catch (reason) {
        console.warn("check-in not fetched", asFailure(reason).code);
      }
    },

    show(activity: Activity) {
      const now = Date.now();
      this.setData({
        activity,
        facts: factsOf(activity),
        state: stateBadge(activity, now),
        mine: placeBadge(activity.my),
        choices: choicesOf(activity, now),
        fences: activity.fences,
        pictures: activity.pictures.flatMap(({ address }) => addressOfPicture(address) ?? []),
      });
    },

    onJoin() {
      const { activity } = this.data;
      if (activity !== null) this.setData({ asking: "join", question: joinQuestion(activity), outcome: "" });
    },

    onLeave() {
      const { activity } = this.data;
      if (activity !== null) this.setData({ asking: "leave", question: leaveQuestion(activity), outcome: "" });
    },

    onCancel() {
      this.setData({ asking: "" });
    },

    onConfirm() {
      const { asking, id } = this.data;
      this.setData({ asking: "" });
      if (asking === "join") this.act(() => this.joinNow());
      else if (asking === "leave") this.act(() => this.settle(leave(id)));
    },

    /** What comes of it is told at the top of the page, which the buttons have led away from. */
    act(work: () => Promise<void>) {
      void this.once(work).then(() => wx.pageScrollTo({ scrollTop: 0, duration: 200 }));
    },

    async joinNow() {
      const { activity, id } = this.data;
      const full = activity !== null && activity.capacity !== null && activity.taken >= activity.capacity;
      await askForMessages(full ? MESSAGES.waiting : MESSAGES.joining);
      await this.settle(join(id));
    },

    /** The answer is shown at once; the page around it is read anew, by which a failure does no harm. */
    async settle(asked: Promise<Joined>) {
      this.setData({ outcome: outcomeWords(await asked) });
      await this.open();
    },

    onCalendar() {
      const { activity } = this.data;
      if (activity === null) return;
      void this.once(async () => {
        if (await addToCalendar(activity)) void wx.showToast({ title: "已加入手机日历", icon: "success", duration: 3000 });
      });
    },

    onCheckIn() {
      void wx.navigateTo({ url: `/packages/activities/check-in/index?id=${this.data.id}` });
    },

    onOrganise() {
      void wx.navigateTo({ url: `/packages/activities/organise/index?id=${this.data.id}` });
    },

    onPicture(event: { currentTarget: { dataset: { address: string } } }) {
      viewPictures(this.data.pictures, event.currentTarget.dataset.address);
    },

    onNavigate() {
      const { activity, fences } = this.data;
      const place = fences[0] ? middleOf(fences[0]) : activity && positionOf(activity);
      if (!activity || !place) return;
      const [longitude, latitude] = place;
      wx.openLocation({ longitude, latitude, name: activity.place, scale: 16, fail: () => undefined });
    },
  },
});
