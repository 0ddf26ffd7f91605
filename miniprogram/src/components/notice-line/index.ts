/** A message that stays on the page until it is settled: toasts are gone before they are read. */
Component({
  properties: {
    text: String,
    /** "error" or "info". */
    tone: { type: String, value: "error" },
  },
});
