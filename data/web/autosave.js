// Streamlit keeps what is typed into a text area in the browser until the field is left or Ctrl+Enter is pressed. A report must not
// wait for that: this presses Ctrl+Enter for the writer 1.5 seconds after the last keystroke, and every 10 seconds while she
// goes on writing. Only fields of a report are touched; in a form the same keys would send the form.
(() => {
  "use strict";
  const QUIET_MS = 1500, LONGEST_MS = 10000;
  const OWN = '[class*="st-key-report-w-"]';
  const waiting = new WeakMap(); // text area -> {timer, since}
  const composing = new WeakSet(); // an input method is open: its half-finished syllables are not text yet

  const own = (target) => target instanceof HTMLTextAreaElement && target.closest(OWN) !== null;

  const save = (area) => {
    waiting.delete(area);
    if (!area.isConnected || area.disabled) return;
    if (composing.has(area)) {
      plan(area);
      return;
    }
    const keys = {key: "Enter", code: "Enter", ctrlKey: true, bubbles: true, cancelable: true};
    area.dispatchEvent(new KeyboardEvent("keydown", keys));
  };

  const plan = (area) => {
    const now = Date.now(), before = waiting.get(area);
    const since = before ? before.since : now;
    if (before) clearTimeout(before.timer);
    const wait = Math.max(0, Math.min(QUIET_MS, since + LONGEST_MS - now));
    waiting.set(area, {timer: setTimeout(save, composing.has(area) ? QUIET_MS : wait, area), since});
  };

  document.addEventListener("input", (event) => own(event.target) && plan(event.target), true);
  document.addEventListener("compositionstart", (event) => composing.add(event.target), true);
  document.addEventListener("compositionend", (event) => composing.delete(event.target), true);
})();
