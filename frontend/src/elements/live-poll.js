import { Listening } from "./shared/listening.js";

/**
 * Fires "poll" every data-seconds, for the hx-trigger of this element, while the reader can see what it stands for: the
 * tab is in front, and its card (or what is marked data-live around it) is on the screen. When the demo lets a day pass,
 * at once.
 */
class LivePoll extends Listening {
  start() {
    this.isSeen = false;
    this.watch = new IntersectionObserver((entries) => (this.isSeen = entries.at(-1).isIntersecting));
    this.watch.observe(this.closest("[data-live], .card") ?? this);
    this.listen(document, "time:passed", this.ask);
    this.timer = setInterval(() => this.ask(), (Number(this.dataset.seconds) || 5) * 1000);
  }

  stop() {
    clearInterval(this.timer);
    this.watch.disconnect();
  }

  ask() {
    if (this.isSeen && document.visibilityState === "visible") this.dispatchEvent(new Event("poll"));
  }
}

customElements.define("live-poll", LivePoll);
