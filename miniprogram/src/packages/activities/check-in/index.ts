/** 打卡: the ways that the activity accepts, each asked for only by a tap; where the person stands by them. */
import type { CheckInSheet } from "../../../api/activity-types";
import {
  checkInSheet, deliver, discardCheckIn, keptSheet, onCheckInsChange, onDelivery, sendCheckInsNow, waitingCheckIn, waitingCheckIns,
} from "../../../api/check-ins";
import { clockNotice } from "../../../api/clock";
import { currentPosition } from "../../../api/location";
import { keepPhoto, pickPhotos } from "../../../api/photos";
import { ensureConsent } from "../../../api/privacy";
import { scan } from "../../../api/scan";
import { comfort } from "../../../behaviors/comfort";
import { memberPage } from "../../../behaviors/member-page";
import { showingCode } from "../../../behaviors/showing-code";
import { submitting } from "../../../behaviors/submitting";
import type { ShownStanding, Ways } from "../../../domain/check-in";
import { codeProblem, mayLeave, shownStanding, waysOf } from "../../../domain/check-in";
import type { CheckInCode, Phase } from "../../../domain/check-in-codes";
import { parseCode } from "../../../domain/check-in-codes";
import type { Evidence, ShownItem } from "../../../domain/check-in-outbox";
import { placeEvidence, shownItem } from "../../../domain/check-in-outbox";
import { consentMissing, Failure } from "../../../domain/failure";
import { judge } from "../../../domain/fences";
import { photoRefusal } from "../../../domain/photos";
import { periodWords } from "../../../domain/times";

const PHASES = [
  { value: "in", label: "签到" },
  { value: "out", label: "签退" },
];
const LOCATION_REFUSED = "您没有用位置，这没有关系：可以扫活动码、请同伴确认，或请组织者确认。";
const PHOTO_BYTES = 5 * 1024 * 1024;

/** The ways that wait for something, with a button each. */
type Way = "scan" | "place" | "photo" | "peer";

const stops = new WeakMap<object, () => void>();

