/** 支部花名册: who is in the branch, whose phone is bound, and a one-time code for who isn't. */
import type { BindingCode, RosterItem } from "../../../api/frontline-types";
import { drawBindingCode, roster, unbindPerson } from "../../../api/person";
import { comfort } from "../../../behaviors/comfort";
import { submitting } from "../../../behaviors/submitting";
import { asFailure, fullMessage } from "../../../domain/failure";
import { bindingText, expiryWords } from "../../../domain/person";

const TYPING_PAUSE_MS = 400;

let typingTimer: ReturnType<typeof setTimeout> | undefined;

interface PersonTap {
  currentTarget: { dataset: { id: string } };
}

Component({
  behaviors: [comfort, submitting],

  data: {
    state: "loading" as "loading" | "ready" | "failed",
    message: "",
    branch: 0,
    branchName: "",
    /** Codes are given by the secretary; others who lead only look. */
    keeper: false,
    typed: "",
    people: [] as RosterItem[],
    total: 0,
    bound: 0,
    /** Whose code is shown. */
    holder: null as RosterItem | null,
    code: "",
    codeText: "",
    until: "",
    unbinding: null as RosterItem | null,
  },

  methods: {
    onLoad(query: { branch?: string; name?: string; keeper?: string }) {
      this.setData({
        branch: Number(query.branch),
        branchName: decodeURIComponent(query.name ?? ""),
        keeper: query.keeper === "1",
      });
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
      const { branch, typed } = this.data;
      try {
        const people = await roster(branch, typed);
        if (typed !== this.data.typed) return;
        this.setData({ people, state: "ready" });
        if (typed.trim() === "") this.setData({ total: people.length, bound: people.filter((person) => person.bound).length });
      } catch (reason) {
        this.setData({ state: "failed", message: fullMessage(asFailure(reason)) });
      }
    },

    onTyped(event: { detail: { value: string } }) {
      this.setData({ typed: event.detail.value });
      if (typingTimer !== undefined) clearTimeout(typingTimer);
      typingTimer = setTimeout(() => void this.load(), TYPING_PAUSE_MS);
    },

    personOf({ currentTarget }: PersonTap): RosterItem | null {
      return this.data.people.find(({ id }) => id === currentTarget.dataset.id) ?? null;
    },

    onGive(event: PersonTap) {
      const holder = this.personOf(event);
      if (holder === null) return;
      void this.once(async () => this.showCode(holder, await drawBindingCode(this.data.branch, holder.id)));
    },

    showCode(holder: RosterItem, { code, expires_at: expiresAt }: BindingCode) {
      this.setData({ holder, code, codeText: bindingText(code), until: expiryWords(expiresAt) });
    },

    onCopy() {
      void wx.setClipboardData({ data: this.data.code });
    },

    onDone() {
      this.setData({ holder: null, code: "", codeText: "" });
      void this.load();
    },

    onUnbind(event: PersonTap) {
      this.setData({ unbinding: this.personOf(event) });
    },

    onUnbindConfirmed() {
      const person = this.data.unbinding;
      this.onCancel();
      if (person === null) return;
      void this.once(async () => {
        await unbindPerson(this.data.branch, person.id);
        await this.load();
        void wx.showToast({ title: "已解除绑定", icon: "success", duration: 3000 });
      });
    },

    onCancel() {
      this.setData({ unbinding: null });
    },
  },
});
