/** One channel's result: how the ratings spread over the five levels, in a bar and in numbers. */
import type { ShownChannel } from "../../domain/results";

Component({
  properties: {
    channel: { type: Object, value: null as ShownChannel | null },
    /** What stands where a group is too small to show. */
    withheld: String,
  },
});
