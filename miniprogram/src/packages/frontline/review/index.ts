/** 待我审核: what waits for this person's word, each decided on a page of its own. */
import { reviewQueue } from "../../../api/frontline";
import { ensureConsent } from "../../../api/privacy";
import type { Page } from "../../../api/types";
import { comfort } from "../../../behaviors/comfort";
import { paging } from "../../../behaviors/paging";
import { consentMissing } from "../../../domain/failure";
import { shownQueue } from "../../../domain/reviews";

Component({
  behaviors: [comfort, paging],

  methods: {
    onShow() {
      this.refreshComfort();
      void this.restart();
    },

    async onPullDownRefresh() {
      await this.restart();
      void wx.stopPullDownRefresh();
    },

    onReachBottom() {
      void this.loadMore();
    },

    async fetchPage(cursor: string | null): Promise<Page<object>> {
      if (!(await ensureConsent())) throw consentMissing();
      const page = await reviewQueue(cursor);
      return { items: shownQueue(page.items), next_cursor: page.next_cursor };
    },

    onItem(event: { currentTarget: { dataset: { url: string } } }) {
      void wx.navigateTo({ url: event.currentTarget.dataset.url });
    },
  },
});
