/** 我的: roles and bindings, elder mode, privacy, the account. */
import { deskLink } from "../../api/desk";
import { reviewQueue } from "../../api/frontline";
import { notices } from "../../api/notices";
import { forgetPerson, lastPerson, myPerson } from "../../api/person";
import { deleteAccount, me, stopRepresenting } from "../../api/members";
import { ensureConsent, hasConsented } from "../../api/privacy";
import { setElderMode } from "../../api/settings";
import type { Member } from "../../api/types";
import { comfort } from "../../behaviors/comfort";
import { submitting } from "../../behaviors/submitting";
import { asFailure, consentMissing, fullMessage } from "../../domain/failure";
import { COMMUNITY_ROLE, ENTERPRISE_ROLE, roleLabel } from "../../domain/labels";
import { badgeWords } from "../../domain/notices";
import type { LedBranch } from "../../domain/person";
import { ledBranches } from "../../domain/person";
import { ANONYMITY } from "../../domain/privacy";

interface ShownRole {
  key: string;
  label: string;
  organisation: string;
  organisationId: number;
  /** What a person was bound to by invitation can be undone and handed over here. */
  mayUnbind: boolean;
}

function shownRoles(member: Member): ShownRole[] {
  return member.roles.map(({ role, organisation }) => ({
    key: `${role}/${organisation.id}`,
    label: roleLabel(role),
    organisation: organisation.name,
    organisationId: organisation.id,
    mayUnbind: role === ENTERPRISE_ROLE || role === COMMUNITY_ROLE,
  }));
}

Component({
  behaviors: [comfort, submitting],

  data: {
    signedIn: false,
    roles: [] as ShownRole[],
    /** Whether the person speaks for a community or village. */
    signs: false,
    /** The Party member that the phone is bound to, in words, or nothing. */
    person: "",
    led: [] as LedBranch[],
    unread: "",
    toReview: "",
    /** Whose account at the desk the phone is linked to, or nothing. */
    desk: "",
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
      this.setData({ signedIn: true, roles: shownRoles(member), signs: member.roles.some(({ role }) => role === COMMUNITY_ROLE), led: ledBranches(member.roles), notice: "" });
      this.showPerson();
      void this.loadCounts();
      void this.showDesk();
    },

    showPerson() {
      const person = lastPerson();
      this.setData({ person: person === null ? "" : `${person.name} · ${person.branch.name}` });
    },

    /** The desk's entry stands there for whose phone is linked to an account. */
    async showDesk() {
      try {
        this.setData({ desk: (await deskLink()).name });
      } catch (reason) {
        console.warn("link to the desk not known", asFailure(reason).code);
      }
    },

    /** The numbers beside the entries; without them the entries lead on all the same. */
    async loadCounts() {
      try {
        const [, { unread }, queue] = await Promise.all([
          myPerson(),
          notices(null),
          this.data.led.length > 0 ? reviewQueue(null) : Promise.resolve({ items: [], next_cursor: null }),
        ]);
        this.showPerson();
        this.setData({ unread: badgeWords(unread), toReview: queue.next_cursor === null ? badgeWords(queue.items.length) : `${queue.items.length}+` });
      } catch (reason) {
        console.warn("counts not loaded", asFailure(reason).code);
      }
    },

    onPage(event: { currentTarget: { dataset: { page: string } } }) {
      void wx.navigateTo({ url: `/packages/${event.currentTarget.dataset.page}/index` });
    },

    onRoster(event: { currentTarget: { dataset: { index: number } } }) {
      const branch = this.data.led[event.currentTarget.dataset.index];
      if (branch === undefined) return;
      const query = `branch=${branch.id}&name=${encodeURIComponent(branch.name)}&keeper=${branch.keeper ? 1 : 0}`;
      void wx.navigateTo({ url: `/packages/me/roster/index?${query}` });
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

    onHandOver(event: { currentTarget: { dataset: { id: number; name: string } } }) {
      const { id, name } = event.currentTarget.dataset;
      void wx.navigateTo({ url: `/packages/me/hand-over/index?organisation=${id}&name=${encodeURIComponent(name)}` });
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
        forgetPerson();
        this.setData({ signedIn: false, roles: [], signs: false, person: "", led: [], unread: "", toReview: "", desk: "" });
        void wx.showToast({ title: "账号已注销", icon: "success", duration: 3000 });
      });
    },

    onCancel() {
      this.setData({ unbinding: 0, deleting: false });
    },
  },
});
