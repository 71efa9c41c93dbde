// The second click of a double click counts for the button that was meant, or for nothing.
//
// A fast server answers the first click before the second one falls. By then another button may stand in that place: "Yes, delete" where
// "Delete" was, "Switch on" where "Switch off" was, or the same form for the next version. Nobody means that one. Pressing one and the same
// button again and again ("One more row") stays as it is.
(() => {
  "use strict";
  const AGAIN_MS = 400, SAME_PLACE_PX = 5;
  let last = {name: "", at: -1e9, x: 0, y: 0};

  /** A button by its key, which Streamlit puts on a box around it, and by what stands on it. */
  const nameOf = (button) => {
    const box = button.closest('[class*="st-key-"]');
    const keys = box ? [...box.classList].filter((one) => one.startsWith("st-key-")) : [];
    return [...keys, button.textContent.trim()].join(" ");
  };
  document.addEventListener("click", (event) => {
    if (!event.isTrusted || event.detail === 0) return; // by the keyboard or by a script: it was sent to this very button
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const now = {name: button ? nameOf(button) : "", at: event.timeStamp, x: event.clientX, y: event.clientY};
    const isNear = Math.hypot(now.x - last.x, now.y - last.y) <= SAME_PLACE_PX;
    const isAgain = event.detail > 1 || (isNear && now.at - last.at <= AGAIN_MS);
    const isMeant = !button || !isAgain || now.name === last.name;
    last = {...now, name: isMeant ? now.name : last.name}; // a third click is not meant either
    if (isMeant) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
})();
