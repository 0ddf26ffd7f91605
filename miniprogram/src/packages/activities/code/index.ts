/** 活动码: the organiser's rotating code in full screen, computed on the phone, so that it works without a network. */
import { activity as fetchActivity } from "../../../api/activities";
import { codeKey, keptKey } from "../../../api/check-ins";
import { clockNotice, everySecond } from "../../../api/clock";
import { keepBright } from "../../../api/screen";
import { comfort } from "../../../behaviors/comfort";
import { memberPage } from "../../../behaviors/member-page";
import { rotatingCode, secondsLeft, STEP_SECONDS } from "../../../domain/check-in-codes";
import { asFailure } from "../../../domain/failure";

const stops = new WeakMap<object, () => void>();

Component({
  behaviors: [comfort, memberPage],

  data: { id: 0, title: "", key: "", code: "", left: STEP_SECONDS, share: 100, clock: "" },

  methods: {
    onLoad(query: { id?: string; title?: string }) {
      this.setData({ id: Number(query.id), title: query.title ? decodeURIComponent(query.title) : "" });
    },

    onShow() {
      this.refreshComfort();
      void this.begin();
    },

    onHide() {
      this.stop();
    },

    onUnload() {
      this.stop();
    },

    async load() {
      const { id } = this.data;
      const title = this.data.title || keptKey(id)?.title || (await this.fetchTitle());
      this.setData({ title, key: await codeKey(id, title) });
    },

    /** Opened by its address alone; the code is shown even where its name can't be fetched. */
    async fetchTitle(): Promise<string> {
      try {
        return (await fetchActivity(this.data.id)).title;
      } catch (reason) {
        console.warn("title not fetched", asFailure(reason).code);
        return "";
      }
    },

    async begin() {
      await this.open();
      this.stop();
      if (this.data.gate !== "ready") return;
      const letDark = keepBright();
      const stopTicking = everySecond((now) => this.tick(now));
      stops.set(this, () => {
        stopTicking();
        letDark();
      });
    },

    stop() {
      stops.get(this)?.();
      stops.delete(this);
    },

    tick(now: number) {
      const { id, key } = this.data;
      const left = secondsLeft(now);
      this.setData({ code: rotatingCode(id, key, now), left, share: (left / STEP_SECONDS) * 100, clock: clockNotice() });
    },
  },
});
