/** Redeeming an invitation or a hand-over: the person speaks for an enterprise, a community or a village. */
import { redeemInvitation } from "../../../api/members";
import { ensureConsent } from "../../../api/privacy";
import { scan } from "../../../api/scan";
import type { Role } from "../../../api/types";
import { comfort } from "../../../behaviors/comfort";
import { submitting } from "../../../behaviors/submitting";
import { consentMissing } from "../../../domain/failure";
import { handOverCodeOf, invitationCode } from "../../../domain/invitation";
import { COMMUNITY_ROLE } from "../../../domain/labels";
import { parseVisitCode } from "../../../domain/scene";

Component({
  behaviors: [comfort, submitting],

  data: { code: "", bound: null as Role | null, signs: false },

  methods: {
    /** @param query the code of a hand-over that was scanned. */
    onLoad(query: { code?: string }) {
      this.setData({ code: query.code ?? "" });
    },

    onShow() {
      this.refreshComfort();
    },

    onCode(event: { detail: { value: string } }) {
      this.setData({ code: event.detail.value, notice: "" });
    },

    onBind() {
      const code = invitationCode(this.data.code);
      if (code === null) {
        this.setData({ notice: "请输入邀请码或移交码。" });
        return;
      }
      void this.once(async () => {
        if (!(await ensureConsent())) throw consentMissing();
        const bound = await redeemInvitation(code);
        this.setData({ bound, signs: bound.role === COMMUNITY_ROLE, code: "" });
      });
    },

    onScan() {
      void this.once(async () => {
        const content = await scan();
        if (content === null) return;
        const code = handOverCodeOf(content) ?? parseVisitCode(content);
        if (code === null) this.setData({ notice: "这不是移交码。请扫原代表手机上的二维码。" });
        else this.setData({ code });
      });
    },

    onPairings() {
      void wx.redirectTo({ url: "/packages/me/pairings/index" });
    },

    onBack() {
      void wx.navigateBack();
    },
  },
});
