/** In whose name a rating is given, and whether a contact goes with it. Anonymous unless the rater chooses otherwise. */
import type { Named } from "../../api/types";
import { ANONYMITY } from "../../domain/privacy";
import type { FormProblem, Identity, RatingInput } from "../../domain/rating";
import { emptyRating } from "../../domain/rating";

interface IdentityTap {
  currentTarget: { dataset: { identity: Identity } };
}

interface EnterpriseTap {
  currentTarget: { dataset: { enterprise: number } };
}

interface FieldInput {
  currentTarget: { dataset: { field: "name" | "phone" } };
  detail: { value: string };
}

const NOBODY = 0;

function problemOf(problems: readonly FormProblem[], field: string): string {
  return problems.find((problem) => problem.field === field)?.message ?? "";
}

Component({
  properties: {
    rating: { type: Object, value: emptyRating() },
    /** Whether a person may rate in their own name. */
    personal: { type: Boolean, value: true },
    /** The enterprises that the member may rate for. */
    enterprises: { type: Array, value: [] as Named[] },
    problems: { type: Array, value: [] as FormProblem[] },
  },

  data: { explained: false, anonymity: ANONYMITY, nameProblem: "", phoneProblem: "", nobody: NOBODY },

  observers: {
    problems(problems: FormProblem[]) {
      this.setData({
        nameProblem: problemOf(problems, "contact.name"),
        phoneProblem: problemOf(problems, "contact.phone"),
      });
    },
  },

  methods: {
    changed(change: Partial<RatingInput>) {
      this.triggerEvent("change", { change });
    },

    onIdentity(event: IdentityTap) {
      this.changed({ identity: event.currentTarget.dataset.identity });
    },

    onEnterprise(event: EnterpriseTap) {
      const enterprise = Number(event.currentTarget.dataset.enterprise);
      this.changed({ enterprise: enterprise === NOBODY ? null : enterprise });
    },

    onField(event: FieldInput) {
      const contact = { ...this.data.rating.contact, [event.currentTarget.dataset.field]: event.detail.value };
      this.changed({ contact });
    },

    onExplain() {
      this.setData({ explained: !this.data.explained });
    },
  },
});
