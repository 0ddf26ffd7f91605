/** Writing an experience: anew, from the lesson of an entry, or changing a draft or one that was returned. */
import { experience, putExperience, submitExperience } from "../../../api/experiences";
import { frontlineEntry } from "../../../api/frontline";
import { ensureConsent } from "../../../api/privacy";
import { drawUuid } from "../../../api/random";
import { draftedExperience, dropExperienceDraft, keepExperienceDraft } from "../../../api/experience-draft";
import { comfort } from "../../../behaviors/comfort";
import { submitting } from "../../../behaviors/submitting";
import type { ExperienceInput } from "../../../domain/experiences";
import {
  contentOf, emptyExperience, inputOf, LONGEST_TAG, LONGEST_TITLE, MOST_TAGS, problemsOf, tagProblem, USUAL_TAGS, withTag,
} from "../../../domain/experiences";
import { asFailure, consentMissing, fullMessage } from "../../../domain/failure";
import { LONGEST_TEXT } from "../../../domain/frontline";

interface EditQuery {
  id?: string;
  /** The entry of the frontline log whose lesson is taken over. */
  entry?: string;
}

type Text = "title" | "body";

Component({
  behaviors: [comfort, submitting],

  data: {
    state: "loading" as "loading" | "ready" | "failed",
    message: "",
    query: {} as EditQuery,
    id: "",
    hint: "",
    input: emptyExperience(),
    usual: USUAL_TAGS,
    offered: [] as { tag: string; chosen: boolean }[],
    typedTag: "",
    marks: {} as Record<string, string>,
    longest: LONGEST_TEXT,
    longestTitle: LONGEST_TITLE,
    longestTag: LONGEST_TAG,
    mostTags: MOST_TAGS,
  },

  methods: {
    onLoad(query: EditQuery) {
      this.setData({ query });
      void this.load();
    },

    onShow() {
      this.refreshComfort();
    },

    async load() {
      this.setData({ state: "loading" });
      try {
        await this.open();
        this.setData({ state: "ready" });
      } catch (reason) {
        this.setData({ state: "failed", message: fullMessage(asFailure(reason)) });
      }
    },

    async open() {
      const { id, entry } = this.data.query;
      const kept = draftedExperience(id ?? "", entry ?? null);
      if (kept !== null) {
        this.setData({ id: kept.id, hint: "已恢复您上次没有写完的内容。" });
        this.show(kept.input);
      } else if (id) {
        this.setData({ id });
        this.show(inputOf(await experience(id)));
      } else {
        this.setData({ id: await drawUuid() });
        this.show(entry ? await this.lessonOf(entry) : emptyExperience());
      }
    },

    async lessonOf(id: string): Promise<ExperienceInput> {
      const { lesson } = await frontlineEntry(id);
      return { ...emptyExperience(), body: lesson, entry: id };
    },

    show(input: ExperienceInput) {
      const tags = [...USUAL_TAGS, ...input.tags.filter((tag) => !USUAL_TAGS.includes(tag))];
      this.setData({ input, offered: tags.map((tag) => ({ tag, chosen: input.tags.includes(tag) })) });
    },

    change(change: Partial<ExperienceInput>) {
      this.show({ ...this.data.input, ...change });
      keepExperienceDraft({ id: this.data.id, input: this.data.input });
    },

    onText(event: { currentTarget: { dataset: { field: Text } }; detail: { value: string } }) {
      const { field } = event.currentTarget.dataset;
      this.setData({ marks: { ...this.data.marks, [field]: "" }, notice: "" });
      this.change({ [field]: event.detail.value });
    },

    onTag(event: { currentTarget: { dataset: { tag: string } } }) {
      this.toggle(event.currentTarget.dataset.tag);
    },

    onTypedTag(event: { detail: { value: string } }) {
      this.setData({ typedTag: event.detail.value });
    },

    onAddTag() {
      const { typedTag, input } = this.data;
      if (input.tags.includes(typedTag.trim())) this.setData({ typedTag: "" });
      else if (this.toggle(typedTag)) this.setData({ typedTag: "" });
    },

    /** @returns whether there was room for it. */
    toggle(tag: string): boolean {
      const { tags } = this.data.input;
      const problem = tagProblem(tags, tag);
      this.setData({ marks: { ...this.data.marks, tags: problem } });
      if (problem === "") this.change({ tags: withTag(tags, tag) });
      return problem === "";
    },

    /** @returns whether nothing lacks. */
    check(): boolean {
      const problems = problemsOf(this.data.input);
      this.setData({
        marks: Object.fromEntries([...problems].reverse().map(({ field, message }) => [field, message])),
        notice: problems[0]?.message ?? "",
      });
      return problems.length === 0;
    },

    onKeep() {
      if (this.check()) void this.once(() => this.send(false));
    },

    onSubmit() {
      if (this.check()) void this.once(() => this.send(true));
    },

    async send(submits: boolean) {
      if (!(await ensureConsent())) throw consentMissing();
      const { id, input } = this.data;
      await putExperience(id, contentOf(input));
      if (submits) await submitExperience(id);
      dropExperienceDraft(id);
      void wx.showToast({ title: submits ? "已提交审核" : "已存为草稿", icon: "success", duration: 3000 });
      if (this.data.query.id) void wx.navigateBack();
      else void wx.redirectTo({ url: `/packages/experiences/detail/index?id=${id}` });
    },
  },
});
