/** Handing over: the representative shows a code, the successor uses it, and the place has changed hands. */
import { beginHandOver, cancelHandOver, handOver } from "../../../api/hand-overs";
import { me } from "../../../api/members";
import { comfort } from "../../../behaviors/comfort";
import { submitting } from "../../../behaviors/submitting";
import { asFailure } from "../../../domain/failure";
import { handOverText, timeLeftOf } from "../../../domain/invitation";

const TICK_MS = 1000;
const LOOK_EVERY = 5;

/** The ticking of each page that is in view. */
const timers = new WeakMap<object, ReturnType<typeof setInterval>>();

Component({
  behaviors: [comfort, submitting],

  data: {
    organisation: 0,
    name: "",
    /** "asking": nothing is shown yet; "open": a code stands; "done": somebody has taken over. */
    state: "asking" as "asking" | "open" | "done",
    code: "",
    picture: "",
    /** By the phone's own clock, in milliseconds. */
    deadline: 0,
    left: "",
    ticks: 0,
    /** A code of before stands; its text was shown once and is not known any more. */
    earlier: false,
    confirming: false,
  },

  methods: {
    onLoad({ organisation, name }: { organisation?: string; name?: string }) {
      this.setData({ organisation: Number(organisation), name: name ? decodeURIComponent(name) : "" });
      void this.look();
    },

    onShow() {
      this.refreshComfort();
      this.startTicking();
    },

    onHide() {
      this.stopTicking();
    },

    onUnload() {
      this.stopTicking();
    },

    startTicking() {
      this.stopTicking();
      timers.set(this, setInterval(() => void this.tick(), TICK_MS));
    },

    stopTicking() {
      const timer = timers.get(this);
      if (timer !== undefined) clearInterval(timer);
      timers.delete(this);
    },

    /** Each second the time that is left; every few seconds whether the successor has used the code. */
    async tick() {
      const { state, deadline, ticks } = this.data;
      if (state !== "open") return;
      const now = Date.now();
      if (deadline <= now) {
        await this.look();
        if (this.data.state === "open") this.close("移交码已过期，没有人使用。需要时请重新生成。");
        return;
      }
      this.setData({ left: timeLeftOf(deadline, now), ticks: ticks + 1 });
      if ((ticks + 1) % LOOK_EVERY === 0) await this.look();
    },

    /** Asks the service where the hand-over stands; without an answer the page stays as it is. */
    async look() {
      try {
        const { expires_at: expiresAt } = await handOver(this.data.organisation);
        this.setData({ earlier: expiresAt !== null && this.data.state !== "open" });
      } catch (reason) {
        const failure = asFailure(reason);
        if (failure.code === "representation_unknown") await this.finish();
        else console.warn("hand-over not looked at", failure.code);
      }
    },

    async finish() {
      this.setData({ state: "done", code: "", picture: "", earlier: false });
      try {
        await me();
      } catch (reason) {
        console.warn("roles not renewed", asFailure(reason).code);
      }
    },

    close(notice: string) {
      this.setData({ state: "asking", code: "", picture: "", deadline: 0, earlier: false, notice });
    },

    onAsk() {
      this.setData({ confirming: true });
    },

    onDialogClosed() {
      this.setData({ confirming: false });
    },

    onBegin() {
      this.setData({ confirming: false });
      void this.once(async () => {
        const { code, expires_in: seconds } = await beginHandOver(this.data.organisation);
        const now = Date.now();
        const deadline = now + seconds * 1000;
        const left = timeLeftOf(deadline, now);
        this.setData({ state: "open", code, picture: handOverText(code), deadline, left, ticks: 0, earlier: false });
      });
    },

    onCancelCode() {
      void this.once(async () => {
        await cancelHandOver(this.data.organisation);
        this.close("移交码已收回，您仍然是代表。");
      });
    },

    onCopy() {
      void wx.setClipboardData({ data: this.data.code });
    },

    onBack() {
      void wx.navigateBack();
    },
  },
});
