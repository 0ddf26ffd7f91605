/** Going from page to page, and what belongs to the page as a whole. */
import type { Router } from "../runtime/router";
import { call } from "./call";

interface Address {
  url: string;
}

interface ScrollOptions {
  scrollTop?: number;
  selector?: string;
  duration?: number;
}

function scroll(router: Router, { scrollTop, selector, duration = 300 }: ScrollOptions): void {
  const { box } = router.top;
  const target = selector === undefined ? null : box.querySelector(selector.replace(/^#(.+)$/, '[wx-id="$1"]'));
  const top =
    target === null
      ? (scrollTop ?? 0)
      : target.getBoundingClientRect().top - box.getBoundingClientRect().top + box.scrollTop;
  box.scrollTo({ top, behavior: duration === 0 ? "instant" : "smooth" });
}

export function navigationCalls(router: Router): Record<string, unknown> {
  return {
    navigateTo: call<Address>("navigateTo", ({ url }) => router.navigateTo(url)),
    redirectTo: call<Address>("redirectTo", ({ url }) => router.redirectTo(url)),
    reLaunch: call<Address>("reLaunch", ({ url }) => router.reLaunch(url)),
    switchTab: call<Address>("switchTab", ({ url }) => router.switchTab(url)),
    navigateBack: call<{ delta?: number }>("navigateBack", ({ delta }) => router.navigateBack(delta)),
    setNavigationBarTitle: call<{ title: string }>("setNavigationBarTitle", ({ title }) => {
      router.top.title = title;
      router.announce();
    }),
    setNavigationBarColor: call<{ frontColor: string; backgroundColor: string }>(
      "setNavigationBarColor",
      ({ frontColor, backgroundColor }) => {
        router.top.config.navigationBarTextStyle = frontColor === "#000000" ? "black" : "white";
        router.top.config.navigationBarBackgroundColor = backgroundColor;
        router.announce();
      },
    ),
    startPullDownRefresh: call("startPullDownRefresh", () => router.top.startPullDownRefresh()),
    stopPullDownRefresh: call("stopPullDownRefresh", () => {
      for (const page of router.pages) page.stopPullDownRefresh();
    }),
    pageScrollTo: call<ScrollOptions>("pageScrollTo", (options) => scroll(router, options)),
    showShareMenu: call("showShareMenu", () => ({})),
    hideShareMenu: call("hideShareMenu", () => ({})),
  };
}

interface Queries {
  createSelectorQuery: () => { in: (component: Queries) => unknown };
  createIntersectionObserver: (options?: object) => unknown;
}

/** Looking at elements: by default those of the page on top. */
export function queryCalls(router: Router): Record<string, unknown> {
  const top = (): Queries => router.top.instance as unknown as Queries;
  return {
    createSelectorQuery: () => {
      const query = top().createSelectorQuery();
      // The query of another component is that component's own.
      query.in = (component) => component.createSelectorQuery();
      return query;
    },
    createIntersectionObserver: (component?: Queries, options?: object) =>
      (component ?? top()).createIntersectionObserver(options),
  };
}
