import { Listening } from "./shared/listening.js";

const SECONDS = 3;

/** Sends itself the event "live" every few seconds while somebody looks at it, for hx-trigger="live". */
class LivePart extends Listening {
  start() {
    this.seen = new IntersectionObserver(([entry]) => (this.isSeen = entry.isIntersecting));
    this.seen.observe(this);
    this.timer = setInterval(() => this.ask(), SECONDS * 1000);
    this.listen(document, "visibilitychange", this.ask);
  }

  stop() {
    this.seen?.disconnect();
    clearInterval(this.timer);
  }

  ask() {
    if (!document.hidden && this.isSeen) this.dispatchEvent(new CustomEvent("live"));
  }
}

customElements.define("live-part", LivePart);
