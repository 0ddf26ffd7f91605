/** 活动: what is to come as a list or on a map, and what the person takes part in. */
import { activities } from "../../api/activities";
import type { ActivityBrief, ActivityPage } from "../../api/activity-types";
import { keptKey, sendCheckInsNow, onCheckInsChange, waitingCheckIns } from "../../api/check-ins";
import { scan } from "../../api/scan";
import { memberIfSignedIn } from "../../api/session";
import { comfort } from "../../behaviors/comfort";
import { memberPage } from "../../behaviors/member-page";
import { paging } from "../../behaviors/paging";
import { submitting } from "../../behaviors/submitting";
import type { Pinned, ShownBrief } from "../../domain/activities";
import { detailPath, KINDS, pinsOf, shownBrief } from "../../domain/activities";
import { pathOfCode } from "../../domain/check-in";
import { parseCode } from "../../domain/check-in-codes";

type Segment = "list" | "map" | "mine";
type When = "upcoming" | "past" | "mine";

const SEGMENTS = [
  { value: "list", label: "列表" },
  { value: "map", label: "地图" },
  { value: "mine", label: "我的" },
];
const KIND_CHOICES = KINDS.map(({ kind, label }) => ({ value: kind, label }));
const ORGANISING_ROLES = ["secretary", "organiser"];
const TYPING_PAUSE_MS = 400;

const EMPTY: Readonly<Record<When, string>> = {
  upcoming: "没有找到将要开始的活动。可以换个类型，或看看往期活动。",
  past: "没有找到往期活动。",
  mine: "您还没有报名活动。在“列表”里看看有什么可以参加的。",
};

let typingTimer: ReturnType<typeof setTimeout> | undefined;
const stops = new WeakMap<object, () => void>();

Component({
  behaviors: [comfort, memberPage, paging, submitting],

  data: {
    segments: SEGMENTS,
    segment: "list" as Segment,
    kinds: KIND_CHOICES,
    kind: "",
    typed: "",
    past: false,
    empty: EMPTY.upcoming,
    shown: [] as ShownBrief[],
    pinned: [] as Pinned[],
    /** What the list below the map shows: everything on it, or what shares the place that was tapped. */
    below: [] as ShownBrief[],
    mayOrganise: false,
    waiting: 0,
  },

  observers: {
    items(items: object[]) {
      const now = Date.now();
      const found = items as ActivityBrief[];
      const shown = found.map((one) => shownBrief(one, now));
      const pinned = pinsOf(found);
      const onMap = pinned.flatMap(({ ids }) => ids);
      this.setData({ shown, pinned, below: shown.filter(({ id }) => onMap.includes(id)) });
    },
  },

  methods: {
    onShow() {
      this.refreshComfort();
      this.countWaiting();
      stops.get(this)?.();
      stops.set(this, onCheckInsChange(() => this.countWaiting()));
      void this.open();
    },

    onHide() {
      stops.get(this)?.();
    },

    async onPullDownRefresh() {
      await this.open();
      void wx.stopPullDownRefresh();
    },

    onReachBottom() {
      if (this.data.segment !== "map") void this.loadMore();
    },

    countWaiting() {
      this.setData({ waiting: waitingCheckIns().length });
    },

    when(): When {
      if (this.data.segment === "mine") return "mine";
      return this.data.past && this.data.segment === "list" ? "past" : "upcoming";
    },

    fetchPage(cursor: string | null): Promise<ActivityPage> {
      const { kind, typed } = this.data;
      return activities({ when: this.when(), kind, typed }, cursor);
    },

    /** Joining and leaving happen on another page: what is shown is read anew, without going back to a blank page. */
    async load() {
      const turn = this.data.turn + 1;
      this.setData({ turn });
      const { items, next_cursor: cursor } = await this.fetchPage(null);
      if (turn === this.data.turn) this.setData({ items, cursor, listState: "ready", listMessage: "" });
      this.setData({ mayOrganise: (memberIfSignedIn()?.roles ?? []).some(({ role }) => ORGANISING_ROLES.includes(role)) });
    },

    again() {
      this.setData({ empty: EMPTY[this.when()], notice: "" });
      void this.restart();
    },

    onSegment(event: { detail: { value: Segment } }) {
      this.setData({ segment: event.detail.value });
      this.again();
    },

    onKind(event: { detail: { value: string } }) {
      this.setData({ kind: event.detail.value });
      this.again();
    },

    onPast() {
      this.setData({ past: !this.data.past });
      this.again();
    },

    onTyped(event: { detail: { value: string } }) {
      this.setData({ typed: event.detail.value });
      if (typingTimer !== undefined) clearTimeout(typingTimer);
      typingTimer = setTimeout(() => this.again(), TYPING_PAUSE_MS);
    },

    onRetry() {
      this.again();
    },

    onActivity(event: { currentTarget: { dataset: { id: number } } }) {
      void wx.navigateTo({ url: detailPath(event.currentTarget.dataset.id) });
    },

    onMarker(event: { detail: { id: number } }) {
      const { id } = event.detail;
      const ids = this.data.pinned.find((one) => one.id === id)?.ids ?? [];
      if (ids.length > 1) this.setData({ below: this.data.shown.filter((one) => ids.includes(one.id)) });
      else void wx.navigateTo({ url: detailPath(id) });
    },

    onScan() {
      void this.once(async () => {
        const text = await scan();
        if (text === null) return;
        const code = parseCode(text);
        if (code === null) this.setData({ notice: "这不是活动的码。请扫组织者的活动码，或同伴手机上的打卡码。" });
        else void wx.navigateTo({ url: pathOfCode(code, keptKey(code.activity) !== null) });
      });
    },

    onSend() {
      void this.once(() => sendCheckInsNow());
    },

    onDraw() {
      void wx.navigateTo({ url: "/packages/activities/edit/index" });
    },
  },
});
