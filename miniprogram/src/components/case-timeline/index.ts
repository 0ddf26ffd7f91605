/** What was done about a case, line by line, newest last. */
import type { ShownCaseLine } from "../../domain/receipt-case";

Component({
  properties: {
    lines: { type: Array, value: [] as ShownCaseLine[] },
  },
});
