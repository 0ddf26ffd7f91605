/** One entry of the frontline log: its four parts, its review, its effect; reviewing it, changing it, taking it back. */
import { duplicatesOf, effect, frontlineEntry, reviewEntry, withdrawEntry } from "../../../api/frontline";
import type { FrontlineEntry } from "../../../api/frontline-types";
import { lastPerson } from "../../../api/person";
import { comfort } from "../../../behaviors/comfort";
import { submitting } from "../../../behaviors/submitting";
import { asFailure, fullMessage } from "../../../domain/failure";
import type { EntryDetail, ShownEffect, ShownEntry } from "../../../domain/frontline-views";
import { entryDetail, shownEffect, shownEntry } from "../../../domain/frontline-views";
import { reasonProblem } from "../../../domain/reviews";

/** What a reviewer is about to say, and for what a reason is asked. */
type Saying = "" | "approved" | "returned" | "merged";

const SAID: Readonly<Record<Exclude<Saying, "">, string>> = { approved: "已通过", returned: "已退回", merged: "已合并" };

Component({
  behaviors: [comfort, submitting],

  data: {
    state: "loading" as "loading" | "ready" | "failed",
    message: "",
    id: "",
    entry: null as FrontlineEntry | null,
    shown: null as EntryDetail | null,
    /** Its lesson can be taken over into an experience. */
    mine: false,
    effect: null as ShownEffect | null,
    saying: "" as Saying,
    reason: "",
    reasonProblem: "",
    duplicates: [] as ShownEntry[],
    into: "",
    withdrawing: false,
  },

  methods: {
    onLoad(query: { id?: string }) {
      this.setData({ id: query.id ?? "" });
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
      try {
        this.show(await frontlineEntry(this.data.id));
      } catch (reason) {
        if (this.data.entry === null) this.setData({ state: "failed", message: fullMessage(asFailure(reason)) });
        return;
      }
      await this.loadEffect();
    },

    show(entry: FrontlineEntry) {
      const mine = entry.author !== null && entry.author === lastPerson()?.name;
      this.setData({ entry, shown: entryDetail(entry), mine, state: "ready" });
    },

    /** Only an approved entry is rated. */
    async loadEffect() {
      if (this.data.entry?.state !== "approved") return;
      try {
        this.setData({ effect: shownEffect(await effect(this.data.id)) });
      } catch (reason) {
        console.warn("effect not loaded", asFailure(reason).code);
      }
    },

    onEdit() {
      void wx.navigateTo({ url: `/packages/frontline/edit/index?entry=${this.data.id}` });
    },

    onShare() {
      void wx.navigateTo({ url: `/packages/frontline/share/index?id=${this.data.id}` });
    },

    onExperience() {
      void wx.navigateTo({ url: `/packages/experiences/edit/index?entry=${this.data.id}` });
    },

    onMergedInto() {
      void wx.navigateTo({ url: `/packages/frontline/entry/index?id=${this.data.entry?.merged_into ?? ""}` });
    },

    onWithdraw() {
      this.setData({ withdrawing: true });
    },

    onWithdrawConfirmed() {
      this.onCancel();
      void this.once(async () => {
        this.show(await withdrawEntry(this.data.id));
        void wx.showToast({ title: "已撤回", icon: "success", duration: 3000 });
      });
    },

    onApprove() {
      this.setData({ saying: "approved" });
    },

    onReturn() {
      this.setData({ saying: "returned", reasonProblem: "" });
    },

    onMerge() {
      void this.once(async () => {
        const duplicates = (await duplicatesOf(this.data.id)).map(shownEntry);
        this.setData({ saying: "merged", duplicates, into: duplicates[0]?.id ?? "", reasonProblem: "" });
      });
    },

    onInto(event: { currentTarget: { dataset: { id: string } } }) {
      this.setData({ into: event.currentTarget.dataset.id });
    },

    onReason(event: { detail: { value: string } }) {
      this.setData({ reason: event.detail.value, reasonProblem: "" });
    },

    onCancel() {
      this.setData({ saying: "", withdrawing: false });
    },

    onSaid() {
      const { entry, saying, reason, into, id } = this.data;
      if (entry === null || saying === "") return;
      const lacks = saying === "approved" ? "" : reasonProblem(reason);
      this.setData({ reasonProblem: lacks });
      if (lacks !== "") return;
      void this.once(async () => {
        const { review_step: step, revision } = entry;
        const target = saying === "merged" ? into : null;
        this.show(await reviewEntry(id, { verdict: saying, reason: reason.trim(), into: target, step, revision }));
        this.setData({ saying: "", reason: "" });
        void wx.showToast({ title: SAID[saying], icon: "success", duration: 3000 });
      });
    },
  },
});
