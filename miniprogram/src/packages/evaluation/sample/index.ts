/** A drawn person's departments: each is rated once, in any order, also on several days. */
import { campaign as fetchCampaign } from "../../../api/campaigns";
import { openLink } from "../../../api/links";
import { askForMessages, prepareMessages } from "../../../api/notices";
import { onOutboxChange, outboxItems } from "../../../api/outbox";
import { ensureConsent } from "../../../api/privacy";
import type { Campaign } from "../../../api/types";
import { comfort } from "../../../behaviors/comfort";
import { submitting } from "../../../behaviors/submitting";
import { formatMoment } from "../../../domain/dates";
import { asFailure, consentMissing, fullMessage } from "../../../domain/failure";
import { ratePath } from "../../../domain/home";
import type { KeptLink, LinkRow } from "../../../domain/sample-link";
import { LINK_ANONYMITY, progressWords, rowsOf } from "../../../domain/sample-link";
import { parseVisitCode } from "../../../domain/scene";

const MESSAGES = ["sample_link"];

const stops = new WeakMap<object, () => void>();

interface RowTap {
  currentTarget: { dataset: { index: number } };
}

/** Why the campaign takes no rating now, or an empty text. */
function obstacle({ state, paused }: Campaign): string {
  if (state !== "open") return "评价已经结束，感谢您的关注。";
  return paused ? "这次评价暂停接收，请过些时候再来。填好的评价会在恢复后自动发出。" : "";
}

Component({
  behaviors: [comfort, submitting],

  data: {
    state: "loading" as "loading" | "ready" | "failed",
    message: "",
    code: "",
    link: null as KeptLink | null,
    rows: [] as LinkRow[],
    progress: "",
    closes: "",
    why: "",
    over: false,
    anonymity: LINK_ANONYMITY,
  },

  methods: {
    onLoad(query: { code?: string }) {
      this.setData({ code: parseVisitCode(decodeURIComponent(query.code ?? "")) ?? "" });
      stops.set(this, onOutboxChange(() => this.refresh()));
      void this.load();
      // Asked for inside a tap later on; WeChat wants the templates at hand then.
      prepareMessages().catch((reason: unknown) => console.warn("templates not loaded", asFailure(reason).code));
    },

    onShow() {
      this.refreshComfort();
      if (this.data.state === "ready") void this.load();
    },

    onUnload() {
      stops.get(this)?.();
    },

    onRetry() {
      if (this.data.code === "") {
        void wx.switchTab({ url: "/pages/home/index" });
        return;
      }
      this.setData({ state: "loading" });
      void this.load();
    },

    async load() {
      const { code } = this.data;
      if (code === "") {
        this.setData({ state: "failed", message: "链接不完整。请从收到的消息重新打开，或在首页输入评价码。" });
        return;
      }
      try {
        const link = await openLink(code);
        this.setData({ link, state: "ready" });
        this.refresh();
        this.tell(await fetchCampaign(link.campaign.id));
      } catch (reason) {
        // What was loaded before stays usable without a network.
        if (this.data.state === "ready") return;
        this.setData({ state: "failed", message: fullMessage(asFailure(reason)) });
      }
    },

    refresh() {
      const { link } = this.data;
      if (link === null) return;
      const rows = rowsOf(link, outboxItems());
      this.setData({ rows, progress: progressWords(rows) });
    },

    tell(campaign: Campaign) {
      this.setData({ closes: formatMoment(campaign.closes_at), why: obstacle(campaign), over: campaign.state !== "open" });
    },

    onDepartment(event: RowTap) {
      const row = this.data.rows[event.currentTarget.dataset.index];
      const { link, code, over } = this.data;
      if (row === undefined || link === null) return;
      if (link.rated[String(row.id)] !== undefined) void wx.navigateTo({ url: `/packages/evaluation/receipt/index?key=${row.key}` });
      else if (row.state !== "open") void wx.navigateTo({ url: `/packages/evaluation/done/index?key=${row.key}` });
      else if (!over) void wx.navigateTo({ url: ratePath({ campaign: link.campaign.id, department: row.id, code }) });
    },

    /** For a reminder by WeChat, where the person is known to the survey as a member. */
    onRemind() {
      void this.once(async () => {
        if (!(await ensureConsent())) throw consentMissing();
        await askForMessages(MESSAGES);
      });
    },
  },
});
