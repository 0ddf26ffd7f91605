/** 一线日志: what waits on this phone, what was begun, and the entries that the service has. */
import { dropEntryDraft, entryDrafts } from "../../../api/entry-drafts";
import { entryOutbox } from "../../../api/entry-outbox";
import type { EntryScope } from "../../../api/frontline";
import { entries } from "../../../api/frontline";
import { ownEntries } from "../../../api/own-entries";
import { lastPerson } from "../../../api/person";
import { dropPhoto } from "../../../api/photos";
import { ensureConsent } from "../../../api/privacy";
import { memberIfSignedIn } from "../../../api/session";
import type { Page } from "../../../api/types";
import { comfort } from "../../../behaviors/comfort";
import { paging } from "../../../behaviors/paging";
import { submitting } from "../../../behaviors/submitting";
import type { EntryDraft } from "../../../domain/entry-drafts";
import type { ShownWaitingEntry } from "../../../domain/entry-outbox";
import { deletionWarning, shownWaitingEntry } from "../../../domain/entry-outbox";
import { consentMissing } from "../../../domain/failure";
import { shownEntry } from "../../../domain/frontline-views";
import { leadsBranch } from "../../../domain/person";

interface KeyTap {
  currentTarget: { dataset: { id: string } };
}

interface ShownDraft {
  id: string;
  place: string;
  about: string;
}

const SCOPES = [
  { value: "mine", label: "我写的" },
  { value: "branch", label: "本支部" },
];
const REVIEW_SCOPE = { value: "review", label: "待审核" };

const EMPTY: Readonly<Record<EntryScope, string>> = {
  mine: "还没有写过日志。到一线去，回来记一笔：谁来了、解决了什么、学到了什么。",
  branch: "本支部还没有日志。",
  review: "没有等您审核的日志。",
};

const stops = new WeakMap<object, () => void>();

function shownDraft({ id, input }: EntryDraft): ShownDraft {
  return { id, place: input.place || "还没有写地点", about: (input.problem || input.came).trim() };
}

function scopesHere(): { value: string; label: string }[] {
  const branch = lastPerson()?.branch.id;
  const leads = branch !== undefined && leadsBranch(memberIfSignedIn()?.roles ?? [], branch);
  return leads ? [...SCOPES, REVIEW_SCOPE] : SCOPES;
}

Component({
  behaviors: [comfort, paging, submitting],

  data: {
    scope: "mine" as EntryScope,
    scopes: SCOPES as { value: string; label: string }[],
    empty: EMPTY.mine,
    /** Whether one's own entries are those that were seen last. */
    stale: false,
    waiting: [] as ShownWaitingEntry[],
    drafts: [] as ShownDraft[],
    deleting: "",
    deletion: "",
    dropping: "",
  },

  methods: {
    onLoad(query: { scope?: string }) {
      const scope = query.scope === "branch" || query.scope === "review" ? query.scope : "mine";
      this.setData({ scope, empty: EMPTY[scope] });
      stops.set(this, entryOutbox.onChange(() => this.outboxChanged()));
    },

    onShow() {
      this.refreshComfort();
      this.refresh();
      void this.restart().then(() => this.setData({ scopes: scopesHere() }));
    },

    onUnload() {
      stops.get(this)?.();
    },

    async onPullDownRefresh() {
      await entryOutbox.flush();
      await this.restart();
      void wx.stopPullDownRefresh();
    },

    onReachBottom() {
      void this.loadMore();
    },

    refresh() {
      this.setData({
        waiting: entryOutbox.items().map(shownWaitingEntry),
        drafts: entryDrafts().map(shownDraft),
      });
    },

    /** One that has gone out is the service's now. */
    outboxChanged() {
      const before = this.data.waiting.length;
      this.refresh();
      if (this.data.waiting.length < before && this.data.scope === "mine") void this.restart();
    },

    async fetchPage(cursor: string | null): Promise<Page<object>> {
      if (!(await ensureConsent())) throw consentMissing();
      const { scope } = this.data;
      if (scope === "mine") {
        const { page, fresh } = await ownEntries(cursor);
        this.setData({ stale: !fresh });
        return page;
      }
      const page = await entries(scope, cursor);
      return { items: page.items.map(shownEntry), next_cursor: page.next_cursor };
    },

    onScope(event: { detail: { value: EntryScope } }) {
      const { value: scope } = event.detail;
      this.setData({ scope, empty: EMPTY[scope], items: [] });
      void this.restart();
    },

    onWrite() {
      void wx.navigateTo({ url: "/packages/frontline/edit/index" });
    },

    onEntry(event: KeyTap) {
      void wx.navigateTo({ url: `/packages/frontline/entry/index?id=${event.currentTarget.dataset.id}` });
    },

    onDraft(event: KeyTap) {
      void wx.navigateTo({ url: `/packages/frontline/edit/index?draft=${event.currentTarget.dataset.id}` });
    },

    onEdit(event: KeyTap) {
      void wx.navigateTo({ url: `/packages/frontline/edit/index?waiting=${event.currentTarget.dataset.id}` });
    },

    onSend() {
      void this.once(() => entryOutbox.flushNow());
    },

    onDelete(event: KeyTap) {
      const item = entryOutbox.item(event.currentTarget.dataset.id);
      if (item !== null) this.setData({ deleting: item.key, deletion: deletionWarning(item) });
    },

    onDropDraft(event: KeyTap) {
      this.setData({ dropping: event.currentTarget.dataset.id });
    },

    onDeleteConfirmed() {
      entryOutbox.discard(this.data.deleting);
      this.onCancel();
      this.refresh();
    },

    onDropConfirmed() {
      const draft = entryDrafts().find(({ id }) => id === this.data.dropping);
      for (const { path } of draft?.photos ?? []) dropPhoto(path);
      dropEntryDraft(this.data.dropping);
      this.onCancel();
      this.refresh();
    },

    onCancel() {
      this.setData({ deleting: "", dropping: "" });
    },
  },
});
