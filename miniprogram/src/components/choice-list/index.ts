/** One of several answers, each on a line of its own. */
export interface Choice {
  value: string;
  label: string;
  hint?: string;
}

interface ChoiceTap {
  currentTarget: { dataset: { value: string } };
}

Component({
  properties: {
    /** Choice[] */
    choices: { type: Array, value: [] as Choice[] },
    value: String,
    /** What is asked, for screen readers. */
    label: String,
  },

  methods: {
    onTap(event: ChoiceTap) {
      this.triggerEvent("pick", { value: event.currentTarget.dataset.value });
    },
  },
});
