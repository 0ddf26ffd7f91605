/** One receipt: its state, and correcting or withdrawing the rating until the campaign closes. */
import { eraseWords, receipt, withdraw } from "../../../api/evaluations";
import { findReceipt, forgetReceipt, tellRecord } from "../../../api/receipts";
import { comfort } from "../../../behaviors/comfort";
import { submitting } from "../../../behaviors/submitting";
import { asFailure, fullMessage } from "../../../domain/failure";
import type { KeptReceipt } from "../../../domain/kept-receipts";
import { receiptCode } from "../../../domain/receipt";
import type { ShownReceipt } from "../../../domain/receipt-view";
import { shownReceipt } from "../../../domain/receipt-view";

Component({
  behaviors: [comfort, submitting],

  data: {
    state: "loading" as "loading" | "ready" | "failed",
    message: "",
    key: "",
    kept: null as KeptReceipt | null,
    shown: null as ShownReceipt | null,
    code: "",
    withdrawing: false,
    forgetting: false,
    erasing: false,
    mayErase: false,
    mayCheck: false,
  },

  methods: {
    onLoad(query: { key?: string }) {
      this.setData({ key: query.key ?? "" });
    },

    onShow() {
      this.refreshComfort();
      void this.load();
    },

    async onPullDownRefresh() {
      await this.load();
      void wx.stopPullDownRefresh();
    },

    async load() {
      const kept = findReceipt(this.data.key);
      if (kept === null) {
        this.setData({ state: "failed", message: "这部手机上没有这份回执。请用回执码找回。" });
        return;
      }
      this.setData({ kept, code: receiptCode(kept.campaign.id, kept.secret) });
      try {
        const told = await receipt(kept.campaign.id, kept.secret);
        const record = tellRecord(this.data.key, told.record);
        this.setData({ shown: shownReceipt(told), mayErase: told.may_erase, mayCheck: record !== undefined, state: "ready" });
      } catch (reason) {
        this.setData({ state: "failed", message: fullMessage(asFailure(reason)) });
      }
    },

    onCorrect() {
      void wx.navigateTo({ url: `/packages/evaluation/rate/index?receipt=${this.data.key}` });
    },

    onWithdraw() {
      this.setData({ withdrawing: true });
    },

    onCheck() {
      void wx.navigateTo({ url: `/packages/evaluation/check/index?key=${this.data.key}` });
    },

    onErase() {
      this.setData({ erasing: true });
    },

    onEraseConfirmed() {
      const { kept } = this.data;
      const ofOrganisation = this.data.shown?.ofOrganisation ?? false;
      this.setData({ erasing: false });
      if (kept === null) return;
      void this.once(async () => {
        const told = await eraseWords(kept.campaign.id, kept.secret, ofOrganisation);
        this.setData({ shown: shownReceipt(told), mayErase: told.may_erase });
        void wx.showToast({ title: "已删除", icon: "success", duration: 3000 });
      });
    },

    onForget() {
      this.setData({ forgetting: true });
    },

    onCancel() {
      this.setData({ withdrawing: false, forgetting: false, erasing: false });
    },

    onWithdrawConfirmed() {
      const { kept } = this.data;
      const ofOrganisation = this.data.shown?.ofOrganisation ?? false;
      this.setData({ withdrawing: false });
      if (kept === null) return;
      void this.once(async () => {
        const told = await withdraw(kept.campaign.id, kept.secret, ofOrganisation);
        this.setData({ shown: shownReceipt(told), mayErase: told.may_erase });
        void wx.showToast({ title: "已撤回", icon: "success", duration: 3000 });
      });
    },

    onForgetConfirmed() {
      this.setData({ forgetting: false });
      forgetReceipt(this.data.key);
      void wx.navigateBack();
    },

    onCopy() {
      void wx.setClipboardData({ data: this.data.code });
    },
  },
});
