import { Listening } from "./shared/listening.js";

const SHORT = 6000;
const WITH_UNDO = 10000;
const FAILED = "That did not work. Reload the page to see what is saved, then try again.";

/** Shows messages the server sends as HX-Trigger: {"toast": {"text": …, "undo": url}}, and failures of the network. */
class ToastRegion extends Listening {
  start() {
    this.listen(document, "toast", (event) => this.show(event.detail));
    this.listen(document, "htmx:error", () => this.fail());
    this.listen(document, "htmx:response:error", (event) => this.onStatus(event.detail.ctx?.response?.status));
    this.listen(this, "click", (event) => event.target.closest("[data-close]")?.closest(".toast").remove());
    for (const toast of this.querySelectorAll(":scope > .toast")) this.expire(toast, SHORT);
  }

  /** A form with mistakes in it (422) shows them itself. */
  onStatus(status) {
    if (status !== 422) this.fail();
  }

  /** Once is enough: a part that asks every two seconds would fill the screen. */
  fail() {
    const shown = [...this.querySelectorAll(".toast .text")].some((text) => text.textContent === FAILED);
    if (!shown) this.show({ text: FAILED });
  }

  show({ text, undo }) {
    const toast = this.querySelector("template").content.firstElementChild.cloneNode(true);
    toast.querySelector(".text").textContent = text;
    if (undo) toast.querySelector(".text").after(this.undoButton(undo));
    this.append(toast);
    window.htmx.process(toast);
    this.expire(toast, undo ? WITH_UNDO : SHORT);
  }

  undoButton(url) {
    const button = document.createElement("button");
    button.className = "btn btn-xs btn-line";
    button.textContent = "Undo";
    button.setAttribute("hx-post", url);
    button.setAttribute("hx-swap", "none");
    return button;
  }

  /** Time stands still while somebody reads: under the pointer and while focus is inside. */
  expire(toast, time) {
    const later = () => (toast.matches(":hover, :focus-within") ? setTimeout(later, SHORT) : toast.remove());
    setTimeout(later, time);
  }
}

customElements.define("toast-region", ToastRegion);
