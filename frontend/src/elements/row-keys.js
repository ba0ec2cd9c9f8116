import { dialogIsOpen, isTaken, lettersAreOn } from "./shared/keys.js";
import { Listening } from "./shared/listening.js";

/**
 * The rows inside (children of [data-rows]): j and k move, Enter opens the first link, x ticks the box,
 * e presses what edits the row ([data-edit]).
 */
class RowKeys extends Listening {
  start() {
    this.listen(document, "keydown", (event) => {
      if (isTaken(event) || dialogIsOpen()) return;
      if (event.key === "Enter" && event.target === this.current) this.current?.querySelector("a[href]")?.click();
      if (!lettersAreOn()) return;
      if (event.key === "j") this.move(1);
      else if (event.key === "k") this.move(-1);
      else if (event.key === "x") this.current?.querySelector("input[type=checkbox]")?.click();
      else if (event.key === "e") this.edit();
      else return;
      event.preventDefault();
    });
  }

  get rows() {
    return [...this.querySelectorAll("[data-rows] > *")];
  }

  get current() {
    return this.rows.find((row) => row === document.activeElement);
  }

  edit() {
    const button = this.current?.querySelector("[data-edit]");
    button?.focus();
    button?.click();
  }

  move(step) {
    const rows = this.rows;
    const row = this.current ? rows[rows.indexOf(this.current) + step] : rows[0];
    if (!row) return;
    row.tabIndex = -1;
    row.focus();
    row.scrollIntoView({ block: "nearest" });
  }
}

customElements.define("row-keys", RowKeys);
