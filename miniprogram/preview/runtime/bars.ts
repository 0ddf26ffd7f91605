/** The navigation bar with its back button and title, and the tab bar. */
import type { TabBarConfig } from "../manifest";
import { phone } from "./phone";
import type { Router } from "./router";

function button(className: string, label: string, action: () => void): HTMLButtonElement {
  const element = document.createElement("button");
  element.type = "button";
  element.className = className;
  element.setAttribute("aria-label", label);
  element.addEventListener("click", action);
  return element;
}

function paintNavigation(router: Router): void {
  const { config, title } = router.top;
  const bar = phone.navigationBar;
  bar.hidden = config.navigationStyle === "custom";
  bar.style.backgroundColor = config.navigationBarBackgroundColor ?? "#000000";
  bar.style.color = config.navigationBarTextStyle === "black" ? "#000000" : "#ffffff";
  const heading = document.createElement("h1");
  heading.textContent = title;
  bar.replaceChildren(heading);
  if (router.pages.length > 1) bar.prepend(button("phone-back", "返回上一页", () => router.navigateBack()));
  else if (!router.isTab(router.top.path)) bar.prepend(button("phone-home", "回首页", () => goHome(router)));
  document.title = title === "" ? "小程序预览" : title;
}

/** A page opened directly, as by a code, has nothing to go back to: WeChat shows a house. */
function goHome(router: Router): void {
  router.reLaunch(`/${router.firstPage}`);
}

const icons = new Map<string, HTMLImageElement>();

/** Loaded once and kept: a phone has the icons in the program, they don't go missing with the network. */
function iconOf(path: string): HTMLImageElement {
  const kept = icons.get(path);
  if (kept !== undefined) return kept;
  const picture = document.createElement("img");
  picture.src = path;
  picture.alt = "";
  icons.set(path, picture);
  return picture;
}

function tabButton(router: Router, { color, selectedColor, list }: TabBarConfig, index: number): HTMLElement {
  const tab = list[index];
  if (tab === undefined) throw new Error(`no tab ${index}`);
  const selected = router.top.path === tab.pagePath;
  const element = button("phone-tab", tab.text, () => {
    router.switchTab(`/${tab.pagePath}`);
    router.top.instance.onTabItemTap?.({ index, pagePath: tab.pagePath, text: tab.text });
  });
  element.setAttribute("role", "tab");
  element.setAttribute("aria-selected", String(selected));
  element.style.color = selected ? selectedColor : color;
  const icon = selected ? (tab.selectedIconPath ?? tab.iconPath) : tab.iconPath;
  if (icon !== undefined) element.append(iconOf(icon));
  element.append(tab.text);
  return element;
}

function paintTabs(router: Router, tabs: TabBarConfig | undefined): void {
  const bar = phone.tabBar;
  bar.hidden = tabs === undefined || !router.isTab(router.top.path);
  if (tabs === undefined || bar.hidden) return;
  bar.setAttribute("role", "tablist");
  bar.style.backgroundColor = tabs.backgroundColor;
  bar.classList.toggle("phone-tabs-light", tabs.borderStyle === "white");
  bar.replaceChildren(...tabs.list.map((_, index) => tabButton(router, tabs, index)));
}

export function showBars(router: Router, tabs: TabBarConfig | undefined): void {
  for (const { iconPath, selectedIconPath } of tabs?.list ?? []) {
    for (const path of [iconPath, selectedIconPath]) if (path !== undefined) iconOf(path);
  }
  router.onChange(() => {
    paintNavigation(router);
    paintTabs(router, tabs);
  });
}
