/** One of a few choices, side by side: segments of a page, or kinds to filter by. */
interface ChoiceTap {
  currentTarget: { dataset: { value: string } };
}

Component({
  properties: {
    /** {value, label}[] */
    choices: { type: Array, value: [] },
    value: String,
    label: String,
    /** "segments" and "even" fill the width, "chips" take what they need. */
    look: { type: String, value: "chips" },
  },

  methods: {
    onTap(event: ChoiceTap) {
      const { value } = event.currentTarget.dataset;
      if (value !== this.data.value) this.triggerEvent("pick", { value });
    },
  },
});
