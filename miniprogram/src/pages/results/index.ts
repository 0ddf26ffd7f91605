/** 晾晒: the campaigns that have closed, and their results one tap away. */
import { closedCampaigns } from "../../api/results";
import type { ClosedCampaign } from "../../api/types";
import { comfort } from "../../behaviors/comfort";
import { formatDay, formatPlainDate } from "../../domain/dates";
import { asFailure, fullMessage } from "../../domain/failure";
import { campaignKindLabel } from "../../domain/labels";

interface ShownClosed {
  id: number;
  title: string;
  kind: string;
  closed: string;
  settled: boolean;
}

function shown({ id, title, kind, closed_on: closedOn, settled }: ClosedCampaign): ShownClosed {
  const closed = closedOn.length > 10 ? formatDay(closedOn) : formatPlainDate(closedOn);
  return { id, title, kind: campaignKindLabel(kind), closed, settled };
}

Component({
  behaviors: [comfort],

  data: {
    state: "loading" as "loading" | "ready" | "failed",
    message: "",
    campaigns: [] as ShownClosed[],
  },

  methods: {
    onShow() {
      this.refreshComfort();
      void this.load();
    },

    async onPullDownRefresh() {
      await this.load();
      void wx.stopPullDownRefresh();
    },

    async load() {
      try {
        this.setData({ campaigns: (await closedCampaigns()).map(shown), state: "ready" });
      } catch (reason) {
        if (this.data.campaigns.length > 0) return;
        this.setData({ state: "failed", message: fullMessage(asFailure(reason)) });
      }
    },

    onRetry() {
      this.setData({ state: "loading" });
      void this.load();
    },

    onCampaign(event: { currentTarget: { dataset: { id: number } } }) {
      void wx.navigateTo({ url: `/packages/results/campaign/index?campaign=${event.currentTarget.dataset.id}` });
    },
  },
});
