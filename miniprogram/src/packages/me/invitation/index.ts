/** Redeeming an invitation: the person becomes an enterprise's representative. */
import { redeemInvitation } from "../../../api/members";
import { ensureConsent } from "../../../api/privacy";
import type { Role } from "../../../api/types";
import { comfort } from "../../../behaviors/comfort";
import { submitting } from "../../../behaviors/submitting";
import { consentMissing } from "../../../domain/failure";
import { invitationCode } from "../../../domain/invitation";

Component({
  behaviors: [comfort, submitting],

  data: { code: "", bound: null as Role | null },

  methods: {
    onShow() {
      this.refreshComfort();
    },

    onCode(event: { detail: { value: string } }) {
      this.setData({ code: event.detail.value, notice: "" });
    },

    onBind() {
      const code = invitationCode(this.data.code);
      if (code === null) {
        this.setData({ notice: "请输入邀请码。邀请码由评价办发给企业。" });
        return;
      }
      void this.once(async () => {
        if (!(await ensureConsent())) throw consentMissing();
        this.setData({ bound: await redeemInvitation(code), code: "" });
      });
    },

    onBack() {
      void wx.navigateBack();
    },
  },
});
