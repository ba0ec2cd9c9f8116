import { Listening } from "./shared/listening.js";

/** Draws the chart whose data lies in the script inside; the library comes when the chart scrolls into view. */
class UiChart extends Listening {
  start() {
    this.seen = new IntersectionObserver(([entry]) => entry.isIntersecting && this.load(), { rootMargin: "200px" });
    this.seen.observe(this);
  }

  stop() {
    this.seen?.disconnect();
    this.sized?.disconnect();
    this.themed?.disconnect();
    this.chart?.dispose();
    this.querySelector(".chart-host")?.remove();
  }

  async load() {
    this.seen.disconnect();
    const { draw } = await import("../lazy/charts.js");
    if (!this.isConnected) return;
    const spec = JSON.parse(this.querySelector("script").textContent);
    const host = document.createElement("div");
    host.className = "chart-host";
    host.setAttribute("aria-hidden", "true");
    this.append(host);
    this.chart = draw(host, spec);
    this.sized = new ResizeObserver(() => this.chart.resize());
    this.sized.observe(this);
    this.themed = new MutationObserver(() => {
      this.chart.dispose();
      this.chart = draw(host, spec);
    });
    this.themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    this.dataset.ready = "";
  }
}

customElements.define("ui-chart", UiChart);
