/** 消息: what the person was told, newest first; a tap opens what it is about. */
import { markRead, notices } from "../../../api/notices";
import { ensureConsent } from "../../../api/privacy";
import type { Page } from "../../../api/types";
import { comfort } from "../../../behaviors/comfort";
import { paging } from "../../../behaviors/paging";
import { submitting } from "../../../behaviors/submitting";
import { asFailure, consentMissing } from "../../../domain/failure";
import type { ShownNotice } from "../../../domain/notices";
import { isTab, shownNotice, withRead } from "../../../domain/notices";

Component({
  behaviors: [comfort, paging, submitting],

  data: { unread: 0 },

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
      const page = await notices(cursor);
      this.setData({ unread: page.unread });
      return { items: page.items.map(shownNotice), next_cursor: page.next_cursor };
    },

    onNotice(event: { currentTarget: { dataset: { index: number } } }) {
      const notice = (this.data.items as ShownNotice[])[event.currentTarget.dataset.index];
      if (notice === undefined) return;
      if (!notice.read) void this.read(notice.id);
      if (notice.page === "") return;
      const url = `/${notice.page}`;
      if (isTab(notice.page)) void wx.switchTab({ url });
      else void wx.navigateTo({ url });
    },

    /** It is opened whether or not the service hears of it. */
    async read(id: string) {
      this.setData({ items: withRead(this.data.items as ShownNotice[], [id]), unread: Math.max(0, this.data.unread - 1) });
      try {
        await markRead([id]);
      } catch (reason) {
        console.warn("notice not marked as read", asFailure(reason).code);
      }
    },

    onPreferences() {
      void wx.navigateTo({ url: "/packages/me/preferences/index" });
    },

    onAllRead() {
      void this.once(async () => {
        await markRead(null);
        this.setData({ items: withRead(this.data.items as ShownNotice[], null), unread: 0 });
      });
    },
  },
});
