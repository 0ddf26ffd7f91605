/** Chooses which part of a list is shown. */
export interface Scope {
  value: string;
  label: string;
}

interface ScopeTap {
  currentTarget: { dataset: { value: string } };
}

Component({
  properties: {
    /** Scope[] */
    scopes: { type: Array, value: [] as Scope[] },
    value: String,
  },

  methods: {
    onTap(event: ScopeTap) {
      const { value } = event.currentTarget.dataset;
      if (value !== this.data.value) this.triggerEvent("pick", { value });
    },
  },
});
