import { Listening } from "./shared/listening.js";

/**
 * The one dialog of the page. A link with hx-get and hx-target="#dialog" fills it, and it opens;
 * data-drawer on what is swapped in lays it along the right edge. An answer with the event "dialog:close" closes it.
 * Focus goes back to what opened it; that may stand in a menu which has closed since, then to the menu.
 */
class PageDialog extends Listening {
  start() {
    this.dialog = this.querySelector("dialog");
    // Swapped in is told to the link that asked; settled, to what was filled.
    this.listen(this, "htmx:after:settle", () => this.show());
    this.listen(document, "dialog:close", () => this.dialog.close());
    this.listen(document, "click", (event) => (this.opener = this.openerAt(event.target) ?? this.opener));
    this.listen(this.dialog, "close", () => this.end());
    this.listen(this.dialog, "click", (event) => {
      if (event.target === this.dialog || event.target.closest?.("[data-close]")) this.dialog.close();
    });
  }

  get body() {
    return this.querySelector("#dialog");
  }

  openerAt(place) {
    const link = place.closest?.('[hx-target="#dialog"]');
    return this.contains(link) ? null : link;
  }

  end() {
    this.body.replaceChildren();
    const menu = this.opener?.closest("details.menu:not([open])");
    (menu?.querySelector("summary") ?? this.opener)?.focus();
  }

  show() {
    if (!this.body.childElementCount) return;
    const title = this.body.querySelector("h2")?.textContent.trim();
    this.dialog.classList.toggle("drawer", this.body.querySelector("[data-drawer]") !== null);
    this.dialog.setAttribute("aria-label", title || "Details");
    if (!this.dialog.open) this.dialog.showModal();
    this.body.querySelector("[aria-invalid=true], [autofocus]")?.focus();
  }
}

customElements.define("page-dialog", PageDialog);
