/** The photos of a form: add, see how far each is, try again, move to the front, remove. */
interface PhotoTap {
  currentTarget: { dataset: { path: string } };
}

Component({
  properties: {
    /** ShownPhoto[] */
    photos: { type: Array, value: [] },
    max: { type: Number, value: 6 },
    /** Their order means something: each but the first can be moved to the front. */
    ordered: Boolean,
    problem: String,
  },

  methods: {
    onAdd() {
      this.triggerEvent("add");
    },

    onRemove(event: PhotoTap) {
      this.triggerEvent("remove", { path: event.currentTarget.dataset.path });
    },

    onForward(event: PhotoTap) {
      this.triggerEvent("forward", { path: event.currentTarget.dataset.path });
    },

    onRetry(event: PhotoTap) {
      this.triggerEvent("retry", { path: event.currentTarget.dataset.path });
    },
  },
});
