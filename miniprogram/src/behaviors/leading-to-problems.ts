/** Brings what a form lacks into sight: it may lie many screens above the button. */
const SCROLL_MARGIN_PX = 16;

interface Place {
  top: number;
}

interface Owner {
  createSelectorQuery(): WechatMiniprogram.SelectorQuery;
}

/** Where the first such element of a component is on the screen, or null. */
function placeOf(owner: Owner, selector: string): Promise<Place | null> {
  return new Promise((resolve) => {
    const query = owner.createSelectorQuery();
    query.select(selector).boundingClientRect();
    query.exec((found) => resolve((found[0] as Place | null) ?? null));
  });
}

export const leadingToProblems = Behavior({
  methods: {
    /** @param form the component that marks what lacks. @param mark the class by which it does. */
    async scrollToProblem(form: string, mark: string): Promise<void> {
      const [page, problem] = await Promise.all([placeOf(this, ".screen"), placeOf(this.selectComponent(form), mark)]);
      if (page === null || problem === null) return;
      void wx.pageScrollTo({ scrollTop: Math.max(0, problem.top - page.top - SCROLL_MARGIN_PX) });
    },
  },
});
