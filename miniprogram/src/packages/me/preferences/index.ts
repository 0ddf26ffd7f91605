/** 通知设置: every kind, what the person wants of it, and how many WeChat messages are left. */
import { deskLink } from "../../../api/desk";
import type { Mode } from "../../../api/desk-types";
import { askForMessages, choosePreference, preferences, prepareMessages } from "../../../api/notices";
import { ensureConsent } from "../../../api/privacy";
import { comfort } from "../../../behaviors/comfort";
import { submitting } from "../../../behaviors/submitting";
import { asFailure, consentMissing, fullMessage } from "../../../domain/failure";
import type { ShownPreference } from "../../../domain/preferences";
import { MODES, shownPreferences } from "../../../domain/preferences";

interface KindTap {
  currentTarget: { dataset: { kind: string } };
}

Component({
  behaviors: [comfort, submitting],

  data: {
    state: "loading" as "loading" | "ready" | "failed",
    message: "",
    items: [] as ShownPreference[],
    quiet: "",
    modes: MODES,
    /** The kind whose choices are open. */
    open: "",
  },

  methods: {
    onShow() {
      this.refreshComfort();
      void this.load();
    },

    async load() {
      try {
        if (!(await ensureConsent())) throw consentMissing();
        await this.refresh();
      } catch (reason) {
        this.setData({ state: "failed", message: fullMessage(asFailure(reason)) });
      }
    },

    async refresh(): Promise<void> {
      const [found, { linked }] = await Promise.all([preferences(), deskLink(), prepareMessages().catch(() => [])]);
      this.setData({ state: "ready", message: "", items: shownPreferences(found, linked), quiet: found.quiet_hours });
    },

    onKind(event: KindTap) {
      const { kind } = event.currentTarget.dataset;
      this.setData({ open: this.data.open === kind ? "" : kind });
    },

    onMode(event: KindTap & { detail: { value: Mode } }) {
      const { kind } = event.currentTarget.dataset;
      void this.once(async () => {
        await choosePreference(kind, event.detail.value);
        await this.refresh();
      });
    },

    /** WeChat asks within this tap; what is agreed to is counted by the service. */
    onAsk(event: KindTap) {
      const { kind } = event.currentTarget.dataset;
      void this.once(async () => {
        await askForMessages([kind]);
        await this.refresh();
      });
    },
  },
});
