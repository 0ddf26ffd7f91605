/** 经验库: the shared collection, searched by words and tags, and one's own experiences. */
import type { ExperienceScope } from "../../../api/experiences";
import { experiences } from "../../../api/experiences";
import type { TagCount } from "../../../api/frontline-types";
import { ensureConsent } from "../../../api/privacy";
import type { Page } from "../../../api/types";
import { comfort } from "../../../behaviors/comfort";
import { paging } from "../../../behaviors/paging";
import { shownExperience } from "../../../domain/experiences";
import { consentMissing } from "../../../domain/failure";

const TYPING_PAUSE_MS = 400;

const EMPTY: Readonly<Record<string, string>> = {
  shared: "还没有共享的经验。",
  mine: "您还没有写过经验。可以从一篇日志整理，也可以直接写。",
  found: "没有找到。请换个词，或清空搜索看全部。",
};

let typingTimer: ReturnType<typeof setTimeout> | undefined;

Component({
  behaviors: [comfort, paging],

  data: {
    scope: "shared" as ExperienceScope,
    scopes: [{ value: "shared", label: "共享的" }, { value: "mine", label: "我写的" }],
    tags: [] as TagCount[],
    tag: "",
    typed: "",
    empty: EMPTY["shared"] ?? "",
  },

  methods: {
    onShow() {
      this.refreshComfort();
      void this.restart();
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
      const { scope, typed, tag } = this.data;
      const shared = scope === "shared";
      const page = await experiences(scope, shared ? typed : "", shared ? tag : "", cursor);
      if (shared) this.setData({ tags: page.tags });
      return { items: page.items.map(shownExperience), next_cursor: page.next_cursor };
    },

    search() {
      const { typed, tag, scope } = this.data;
      this.setData({ empty: EMPTY[scope === "shared" && (typed.trim() !== "" || tag !== "") ? "found" : scope] ?? "" });
      void this.restart();
    },

    onScope(event: { detail: { value: ExperienceScope } }) {
      this.setData({ scope: event.detail.value, items: [] });
      this.search();
    },

    onTyped(event: { detail: { value: string } }) {
      this.setData({ typed: event.detail.value });
      if (typingTimer !== undefined) clearTimeout(typingTimer);
      typingTimer = setTimeout(() => this.search(), TYPING_PAUSE_MS);
    },

    onTag(event: { currentTarget: { dataset: { tag: string } } }) {
      const { tag } = event.currentTarget.dataset;
      this.setData({ tag: tag === this.data.tag ? "" : tag });
      this.search();
    },

    onExperience(event: { currentTarget: { dataset: { id: string } } }) {
      void wx.navigateTo({ url: `/packages/experiences/detail/index?id=${event.currentTarget.dataset.id}` });
    },

    onWrite() {
      void wx.navigateTo({ url: "/packages/experiences/edit/index" });
    },
  },
});
