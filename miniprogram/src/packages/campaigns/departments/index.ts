/** The departments of one campaign, sorted by pinyin; searched by name, alias, pinyin or initials. */
import { campaign as fetchCampaign, departments } from "../../../api/campaigns";
import type { Campaign, DepartmentPage } from "../../../api/types";
import { comfort } from "../../../behaviors/comfort";
import { paging } from "../../../behaviors/paging";
import { asFailure, fullMessage } from "../../../domain/failure";
import type { ShownCampaign } from "../../../domain/home";
import { obstacleByName, ratePath, shownCampaign } from "../../../domain/home";

const PAGE_SIZE = 30;
const TYPING_PAUSE_MS = 400;

let typingTimer: ReturnType<typeof setTimeout> | undefined;

Component({
  behaviors: [comfort, paging],

  data: {
    campaignId: 0,
    shown: null as ShownCampaign | null,
    /** A department found here can be rated: not where the visit code is what is rated. */
    open: false,
    why: "",
    typed: "",
  },

  methods: {
    onLoad(query: { campaign?: string }) {
      this.setData({ campaignId: Number(query.campaign) });
      void this.load();
    },

    onShow() {
      this.refreshComfort();
    },

    onReachBottom() {
      void this.loadMore();
    },

    async load() {
      try {
        this.show(await fetchCampaign(this.data.campaignId));
        await this.restart();
      } catch (reason) {
        this.setData({ listState: "failed", listMessage: fullMessage(asFailure(reason)) });
      }
    },

    show(campaign: Campaign) {
      const why = obstacleByName(campaign);
      this.setData({ shown: shownCampaign(campaign, Date.now()), open: why === "", why });
    },

    fetchPage(cursor: string | null): Promise<DepartmentPage> {
      return departments(this.data.campaignId, this.data.typed, cursor, PAGE_SIZE);
    },

    onRetry() {
      this.setData({ listState: "loading" });
      void this.load();
    },

    onTyped(event: { detail: { value: string } }) {
      this.setData({ typed: event.detail.value });
      if (typingTimer !== undefined) clearTimeout(typingTimer);
      typingTimer = setTimeout(() => void this.restart(), TYPING_PAUSE_MS);
    },

    onDepartment(event: { currentTarget: { dataset: { id: number } } }) {
      if (!this.data.open) return;
      const { id } = event.currentTarget.dataset;
      void wx.navigateTo({ url: ratePath({ campaign: this.data.campaignId, department: id }) });
    },
  },
});
