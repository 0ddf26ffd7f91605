/** What was said in review, step by step, newest last. */
import type { ShownReview } from "../../domain/reviews";

Component({
  properties: {
    reviews: { type: Array, value: [] as ShownReview[] },
  },
});
