import { dialogIsOpen, isTaken, lettersAreOn } from "./shared/keys.js";
import { Listening } from "./shared/listening.js";

const PATIENCE = 900;

/** g, then the letter of a section ([data-key]), goes there; ? tells every key ([data-help]). */
class GoKeys extends Listening {
  pressed = -Infinity;

  start() {
    this.listen(document, "keydown", (event) => {
      if (isTaken(event) || !lettersAreOn() || dialogIsOpen()) return;
      if (event.key === "g") {
        this.pressed = event.timeStamp;
      } else if (event.key === "?") {
        document.querySelector("[data-help]")?.click();
      } else if (event.timeStamp - this.pressed < PATIENCE) {
        this.pressed = -Infinity;
        document.querySelector(`[data-key="${CSS.escape(event.key)}"]`)?.click();
      }
    });
  }
}

customElements.define("go-keys", GoKeys);
