/** 工作台绑定: an official's own phone is linked to the account by a code that the desk shows. */
import { deskLink, linkDesk, unlinkDesk } from "../../../api/desk";
import { ensureConsent } from "../../../api/privacy";
import { scan } from "../../../api/scan";
import { comfort } from "../../../behaviors/comfort";
import { submitting } from "../../../behaviors/submitting";
import { linkCodeOf } from "../../../domain/desk";
import { asFailure, consentMissing, fullMessage } from "../../../domain/failure";

Component({
  behaviors: [comfort, submitting],

  data: { state: "loading" as "loading" | "ready" | "failed", message: "", linked: false, name: "", code: "", unlinking: false },

  methods: {
    onShow() {
      this.refreshComfort();
      void this.load();
    },

    async load() {
      try {
        if (!(await ensureConsent())) throw consentMissing();
        const { linked, name } = await deskLink();
        this.setData({ state: "ready", message: "", linked, name });
      } catch (reason) {
        this.setData({ state: "failed", message: fullMessage(asFailure(reason)) });
      }
    },

    onCode(event: { detail: { value: string } }) {
      this.setData({ code: event.detail.value, notice: "" });
    },

    onScan() {
      void this.once(async () => {
        const content = await scan();
        if (content === null) return;
        const code = linkCodeOf(content);
        if (code === null) this.setData({ notice: "这不是绑定码。请扫电脑后台“绑定手机”页面上的二维码。" });
        else await this.link(code);
      });
    },

    onLink() {
      const code = linkCodeOf(this.data.code);
      if (code === null) this.setData({ notice: "绑定码是 12 位字母和数字，请对照电脑后台输入。" });
      else void this.once(() => this.link(code));
    },

    async link(code: string) {
      const { name } = await linkDesk(code);
      this.setData({ linked: true, name, code: "" });
    },

    onDesk() {
      void wx.navigateTo({ url: "/packages/desk/cases/index" });
    },

    onUnlink() {
      this.setData({ unlinking: true });
    },

    onCancel() {
      this.setData({ unlinking: false });
    },

    onUnlinkConfirmed() {
      this.onCancel();
      void this.once(async () => {
        await unlinkDesk();
        this.setData({ linked: false, name: "" });
        void wx.showToast({ title: "已解除绑定", icon: "success", duration: 3000 });
      });
    },
  },
});
