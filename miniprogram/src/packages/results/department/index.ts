/** One department's result in a campaign: its channels, and its indicators. */
import { departmentResults, scoreTree } from "../../../api/results";
import type { ScoreTree } from "../../../api/types";
import { comfort } from "../../../behaviors/comfort";
import { asFailure, fullMessage } from "../../../domain/failure";
import type { ShownDepartment, ShownLeaf } from "../../../domain/results";
import { levelScoreWords, shownDepartment, shownLeaves, withheldWords } from "../../../domain/results";
import type { TreeRow } from "../../../domain/scores";
import { editionWords, treeRows } from "../../../domain/scores";

Component({
  behaviors: [comfort],

  data: {
    state: "loading" as "loading" | "ready" | "failed",
    message: "",
    campaignId: 0,
    departmentId: 0,
    title: "",
    edition: "",
    withheld: "",
    basis: "",
    department: null as ShownDepartment | null,
    leaves: [] as ShownLeaf[],
    /** How the score came about: asked for when somebody wants to know. */
    tree: null as ScoreTree | null,
    treeState: "closed" as "closed" | "loading" | "ready" | "failed",
    treeMessage: "",
    opened: [] as string[],
    rows: [] as TreeRow[],
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
          edition: editionWords(detail.version, detail.published_on, detail.note),
          basis: levelScoreWords(detail.level_scores),
          withheld,
          department: shownDepartment(detail),
          leaves: shownLeaves(detail.leaves),
          state: "ready",
        });
      } catch (reason) {
        this.setData({ state: "failed", message: fullMessage(asFailure(reason)) });
      }
    },

    async onTree() {
      const { campaignId, departmentId, treeState } = this.data;
      if (treeState === "loading") return;
      if (treeState === "ready") {
        this.setData({ treeState: "closed" });
        return;
      }
      this.setData({ treeState: "loading" });
      try {
        const tree = this.data.tree ?? (await scoreTree(campaignId, departmentId));
        this.setData({ tree, treeState: "ready", rows: treeRows(tree, new Set(this.data.opened)) });
      } catch (reason) {
        this.setData({ treeState: "failed", treeMessage: fullMessage(asFailure(reason)) });
      }
    },

    onRow(event: { currentTarget: { dataset: { key: string; opens: boolean } } }) {
      const { key, opens } = event.currentTarget.dataset;
      if (!opens || this.data.tree === null) return;
      const opened = this.data.opened.includes(key) ? this.data.opened.filter((one) => one !== key) : [...this.data.opened, key];
      this.setData({ opened, rows: treeRows(this.data.tree, new Set(opened)) });
    },
  },
});
