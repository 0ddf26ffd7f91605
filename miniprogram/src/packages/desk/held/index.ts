/** 待审核的留言: what the content check held, for the office to release or keep from being shown. */
import { decideHeld, heldComments } from "../../../api/desk";
import type { HeldComment } from "../../../api/desk-types";
import { ensureConsent } from "../../../api/privacy";
import type { Page } from "../../../api/types";
import { comfort } from "../../../behaviors/comfort";
import { paging } from "../../../behaviors/paging";
import { submitting } from "../../../behaviors/submitting";
import { consentMissing } from "../../../domain/failure";

interface HeldTap {
  currentTarget: { dataset: { id: string } };
}

Component({
  behaviors: [comfort, paging, submitting],

  data: { refusing: "" },

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
      return heldComments(cursor);
    },

    onRelease(event: HeldTap) {
      this.decide(event.currentTarget.dataset.id, "release");
    },

    onRefuse(event: HeldTap) {
      this.setData({ refusing: event.currentTarget.dataset.id });
    },

    onCancel() {
      this.setData({ refusing: "" });
    },

    onRefuseConfirmed() {
      const id = this.data.refusing;
      this.onCancel();
      this.decide(id, "refusal");
    },

    decide(id: string, verdict: "release" | "refusal") {
      const held = this.data.items as HeldComment[];
      const item = held.find(({ evaluation_id: one }) => one === id);
      if (item === undefined) return;
      void this.once(async () => {
        await decideHeld(item.campaign_id, id, verdict);
        this.setData({ items: held.filter((one) => one !== item) });
        void wx.showToast({ title: verdict === "release" ? "已展示" : "不予展示", icon: "success", duration: 2000 });
      });
    },
  },
});
