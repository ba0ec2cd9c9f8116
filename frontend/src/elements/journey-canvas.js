import { Listening } from "./shared/listening.js";

const NEAREST = 2.5;
const FARTHEST = 0.4;
const STEP = 1.25;
const DIRECTIONS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Adds to the server's SVG map: dragging, zoom (buttons, + - 0, Ctrl and wheel) and arrow keys from step to step. */
class JourneyCanvas extends Listening {
  start() {
    this.svg = this.querySelector("svg.journey");
    if (!this.svg) return;
    [this.left, this.top, this.width, this.height] = this.svg.getAttribute("viewBox").split(" ").map(Number);
    this.reset();
    // Whatever redraws the map shows all of it; who had come closer stays close.
    this.listen(document, "htmx:after:swap", this.draw);
    this.listen(this, "click", this.onButton);
    this.listen(this, "keydown", this.onKey);
    this.listen(this.svg, "wheel", this.onWheel, { passive: false });
    this.listen(this.svg, "pointerdown", this.onGrab);
    this.listen(this.svg, "pointermove", this.onDrag);
    this.listen(this.svg, "pointerup", () => (this.grabbed = null));
  }

  reset() {
    Object.assign(this, { x: this.left, y: this.top, zoom: 1, grabbed: null });
    this.draw();
  }

  draw() {
    this.svg.setAttribute("viewBox", `${this.x} ${this.y} ${this.width / this.zoom} ${this.height / this.zoom}`);
    const label = this.querySelector("[data-zoom-label]");
    if (label) label.textContent = `${Math.round(this.zoom * 100)}%`;
  }

  /** Zooms so that the point at these shares of the map's box stays where it is. */
  zoomBy(factor, atX = 0.5, atY = 0.5) {
    const zoom = Math.min(NEAREST, Math.max(FARTHEST, this.zoom * factor));
    this.x += (this.width / this.zoom - this.width / zoom) * atX;
    this.y += (this.height / this.zoom - this.height / zoom) * atY;
    this.zoom = zoom;
    this.draw();
  }

  onButton(event) {
    const wanted = event.target.closest("[data-zoom]")?.dataset.zoom;
    if (wanted === "reset") this.reset();
    else if (wanted) this.zoomBy(Number(wanted));
  }

  onWheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const box = this.svg.getBoundingClientRect();
    const factor = event.deltaY < 0 ? 1.1 : 1 / 1.1;
    this.zoomBy(factor, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  }

  onGrab(event) {
    if (event.target.closest("a") || event.pointerType === "touch" || this.zoom === 1) return;
    this.grabbed = { clientX: event.clientX, clientY: event.clientY, x: this.x, y: this.y };
    this.svg.setPointerCapture(event.pointerId);
  }

  onDrag(event) {
    if (!this.grabbed) return;
    const scale = this.width / this.zoom / this.svg.clientWidth;
    this.x = this.grabbed.x - (event.clientX - this.grabbed.clientX) * scale;
    this.y = this.grabbed.y - (event.clientY - this.grabbed.clientY) * scale;
    this.draw();
  }

  onKey(event) {
    if (event.key === "+" || event.key === "=") this.zoomBy(STEP);
    else if (event.key === "-") this.zoomBy(1 / STEP);
    else if (event.key === "0") this.reset();
    else if (DIRECTIONS[event.key]) this.travel(event);
  }

  travel(event) {
    const from = event.target.closest("a[data-column]");
    if (!from) return;
    event.preventDefault();
    const [right, down] = DIRECTIONS[event.key];
    const distances = [...this.svg.querySelectorAll("a[data-column]")].map((step) => {
      const columns = Number(step.dataset.column) - Number(from.dataset.column);
      const rows = Number(step.dataset.row) - Number(from.dataset.row);
      const isAhead = right ? columns * right > 0 : columns === 0 && rows * down > 0;
      return { step, isAhead, far: Math.abs(columns) * 10 + Math.abs(rows) };
    });
    const ahead = distances.filter((one) => one.isAhead).sort((one, other) => one.far - other.far);
    ahead[0]?.step.focus();
  }
}

customElements.define("journey-canvas", JourneyCanvas);
