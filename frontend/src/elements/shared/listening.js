/** An element whose listeners end with it, so that htmx may put it in and take it away as often as it likes. */
export class Listening extends HTMLElement {
  connectedCallback() {
    this.ending = new AbortController();
    this.start?.();
  }

  disconnectedCallback() {
    this.ending?.abort();
    this.stop?.();
  }

  listen(target, type, handle, options = {}) {
    target.addEventListener(type, handle.bind(this), { ...options, signal: this.ending.signal });
  }
}
