// Saves a report while it is being typed, and keeps what did not reach the server.
//
// Streamlit holds what is typed in the browser until the field is left or Enter is pressed (Ctrl+Enter in a text area). This presses the key
// for the writer 1.5 seconds after the last keystroke, and every 10 seconds while she goes on. The page answers with the checksum of the
// text that the server has kept (`st-key-kept-<checksum>-<field>`): until it is that of the field, a copy stays in this browser and the field
// says so. A copy found at the next visit is offered, never put in by itself. Copies belong to one person, live for three days, and go
// away when she signs out or somebody else signs in here.
(() => {
  "use strict";
  const QUIET_MS = 1500, LONGEST_MS = 10000, COPY_MS = 300, SCAN_MS = 120, TOGETHER_MS = 60, DAYS_KEPT = 3;
  const TYPED = '[data-testid="stTextArea"] textarea, [data-testid="stTextInput"] input';
  const waiting = new WeakMap(); // field -> {timer, since}
  const copying = new WeakMap(); // field -> timer of its next copy
  const composing = new WeakSet(); // an input method is open: its half-finished syllables are not text yet
  const known = new WeakSet(); // fields whose copy from an earlier visit was looked for
  const sums = new WeakMap(); // field -> {text, sum}
  let scanning = 0, canStore = true, committing = 0, isLeaving = false;

  const own = (node) => node instanceof Element && node.matches(TYPED) && node.closest('[class*="st-key-report-w-"]') !== null;
  const classPart = (node, pattern) => {
    for (const name of node.classList) {
      const found = pattern.exec(name);
      if (found) return found;
    }
    return null;
  };
  const page = () => {
    const node = document.querySelector('[class*="st-key-writing-"]');
    const found = node && classPart(node, /^st-key-writing-(zh|en)-(\d+)-(\d+)$/);
    return found && {language: found[1], person: found[2], report: found[3]};
  };
  const placeOf = (input) => {
    const box = input.closest('[class*="st-key-field-"]');
    const found = box && classPart(box, /^st-key-field-(\d+)-(.+)$/);
    return found && {box, most: Number(found[1]), name: found[2]};
  };
  const words = (name, filled = {}) => {
    const text = (globalThis.milepostWords?.[page()?.language ?? "zh"] ?? {})[name] ?? "";
    return text.replace(/\{(\w+)\}/g, (whole, key) => (key in filled ? filled[key] : whole));
  };
  const connected = () =>
    navigator.onLine !== false &&
    document.querySelector('[data-testid="stApp"]')?.getAttribute("data-test-connection-state") === "CONNECTED";

  // --- Checksums: CRC-32 of UTF-8, as zlib.crc32 computes it --------------------------------------------------------------------------

  const table = Uint32Array.from({length: 256}, (_, n) => {
    for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
    return n >>> 0;
  });
  const checksum = (text) => {
    let crc = 0xffffffff;
    for (const byte of new TextEncoder().encode(text)) crc = (crc >>> 8) ^ table[(crc ^ byte) & 255];
    return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, "0");
  };
  const sumOf = (input) => {
    const before = sums.get(input);
    if (before?.text === input.value) return before.sum;
    const sum = checksum(input.value);
    sums.set(input, {text: input.value, sum});
    return sum;
  };
  const NOTHING = "00000000"; // the checksum of the empty text: a field that was never saved
  const keptSum = (place) => {
    const node = place.box.querySelector('[class*="st-key-kept-"]');
    return (node && classPart(node, /^st-key-kept-([0-9a-f]{8})-/)?.[1]) ?? NOTHING;
  };

  // --- Saving -------------------------------------------------------------------------------------------------------------------------

  /** A field hands its text to Streamlit, which sends it by a timer of its own: so ours ends after that one, however slow the page is. */
  const commits = () => {
    clearTimeout(committing);
    committing = setTimeout(() => (committing = setTimeout(() => (committing = 0))), TOGETHER_MS);
  };
  const save = (input) => {
    clearTimeout(waiting.get(input)?.timer);
    waiting.delete(input);
    if (!input.isConnected) return;
    if (input.disabled || composing.has(input)) {
      plan(input); // the connection is away, or a syllable is half finished
      return;
    }
    commits();
    const ctrlKey = input instanceof HTMLTextAreaElement;
    const pressed = {key: "Enter", code: "Enter", keyCode: 13, ctrlKey, bubbles: true, cancelable: true};
    input.dispatchEvent(new KeyboardEvent("keydown", pressed));
    input.dispatchEvent(new KeyboardEvent("keypress", {...pressed, charCode: 13}));
  };
  const plan = (input) => {
    const now = Date.now(), before = waiting.get(input);
    const since = before ? before.since : now;
    clearTimeout(before?.timer);
    const wait = input.disabled || composing.has(input) ? QUIET_MS : Math.max(0, Math.min(QUIET_MS, since + LONGEST_MS - now));
    waiting.set(input, {timer: setTimeout(save, wait, input), since});
  };

  // --- Copies in this browser -----------------------------------------------------------------------------------------------------------

  const slot = (kind, place, at = page()) => at && `milepost:${kind}:${at.person}:${at.report}:${place.name}`;
  const stored = (key) => {
    try {
      return JSON.parse(localStorage.getItem(key) ?? "null");
    } catch {
      return null;
    }
  };
  const put = (key, value) => {
    try {
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify(value));
    } catch {
      canStore = false; // switched off or full: leaving with unsaved text then asks first
    }
  };
  const ownKeys = () => {
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith("milepost:"));
    } catch {
      return [];
    }
  };
  const tidy = (person) => {
    const oldest = Date.now() - DAYS_KEPT * 86400000;
    for (const key of ownKeys()) {
      const entry = stored(key), newest = Array.isArray(entry) ? entry.at(-1) : entry;
      if (key.split(":")[2] !== person || !newest || !(newest.at > oldest)) put(key, null);
    }
  };
  const copy = (input) => {
    copying.delete(input);
    const place = input.isConnected && placeOf(input), key = place && slot("kept", place);
    if (key && !isLeaving) put(key, sumOf(input) === keptSum(place) ? null : {text: input.value, at: Date.now()});
  };
  const copySoon = (input) => {
    if (!copying.has(input)) copying.set(input, setTimeout(copy, COPY_MS, input));
  };

  /** A copy of an earlier visit that is neither on the server nor in the field becomes an offer. */
  const lookForCopy = (input, place, sum) => {
    known.add(input);
    const entry = stored(slot("kept", place));
    if (!entry?.text) return;
    if (entry.text === input.value && checksum(entry.text) !== sum) plan(input);
    else offerIfUnsaved(place, sum);
  };
  /** The copy of a field goes when the server has that text; else it becomes an offer. */
  const offerIfUnsaved = (place, sum) => {
    const entry = stored(slot("kept", place));
    if (!entry) return;
    if (entry.text && checksum(entry.text) !== sum) {
      const offers = (stored(slot("offer", place)) ?? []).filter((one) => one.text !== entry.text);
      put(slot("offer", place), [...offers, entry].slice(-5));
    }
    put(slot("kept", place), null);
  };

  /** Replace what a field holds the way a person would: it can be undone, and Streamlit notices. */
  const type = (input, text, whole) => {
    input.focus();
    if (whole) input.select();
    else input.setSelectionRange(input.value.length, input.value.length);
    if (document.execCommand("insertText", false, text)) return;
    const start = whole ? "" : input.value;
    const prototype = input instanceof HTMLTextAreaElement ? HTMLTextAreaElement.prototype : HTMLInputElement.prototype;
    Object.getOwnPropertyDescriptor(prototype, "value").set.call(input, start + text);
    input.dispatchEvent(new Event("input", {bubbles: true}));
  };

  const button = (label, act) => {
    const made = Object.assign(document.createElement("button"), {type: "button", textContent: label});
    made.style.cssText = "font:inherit;padding:.35rem .8rem;border:1px solid currentColor;border-radius:.3rem;background:none;color:inherit;cursor:pointer";
    made.addEventListener("click", act);
    return made;
  };

  const drawOffer = (input, place) => {
    const offers = stored(slot("offer", place)) ?? [], offer = offers.at(-1);
    const drawn = place.box.querySelector(":scope > .milepost-offer");
    if (drawn?.dataset.at === String(offer?.at)) return;
    drawn?.remove();
    if (!offer) return;
    const box = document.createElement("div");
    box.className = "milepost-offer";
    box.dataset.at = offer.at;
    box.setAttribute("role", "group");
    box.style.cssText = "border:1px solid #b98900;border-left-width:4px;border-radius:.4rem;padding:.75rem 1rem;background:#fff8e6;color:#3d2e00;font-size:.925rem";
    const said = document.createElement("p");
    const when = new Date(offer.at).toLocaleString(page()?.language === "en" ? "en-GB" : "zh-TW", {dateStyle: "medium", timeStyle: "short"});
    said.textContent = words("offer", {time: when});
    said.style.margin = "0 0 .5rem";
    const text = document.createElement("div");
    text.textContent = offer.text;
    text.style.cssText = "white-space:pre-wrap;overflow-wrap:anywhere;max-height:12rem;overflow:auto;background:#fff;padding:.5rem;margin-bottom:.5rem";
    const settle = () => {
      put(slot("offer", place), offers.length > 1 ? offers.slice(0, -1) : null);
      box.remove();
      scanSoon();
    };
    const choices = document.createElement("div");
    choices.style.cssText = "display:flex;gap:.5rem;flex-wrap:wrap";
    choices.append(button(words("offer_use"), () => (settle(), type(input, offer.text, true))));
    if (input.value && input instanceof HTMLTextAreaElement)
      choices.append(button(words("offer_add"), () => (settle(), type(input, `\n${offer.text}`, false))));
    choices.append(button(words("offer_drop"), settle));
    box.append(said, text, choices);
    place.box.append(box);
  };

  // --- What a field says --------------------------------------------------------------------------------------------------------------

  const line = (place) => {
    const found = place.box.querySelector(":scope > .milepost-line");
    if (found) return found;
    const made = document.createElement("div");
    made.className = "milepost-line";
    made.style.cssText = "display:flex;gap:.25rem 1rem;flex-wrap:wrap;font-size:.875rem;color:#51605d";
    const count = document.createElement("span"), state = document.createElement("span");
    count.className = "milepost-count";
    state.className = "milepost-state";
    for (const node of [count, state]) node.setAttribute("aria-live", "polite");
    made.append(count, state);
    place.box.append(made);
    return made;
  };
  const say = (node, text) => {
    if (node.textContent !== text) node.textContent = text;
  };

  const look = (input) => {
    const place = placeOf(input), sum = place && keptSum(place);
    if (!place) return;
    if (!known.has(input)) lookForCopy(input, place, sum);
    const isSaved = sumOf(input) === sum, state = line(place).querySelector(".milepost-state");
    // A server that was started anew puts its own text back into the field: what was typed since is then only in the copy.
    if (isSaved && !copying.has(input)) offerIfUnsaved(place, sum);
    say(state, isSaved ? "" : connected() ? words("unsaved") : words(canStore ? "offline" : "offline_not_kept"));
    state.style.color = isSaved || connected() ? "inherit" : "#8a1c1c";
    drawOffer(input, place);
    globalThis.milepostCount?.(input, place.most, line(place).querySelector(".milepost-count"), words);
  };
  const inputs = () => [...document.querySelectorAll(TYPED)].filter(own);
  let tidied = "";
  const scan = () => {
    scanning = 0;
    const at = page();
    if (!at) return;
    if (tidied !== at.person) tidy((tidied = at.person));
    inputs().forEach(look);
  };
  const scanSoon = () => {
    if (!scanning) scanning = setTimeout(scan, SCAN_MS);
  };
  const unsaved = () =>
    inputs().filter((input) => {
      const place = placeOf(input), sum = place && keptSum(place);
      return place && sumOf(input) !== sum;
    });

  // --- Listening ------------------------------------------------------------------------------------------------------------------------

  document.addEventListener("input", (event) => {
    if (!own(event.target)) return;
    isLeaving = false;
    plan(event.target);
    copySoon(event.target);
    scanSoon();
  }, true);
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element && event.target.closest(".st-key-frame-sign-out button"))) return;
    isLeaving = true; // no copy is made any more
    ownKeys().forEach((key) => put(key, null));
  }, true);
  // Streamlit sends what happens within one moment as one message, in the name of the field that was left: a button that is pressed in
  // the same moment (a tap) would count for nothing, and another page that is gone to at once would take the field away before it is sent.
  // So the field is saved when the finger comes down, and the button or the link waits for it.
  document.addEventListener("pointerdown", () => {
    const active = document.activeElement;
    if (own(active) && waiting.has(active)) save(active);
  }, true);
  document.addEventListener("focusout", (event) => {
    if (own(event.target)) commits();
  }, true);
  document.addEventListener("click", (event) => {
    const pressed = event.isTrusted && event.target instanceof Element && event.target.closest("button, a[href]");
    if (!pressed || !committing || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    setTimeout(() => pressed.isConnected && pressed.click(), TOGETHER_MS + 20);
  }, true);
  document.addEventListener("compositionstart", (event) => composing.add(event.target), true);
  document.addEventListener("compositionend", (event) => composing.delete(event.target), true);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") for (const input of unsaved()) copy(input), save(input);
  });
  addEventListener("pagehide", () => unsaved().forEach(copy));
  addEventListener("beforeunload", (event) => {
    if (!canStore && unsaved().length) event.preventDefault();
  });
  for (const name of ["online", "offline", "focus"]) addEventListener(name, scanSoon);
  new MutationObserver((changes) => {
    if (changes.some((change) => !(change.target instanceof Element) || !change.target.closest(".milepost-line, .milepost-offer"))) scanSoon();
  }).observe(document.documentElement, {
    subtree: true, childList: true, attributes: true, attributeFilter: ["class", "data-test-connection-state", "disabled"],
  });
  globalThis.milepostWriting = {page, placeOf, own, words, type};
})();
