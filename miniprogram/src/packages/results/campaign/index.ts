/** The result of one campaign: a line for every department; searched by name, alias, pinyin or initials. */
import { departments as findDepartments } from "../../../api/campaigns";
import { campaignResults } from "../../../api/results";
import { comfort } from "../../../behaviors/comfort";
import { asFailure, fullMessage } from "../../../domain/failure";
import type { DepartmentLine } from "../../../domain/results";
import { editionWords } from "../../../domain/scores";
import { departmentLine, matchingDepartments, withheldWords } from "../../../domain/results";

/** Departments put on the page at once; a city has more than a phone draws quickly. */
const BATCH = 30;
/** What the service is asked for at once; who finds more types on. */
const MOST_FOUND = 50;
const TYPING_PAUSE_MS = 400;
const NOT_FOUND = "没有这个部门的结果。请换个名称，或清空搜索框看全部。";
const NOT_ASKED = "没有叫这个名称的部门。现在没有网络，不能按拼音和别名查找。";

let typingTimer: ReturnType<typeof setTimeout> | undefined;

Component({
  behaviors: [comfort],

  data: {
    state: "loading" as "loading" | "ready" | "failed",
    message: "",
    campaignId: 0,
    title: "",
    edition: "",
    scored: false,
    withheld: "",
    departments: [] as DepartmentLine[],
    typed: "",
    /** What the service found by alias, pinyin or initials where no name fits. */
    found: [] as number[],
    searching: false,
    nothing: NOT_FOUND,
    shown: [] as DepartmentLine[],
    matching: 0,
  },

  methods: {
    onLoad(query: { campaign?: string }) {
      this.setData({ campaignId: Number(query.campaign) });
      void this.load();
    },

    onShow() {
      this.refreshComfort();
    },

    onReachBottom() {
      this.onMore();
    },

    async load() {
      this.setData({ state: "loading" });
      try {
        const results = await campaignResults(this.data.campaignId);
        this.setData({
          title: results.campaign.title,
          edition: editionWords(results.version, results.published_on, results.note),
          scored: results.scored,
          withheld: withheldWords(results.smallest_group),
          departments: results.departments.map(departmentLine),
          state: "ready",
        });
        this.showFirst(BATCH);
      } catch (reason) {
        this.setData({ state: "failed", message: fullMessage(asFailure(reason)) });
      }
    },

    showFirst(count: number) {
      const { departments, typed, found } = this.data;
      const matching = matchingDepartments(departments, typed, found);
      this.setData({ shown: matching.slice(0, count), matching: matching.length });
    },

    onTyped(event: { detail: { value: string } }) {
      if (typingTimer !== undefined) clearTimeout(typingTimer);
      this.setData({ typed: event.detail.value, found: [], searching: false, nothing: NOT_FOUND });
      this.showFirst(BATCH);
      if (this.data.matching > 0) return;
      this.setData({ searching: true });
      typingTimer = setTimeout(() => void this.search(), TYPING_PAUSE_MS);
    },

    async search() {
      const { campaignId, typed } = this.data;
      const change = await this.ask(campaignId, typed);
      if (typed !== this.data.typed) return;
      this.setData({ ...change, searching: false });
      this.showFirst(BATCH);
    },

    /** Without a network the names on the page are all that is searched. */
    async ask(campaign: number, typed: string): Promise<{ found: number[] } | { nothing: string }> {
      try {
        const { items } = await findDepartments(campaign, typed, null, MOST_FOUND);
        return { found: items.map(({ id }) => id) };
      } catch (reason) {
        const failure = asFailure(reason);
        return { nothing: failure.kind === "unreachable" ? NOT_ASKED : fullMessage(failure) };
      }
    },

    onMore() {
      this.showFirst(this.data.shown.length + BATCH);
    },

    onDepartment(event: { currentTarget: { dataset: { id: number } } }) {
      const query = `campaign=${this.data.campaignId}&department=${event.currentTarget.dataset.id}`;
      void wx.navigateTo({ url: `/packages/results/department/index?${query}` });
    },
  },
});
