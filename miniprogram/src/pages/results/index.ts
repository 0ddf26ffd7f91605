/** 晾晒: the campaigns that have closed, and their results one tap away. */
import { closedCampaigns } from "../../api/results";
import type { ClosedCampaign } from "../../api/types";
import { comfort } from "../../behaviors/comfort";
import { formatDay, formatPlainDate } from "../../domain/dates";
import { asFailure, fullMessage } from "../../domain/failure";
import { campaignKindLabel } from "../../domain/labels";
import { editionWords } from "../../domain/scores";

interface ShownClosed {
  id: number;
  title: string;
  kind: string;
  closed: string;
  /** Why there is nothing to read yet. */
  waiting: string;
  edition: string;
}

function shown(campaign: ClosedCampaign): ShownClosed {
  const { id, title, kind, closed_on: closedOn, settled, published, version, published_on: publishedOn } = campaign;
  const closed = closedOn.length > 10 ? formatDay(closedOn) : formatPlainDate(closedOn);
  const waiting = published ? "" : settled ? "尚未公布" : "还在核对";
  const edition = version === null || publishedOn === null ? "" : editionWords(version, publishedOn, "");
  return { id, title, kind: campaignKindLabel(kind), closed, waiting, edition };
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

    onQuarters() {
      void wx.navigateTo({ url: "/packages/results/quarters/index" });
    },

    onCampaign(event: { currentTarget: { dataset: { id: number } } }) {
      void wx.navigateTo({ url: `/packages/results/campaign/index?campaign=${event.currentTarget.dataset.id}` });
    },
  },
});
