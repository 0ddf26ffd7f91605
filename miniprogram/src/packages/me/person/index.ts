/** 党员身份: binding this phone by a one-time code or by the phone number on record, and unbinding it. */
import { bindWithCode, bindWithPhone, myPerson, unbind } from "../../../api/person";
import { ensureConsent, hasConsented } from "../../../api/privacy";
import type { Person } from "../../../api/frontline-types";
import { comfort } from "../../../behaviors/comfort";
import { submitting } from "../../../behaviors/submitting";
import { asFailure, consentMissing, fullMessage } from "../../../domain/failure";
import { parseBindingCode } from "../../../domain/person";

/** What the button for the phone number brings; without a code the person has refused. */
interface PhoneAnswer {
  detail: { code?: string; errMsg?: string };
}

Component({
  behaviors: [comfort, submitting],

  data: {
    state: "loading" as "loading" | "ready" | "failed",
    message: "",
    person: null as Person | null,
    groups: "",
    code: "",
    /** WeChat's button for the number may only be tapped after the privacy statement is agreed to. */
    consented: false,
    unbinding: false,
  },

  methods: {
    onLoad(query: { code?: string }) {
      if (query.code) this.setData({ code: decodeURIComponent(query.code) });
      void this.load();
    },

    onShow() {
      this.refreshComfort();
      this.setData({ consented: hasConsented() });
    },

    async load() {
      if (!hasConsented()) {
        this.setData({ state: "ready" });
        return;
      }
      try {
        this.show(await myPerson());
      } catch (reason) {
        this.setData({ state: "failed", message: fullMessage(asFailure(reason)) });
      }
    },

    show(person: Person | null) {
      this.setData({ person, groups: (person?.groups ?? []).map(({ name }) => name).join("、"), state: "ready" });
    },

    onCode(event: { detail: { value: string } }) {
      this.setData({ code: event.detail.value, notice: "" });
    },

    onScan() {
      wx.scanCode({
        scanType: ["qrCode"],
        success: ({ result }) => {
          this.setData({ code: parseBindingCode(result) ?? result });
          this.onBind();
        },
        fail: ({ errMsg }) => {
          if (!errMsg.includes("cancel")) this.setData({ notice: "没有扫到码。请对准支部书记手机上的二维码再试，或者输入绑定码。" });
        },
      });
    },

    onBind() {
      const code = parseBindingCode(this.data.code);
      if (code === null) {
        this.setData({ notice: "绑定码是 12 位字母和数字，请对照再输入一次。" });
        return;
      }
      void this.once(async () => {
        if (!(await ensureConsent())) throw consentMissing();
        this.show(await bindWithCode(code));
        this.greet();
      });
    },

    onConsent() {
      void this.once(async () => {
        if (!(await ensureConsent())) throw consentMissing();
        this.setData({ consented: true });
        this.show(await myPerson());
      });
    },

    onPhone({ detail }: PhoneAnswer) {
      const { code } = detail;
      if (!code) {
        this.setData({ notice: "没有取得手机号。您可以改用绑定码，找支部书记要。" });
        return;
      }
      void this.once(async () => {
        this.show(await bindWithPhone(code));
        this.greet();
      });
    },

    greet() {
      this.setData({ code: "" });
      void wx.showToast({ title: "绑定成功", icon: "success", duration: 3000 });
    },

    onUnbind() {
      this.setData({ unbinding: true });
    },

    onUnbindConfirmed() {
      this.onCancel();
      void this.once(async () => {
        await unbind();
        this.show(null);
        void wx.showToast({ title: "已解除绑定", icon: "success", duration: 3000 });
      });
    },

    onCancel() {
      this.setData({ unbinding: false });
    },
  },
});
