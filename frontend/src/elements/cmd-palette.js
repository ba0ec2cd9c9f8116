import { isTaken, lettersAreOn } from "./shared/keys.js";
import { Listening } from "./shared/listening.js";

/** The command palette: a native dialog, the server searches, arrows move, Enter opens. */
class CmdPalette extends Listening {
  start() {
    this.dialog = this.querySelector("dialog");
    this.input = this.querySelector("input");
    this.listen(document, "keydown", this.onShortcut);
    this.listen(document, "click", (event) => event.target.closest?.("[data-open-palette]") && this.show());
    this.listen(this.dialog, "click", (event) => event.target === this.dialog && this.dialog.close());
    this.listen(this.input, "keydown", this.onKey);
    this.listen(this, "htmx:after:settle", () => this.select(0));
  }

  get hits() {
    return [...this.querySelectorAll("a[role=option]")];
  }

  show() {
    if (!this.dialog.open) this.dialog.showModal();
    this.input.select();
  }

  onShortcut(event) {
    const isK = (event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k";
    if (!isK && (event.key !== "/" || isTaken(event) || !lettersAreOn())) return;
    event.preventDefault();
    if (isK && this.dialog.open) this.dialog.close();
    else this.show();
  }

  onKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const at = this.hits.findIndex((hit) => hit.ariaSelected === "true");
    if (step) {
      event.preventDefault();
      this.select((at + step + this.hits.length) % this.hits.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.hits[at]?.click();
    }
  }

  select(at) {
    this.hits.forEach((hit, index) => hit.setAttribute("aria-selected", String(index === at)));
    this.hits[at]?.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", this.hits[at]?.id ?? "");
  }
}

customElements.define("cmd-palette", CmdPalette);
