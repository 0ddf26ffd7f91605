/** 我的: roles and bindings, elder mode, privacy, the account. */
import { deleteAccount, me, stopRepresenting } from "../../api/members";
import { ensureConsent, hasConsented } from "../../api/privacy";
import { setElderMode } from "../../api/settings";
import type { Member } from "../../api/types";
import { comfort } from "../../behaviors/comfort";
import { submitting } from "../../behaviors/submitting";
import { asFailure, consentMissing, fullMessage } from "../../domain/failure";
import { ENTERPRISE_ROLE, roleLabel } from "../../domain/labels";
import { ANONYMITY } from "../../domain/privacy";

interface ShownRole {
  key: string;
  label: string;
  organisation: string;
  organisationId: number;
  /** Only what a person bound by invitation can be undone here. */
  mayUnbind: boolean;
}

function shownRoles(member: Member): ShownRole[] {
  return member.roles.map(({ role, organisation }) => ({
    key: `${role}/${organisation.id}`,
    label: roleLabel(role),
    organisation: organisation.name,
    organisationId: organisation.id,
    mayUnbind: role === ENTERPRISE_ROLE,
  }));
}

Component({
  behaviors: [comfort, submitting],

  data: {
    signedIn: false,
    roles: [] as ShownRole[],
    unbinding: 0,
    unbindingName: "",
    deleting: false,
    explained: false,
    anonymity: ANONYMITY,
  },

  methods: {
    onShow() {
      this.refreshComfort();
      if (hasConsented()) void this.load();
    },

    async load() {
      try {
        this.showMember(await me());
      } catch (reason) {
        if (!this.data.signedIn) this.setData({ notice: fullMessage(asFailure(reason)) });
      }
    },

    showMember(member: Member) {
      this.setData({ signedIn: true, roles: shownRoles(member), notice: "" });
    },

    onSignIn() {
      void this.once(async () => {
        if (!(await ensureConsent())) throw consentMissing();
        this.showMember(await me());
      });
    },

    onElder() {
      setElderMode(!this.data.elder);
      this.refreshComfort();
    },

    onInvitation() {
      void wx.navigateTo({ url: "/packages/me/invitation/index" });
    },

    onPrivacy() {
      void wx.navigateTo({ url: "/packages/me/privacy/index" });
    },

    onExplain() {
      this.setData({ explained: !this.data.explained });
    },

    onUnbind(event: { currentTarget: { dataset: { id: number; name: string } } }) {
      const { id, name } = event.currentTarget.dataset;
      this.setData({ unbinding: id, unbindingName: name });
    },

    onUnbindConfirmed() {
      const organisation = this.data.unbinding;
      this.onCancel();
      void this.once(async () => {
        this.showMember(await stopRepresenting(organisation));
        void wx.showToast({ title: "已解除绑定", icon: "success", duration: 3000 });
      });
    },

    onDelete() {
      this.setData({ deleting: true });
    },

    onDeleteConfirmed() {
      this.onCancel();
      void this.once(async () => {
        await deleteAccount();
        this.setData({ signedIn: false, roles: [] });
        void wx.showToast({ title: "账号已注销", icon: "success", duration: 3000 });
      });
    },

    onCancel() {
      this.setData({ unbinding: 0, deleting: false });
    },
  },
});
