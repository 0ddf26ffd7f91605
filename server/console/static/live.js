// A part of a page that htmx renews: says when the connection is lost, and when it is back.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const state = document.querySelector("[data-live-state]");
  if (!state) return;
  const renews = (event) => event.detail.elt?.id === "live";
  const lost = () => {
    state.textContent = "网络连接中断，显示的是最后一次收到的内容，恢复后自动更新。";
    state.hidden = false;
  };
  ["htmx:sendError", "htmx:timeout", "htmx:responseError"].forEach((name) => {
    document.body.addEventListener(name, (event) => { if (renews(event)) lost(); });
  });
  document.body.addEventListener("htmx:beforeOnLoad", (event) => {
    if (renews(event) && event.detail.xhr.status < 400) state.hidden = true;
  });
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    // The form that the open dialog asks about would be gone before it is sent.
    if (event.detail.target?.id === "live" && document.querySelector("dialog[open]")) {
      event.detail.shouldSwap = false;
    }
  });
});
