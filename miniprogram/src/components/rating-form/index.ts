/**
 * The form that rates one department: the overall level first, then the indicators, words, photos, identity.
 *
 * It holds nothing itself: the page gives it the rating, and hears of each change ("change").
 */
import type { Named, RatingForm } from "../../api/types";
import type { Level, OverallLevel } from "../../domain/levels";
import type { ShownPhoto } from "../../domain/photos";
import type { FormProblem, RatingInput } from "../../domain/rating";
import { commentLength, emptyRating, missingLeaves, offersNow, tagsFor, withLevel, withOverall, withRestUnknown, withTagToggled } from "../../domain/rating";

interface OverallPick {
  detail: { level: OverallLevel };
}

interface LeafPick {
  currentTarget: { dataset: { leaf: number } };
  detail: { level: Level };
}

interface TagTap {
  currentTarget: { dataset: { tag: string } };
}

interface Asked {
  id: number;
  heading: string;
  name: string;
  question: string;
  /** The chosen level, or -1. */
  level: number;
  problem: string;
}

const NO_LEVEL = -1;
const LEAF_MISSING = "请选择一项，不清楚的选“不了解”。";

function problemOf(problems: readonly FormProblem[], field: string): string {
  return problems.find((problem) => problem.field === field)?.message ?? "";
}

function askedOf(form: RatingForm, rating: RatingInput, problems: readonly FormProblem[]): Asked[] {
  return form.leaves.map(({ id, name, question, heading }, index) => ({
    id,
    name,
    question,
    heading: form.leaves[index - 1]?.heading === heading ? "" : heading,
    level: rating.levels[String(id)] ?? NO_LEVEL,
    // The name stands above it already.
    problem: problemOf(problems, `levels.${id}`) === "" ? "" : LEAF_MISSING,
  }));
}

Component({
  properties: {
    form: { type: Object, value: null as RatingForm | null },
    rating: { type: Object, value: emptyRating() },
    photos: { type: Array, value: [] as ShownPhoto[] },
    /** Why a picked photo was not taken. */
    photoNotice: String,
    problems: { type: Array, value: [] as FormProblem[] },
    personal: { type: Boolean, value: true },
    /** A community or village signs it: there is no name to choose and no contact to leave. */
    signed: Boolean,
    enterprises: { type: Array, value: [] as Named[] },
    /** Whether it is a drawn person's, of the sample survey. */
    drawn: Boolean,
  },

  data: {
    /** As the form says, from the moment that there is one. */
    longest: 2000,
    most: 6,
    asked: [] as Asked[],
    missing: 0,
    offered: [] as { tag: string; chosen: boolean }[],
    length: 0,
    offersNow: false,
    overallProblem: "",
    commentProblem: "",
    photosProblem: "",
  },

  observers: {
    "form, rating, problems, drawn": function (form: RatingForm | null, rating: RatingInput, problems: FormProblem[], drawn: boolean) {
      if (form === null) return;
      this.setData({
        longest: form.limits.comment,
        most: form.limits.photos,
        asked: askedOf(form, rating, problems),
        missing: missingLeaves(rating, form.leaves).length,
        offered: tagsFor(rating.overall, form.tags).map((tag) => ({ tag, chosen: rating.tags.includes(tag) })),
        length: commentLength(rating.comment),
        offersNow: offersNow(rating, form, drawn),
        overallProblem: problemOf(problems, "overall"),
        commentProblem: problemOf(problems, "comment"),
        photosProblem: problemOf(problems, "photos"),
      });
    },
  },

  methods: {
    changed(rating: RatingInput) {
      this.triggerEvent("change", { rating });
    },

    onOverall(event: OverallPick) {
      const { rating } = this.data;
      const form = this.data.form as RatingForm | null;
      if (form !== null) this.changed(withOverall(rating, event.detail.level, form.tags));
    },

    onLeaf(event: LeafPick) {
      this.changed(withLevel(this.data.rating, Number(event.currentTarget.dataset.leaf), event.detail.level));
    },

    onRestUnknown() {
      const { rating } = this.data;
      const form = this.data.form as RatingForm | null;
      if (form !== null) this.changed(withRestUnknown(rating, form.leaves));
    },

    onTag(event: TagTap) {
      this.changed(withTagToggled(this.data.rating, event.currentTarget.dataset.tag));
    },

    onComment(event: { detail: { value: string } }) {
      this.changed({ ...this.data.rating, comment: event.detail.value });
    },

    onIdentity(event: { detail: { change: Partial<RatingInput> } }) {
      this.changed({ ...this.data.rating, ...event.detail.change });
    },

    onHandleNow() {
      const { rating } = this.data;
      this.changed({ ...rating, handleNow: rating.handleNow !== true });
    },

    onAddPhotos() {
      this.triggerEvent("addphotos");
    },

    onRemovePhoto(event: { detail: { path: string } }) {
      this.triggerEvent("removephoto", event.detail);
    },

    onRetryPhoto(event: { detail: { path: string } }) {
      this.triggerEvent("retryphoto", event.detail);
    },
  },
});
