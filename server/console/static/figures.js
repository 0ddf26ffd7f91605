// Charts of the figure pages on ECharts: each element with data-chart holds its whole option. Every
// number also stands in the table below; nothing here decides what is shown.
"use strict";

(() => {
  const INTERVAL = "ronghe-interval";
  const CAP = 5;

  /** Draw a line from low to high, with caps or without: [low, high, row]. */
  function interval(parameters, api) {
    const { colour, width, caps } = parameters.itemPayload;
    const [x1, y] = api.coord([api.value(0), api.value(2)]);
    const [x2] = api.coord([api.value(1), api.value(2)]);
    const line = (from, to) => ({
      type: "line",
      shape: { x1: from[0], y1: from[1], x2: to[0], y2: to[1] },
      style: { stroke: colour, lineWidth: width, lineCap: caps ? "butt" : "round" },
    });
    const children = [line([x1, y], [x2, y])];
    if (caps) [x1, x2].forEach((x) => children.push(line([x, y - CAP], [x, y + CAP])));
    return { type: "group", children };
  }

  /** Return the words beside the pointer: an item's own lines, as text. */
  function tip(parameters) {
    const box = document.createElement("div");
    box.className = "chart-tip";
    (parameters.data?.tip || []).forEach((words, at) => {
      const line = document.createElement(at ? "div" : "strong");
      line.textContent = words;
      box.append(line);
    });
    return box;
  }

  /** Draw a chart as soon as its element has a size, and again whenever that changes. */
  function draw(element) {
    if (element.dataset.drawn) return;
    element.dataset.drawn = "waiting";
    let chart = null;
    const watch = new ResizeObserver(() => {
      if (!element.isConnected) {
        watch.disconnect();
        chart?.dispose();
      } else if (chart) {
        chart.resize();
      } else if (element.clientWidth) {
        const option = JSON.parse(element.dataset.chart);
        option.tooltip.formatter = tip;
        element.replaceChildren();
        chart = echarts.init(element, null, { renderer: "svg" });
        chart.setOption(option);
        element.dataset.drawn = "yes";
      }
    });
    watch.observe(element);
  }

  /** Close a list of check boxes when one clicks elsewhere; keep its count up to date. */
  function several(list) {
    if (list.dataset.ready) return;
    list.dataset.ready = "yes";
    const summary = list.querySelector("summary");
    const count = list.querySelector("[data-several-count]");
    list.addEventListener("change", () => {
      const chosen = list.querySelectorAll("input:checked").length;
      count.textContent = chosen ? `已选 ${chosen} 项` : "全部";
    });
    document.addEventListener("click", (event) => {
      if (!list.contains(event.target)) list.open = false;
    });
    list.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      list.open = false;
      summary.focus();
    });
  }

  /** Draw to the paper's width; patterns tell the levels apart where it is printed without colour. */
  function forPaper(printing) {
    document.querySelectorAll("[data-drawn=yes]").forEach((element) => {
      const chart = echarts.getInstanceByDom(element);
      chart?.setOption({ aria: { decal: { show: printing } } });
      chart?.resize();
    });
  }

  /** Say when a filter could not renew the charts, and keep those that are there. */
  function tellFailures() {
    const words = document.querySelector("[data-figure-error]");
    if (!words) return;
    const failed = () => { words.hidden = false; };
    ["htmx:sendError", "htmx:timeout"].forEach((name) => {
      document.body.addEventListener(name, failed);
    });
    document.body.addEventListener("htmx:beforeSwap", (event) => {
      // The console's own refusals say where they are shown; a proxy's page in front of it does not.
      const { xhr } = event.detail;
      const foreign = xhr.status >= 400 && !xhr.getResponseHeader("HX-Retarget");
      if (foreign) event.detail.shouldSwap = false;
      words.hidden = !foreign;
    });
  }

  function prepare(root) {
    root.querySelectorAll("[data-chart]").forEach(draw);
    root.querySelectorAll("[data-several]").forEach(several);
  }

  document.addEventListener("DOMContentLoaded", () => {
    echarts.registerCustomSeries(INTERVAL, interval);
    prepare(document);
    tellFailures();
    // htmx puts new charts in the place of old ones when a filter changes.
    document.body.addEventListener("htmx:afterSettle", () => prepare(document));
    document.querySelectorAll("[data-submit-on-change]").forEach((form) => {
      form.addEventListener("change", () => form.requestSubmit());
    });
    window.addEventListener("beforeprint", () => forPaper(true));
    window.addEventListener("afterprint", () => forPaper(false));
  });
})();
