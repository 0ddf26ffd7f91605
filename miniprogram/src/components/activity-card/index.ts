/** One activity in a list. */
Component({
  properties: {
    /** ShownBrief of domain/activities. */
    activity: { type: Object, value: {} },
  },
});
