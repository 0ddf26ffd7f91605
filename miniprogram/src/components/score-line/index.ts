/** A score with its interval and its rank interval, or why there is none. */
import type { ShownScore } from "../../domain/scores";

Component({
  properties: {
    score: { type: Object, value: null as ShownScore | null },
    /** Whether the interval is drawn on a scale of 0 to 100 besides. */
    scaled: Boolean,
  },
});
