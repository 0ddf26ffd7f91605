/** The result of one campaign: every department, channel by channel, filtered by name. */
import { campaignResults } from "../../../api/results";
import { comfort } from "../../../behaviors/comfort";
import { asFailure, fullMessage } from "../../../domain/failure";
import type { ShownDepartment } from "../../../domain/results";
import { namedLike, shownDepartment, withheldWords } from "../../../domain/results";

/** Departments put on the page at once; a city has more than a phone draws quickly. */
const BATCH = 15;

Component({
  behaviors: [comfort],

  data: {
    state: "loading" as "loading" | "ready" | "failed",
    message: "",
    campaignId: 0,
    title: "",
    settled: true,
    withheld: "",
    departments: [] as ShownDepartment[],
    typed: "",
    shown: [] as ShownDepartment[],
    matching: 0,
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
      this.onMore();
    },

    async load() {
      this.setData({ state: "loading" });
      try {
        const results = await campaignResults(this.data.campaignId);
        this.setData({
          title: results.campaign.title,
          settled: results.settled,
          withheld: withheldWords(results.smallest_group),
          departments: results.departments.map(shownDepartment),
          state: "ready",
        });
        this.showFirst(BATCH);
      } catch (reason) {
        this.setData({ state: "failed", message: fullMessage(asFailure(reason)) });
      }
    },

    showFirst(count: number) {
      const matching = namedLike(this.data.departments, this.data.typed);
      this.setData({ shown: matching.slice(0, count), matching: matching.length });
    },

    onTyped(event: { detail: { value: string } }) {
      this.setData({ typed: event.detail.value });
      this.showFirst(BATCH);
    },

    onMore() {
      this.showFirst(this.data.shown.length + BATCH);
    },

    onDepartment(event: { currentTarget: { dataset: { id: number } } }) {
      const query = `campaign=${this.data.campaignId}&department=${event.currentTarget.dataset.id}`;
      void wx.navigateTo({ url: `/packages/results/department/index?${query}` });
    },
  },
});
