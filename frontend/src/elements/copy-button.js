import { Listening } from "./shared/listening.js";

const SHOWN = 1500;

/** <copy-button data-text="…"> around a button: copies the text and says so for a moment. */
class CopyButton extends Listening {
  start() {
    this.listen(this, "click", async () => {
      await navigator.clipboard.writeText(this.dataset.text);
      const label = this.querySelector("[data-label]");
      const before = label.textContent;
      label.textContent = "Copied";
      setTimeout(() => (label.textContent = before), SHOWN);
    });
  }
}

customElements.define("copy-button", CopyButton);
