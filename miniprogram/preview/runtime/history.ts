/**
 * The browser's own back button goes one page back in the program, and leaves it from the first page.
 *
 * Each open page has an entry of the browser's history. Where the program itself closes pages, the browser is
 * sent back as far; where it lies back already, nothing is left to do. A page that was closed can't be opened
 * again: the forward button leads nowhere.
 */
import type { Router } from "./router";

/** What an entry says of itself. */
interface Entry {
  /** Which start of the program made it. */
  run: string;
  /** How many pages were open. */
  depth: number;
}

export class PageHistory {
  private readonly run = String(performance.timeOrigin);
  /** The browser was sent back and has not arrived yet. */
  private moving = false;

  constructor(private readonly router: Router) {
    window.addEventListener("popstate", () => this.arrived());
    history.replaceState(this.entry(1), "");
    router.onChange(() => this.follow());
  }

  private entry(depth: number): Entry {
    return { run: this.run, depth };
  }

  /** Of this start of the program; null for one that was typed, or that an earlier start left. */
  private current(): Entry | null {
    const state = history.state as Entry | null;
    return state?.run === this.run ? state : null;
  }

  private address(): string {
    const { path, options } = this.router.top;
    const query = new URLSearchParams(options).toString();
    return `#/${path}${query === "" ? "" : `?${query}`}`;
  }

  private follow(): void {
    const here = this.current();
    if (this.moving || here === null) return;
    const depth = this.router.pages.length;
    if (depth > here.depth) {
      history.pushState(this.entry(depth), "", this.address());
    } else if (depth < here.depth) {
      this.moving = true;
      history.go(depth - here.depth);
    } else {
      history.replaceState(here, "", this.address());
    }
  }

  private arrived(): void {
    const here = this.current();
    if (here === null) {
      location.reload();
      return;
    }
    const sent = this.moving;
    this.moving = false;
    const back = this.router.pages.length - here.depth;
    if (!sent && back > 0) this.router.navigateBack(back);
    else this.follow();
  }
}
