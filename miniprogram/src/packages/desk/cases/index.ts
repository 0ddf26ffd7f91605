/** 工作台: the cases of the person's department, and what is held for the office. */
import { cases, deskSession } from "../../../api/desk";
import { askForMessages, preferences, prepareMessages } from "../../../api/notices";
import { ensureConsent } from "../../../api/privacy";
import type { Page } from "../../../api/types";
import { comfort } from "../../../behaviors/comfort";
import { paging } from "../../../behaviors/paging";
import { submitting } from "../../../behaviors/submitting";
import { LINK_PAGE, roleWords, SCOPES, shownCase } from "../../../domain/desk";
import { asFailure, consentMissing } from "../../../domain/failure";

const MESSAGES = ["desk"];

Component({
  behaviors: [comfort, paging, submitting],

  data: {
    scopes: SCOPES,
    scope: "open",
    q: "",
    name: "",
    roles: [] as string[],
    office: false,
    /** The phone is no longer linked: everything else would be refused. */
    unlinked: false,
    /** How many messages about work WeChat may still send, or null before that is known. */
    messagesLeft: null as number | null,
    mayAsk: false,
  },

  methods: {
    onShow() {
      this.refreshComfort();
      void this.restart();
      void this.countMessages();
    },

    async onPullDownRefresh() {
      await this.restart();
      void wx.stopPullDownRefresh();
    },

    onReachBottom() {
      void this.loadMore();
    },

    async fetchPage(cursor: string | null): Promise<Page<object>> {
      if (!(await ensureConsent())) throw consentMissing();
      try {
        const { name, roles } = await deskSession();
        this.setData({ name, roles: roleWords(roles), office: roles.some(({ role }) => role === "office"), unlinked: false });
      } catch (reason) {
        this.setData({ unlinked: asFailure(reason).code === "phone_not_linked" });
        throw reason;
      }
      const page = await cases(this.data.scope, this.data.q, cursor);
      const now = Date.now();
      return { items: page.items.map((one) => shownCase(one, now)), next_cursor: page.next_cursor };
    },

    /** Without the number the list works all the same. */
    async countMessages() {
      try {
        const [{ items, most_messages: most }] = await Promise.all([preferences(), prepareMessages()]);
        const desk = items.find(({ kind }) => kind === "desk");
        if (desk === undefined || desk.template_id === null || desk.mode !== "all") return;
        this.setData({ messagesLeft: desk.messages_left, mayAsk: desk.messages_left < most });
      } catch (reason) {
        console.warn("messages not counted", asFailure(reason).code);
      }
    },

    /** The question stands at its own tap: a case that is only looked at asks nothing. */
    onMessages() {
      void this.once(async () => {
        await askForMessages(MESSAGES);
        await this.countMessages();
      });
    },

    onScope(event: { detail: { value: string } }) {
      this.setData({ scope: event.detail.value, items: [] });
      void this.restart();
    },

    onSearch(event: { detail: { value: string } }) {
      this.setData({ q: event.detail.value.trim(), items: [] });
      void this.restart();
    },

    onCase(event: { currentTarget: { dataset: { id: string } } }) {
      void wx.navigateTo({ url: `/packages/desk/case/index?id=${event.currentTarget.dataset.id}` });
    },

    onHeld() {
      void wx.navigateTo({ url: "/packages/desk/held/index" });
    },

    onAction() {
      if (this.data.unlinked) void wx.redirectTo({ url: LINK_PAGE });
      else void this.restart();
    },
  },
});
