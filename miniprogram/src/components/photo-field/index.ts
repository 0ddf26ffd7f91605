/** The photos of a rating: add, see how far each is, try again, remove. */
interface PhotoTap {
  currentTarget: { dataset: { path: string } };
}

Component({
  properties: {
    /** ShownPhoto[] */
    photos: { type: Array, value: [] },
    max: { type: Number, value: 6 },
    problem: String,
  },

  methods: {
    onAdd() {
      this.triggerEvent("add");
    },

    onRemove(event: PhotoTap) {
      this.triggerEvent("remove", { path: event.currentTarget.dataset.path });
    },

    onRetry(event: PhotoTap) {
      this.triggerEvent("retry", { path: event.currentTarget.dataset.path });
    },
  },
});
