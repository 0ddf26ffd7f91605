/** A list that is fetched page by page, by cursor. The page that uses it says where its items come from. */
import type { Page } from "../api/types";
import { asFailure, fullMessage } from "../domain/failure";

export type ListState = "loading" | "ready" | "failed";

export const paging = Behavior({
  data: {
    items: [] as object[],
    cursor: null as string | null,
    listState: "loading" as ListState,
    listMessage: "",
    loadingMore: false,
    /** Counts the lists begun, so that an answer to an earlier search is left aside. */
    turn: 0,
  },

  methods: {
    /** The page that uses this behavior has its own. */
    fetchPage(_cursor: string | null): Promise<Page<object>> {
      return Promise.reject(new Error("a paged page has a fetchPage of its own"));
    },

    async restart(): Promise<void> {
      const turn = this.data.turn + 1;
      this.setData({ turn, listState: "loading", listMessage: "" });
      try {
        const { items, next_cursor: cursor } = await this.fetchPage(null);
        if (turn === this.data.turn) this.setData({ items, cursor, listState: "ready" });
      } catch (reason) {
        const listMessage = fullMessage(asFailure(reason));
        if (turn === this.data.turn) this.setData({ listState: "failed", listMessage });
      }
    },

    async loadMore(): Promise<void> {
      const { cursor, loadingMore, listState, turn } = this.data;
      if (cursor === null || loadingMore || listState !== "ready") return;
      this.setData({ loadingMore: true });
      try {
        const page = await this.fetchPage(cursor);
        if (turn === this.data.turn) {
          this.setData({ items: [...this.data.items, ...page.items], cursor: page.next_cursor });
        }
      } catch (reason) {
        if (turn === this.data.turn) this.setData({ listMessage: fullMessage(asFailure(reason)) });
      } finally {
        this.setData({ loadingMore: false });
      }
    },
  },
});
