/** What a page shows in place of its content: that it loads, that there is nothing, or what went wrong. */
Component({
  properties: {
    /** "loading", "empty" or "failed". */
    kind: { type: String, value: "loading" },
    text: String,
    /** The word on the button; none shows no button. */
    action: String,
  },

  methods: {
    onAction() {
      this.triggerEvent("action");
    },
  },
});
