/** What became of a rating that was just sent: taken in, with its receipt, or waiting on the phone. */
import { campaign } from "../../../api/campaigns";
import { linkOfRating } from "../../../api/links";
import { onOutboxChange, outboxItem } from "../../../api/outbox";
import { earlierReceipt, findReceipt } from "../../../api/receipts";
import { comfort } from "../../../behaviors/comfort";
import { asFailure } from "../../../domain/failure";
import type { KeptReceipt } from "../../../domain/kept-receipts";
import type { OutboxItem } from "../../../domain/outbox";
import { receiptCode } from "../../../domain/receipt";
import { nextSteps } from "../../../domain/receipt-case";

const stops = new WeakMap<object, () => void>();

Component({
  behaviors: [comfort],

  data: {
    key: "",
    kept: null as KeptReceipt | null,
    item: null as OutboxItem | null,
    code: "",
    /** The key of the receipt of a rating that stands in this one's way. */
    earlier: "",
    /** The page of the link whose other departments are left, or nothing. */
    link: "",
    /** What happens now; it tells nothing of the rating. */
    next: "",
  },

  methods: {
    onLoad(query: { key?: string }) {
      this.setData({ key: query.key ?? "" });
      this.refresh();
      stops.set(this, onOutboxChange(() => this.refresh()));
    },

    onShow() {
      this.refreshComfort();
    },

    onUnload() {
      stops.get(this)?.();
    },

    refresh() {
      const kept = findReceipt(this.data.key);
      const code = kept === null ? "" : receiptCode(kept.campaign.id, kept.secret);
      const item = kept === null ? outboxItem(this.data.key) : null;
      const stands = item?.state === "duplicate" ? earlierReceipt(item.campaign.id, item.department.name, item.matter.organisation?.name ?? null) : null;
      this.setData({ kept, code, item, earlier: stands?.key ?? "", link: linkOfRating(this.data.key, item?.matter.code ?? null) });
      if (kept !== null) void this.tellNext(kept.campaign.id);
    },

    async tellNext(id: number) {
      if (this.data.next !== "") return;
      try {
        this.setData({ next: nextSteps((await campaign(id)).kind) });
      } catch (reason) {
        console.warn("campaign not loaded", asFailure(reason).code);
      }
    },

    onCopy() {
      void wx.setClipboardData({ data: this.data.code });
    },

    onEarlier() {
      void wx.navigateTo({ url: `/packages/evaluation/receipt/index?key=${this.data.earlier}` });
    },

    onLink() {
      void wx.redirectTo({ url: this.data.link });
    },

    onReceipts() {
      void wx.switchTab({ url: "/pages/receipts/index" });
    },

    onHome() {
      void wx.switchTab({ url: "/pages/home/index" });
    },
  },
});
