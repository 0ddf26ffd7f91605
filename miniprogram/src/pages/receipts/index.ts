/** 我的评价: what this phone keeps. Nobody but the holder of a receipt can list what a person rated. */
import { dropDraft, keptDrafts } from "../../api/drafts";
import { receipt } from "../../api/evaluations";
import { discard, flushNow, onOutboxChange, outboxItem, outboxItems } from "../../api/outbox";
import { ensureConsent } from "../../api/privacy";
import { findReceipt, keptReceipts, recoverReceipt } from "../../api/receipts";
import { comfort } from "../../behaviors/comfort";
import { submitting } from "../../behaviors/submitting";
import { asFailure, consentMissing } from "../../domain/failure";
import { receiptStateLabel } from "../../domain/labels";
import type { ShownDraft, ShownKept, ShownWaiting } from "../../domain/my-evaluations";
import { deletionWarning, shownDraft, shownKept, shownWaiting } from "../../domain/my-evaluations";
import { ratePath } from "../../domain/home";
import { parseReceiptCode } from "../../domain/receipt";
import { stateTone } from "../../domain/receipt-view";

interface KeyTap {
  currentTarget: { dataset: { key: string } };
}

interface DraftTap {
  currentTarget: { dataset: { index: number } };
}

const STATES_ASKED = 10;

const stops = new WeakMap<object, () => void>();

Component({
  behaviors: [comfort, submitting],

  data: {
    waiting: [] as ShownWaiting[],
    drafts: [] as ShownDraft[],
    receipts: [] as ShownKept[],
    recovering: false,
    code: "",
    deleting: "",
    deletion: "",
    dropping: "",
  },

  methods: {
    onShow() {
      this.refreshComfort();
      this.refresh();
      stops.get(this)?.();
      stops.set(this, onOutboxChange(() => this.refresh()));
      void this.askStates();
    },

    onHide() {
      stops.get(this)?.();
    },

    async onPullDownRefresh() {
      await this.askStates();
      void wx.stopPullDownRefresh();
    },

    refresh() {
      const known = new Map(this.data.receipts.map((shown) => [shown.key, shown]));
      this.setData({
        waiting: outboxItems().map(shownWaiting),
        drafts: keptDrafts().map(shownDraft),
        receipts: keptReceipts().map((kept) => known.get(kept.key) ?? shownKept(kept)),
      });
    },

    /** One after the other, the newest first; a receipt further down is asked about when it is opened. */
    async askStates() {
      for (const { key } of this.data.receipts.slice(0, STATES_ASKED)) {
        const kept = findReceipt(key);
        if (kept === null) continue;
        try {
          const { state } = await receipt(kept.campaign.id, kept.secret);
          this.showState(key, receiptStateLabel(state), stateTone(state));
        } catch (reason) {
          const failure = asFailure(reason);
          this.showState(key, failure.status === 404 ? "查不到" : "暂时查不到", "plain");
          if (failure.kind === "unreachable" || failure.status === 429) return;
        }
      }
    },

    showState(key: string, state: string, tone: string) {
      this.setData({ receipts: this.data.receipts.map((shown) => (shown.key === key ? { ...shown, state, tone } : shown)) });
    },

    onReceipt(event: KeyTap) {
      void wx.navigateTo({ url: `/packages/evaluation/receipt/index?key=${event.currentTarget.dataset.key}` });
    },

    onSend() {
      void this.once(async () => {
        if (!(await ensureConsent())) throw consentMissing();
        await flushNow();
        void this.askStates();
      });
    },

    onEdit(event: KeyTap) {
      void wx.navigateTo({ url: ratePath({ outbox: event.currentTarget.dataset.key }) });
    },

    onDelete(event: KeyTap) {
      const { key } = event.currentTarget.dataset;
      const item = outboxItem(key);
      if (item !== null) this.setData({ deleting: key, deletion: deletionWarning(item) });
    },

    onDeleteConfirmed() {
      discard(this.data.deleting);
      this.onCancel();
      this.refresh();
    },

    onDraft(event: DraftTap) {
      const draft = this.data.drafts[event.currentTarget.dataset.index];
      if (!draft) return;
      const { campaign, department, counter, code, organisation, signedBy } = draft;
      const organisationName = organisation === null ? null : signedBy;
      void wx.navigateTo({ url: ratePath({ campaign, department, counter, code, organisation, organisationName }) });
    },

    onDropDraft(event: DraftTap) {
      this.setData({ dropping: this.data.drafts[event.currentTarget.dataset.index]?.name ?? "" });
    },

    onDropConfirmed() {
      dropDraft(this.data.dropping);
      this.onCancel();
      this.refresh();
    },

    onCancel() {
      this.setData({ deleting: "", dropping: "" });
    },

    onRecovering() {
      this.setData({ recovering: !this.data.recovering, notice: "" });
    },

    onCode(event: { detail: { value: string } }) {
      this.setData({ code: event.detail.value, notice: "" });
    },

    onRecover() {
      const code = parseReceiptCode(this.data.code);
      if (code === null) {
        this.setData({ notice: "回执码不完整。请粘贴提交评价后得到的整段回执码。" });
        return;
      }
      void this.once(async () => {
        const kept = await recoverReceipt(code);
        if (kept === null) {
          this.setData({ notice: "没有找到这份评价。请检查回执码有没有抄错。" });
          return;
        }
        this.setData({ code: "", recovering: false });
        this.refresh();
        void wx.navigateTo({ url: `/packages/evaluation/receipt/index?key=${kept.key}` });
      });
    },
  },
});
