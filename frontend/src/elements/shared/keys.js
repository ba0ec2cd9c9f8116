const FIELDS = "input, textarea, select, [contenteditable]";

/** Whether a key was pressed where it writes text, or together with a key of the browser. */
export function isTaken(event) {
  return event.metaKey || event.ctrlKey || event.altKey || Boolean(event.target.closest?.(FIELDS));
}

/** Single-letter keys can be switched off in one's settings (WCAG 2.1.4). */
export function lettersAreOn() {
  return document.body.dataset.letterKeys !== "off";
}

export function dialogIsOpen() {
  return document.querySelector("dialog[open]") !== null;
}
