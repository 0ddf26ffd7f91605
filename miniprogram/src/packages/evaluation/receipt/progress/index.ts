/** What becomes of a poor rating, for whoever holds its receipt: the timeline, an answer, the last word, being told. */
import { answerCase, followUpCase, receiptCase, watchCase } from "../../../../api/evaluations";
import { askForMessages, prepareMessages } from "../../../../api/notices";
import { ensureConsent } from "../../../../api/privacy";
import { findReceipt, noteWatch } from "../../../../api/receipts";
import type { RaterCase } from "../../../../api/types";
import { submitting } from "../../../../behaviors/submitting";
import { asFailure, consentMissing, fullMessage } from "../../../../domain/failure";
import { keyOf } from "../../../../domain/receipt";
import type { ShownRaterCase } from "../../../../domain/receipt-case";
import { LONGEST_WORD, NOT_SOLVED, shownRaterCase, SOLVED, WATCHING, wordProblem } from "../../../../domain/receipt-case";

interface Input {
  detail: { value: string };
}

interface FollowUpTap {
  currentTarget: { dataset: { solved: string } };
}

const NOTHING_ASKED = { asking: "", asked: "" };

Component({
  behaviors: [submitting],

  properties: {
    campaign: Number,
    secret: String,
    /** An organisation speaks through its representative, who has to be known. */
    ofOrganisation: Boolean,
  },

  data: {
    shown: null as ShownRaterCase | null,
    failed: "",
    answer: "",
    word: "",
    longest: LONGEST_WORD,
    /** What is being confirmed: "", "solved", "not_solved" or "watch". */
    ...NOTHING_ASKED,
  },

  observers: {
    "campaign, secret": function (campaign: number, secret: string) {
      if (campaign > 0 && secret !== "") void this.load();
    },
  },

  pageLifetimes: {
    show() {
      if (this.data.secret !== "") void this.load();
    },
  },

  methods: {
    show(found: RaterCase | null) {
      this.setData({ shown: found === null ? null : shownRaterCase(found), failed: "" });
    },

    async load() {
      const { campaign, secret } = this.data;
      try {
        const watched = findReceipt(keyOf(secret))?.watched === true;
        this.show(await receiptCase(campaign, secret, watched));
      } catch (reason) {
        this.setData({ failed: fullMessage(asFailure(reason)) });
        return;
      }
      // WeChat wants its question inside a tap; whether there is one to ask is learnt before.
      if (this.data.shown?.mayWatch) await prepareMessages().catch(() => []);
    },

    onAnswer(event: Input) {
      this.setData({ answer: event.detail.value });
    },

    onWord(event: Input) {
      this.setData({ word: event.detail.value });
    },

    onSend() {
      const { campaign, secret, answer, ofOrganisation } = this.data;
      const notice = wordProblem(answer, true);
      if (notice !== "") {
        this.setData({ notice });
        return;
      }
      void this.once(async () => {
        this.show(await answerCase(campaign, secret, answer.trim(), ofOrganisation));
        this.setData({ answer: "" });
        void wx.showToast({ title: "已发送", icon: "success", duration: 3000 });
      });
    },

    onFollowUp(event: FollowUpTap) {
      const solved = event.currentTarget.dataset.solved === "yes";
      const notice = wordProblem(this.data.word, false);
      if (notice !== "") this.setData({ notice });
      else this.setData({ asking: solved ? "solved" : "not_solved", asked: solved ? SOLVED : NOT_SOLVED, notice: "" });
    },

    onWatch() {
      const watching = this.data.shown?.watching ?? false;
      if (watching) void this.once(() => this.watch(false));
      else this.setData({ asking: "watch", asked: WATCHING, notice: "" });
    },

    onCancel() {
      this.setData(NOTHING_ASKED);
    },

    onConfirm() {
      const { asking } = this.data;
      this.setData(NOTHING_ASKED);
      if (asking === "watch") void this.once(() => this.watch(true));
      else if (asking !== "") void this.once(() => this.followUp(asking === "solved"));
    },

    async watch(on: boolean) {
      const { campaign, secret } = this.data;
      if (!(await ensureConsent())) throw consentMissing();
      if (on) await askForMessages(["case_moved"]);
      this.show(await watchCase(campaign, secret, on));
      noteWatch(keyOf(secret), on);
      void wx.showToast({ title: on ? "已开启提醒" : "已关闭提醒", icon: "success", duration: 3000 });
    },

    async followUp(solved: boolean) {
      const { campaign, secret, word, ofOrganisation } = this.data;
      this.show(await followUpCase(campaign, secret, { solved, word: word.trim() }, ofOrganisation));
      this.setData({ word: "" });
      void wx.showToast({ title: "追评已提交", icon: "success", duration: 3000 });
    },
  },
});
