/** 成效评价: one tap on a level and a confirmation; anonymous, once for each person. */
import { effectOf, rateEffect } from "../../../api/frontline";
import { ensureConsent } from "../../../api/privacy";
import { comfort } from "../../../behaviors/comfort";
import { submitting } from "../../../behaviors/submitting";
import type { ShownEffectEntry } from "../../../domain/effect";
import { finalRefusal, shownEffectEntry } from "../../../domain/effect";
import type { Failure } from "../../../domain/failure";
import { asFailure, consentMissing, fullMessage } from "../../../domain/failure";
import type { OverallLevel } from "../../../domain/levels";
import { levelLabel } from "../../../domain/levels";

const NO_LEVEL = -1;

Component({
  behaviors: [comfort, submitting],

  data: {
    state: "loading" as "loading" | "ready" | "failed" | "done" | "over",
    message: "",
    /** What stands above the message where nothing can be done any more. */
    heading: "",
    scene: "",
    shown: null as ShownEffectEntry | null,
    level: NO_LEVEL,
    chosen: "",
    confirming: false,
  },

  methods: {
    onLoad(query: { scene?: string }) {
      this.setData({ scene: decodeURIComponent(query.scene ?? "") });
      void this.load();
    },

    onShow() {
      this.refreshComfort();
    },

    async load() {
      this.setData({ state: "loading" });
      try {
        this.setData({ shown: shownEffectEntry(await effectOf(this.data.scene)), state: "ready" });
      } catch (reason) {
        const failure = asFailure(reason);
        if (!this.isOver(failure)) this.setData({ state: "failed", message: fullMessage(failure) });
      }
    },

    /** Shows why there is nothing more to do, where there isn't. */
    isOver(failure: Failure): boolean {
      const heading = finalRefusal(failure.code);
      if (heading !== "") this.setData({ state: "over", heading, message: failure.message });
      return heading !== "";
    },

    onPick(event: { detail: { level: OverallLevel } }) {
      const { level } = event.detail;
      this.setData({ level, chosen: levelLabel(level), confirming: true, notice: "" });
    },

    onCancel() {
      this.setData({ confirming: false });
    },

    onConfirm() {
      if (!this.data.confirming) return;
      this.setData({ confirming: false });
      void this.once(() => this.send());
    },

    async send() {
      if (!(await ensureConsent())) throw consentMissing();
      try {
        this.setData({ message: await rateEffect(this.data.scene, this.data.level), state: "done" });
      } catch (reason) {
        if (!this.isOver(asFailure(reason))) throw reason;
      }
    },

    onHome() {
      void wx.switchTab({ url: "/pages/home/index" });
    },
  },
});
