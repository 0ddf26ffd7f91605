/** A score with its interval and its rank interval, or why there is none. */
import type { ShownScore } from "../../domain/scores";

Component({
  properties: {
    score: { type: Object, value: null as ShownScore | null },
  },
});
