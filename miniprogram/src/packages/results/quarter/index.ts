/** One quarter: departments by groups, scores with intervals, and what became of poor ratings. */
import { publishedQuarter } from "../../../api/quarters";
import { comfort } from "../../../behaviors/comfort";
import { asFailure, fullMessage } from "../../../domain/failure";
import type { ShownQuarter } from "../../../domain/quarters";
import { shownQuarter } from "../../../domain/quarters";

Component({
  behaviors: [comfort],

  data: {
    state: "loading" as "loading" | "ready" | "failed",
    message: "",
    quarter: "",
    edition: 0,
    shown: null as ShownQuarter | null,
    /** Which department is opened, by number: its channels and cases. */
    opened: 0,
    listed: false,
  },

  methods: {
    onLoad(query: { quarter?: string; edition?: string }) {
      this.setData({ quarter: query.quarter ?? "", edition: Number(query.edition ?? 0) });
      void this.load();
    },

    onShow() {
      this.refreshComfort();
    },

    async load() {
      this.setData({ state: "loading" });
      try {
        const found = await publishedQuarter(this.data.quarter, this.data.edition);
        this.setData({ shown: shownQuarter(found), state: "ready", opened: 0, listed: false });
      } catch (reason) {
        this.setData({ state: "failed", message: fullMessage(asFailure(reason)) });
      }
    },

    onDepartment(event: { currentTarget: { dataset: { id: number } } }) {
      const { id } = event.currentTarget.dataset;
      this.setData({ opened: this.data.opened === id ? 0 : id });
    },

    onEditions() {
      this.setData({ listed: !this.data.listed });
    },

    onEdition(event: { currentTarget: { dataset: { edition: number } } }) {
      this.setData({ edition: event.currentTarget.dataset.edition });
      void this.load();
    },
  },
});
