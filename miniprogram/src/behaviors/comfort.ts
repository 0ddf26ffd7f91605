/** Elder mode on a page: `elder` in its data, refreshed whenever the page shows. */
import { elderMode } from "../api/settings";

export const comfort = Behavior({
  data: { elder: false },

  lifetimes: {
    attached() {
      this.refreshComfort();
    },
  },

  methods: {
    /** For a page's onShow: the switch may have been turned on another page. */
    refreshComfort() {
      const elder = elderMode();
      if (elder !== this.data.elder) this.setData({ elder });
    },
  },
});
