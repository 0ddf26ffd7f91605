// The rotating code on a hall's screen. The server draws the code of this step and of the next
// ones; what has run out is taken away, whatever became of the connection.
"use strict";

const ASK_EVERY = 5000;
const GIVE_UP_AFTER = 4000;

class Screen {
  constructor(root) {
    this.root = root;
    this.address = root.dataset.codes;
    this.codes = new Map();
    this.step = null;
    this.lost = false;
    // How far the server's clock is from this page's own, which nobody can set.
    this.offset = null;
    this.part = (name) => root.querySelector(`[data-code-${name}]`);
    this.ask();
    window.setInterval(() => this.ask(), ASK_EVERY);
    window.setInterval(() => this.show(), 250);
    const full = this.part("full");
    full.hidden = !document.fullscreenEnabled;
    full.addEventListener("click", () => {
      if (document.fullscreenElement) document.exitFullscreen();
      else document.documentElement.requestFullscreen();
    });
  }

  async ask() {
    const asked = performance.now();
    const stop = new AbortController();
    const timer = window.setTimeout(() => stop.abort(), GIVE_UP_AFTER);
    try {
      const answer = await fetch(this.address, {
        signal: stop.signal, cache: "no-store", redirect: "manual",
        headers: { Accept: "application/json" },
      });
      if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
        this.root.classList.remove("is-calm");
        this.end("登录已过期，请重新登录后再打开本页。");
        return;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      this.take(await answer.json(), (asked + performance.now()) / 2);
    } catch {
      this.lost = true;
    } finally {
      window.clearTimeout(timer);
      this.show();
    }
  }

  take(told, at) {
    this.lost = false;
    this.offset = told.server_time * 1000 - at;
    this.seconds = told.step_seconds;
    this.codes = new Map(told.codes.map((one) => [one.step, one.svg]));
    this.part("present").textContent = String(told.present);
    this.part("joined").textContent = String(told.joined);
    // That check-in has not begun, or is over, is no fault.
    this.root.classList.toggle("is-calm", Boolean(told.message));
    if (told.message) this.end(told.message);
    else this.ended = null;
  }

  end(message) {
    this.ended = message;
    this.codes.clear();
  }

  show() {
    if (this.offset === null) {
      if (this.lost || this.ended) this.takeAway(this.ended || "连接不上服务器，正在重试。");
      return;
    }
    const now = (performance.now() + this.offset) / 1000;
    const step = Math.floor(now / this.seconds);
    const svg = this.codes.get(step);
    if (!svg) {
      this.takeAway(this.ended || "网络连接中断，活动码已过期并隐藏，恢复后会自动显示。");
      return;
    }
    if (step !== this.step) {
      this.part("picture").innerHTML = svg;
      this.step = step;
    }
    const left = Math.max(1, Math.ceil((step + 1) * this.seconds - now));
    this.part("left").textContent = `${left} 秒后更换`;
    this.part("bar").style.width = `${((step + 1) * this.seconds - now) / this.seconds * 100}%`;
    this.root.classList.remove("is-lost");
    this.part("message").textContent = this.lost ? "网络不稳定，正在重新连接…" : "";
  }

  takeAway(message) {
    this.step = null;
    const mark = document.createElement("i");
    mark.className = "ti ti-clock-pause";
    this.part("picture").replaceChildren(mark);
    this.part("left").textContent = "";
    this.part("bar").style.width = "0";
    this.part("message").textContent = message;
    this.root.classList.add("is-lost");
  }
}

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[data-codes]").forEach((root) => new Screen(root));
});
