/** Five levels, one tap each; for an indicator also 不了解. */
import { LEVEL_CHOICES, UNKNOWN_LABEL, UNKNOWN_LEVEL } from "../../domain/levels";

interface LevelTap {
  currentTarget: { dataset: { level: number } };
}

const CHOICES = LEVEL_CHOICES.map(({ level, label, lines, icon }) => ({ level, label, icon, text: lines.join("\n") }));

Component({
  properties: {
    /** The chosen level, or -1. */
    value: { type: Number, value: -1 },
    /** What is rated, for screen readers. */
    label: String,
    /** Offers 不了解. */
    unknown: Boolean,
    /** Shows faces above the words. */
    faces: Boolean,
  },

  data: { choices: CHOICES, unknownLevel: UNKNOWN_LEVEL, unknownLabel: UNKNOWN_LABEL },

  methods: {
    onTap(event: LevelTap) {
      this.triggerEvent("pick", { level: Number(event.currentTarget.dataset.level) });
    },
  },
});
