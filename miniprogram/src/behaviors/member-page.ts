/**
 * A page for Party members: it opens for who has agreed to the privacy statement and is bound to a
 * person of a branch, and says to everybody else what is missing (component member-gate).
 */
import { ensureConsent, hasConsented } from "../api/privacy";
import { asFailure, fullMessage } from "../domain/failure";

export type Gate = "loading" | "ready" | "failed" | "consent" | "unbound";

const NOT_BOUND = "person_not_bound";

export const memberPage = Behavior({
  data: { gate: "loading" as Gate, gateMessage: "" },

  methods: {
    /** The page that uses this behavior has its own. */
    load(): Promise<void> {
      return Promise.reject(new Error("a member page has a load of its own"));
    },

    /** Loads the page; what it shows already stays when a later attempt fails. */
    async open(): Promise<void> {
      if (!hasConsented()) {
        this.setData({ gate: "consent" });
        return;
      }
      try {
        await this.load();
        this.setData({ gate: "ready", gateMessage: "" });
      } catch (reason) {
        this.closed(reason);
      }
    },

    closed(reason: unknown) {
      const failure = asFailure(reason);
      if (failure.code === NOT_BOUND) this.setData({ gate: "unbound", gateMessage: failure.message });
      else if (failure.kind === "consent") this.setData({ gate: "consent" });
      else if (this.data.gate !== "ready") this.setData({ gate: "failed", gateMessage: fullMessage(failure) });
    },

    onGateAction() {
      const { gate } = this.data;
      if (gate === "unbound") void wx.navigateTo({ url: "/packages/me/person/index" });
      else if (gate === "consent") void this.agree();
      else void this.reopen();
    },

    async agree() {
      if (await ensureConsent()) await this.reopen();
    },

    async reopen() {
      this.setData({ gate: "loading" });
      await this.open();
    },
  },
});
