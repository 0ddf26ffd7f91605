// Small helpers of the console's pages. Everything works without them but asking back before a
// step, choosing by filter, and printing by button.
"use strict";

/** Ask back before a form with data-confirm is sent, in the page's one dialog. */
function askBack() {
  const dialog = document.getElementById("confirm");
  if (!dialog) return;
  let waiting = null;
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.confirm) return;
    event.preventDefault();
    // What the page knows to be wrong is told before anybody is asked.
    const { confirmUnless } = form.dataset;
    const faults = confirmUnless ? document.querySelector(confirmUnless) : null;
    if (faults) {
      faults.tabIndex = -1;
      faults.focus();
      return;
    }
    waiting = form;
    dialog.querySelector("[data-confirm-title]").textContent = form.dataset.confirmTitle;
    dialog.querySelector("[data-confirm-text]").textContent = form.dataset.confirm;
    dialog.returnValue = "";
    dialog.showModal();
  });
  dialog.addEventListener("close", () => {
    // submit() sends without asking again; requestSubmit() would come back here.
    if (dialog.returnValue === "yes" && waiting) waiting.submit();
    waiting = null;
  });
}

/** A list to choose from: filter, count, all, none, suggested, and at most so many. */
function picker(root) {
  const boxes = [...root.querySelectorAll("[data-picker-item] input[type=checkbox]")];
  const most = Number(root.dataset.pickerMost || 0);
  const count = root.querySelector("[data-picker-count]");
  const visible = (box) => !box.closest("[data-picker-item]").hidden;
  const update = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    if (count) count.textContent = String(chosen);
    if (most) boxes.forEach((box) => { box.disabled = !box.checked && chosen >= most; });
  };
  const on = (name, action) => {
    const button = root.querySelector(`[data-picker-${name}]`);
    if (button) button.addEventListener("click", () => { action(); update(); });
  };
  on("all", () => boxes.filter(visible).forEach((box) => { box.checked = true; }));
  on("none", () => boxes.filter(visible).forEach((box) => { box.checked = false; }));
  on("suggested", () => boxes.forEach((box) => { box.checked = "suggested" in box.dataset; }));
  const filter = root.querySelector("[data-picker-filter]");
  if (filter) {
    filter.addEventListener("input", () => {
      const wanted = filter.value.trim().toLowerCase();
      root.querySelectorAll("[data-picker-item]").forEach((item) => {
        const words = `${item.dataset.pickerItem} ${item.textContent}`.toLowerCase();
        item.hidden = !words.includes(wanted);
      });
    });
    // Enter in the filter would send the whole form.
    filter.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
  }
  root.addEventListener("change", update);
  update();
}

/** A page that shows a secret once must not send its form again when it is reloaded. */
function showOnce() {
  const shown = document.querySelector("[data-shown-once]");
  if (shown) window.history.replaceState(null, "", shown.dataset.shownOnce);
}

/** A long menu shows where one is; the page itself does not move. */
function showPlace() {
  const place = document.querySelector(".navbar-vertical [aria-current=page]");
  let menu = place && place.parentElement;
  while (menu && !/auto|scroll/.test(getComputedStyle(menu).overflowY)) menu = menu.parentElement;
  // A narrow screen folds the menu away: then nothing but the page would scroll.
  if (!menu || !menu.closest(".navbar-vertical") || !place.offsetParent) return;
  const { top, bottom } = place.getBoundingClientRect();
  const frame = menu.getBoundingClientRect();
  // The own account stays at the bottom, over the entries that pass below it.
  const end = menu.querySelector(".menu-foot").getBoundingClientRect().top;
  if (top < frame.top || bottom > end) {
    menu.scrollTop += (top + bottom) / 2 - (frame.top + end) / 2;
  }
}

document.addEventListener("DOMContentLoaded", () => {
  showPlace();
  askBack();
  document.querySelectorAll("[data-picker]").forEach(picker);
  showOnce();
  document.querySelectorAll("[data-print]").forEach((button) => {
    button.addEventListener("click", () => window.print());
  });
});
