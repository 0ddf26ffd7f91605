/**
 * The form of an entry, in the four parts of the frontline method (四个在一线).
 *
 * It holds nothing itself: the page gives it the entry, and hears of each change ("change").
 */
import type { Served, Solution } from "../../api/frontline-types";
import type { Named } from "../../api/types";
import type { ActivityChoice } from "../../domain/entry-choices";
import { activityWords } from "../../domain/entry-choices";
import { formatPlainDate } from "../../domain/dates";
import type { EntryInput, FormProblem } from "../../domain/frontline";
import {
  emptyEntry, LONGEST_PLACE, LONGEST_TEXT, MOST_PICTURES, SERVED_CHOICES, servedLabel, SOLUTION_CHOICES, withMorePeople, withPeople, withUnit,
} from "../../domain/frontline";
import type { ShownPhoto } from "../../domain/photos";

type TextField = "place" | "came" | "problem" | "measures" | "lesson";

interface FieldEvent {
  currentTarget: { dataset: { field: TextField } };
  detail: { value: string };
}

interface UnitTap {
  currentTarget: { dataset: { id: number; by: number } };
}

type Marks = Record<string, string>;

function marksOf(problems: readonly FormProblem[]): Marks {
  // The first word on a field is the one to act on.
  return Object.fromEntries([...problems].reverse().map(({ field, message }) => [field.split(".")[0] ?? "", message]));
}

Component({
  properties: {
    input: { type: Object, value: emptyEntry("", null) },
    activities: { type: Array, value: [] as ActivityChoice[] },
    /** Units and communities that are likely here. */
    familiar: { type: Array, value: [] as Named[] },
    communities: { type: Array, value: [] as Named[] },
    /** The latest day that can be chosen: today, YYYY-MM-DD. */
    today: String,
    photos: { type: Array, value: [] as ShownPhoto[] },
    photoNotice: String,
    problems: { type: Array, value: [] as FormProblem[] },
  },

  data: {
    longest: LONGEST_TEXT,
    longestPlace: LONGEST_PLACE,
    mostPictures: MOST_PICTURES,
    servedWords: SERVED_CHOICES.map(({ label }) => label),
    solutions: SOLUTION_CHOICES,
    activityNames: activityWords([]),
    activityIndex: 0,
    day: "",
    served: "",
    servedIndex: 0,
    marks: {} as Marks,
  },

  observers: {
    "input, activities": function (input: EntryInput, activities: ActivityChoice[]) {
      this.setData({
        activityNames: activityWords(activities),
        activityIndex: 1 + activities.findIndex(({ id }) => id === input.activity?.id),
        day: formatPlainDate(input.happenedOn),
        served: servedLabel(input.served),
        servedIndex: SERVED_CHOICES.findIndex(({ value }) => value === input.served),
      });
    },

    problems(problems: FormProblem[]) {
      this.setData({ marks: marksOf(problems) });
    },
  },

  methods: {
    changed(change: Partial<EntryInput>) {
      this.triggerEvent("change", { input: { ...this.data.input, ...change } });
    },

    onText(event: FieldEvent) {
      this.changed({ [event.currentTarget.dataset.field]: event.detail.value });
    },

    onDay(event: { detail: { value: string } }) {
      this.changed({ happenedOn: event.detail.value });
    },

    onActivity(event: { detail: { value: string | number } }) {
      const chosen = (this.data.activities as ActivityChoice[])[Number(event.detail.value) - 1];
      this.triggerEvent("activity", { id: chosen?.id ?? null });
    },

    onServed(event: { detail: { value: string | number } }) {
      const served: Served = SERVED_CHOICES[Number(event.detail.value)]?.value ?? "other";
      this.changed({ served });
    },

    onSolution(event: { detail: { value: Solution } }) {
      this.changed({ solution: event.detail.value });
    },

    onHandOn() {
      this.changed({ handOn: !this.data.input.handOn });
    },

    onCommunity(event: { detail: { organisation: Named } }) {
      this.changed({ community: event.detail.organisation });
    },

    onNoCommunity() {
      this.changed({ community: null });
    },

    onAdd(event: { detail: { organisation: Named } }) {
      this.changed({ units: withUnit(this.data.input.units, event.detail.organisation) });
    },

    onRemove(event: UnitTap) {
      const { id } = event.currentTarget.dataset;
      this.changed({ units: this.data.input.units.filter((unit) => unit.id !== Number(id)) });
    },

    onPeople(event: UnitTap & { detail: { value: string } }) {
      this.changed({ units: withPeople(this.data.input.units, Number(event.currentTarget.dataset.id), event.detail.value) });
    },

    onStep(event: UnitTap) {
      const { id, by } = event.currentTarget.dataset;
      this.changed({ units: withMorePeople(this.data.input.units, Number(id), Number(by)) });
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
