import { Listening } from "./shared/listening.js";

const YEAR = 31536000;
const root = document.documentElement;

/** The server renders the theme from the cookie; this flips it and writes the cookie. */
class ThemeToggle extends Listening {
  start() {
    this.listen(this, "click", () => {
      const wanted = this.isDark() ? "keel" : "keel-dark";
      root.dataset.theme = wanted;
      document.cookie = `theme=${wanted};path=/;max-age=${YEAR};samesite=lax`;
    });
  }

  isDark() {
    if (root.dataset.theme) return root.dataset.theme === "keel-dark";
    return matchMedia("(prefers-color-scheme: dark)").matches;
  }
}

customElements.define("theme-toggle", ThemeToggle);
