/** 核验我的评价: this phone checks by itself that the rating is in the public log, unchanged and counted. */
import { receipt } from "../../../api/evaluations";
import { checked, pinnedKey } from "../../../api/log";
import { findReceipt, tellRecord } from "../../../api/receipts";
import { comfort } from "../../../behaviors/comfort";
import { asFailure, fullMessage } from "../../../domain/failure";
import type { Tone, Verdict } from "../../../domain/log-check";
import { fingerprintOf, readKey } from "../../../domain/signed-note";

interface ShownFinding {
  title: string;
  text: string;
  icon: string;
  color: string;
  mark: string;
}

const ICONS: Readonly<Record<Tone, [icon: string, color: string, mark: string]>> = {
  good: ["check-circle-filled", "#19683a", "成立"],
  wait: ["time", "#12488f", "等待"],
  told: ["info-circle", "#12488f", "说明"],
  bad: ["error-circle", "#b3261e", "不成立"],
};

function shownOf({ tone, findings, summary }: Verdict): { findings: ShownFinding[]; summary: string; tone: Tone; icon: string; color: string } {
  const [icon, color] = ICONS[tone];
  const shown = findings.map((finding) => {
    const [sign, tint, mark] = ICONS[finding.tone];
    return { title: finding.title, text: finding.text, icon: sign, color: tint, mark };
  });
  return { findings: shown, summary, tone, icon, color };
}

Component({
  behaviors: [comfort],

  data: {
    state: "loading" as "loading" | "ready" | "failed",
    message: "",
    key: "",
    department: "",
    campaign: "",
    verdict: null as ReturnType<typeof shownOf> | null,
    commitment: "",
    fingerprint: "",
  },

  methods: {
    onLoad(query: { key?: string }) {
      this.setData({ key: query.key ?? "" });
      void this.load();
    },

    onShow() {
      this.refreshComfort();
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
      this.setData({ state: "loading", department: kept.department, campaign: kept.campaign.title });
      try {
        const { record: told } = await receipt(kept.campaign.id, kept.secret);
        const record = tellRecord(kept.key, told);
        if (record === undefined) {
          this.setData({ state: "failed", message: "这份评价早于公开日志，没有记录可以核验。" });
          return;
        }
        const { commitment, promise, own } = record;
        const key = await pinnedKey();
        const pinned = readKey(key);
        const stored = told?.commitment ?? null;
        const verdict = await checked({ campaign: kept.campaign.id, commitment, promise, own, stored }, key);
        this.setData({ state: "ready", verdict: shownOf(verdict), commitment, fingerprint: pinned === null ? "" : fingerprintOf(pinned) });
      } catch (reason) {
        this.setData({ state: "failed", message: fullMessage(asFailure(reason)) });
      }
    },

    onCopy() {
      void wx.setClipboardData({ data: this.data.commitment });
    },
  },
});
