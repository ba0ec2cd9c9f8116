import { Listening } from "./shared/listening.js";

/** Draws the chart whose data lies in the script inside; the library comes when the chart scrolls into view. */
class UiChart extends Listening {
  start() {
    this.seen = new IntersectionObserver(([entry]) => entry.isIntersecting && this.load(), { rootMargin: "200px" });
    this.seen.observe(this);
  }

  stop() {
    for (const watch of [this.seen, this.sized, this.themed, this.morphed]) watch?.disconnect();
    this.chart?.dispose();
    this.host?.remove();
  }

  async load() {
    this.seen.disconnect();
    this.draw = (await import("../lazy/charts.js")).draw;
    if (!this.isConnected) return;
    this.show();
    this.sized = new ResizeObserver(() => this.chart.resize());
    this.sized.observe(this);
    this.themed = new MutationObserver(() => this.show());
    this.themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    // A morph takes out what the answer does not have, the drawing, and puts in the script with the new data.
    this.morphed = new MutationObserver(() => this.isStale && this.show());
    this.morphed.observe(this, { childList: true });
  }

  get isStale() {
    return this.host.parentNode !== this || this.script !== this.querySelector("script");
  }

  show() {
    this.chart?.dispose();
    this.host?.remove();
    this.script = this.querySelector("script");
    this.host = document.createElement("div");
    this.host.className = "chart-host";
    this.host.setAttribute("aria-hidden", "true");
    this.append(this.host);
    this.chart = this.draw(this.host, JSON.parse(this.script.textContent));
    this.dataset.ready = "";
  }
}

customElements.define("ui-chart", UiChart);
