import { Listening } from "./shared/listening.js";

/** Keeps what a closed <details> holds out of the page, in a <noscript>, until it is opened. */
class HeldBack extends Listening {
  start() {
    this.listen(this.closest("details"), "toggle", this.show);
    // A morph puts back what the server sent.
    this.listen(document, "htmx:after:swap", this.show);
  }

  show() {
    const held = this.querySelector(":scope > noscript");
    if (!held || !this.closest("details").open) return;
    // In a page that was loaded it is text; in a part that htmx read it is elements.
    if (held.childElementCount) held.replaceWith(...held.childNodes);
    else held.outerHTML = held.textContent;
  }
}

customElements.define("held-back", HeldBack);
