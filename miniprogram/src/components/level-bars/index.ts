/** How ratings spread over the five levels: one bar each, with its number. */
import type { BarPart } from "../../domain/results";

Component({
  properties: {
    /** BarPart[] */
    parts: { type: Array, value: [] as BarPart[] },
  },
});
