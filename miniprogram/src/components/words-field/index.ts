/** A question answered in words: its name, a text area that grows, the count near the limit, what it lacks. */
const COUNT_FROM = 0.8;

Component({
  properties: {
    label: String,
    hint: String,
    value: String,
    placeholder: String,
    longest: { type: Number, value: 2000 },
    problem: String,
  },

  data: { length: 0, counted: false },

  observers: {
    "value, longest": function (value: string, longest: number) {
      const length = Array.from(value.trim()).length;
      this.setData({ length, counted: length >= longest * COUNT_FROM });
    },
  },

  methods: {
    onChange(event: { detail: { value: string } }) {
      this.triggerEvent("change", { value: event.detail.value });
    },
  },
});
