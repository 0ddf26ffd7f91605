/**
 * 证明码: the organiser's phone has scanned a member's code, signs it, keeps the proof for delivery and
 * shows it, so that the member's phone can deliver it too. Whichever has a network first does.
 */
import { codeKey, deliver, onCheckInsChange, onDelivery, waitingCheckIn } from "../../../api/check-ins";
import { clockNotice, serviceNow } from "../../../api/clock";
import { scan } from "../../../api/scan";
import { comfort } from "../../../behaviors/comfort";
import { memberPage } from "../../../behaviors/member-page";
import { submitting } from "../../../behaviors/submitting";
import { phaseWords } from "../../../domain/check-in";
import { clocksApart, parseCode, proofOf, stepAt } from "../../../domain/check-in-codes";
import type { ShownItem } from "../../../domain/check-in-outbox";
import { shownItem } from "../../../domain/check-in-outbox";
import { Failure } from "../../../domain/failure";

const HOUR_S = 3600;
const MINUTE_S = 60;

const stops = new WeakMap<object, () => void>();

function apartWords(seconds: number): string {
  if (seconds >= HOUR_S) return "参加人手机的时间和您的相差一小时以上，服务器会把这次打卡作为疑问，请您在名单里确认。";
  return seconds > 2 * MINUTE_S ? "参加人手机显示的码已经有一会儿了，或者两部手机的时间不一致。请让对方刷新后再扫一次。" : "";
}

Component({
  behaviors: [comfort, memberPage, submitting],

  data: {
    id: 0,
    code: "",
    key: "",
    proof: "",
    phase: "",
    item: null as ShownItem | null,
    itemKey: "",
    told: "",
    apart: "",
    clock: "",
  },

  methods: {
    onLoad(query: { id?: string; code?: string }) {
      this.setData({ id: Number(query.id), code: query.code ? decodeURIComponent(query.code) : "" });
    },

    onShow() {
      this.refreshComfort();
      this.listen();
      if (this.data.proof === "") void this.begin();
    },

    onHide() {
      this.stop();
    },

    onUnload() {
      this.stop();
    },

    listen() {
      this.stop();
      const stopHearing = onDelivery(({ activity, message }) => {
        if (activity === this.data.id) this.setData({ told: message });
      });
      const stopListening = onCheckInsChange(() => this.showItem());
      stops.set(this, () => {
        stopHearing();
        stopListening();
      });
    },

    stop() {
      stops.get(this)?.();
      stops.delete(this);
    },

    async load() {
      this.setData({ key: await codeKey(this.data.id, "") });
    },

    async begin() {
      await this.open();
      if (this.data.gate === "ready") void this.once(() => this.sign(this.data.code));
    },

    async sign(text: string) {
      const code = parseCode(text);
      const { id, key } = this.data;
      if (code?.kind !== "member") throw new Failure("refused", "这不是参加人的打卡码。请让对方在打卡页面点“出示我的码”。");
      if (code.activity !== id) throw new Failure("refused", "这是另一个活动的打卡码。请让对方打开本次活动的打卡页面。");
      const now = serviceNow();
      const proof = proofOf(code, key, now);
      const apart = apartWords(clocksApart(code.step, stepAt(now)));
      this.setData({ proof, phase: phaseWords(code.phase), apart, told: "", item: null, clock: clockNotice() });
      const itemKey = await deliver({ activity: id, title: "", evidence: { kind: "proof", phase: code.phase, proof, made: true } });
      this.setData({ itemKey });
      this.showItem();
    },

    showItem() {
      const item = waitingCheckIn(this.data.itemKey);
      this.setData({ item: item === null ? null : shownItem(item) });
    },

    onNext() {
      void this.once(async () => {
        const text = await scan();
        if (text !== null) await this.sign(text);
      });
    },

    onDone() {
      void wx.navigateBack();
    },
  },
});
