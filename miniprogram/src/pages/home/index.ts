/** 首页: open campaigns, finding a department, scanning or typing a code. */
import { departments, entry, openCampaigns } from "../../api/campaigns";
import { keptKey } from "../../api/check-ins";
import { introduce } from "../../api/privacy";
import { signIn } from "../../api/session";
import { signingKept } from "../../api/signing";
import type { Campaign } from "../../api/types";
import { comfort } from "../../behaviors/comfort";
import { submitting } from "../../behaviors/submitting";
import { pathOfCode } from "../../domain/check-in";
import { parseCode } from "../../domain/check-in-codes";
import { asFailure, fullMessage } from "../../domain/failure";
import type { Hit, ShownCampaign } from "../../domain/home";
import { hitsOf, outcomeOf, pathBeside, ratePath, searchable, shownCampaign } from "../../domain/home";
import { parseVisitCode, sceneOf } from "../../domain/scene";

const HITS_PER_CAMPAIGN = 20;
const TYPING_PAUSE_MS = 400;

interface CampaignTap {
  currentTarget: { dataset: { id: number } };
}

interface HitTap {
  currentTarget: { dataset: { campaign: number; department: number } };
}

let typingTimer: ReturnType<typeof setTimeout> | undefined;

Component({
  behaviors: [comfort, submitting],

  data: {
    state: "loading" as "loading" | "ready" | "failed",
    message: "",
    campaigns: [] as Campaign[],
    shown: [] as ShownCampaign[],
    /** The communities and villages that the person speaks for, in words. */
    signing: "",
    typed: "",
    searched: "",
    searching: false,
    hits: [] as Hit[],
    code: "",
    typing: false,
  },

  methods: {
    onLoad(query: { scene?: string }) {
      if (query.scene) void this.once(() => this.enter(query.scene ?? ""));
    },

    onReady() {
      void this.greet();
    },

    /** Who has just agreed is signed in at once: what a representative may sign is not known before. */
    async greet() {
      if (!(await introduce())) return;
      try {
        await signIn();
      } catch {
        // The next page that needs it tries again, and says so.
        return;
      }
      this.showSigning();
    },

    showSigning() {
      this.setData({ signing: signingKept().map(({ name }) => name).join("、") });
    },

    onShow() {
      this.refreshComfort();
      this.showSigning();
      void this.load();
    },

    async onPullDownRefresh() {
      await this.load();
      void wx.stopPullDownRefresh();
    },

    async load() {
      try {
        const campaigns = await openCampaigns();
        const now = Date.now();
        this.setData({ state: "ready", campaigns, shown: campaigns.map((one) => shownCampaign(one, now)) });
      } catch (reason) {
        // What was loaded before stays readable without a network.
        if (this.data.campaigns.length > 0) return;
        this.setData({ state: "failed", message: fullMessage(asFailure(reason)) });
      }
    },

    onRetry() {
      this.setData({ state: "loading" });
      void this.load();
    },

    onPairings() {
      void wx.navigateTo({ url: "/packages/me/pairings/index" });
    },

    onCampaign(event: CampaignTap) {
      void wx.navigateTo({ url: `/packages/campaigns/departments/index?campaign=${event.currentTarget.dataset.id}` });
    },

    onTyped(event: { detail: { value: string } }) {
      const typed = event.detail.value;
      this.setData({ typed, ...(typed.trim() === "" ? { hits: [], searched: "" } : {}) });
      if (typingTimer !== undefined) clearTimeout(typingTimer);
      typingTimer = setTimeout(() => void this.search(), TYPING_PAUSE_MS);
    },

    onSearch() {
      if (typingTimer !== undefined) clearTimeout(typingTimer);
      void this.search();
    },

    async search() {
      const typed = this.data.typed.trim();
      if (typed === "" || typed === this.data.searched) return;
      this.setData({ searching: true, notice: "" });
      try {
        const found = await Promise.all(
          searchable(this.data.campaigns).map(async (one) =>
            hitsOf(one, (await departments(one.id, typed, null, HITS_PER_CAMPAIGN)).items),
          ),
        );
        if (typed === this.data.typed.trim()) this.setData({ hits: found.flat(), searched: typed });
      } catch (reason) {
        this.setData({ notice: fullMessage(asFailure(reason)) });
      } finally {
        this.setData({ searching: false });
      }
    },

    onHit(event: HitTap) {
      const { campaign, department } = event.currentTarget.dataset;
      void wx.navigateTo({ url: ratePath({ campaign, department }) });
    },

    onScan() {
      wx.scanCode({
        scanType: ["qrCode", "wxCode"],
        success: ({ result, path }) => void this.once(() => this.enter(path || result)),
        fail: ({ errMsg }) => {
          if (!errMsg.includes("cancel")) this.setData({ notice: "没有扫到码。请对准二维码再试，或者输入评价码。" });
        },
      });
    },

    onTyping() {
      this.setData({ typing: !this.data.typing });
    },

    onCode(event: { detail: { value: string } }) {
      this.setData({ code: event.detail.value, notice: "" });
    },

    onUseCode() {
      const code = parseVisitCode(this.data.code);
      if (code === null) this.setData({ notice: "评价码是 12 位字母和数字，请对照再输入一次。" });
      else void this.once(() => this.enter(code));
    },

    /** @param content what was scanned, typed, or came with the start of the program. */
    async enter(content: string) {
      const checkIn = parseCode(content);
      if (checkIn !== null) {
        void wx.navigateTo({ url: pathOfCode(checkIn, keptKey(checkIn.activity) !== null) });
        return;
      }
      const path = pathBeside(content);
      if (path !== null) {
        void wx.navigateTo({ url: path });
        return;
      }
      const scene = sceneOf(content);
      if (scene === null) {
        this.setData({ notice: "这不是评价用的二维码。请扫部门或窗口张贴的评价二维码。" });
        return;
      }
      const outcome = outcomeOf(await entry(scene), scene);
      if ("refusal" in outcome) this.setData({ notice: outcome.refusal });
      else void wx.navigateTo({ url: outcome.path });
    },
  },
});
