/** Finds an organisation by its name: those that the phone knows first, others by asking the service. */
import { partnersLike } from "../../api/activities";
import { communitiesLike, unitsLike } from "../../api/frontline";
import type { Named } from "../../api/types";
import { namedLike } from "../../domain/results";
import { unitsToAdd } from "../../domain/entry-choices";

const TYPING_PAUSE_MS = 400;

const SEARCHES = { units: unitsLike, communities: communitiesLike, partners: partnersLike };

type Source = keyof typeof SEARCHES;

let typingTimer: ReturnType<typeof setTimeout> | undefined;

Component({
  properties: {
    /** The words on the line that opens it. */
    label: String,
    /** Source */
    source: { type: String, value: "units" },
    /** Named[]: offered before anything is typed. */
    familiar: { type: Array, value: [] as Named[] },
    /** {id}[]: chosen already. */
    chosen: { type: Array, value: [] as { id: number }[] },
  },

  data: { open: false, typed: "", found: null as Named[] | null, offered: [] as Named[] },

  observers: {
    "familiar, chosen, found": function (familiar: Named[], chosen: { id: number }[], found: Named[] | null) {
      this.setData({ offered: unitsToAdd(found ?? familiar, chosen) });
    },
  },

  methods: {
    onOpen() {
      const open = !this.data.open;
      this.setData({ open, typed: "", found: null });
      if (open && this.data.familiar.length === 0) void this.search("");
    },

    onTyped(event: { detail: { value: string } }) {
      const typed = event.detail.value.trim();
      this.setData({ typed });
      if (typingTimer !== undefined) clearTimeout(typingTimer);
      if (typed === "") this.setData({ found: null });
      else typingTimer = setTimeout(() => void this.search(typed), TYPING_PAUSE_MS);
    },

    async search(typed: string) {
      let found: Named[];
      try {
        found = await SEARCHES[this.data.source as Source](typed);
      } catch {
        // Without a network: what the phone knows.
        found = namedLike(this.data.familiar as Named[], typed);
      }
      if (typed === this.data.typed) this.setData({ found });
    },

    onPick(event: { currentTarget: { dataset: { index: number } } }) {
      const organisation = this.data.offered[event.currentTarget.dataset.index];
      this.setData({ open: false, typed: "", found: null });
      if (organisation !== undefined) this.triggerEvent("pick", { organisation });
    },
  },
});
