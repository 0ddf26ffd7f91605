/** 出示我的码: a member's one-time code on the screen, new each minute and at each showing. */
import { clockNotice, everySecond } from "../api/clock";
import { drawBytes } from "../api/random";
import { keepBright } from "../api/screen";
import type { Phase } from "../domain/check-in-codes";
import { memberCode, NONCE_BYTES } from "../domain/check-in-codes";

const SHOWN_FOR_S = 60;

interface Ticket {
  id: string;
  key: string;
}

const stops = new WeakMap<object, () => void>();

export const showingCode = Behavior({
  data: { showing: false, ownCode: "", ownCodeLeft: 0 },

  methods: {
    showCode(activity: number, ticket: Ticket, phase: Phase) {
      this.hideCode();
      this.setData({ showing: true });
      const letDark = keepBright();
      let newAt = -Infinity;
      const stopTicking = everySecond((now) => {
        if (now >= newAt || now < newAt - SHOWN_FOR_S * 1000) {
          newAt = now + SHOWN_FOR_S * 1000;
          void this.drawCode(activity, ticket, phase, now);
        }
        this.setData({ ownCodeLeft: Math.ceil((newAt - now) / 1000), clock: clockNotice() });
      });
      stops.set(this, () => {
        stopTicking();
        letDark();
      });
    },

    async drawCode(activity: number, ticket: Ticket, phase: Phase, now: number) {
      const nonce = await drawBytes(NONCE_BYTES);
      this.setData({ ownCode: memberCode({ activity, ticket: ticket.id, phase, now, nonce }, ticket.key) });
    },

    hideCode() {
      stops.get(this)?.();
      stops.delete(this);
      if (this.data.showing) this.setData({ showing: false, ownCode: "" });
    },
  },
});