Component({
  behaviors: [comfort, memberPage, showingCode, submitting],

  data: {
    id: 0,
    /** A code that led here, to be used once the page knows the activity. */
    given: "",
    sheet: null as CheckInSheet | null,
    fresh: true,
    period: "",
    standing: null as ShownStanding | null,
    ways: null as Ways | null,
    phases: PHASES,
    phase: "in" as Phase,
    leaving: false,
    clock: "",
    /** What the service said last. */
    told: "",
    waiting: [] as ShownItem[],
    peerCode: "",
    /** Whose button shows that it works. */
    way: "scan" as Way,
  },

  methods: {
    onLoad(query: { id?: string; code?: string }) {
      this.setData({ id: Number(query.id), given: query.code ? decodeURIComponent(query.code) : "" });
    },

    onShow() {
      this.refreshComfort();
      this.listen();
      void this.begin();
    },

    onHide() {
      this.stop();
    },

    onUnload() {
      this.stop();
    },

    async onPullDownRefresh() {
      await this.open();
      void wx.stopPullDownRefresh();
    },

    listen() {
      this.stop();
      const stopHearing = onDelivery(({ activity, message }) => {
        if (activity === this.data.id) this.delivered(message);
      });
      const stopListening = onCheckInsChange(() => this.showWaiting());
      stops.set(this, () => {
        stopHearing();
        stopListening();
      });
    },

    stop() {
      stops.get(this)?.();
      stops.delete(this);
      this.hideCode();
    },

    async begin() {
      await this.open();
      const { given, gate } = this.data;
      if (given === "" || gate !== "ready") return;
      this.setData({ given: "" });
      void this.once(() => this.use(given));
    },

    async load() {
      const { sheet, fresh } = await checkInSheet(this.data.id);
      this.show(sheet, fresh);
      this.showWaiting();
    },

    show(sheet: CheckInSheet, fresh: boolean) {
      const leaving = mayLeave(sheet);
      this.setData({
        sheet,
        fresh,
        leaving,
        phase: leaving && sheet.my.presence === "present" && sheet.my.left_at === null ? "out" : "in",
        period: periodWords(sheet.activity.starts_at, sheet.activity.ends_at),
        standing: shownStanding(sheet.my),
        ways: waysOf(sheet),
        clock: clockNotice(),
      });
    },

    showWaiting() {
      this.setData({ waiting: waitingCheckIns(this.data.id).map(shownItem) });
    },

    delivered(message: string) {
      const sheet = keptSheet(this.data.id);
      if (sheet !== null) this.show(sheet, true);
      this.setData({ told: message });
    },

    /** What comes of it is told at the top of the page, which the ways have led away from. */
    act(way: Way, work: () => Promise<void>) {
      this.setData({ way });
      void this.once(work).then(() => wx.pageScrollTo({ scrollTop: 0, duration: 200 }));
    },

    onPhase(event: { detail: { value: Phase } }) {
      this.hideCode();
      this.setData({ phase: event.detail.value, told: "", notice: "" });
    },

    async hand(evidence: Evidence, position?: { place: [number, number]; accuracy: number }) {
      const { sheet, id } = this.data;
      if (sheet === null) return;
      this.setData({ told: "" });
      const key = await deliver({ activity: id, title: sheet.activity.title, evidence, ...(position ? { position } : {}) });
      const left = waitingCheckIn(key);
      if (left?.state === "waiting") this.setData({ told: "已保存在这部手机里，联网后自动提交。" });
    },

    onScan() {
      this.act("scan", async () => {
        const text = await scan();
        if (text !== null) await this.use(text);
      });
    },

    /** @param text what was scanned, here or on the page that led here. */
    async use(text: string) {
      const code = parseCode(text);
      if (code === null) throw new Failure("refused", "这不是活动的码。请扫组织者的活动码，或手机上的打卡码。");
      const { id, sheet, phase } = this.data;
      const problem = codeProblem(code, id, sheet?.ticket?.id ?? null);
      if (problem !== "") throw new Failure("refused", problem);
      await this.take(code, phase);
    },

    async take(code: CheckInCode, phase: Phase) {
      if (code.kind === "rotating") await this.hand({ kind: "code", phase, code: code.text });
      else if (code.kind === "proof") await this.hand({ kind: "proof", phase: code.phase, proof: code.text, made: false });
      else this.setData({ peerCode: code.text });
      if (code.kind === "proof") this.hideCode();
    },

    onPeerConfirmed() {
      const code = parseCode(this.data.peerCode);
      this.onCancel();
      if (code?.kind !== "member") return;
      this.act("peer", () => this.hand({ kind: "confirmation", phase: code.phase, code: code.text }));
    },

    onCancel() {
      this.setData({ peerCode: "" });
    },

    /** The position is judged here; what isn't near goes nowhere, and what is goes to the service but isn't kept. */
    onPlace() {
      const { sheet, phase } = this.data;
      if (sheet === null) return;
      this.act("place", async () => {
        if (!(await ensureConsent())) throw consentMissing();
        const position = await currentPosition();
        if (position === null) {
          this.setData({ told: LOCATION_REFUSED });
          return;
        }
        const { place, accuracy, mock } = position;
        const judgement = judge(place, accuracy, sheet.activity.fences);
        if (judgement === "outside") {
          const rough = Math.round(accuracy);
          throw new Failure("refused", `您现在不在活动地点的范围内（误差约 ${rough} 米）。走近一些再试，或用别的方式。`);
        }
        await this.hand(placeEvidence(phase, judgement, accuracy, mock), { place, accuracy });
      });
    },

    onPhoto() {
      const { phase } = this.data;
      this.act("photo", async () => {
        if (!(await ensureConsent())) throw consentMissing();
        const [picked] = await pickPhotos(1);
        if (!picked) return;
        const refusal = photoRefusal(picked.bytes, PHOTO_BYTES);
        if (refusal !== null) throw new Failure("refused", refusal);
        await this.hand({ kind: "photo", phase, path: await keepPhoto(picked.path), picture: null });
      });
    },

    onShowMine() {
      const { sheet, phase, id } = this.data;
      if (!sheet?.ticket) return;
      this.showCode(id, sheet.ticket, phase);
      void wx.pageScrollTo({ scrollTop: 0, duration: 0 });
    },

    onHideMine() {
      this.hideCode();
      void this.open();
    },

    onSend() {
      void this.once(() => sendCheckInsNow());
    },

    onDismiss(event: { currentTarget: { dataset: { key: string } } }) {
      discardCheckIn(event.currentTarget.dataset.key);
    },
  },
});
