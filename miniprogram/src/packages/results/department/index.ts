/** One department's result in a campaign: its channels, and its indicators. */
import { departmentResults } from "../../../api/results";
import { comfort } from "../../../behaviors/comfort";
import { asFailure, fullMessage } from "../../../domain/failure";
import type { ShownDepartment, ShownLeaf } from "../../../domain/results";
import { levelScoreWords, shownDepartment, shownLeaves, withheldWords } from "../../../domain/results";

Component({
  behaviors: [comfort],

  data: {
    state: "loading" as "loading" | "ready" | "failed",
    message: "",
    campaignId: 0,
    departmentId: 0,
    title: "",
    settled: true,
    withheld: "",
    basis: "",
    department: null as ShownDepartment | null,
    leaves: [] as ShownLeaf[],
  },

  methods: {
    onLoad(query: { campaign?: string; department?: string }) {
      this.setData({ campaignId: Number(query.campaign), departmentId: Number(query.department) });
      void this.load();
    },

    onShow() {
      this.refreshComfort();
    },

    async load() {
      const { campaignId, departmentId } = this.data;
      this.setData({ state: "loading" });
      try {
        const detail = await departmentResults(campaignId, departmentId);
        const withheld = withheldWords(detail.smallest_group);
        this.setData({
          title: detail.campaign.title,
          settled: detail.settled,
          basis: levelScoreWords(detail.level_scores),
          withheld,
          department: shownDepartment(detail),
          leaves: shownLeaves(detail.leaves, withheld),
          state: "ready",
        });
      } catch (reason) {
        this.setData({ state: "failed", message: fullMessage(asFailure(reason)) });
      }
    },
  },
});
