import { Listening } from "./shared/listening.js";

const GAP = 4;
const MARGIN = 8;

/** Closes menus (details.menu) from outside or with Escape, and lifts them out of boxes that would cut them off. */
class MenuKeeper extends Listening {
  start() {
    this.listen(document, "toggle", (event) => this.place(event.target), { capture: true });
    this.listen(document, "click", (event) => this.closeExcept(event.target));
    this.listen(document, "keydown", (event) => event.key === "Escape" && this.escape());
    // What was swapped in may have moved the menu that is open in it.
    this.listen(document, "htmx:after:swap", () => this.placeAgain());
    this.listen(document, "scroll", () => this.closeLifted(), { capture: true, passive: true });
    this.listen(window, "resize", () => this.closeLifted());
  }

  get open() {
    return [...document.querySelectorAll("details.menu[open]")];
  }

  placeAgain() {
    this.open.forEach(this.place);
    // A morph gives attributes back to what the server sent, and a menu its place with them.
    requestAnimationFrame(() => requestAnimationFrame(() => this.open.forEach(this.place)));
  }

  closeExcept(target) {
    for (const menu of this.open) if (!menu.contains(target) || target.closest(".menu-item")) menu.open = false;
  }

  closeLifted() {
    for (const menu of this.open) if (menu.querySelector(":scope > .pop-fixed:not(:hover)")) menu.open = false;
  }

  escape() {
    for (const menu of this.open) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  }

  place(menu) {
    if (!menu.matches?.("details.menu")) return;
    const pop = menu.querySelector(":scope > .pop");
    const lifted = menu.open && isCutOff(menu);
    pop.classList.toggle("pop-fixed", lifted);
    for (const side of ["top", "right", "bottom", "left"]) pop.style[side] = "";
    if (!lifted) return settle(menu, pop);

    const anchor = menu.querySelector("summary").getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = pop;
    const start = menu.classList.contains("right") ? anchor.right - width : anchor.left;
    const below = anchor.bottom + GAP;
    const fits = below + height + MARGIN <= innerHeight;
    pop.style.left = `${clamp(start, MARGIN, innerWidth - width - MARGIN)}px`;
    pop.style.top = `${fits ? below : Math.max(MARGIN, anchor.top - GAP - height)}px`;
    pop.style.right = pop.style.bottom = "auto";
  }
}

/** On a narrow screen a menu moves left as far as it would stick out; one that ends below the screen is scrolled to. */
function settle(menu, pop) {
  const out = pop.getBoundingClientRect().right + MARGIN - innerWidth;
  if (out > 0 && !pop.parentElement.classList.contains("right")) pop.style.left = `${-out}px`;
  if (menu.open) pop.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function clamp(value, least, most) {
  return Math.max(least, Math.min(value, most));
}

function isCutOff(menu) {
  for (let box = menu.parentElement; box && box !== document.body; box = box.parentElement) {
    const style = getComputedStyle(box);
    if (style.overflowX !== "visible" || style.overflowY !== "visible") return true;
  }
  return false;
}

customElements.define("menu-keeper", MenuKeeper);
