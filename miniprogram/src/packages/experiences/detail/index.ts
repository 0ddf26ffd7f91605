/** One experience: reading it, saying that one's branch used it, reviewing it, changing it, taking it back. */
import { experience, noteUse, reviewExperience, submitExperience, withdrawExperience } from "../../../api/experiences";
import type { Experience } from "../../../api/frontline-types";
import { comfort } from "../../../behaviors/comfort";
import { submitting } from "../../../behaviors/submitting";
import type { ShownExperience } from "../../../domain/experiences";
import { LONGEST_NOTE, shownExperience, shownUses } from "../../../domain/experiences";
import { asFailure, fullMessage } from "../../../domain/failure";
import type { ShownReview } from "../../../domain/reviews";
import { LONGEST_REASON, reasonProblem, shownReviews } from "../../../domain/reviews";

/** What the reader is about to say in words. */
type Writing = "" | "use" | "return";

Component({
  behaviors: [comfort, submitting],

  data: {
    state: "loading" as "loading" | "ready" | "failed",
    message: "",
    id: "",
    experience: null as Experience | null,
    shown: null as ShownExperience | null,
    uses: [] as ReturnType<typeof shownUses>,
    reviews: [] as ShownReview[],
    maySubmit: false,
    writing: "" as Writing,
    words: "",
    problem: "",
    longest: LONGEST_NOTE,
    approving: false,
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

    async load() {
      try {
        this.show(await experience(this.data.id));
      } catch (reason) {
        this.setData({ state: "failed", message: fullMessage(asFailure(reason)) });
      }
    },

    show(found: Experience) {
      this.setData({
        experience: found,
        shown: shownExperience(found),
        uses: shownUses(found),
        maySubmit: found.may_edit && (found.state === "draft" || found.state === "returned"),
        reviews: shownReviews(found.reviews),
        state: "ready",
      });
    },

    onUse() {
      this.setData({ writing: "use", words: "", problem: "", longest: LONGEST_NOTE });
    },

    onReturn() {
      this.setData({ writing: "return", words: "", problem: "", longest: LONGEST_REASON });
    },

    onWords(event: { detail: { value: string } }) {
      this.setData({ words: event.detail.value, problem: "" });
    },

    onSend() {
      const { writing, words } = this.data;
      const asked = words.trim() === "" ? "请写一句在哪里用、效果怎么样。" : "";
      const problem = writing === "return" ? reasonProblem(words) : asked;
      this.setData({ problem });
      if (problem === "") void this.once(() => this.say(writing, words.trim()));
    },

    async say(writing: Writing, words: string) {
      const { id } = this.data;
      this.show(writing === "use" ? await noteUse(id, words) : await this.review("returned", words));
      this.setData({ writing: "" });
      void wx.showToast({ title: writing === "use" ? "已记下" : "已退回", icon: "success", duration: 3000 });
    },

    review(verdict: "approved" | "returned", reason: string): Promise<Experience> {
      const { id, experience: read } = this.data;
      return reviewExperience(id, { verdict, reason, into: null, step: read?.review_step ?? null, revision: read?.revision ?? null });
    },

    onApprove() {
      this.setData({ approving: true });
    },

    onApproved() {
      this.onCancel();
      void this.once(async () => {
        this.show(await this.review("approved", ""));
        void wx.showToast({ title: "已通过", icon: "success", duration: 3000 });
      });
    },

    onSubmit() {
      void this.once(async () => {
        this.show(await submitExperience(this.data.id));
        void wx.showToast({ title: "已提交审核", icon: "success", duration: 3000 });
      });
    },

    onEdit() {
      void wx.navigateTo({ url: `/packages/experiences/edit/index?id=${this.data.id}` });
    },

    onEntry() {
      void wx.navigateTo({ url: `/packages/frontline/entry/index?id=${this.data.experience?.entry ?? ""}` });
    },

    onWithdraw() {
      this.setData({ withdrawing: true });
    },

    onWithdrawn() {
      this.onCancel();
      void this.once(async () => {
        this.show(await withdrawExperience(this.data.id));
        void wx.showToast({ title: "已撤回", icon: "success", duration: 3000 });
      });
    },

    onCancel() {
      this.setData({ writing: "", approving: false, withdrawing: false });
    },
  },
});
