// Around the fields of a report: counts while typing, pasting from a word processor, going to a field from the checklist, files that are
// too large, and looking at a picture or a PDF without leaving the page. Everything works without this file, only less well.
(() => {
  "use strict";
  const {page, own, words, type} = globalThis.milepostWriting;

  // --- Counts: a Chinese, Japanese or Korean sign is a word, so is a run of other letters and figures --------------------------------------

  const EAST = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}]/gu;
  const RUN = /[\p{L}\p{N}]+(?:['’.,\-–_/@][\p{L}\p{N}]+)*/gu;
  const wordsIn = (text) => (text.match(EAST)?.length ?? 0) + (text.replace(EAST, " ").match(RUN)?.length ?? 0);
  const lengthOf = (text) => {
    let length = 0;
    for (const _sign of text) length++;
    return length; // as the server counts: an emoji or a rare ideograph is one
  };
  const figure = (number) => number.toLocaleString("en");

  const counted = new WeakMap();
  globalThis.milepostCount = (input, most, shown, say) => {
    const text = input.value, isLong = input instanceof HTMLTextAreaElement;
    const state = `${most} ${page()?.language} ${text}`;
    if (counted.get(shown) === state) return;
    counted.set(shown, state);
    const used = lengthOf(text), left = most - used;
    const filled = {words: figure(wordsIn(text)), used: figure(used), most: figure(most), left: figure(left), over: figure(-left)};
    const isOver = most > 0 && left < 0, isNear = most > 0 && !isOver && left <= Math.max(Math.min(20, most / 4), most / 10);
    if (!text || (!isLong && !isOver && !isNear)) shown.textContent = "";
    else if (isOver) shown.textContent = `⚠ ${say("over", filled)}`;
    else if (isNear) shown.textContent = `${say("count", filled)} · ${say("near", filled)}`;
    else shown.textContent = most > 0 ? say("count", filled) : say("count_free", filled);
    shown.dataset.limit = isOver ? "over" : isNear ? "near" : "";
    shown.style.color = isOver ? "#9b1c1c" : isNear ? "#7a4b00" : "inherit";
    shown.style.fontWeight = isOver ? "700" : "inherit";
  };

  // --- Pasting ------------------------------------------------------------------------------------------------------------------------

  const INVISIBLE = /[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;
  const plain = (text) =>
    text
      .replace(/\r\n?|[\v\f\u2028\u2029\u0085]/g, "\n")
      .replace(/[\u00a0\u2007\u202f]/g, " ")
      .replace(/^[ \t]*(?:[\uf000-\uf0ff\u00b7\u25aa\u25cf\u25a0\u2666\u27a2]|[o§](?=\t| {2}))[ \t]+/gm, "• ")
      .replace(INVISIBLE, "")
      .replace(/[ \t]+$/gm, "");

  const BLOCKS = new Set(["P", "DIV", "H1", "H2", "H3", "H4", "H5", "H6", "BLOCKQUOTE", "PRE", "SECTION", "ARTICLE"]);
  const SKIPPED = new Set(["STYLE", "SCRIPT", "HEAD", "TITLE", "META", "LINK", "XML", "O:P"]);

  /** The text of pasted markup: paragraphs and list items on lines of their own, table rows as lines of cells parted by tabs. */
  const fromMarkup = (markup) => {
    const read = (node, depth) => {
      if (node.nodeType === Node.TEXT_NODE) return node.data.replace(/[ \t\r\n]+/g, " ");
      if (node.nodeType !== Node.ELEMENT_NODE || SKIPPED.has(node.tagName)) return "";
      const inside = (deeper = depth) => [...node.childNodes].map((child) => read(child, deeper)).join("");
      const style = node.getAttribute("style") ?? "";
      if (/mso-list:\s*ignore/i.test(style)) return /[0-9０-９一-龥a-zA-Z]{1,4}[.)、]/.test(node.textContent) ? `${node.textContent.trim()} ` : "• ";
      switch (node.tagName) {
        case "BR": return "\n";
        case "TABLE": return `\n${[...node.querySelectorAll("tr")].map((row) => cells(row, depth)).join("\n")}\n`;
        case "UL": case "OL": return `\n${inside(depth + 1)}`;
        case "LI": {
          const ordered = node.parentElement?.tagName === "OL";
          const place = [...(node.parentElement?.children ?? [])].filter((one) => one.tagName === "LI").indexOf(node) + 1;
          return `${"  ".repeat(Math.max(0, depth - 1))}${ordered ? `${place}.` : "•"} ${inside().trim()}\n`;
        }
        default: return BLOCKS.has(node.tagName) ? `\n${inside().trim()}\n` : inside();
      }
    };
    const cells = (row, depth) => [...row.cells].map((cell) => read(cell, depth).trim().replace(/\s*\n\s*/g, " ") || [...cell.childNodes]
      .map((child) => read(child, depth)).join("").trim().replace(/\s*\n\s*/g, " ")).join("\t");
    const text = read(new DOMParser().parseFromString(markup, "text/html").body, 0);
    return plain(text).replace(/[ ]+\n/g, "\n").replace(/\n[ ](?=\S)/g, "\n").replace(/\n{3,}/g, "\n\n").replace(/^\n+|\n+$/g, "");
  };
  const pasted = (data, isLong) => {
    const markup = data.getData("text/html"), text = data.getData("text/plain");
    const isRich = /<(?:table|li|ol|ul)\b|mso-list|MsoListParagraph/i.test(markup);
    const read = isRich ? fromMarkup(markup) : plain(text);
    return isLong ? read : read.replace(/\s*[\n\t]\s*/g, " ").trim();
  };
  document.addEventListener("paste", (event) => {
    if (!own(event.target) || event.target.disabled || !event.clipboardData?.types.some((kind) => kind.startsWith("text/"))) return;
    const text = pasted(event.clipboardData, event.target instanceof HTMLTextAreaElement);
    event.preventDefault();
    if (text && !document.execCommand("insertText", false, text)) type(event.target, text, false);
  }, true);
  globalThis.milepostPaste = {fromMarkup, plain};

  // --- From the checklist to a field ----------------------------------------------------------------------------------------------------

  const goTo = (name) => {
    const fits = (node) => [...node.classList].some((one) => one === `st-key-${name}` || one.replace(/^st-key-field-\d+-/, "") === name);
    const target = [...document.querySelectorAll('[class*="st-key-"]')].find(fits);
    if (!target) return;
    target.scrollIntoView({block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth"});
    const first = target.querySelector('textarea:not([disabled]), input:not([type="file"]):not([disabled]), button:not([disabled]), canvas');
    first?.focus({preventScroll: true});
  };
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest('a[href*="#go-"]');
    if (!link) return;
    event.preventDefault();
    event.stopPropagation();
    goTo(decodeURIComponent(link.getAttribute("href").split("#go-")[1]));
  }, true);

  // --- Files that are too large: said in the reader's language, before anything is sent ---------------------------------------------------

  const MOST = globalThis.milepostMostBytes ?? Infinity;
  const chosen = (input, files) => {
    const box = input.closest('[class*="st-key-field-"]') ?? input.closest('[data-testid="stFileUploader"]')?.parentElement;
    if (!box || !page()) return;
    box.querySelector(":scope > .milepost-refused")?.remove();
    const large = [...files].filter((file) => file.size > MOST);
    if (!large.length) return;
    const said = document.createElement("div");
    said.className = "milepost-refused";
    said.setAttribute("role", "alert");
    said.style.cssText = "color:#9b1c1c;font-size:.925rem";
    said.textContent = large
      .map((file) => words("too_large", {name: file.name, size: figure(Math.ceil(file.size / 1048576)), most: figure(MOST / 1048576)}))
      .join(" ");
    box.append(said);
  };
  document.addEventListener("change", (event) => {
    if (event.target instanceof HTMLInputElement && event.target.type === "file") chosen(event.target, event.target.files ?? []);
  }, true);
  document.addEventListener("drop", (event) => {
    const zone = event.target instanceof Element && event.target.closest('[data-testid="stFileUploaderDropzone"]');
    if (zone) chosen(zone, event.dataTransfer?.files ?? []);
  }, true);

  // --- A picture or a PDF over the page ---------------------------------------------------------------------------------------------------

  const show = (address, name, isPicture) => {
    const box = document.createElement("dialog"), bar = document.createElement("div"), close = document.createElement("button");
    const shown = document.createElement(isPicture ? "img" : "iframe");
    box.setAttribute("aria-label", name);
    box.className = "milepost-preview";
    box.style.cssText = "width:min(60rem,96vw);height:92vh;max-height:92vh;padding:0;border:1px solid #8a9b98;border-radius:.5rem;background:#fff;color:#17211f";
    bar.style.cssText = "display:flex;justify-content:space-between;align-items:center;gap:1rem;padding:.5rem .75rem;height:3rem;box-sizing:border-box";
    bar.textContent = name;
    close.type = "button";
    close.textContent = words("close");
    close.style.cssText = "font:inherit;padding:.3rem .9rem;border:1px solid currentColor;border-radius:.3rem;background:none;cursor:pointer";
    close.addEventListener("click", () => box.close());
    shown.src = address;
    shown.style.cssText = `display:block;border:0;width:100%;height:calc(100% - 3rem);${isPicture ? "object-fit:contain" : ""}`;
    if (isPicture) shown.alt = name;
    else shown.title = name;
    bar.append(close);
    box.append(bar, shown);
    box.addEventListener("close", () => box.remove());
    document.body.append(box);
    box.showModal();
  };
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest('a[href*="/preview/"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    const address = new URL(link.href, location.href);
    if (address.origin !== location.origin || !/^\/preview\/\d+$/.test(address.pathname)) return;
    event.preventDefault();
    event.stopPropagation();
    show(address.href, link.textContent.trim() || link.querySelector("img")?.alt || "", link.querySelector("img") !== null);
  }, true);
})();
