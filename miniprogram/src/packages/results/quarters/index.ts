/** 一季一晾晒: the published quarters. */
import { publishedQuarters } from "../../../api/quarters";
import { comfort } from "../../../behaviors/comfort";
import { asFailure, fullMessage } from "../../../domain/failure";
import type { QuarterLine } from "../../../domain/quarters";
import { quarterLine } from "../../../domain/quarters";

Component({
  behaviors: [comfort],

  data: {
    state: "loading" as "loading" | "ready" | "failed",
    message: "",
    quarters: [] as QuarterLine[],
  },

  methods: {
    onLoad() {
      void this.load();
    },

    onShow() {
      this.refreshComfort();
    },

    async load() {
      this.setData({ state: "loading" });
      try {
        this.setData({ quarters: (await publishedQuarters()).map(quarterLine), state: "ready" });
      } catch (reason) {
        this.setData({ state: "failed", message: fullMessage(asFailure(reason)) });
      }
    },

    onQuarter(event: { currentTarget: { dataset: { quarter: string } } }) {
      void wx.navigateTo({ url: `/packages/results/quarter/index?quarter=${event.currentTarget.dataset.quarter}` });
    },
  },
});
