"""What looks wrong on a page as it is drawn: failures, overflow, words cut short, torn days, English on a Chinese page, missing glyphs."""

from __future__ import annotations

import re

from playwright.sync_api import Page

#: What ends the gallery with status 1. The rest is for eyes.
SERIOUS = frozenset({"error", "nothing found", "overflow", "console", "outside", "too slow", "no CJK glyphs", "signed out"})

_REFERENCE = re.compile(r"(?:Reference|編號)\s*[:：]\s*[0-9A-F]{8}")
_NOTHING = ("Nothing was found", "此處查無資料")
#: Two or more Latin words in a row: something that nobody translated.
_ENGLISH = re.compile(r"(?<![\w@./-])[A-Za-z][a-z’']+(?:[ ,]+[A-Za-z][a-z’']+)+")
#: Streamlit's own words, which it offers in English only, and names that stay as they are.
_FOREIGN = frozenset(
    {"Skip to main content", "per file", "Drag and drop file here", "Drag and drop files here", "Browse files", "like Gecko"}
)

_MEASURE = """() => {
  const width = window.innerWidth, main = document.querySelector('[data-testid="stMain"]') || document.body;
  const boxed = element => {
    for (let e = element.parentElement; e && e !== main; e = e.parentElement)
      if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(e).overflowX)) return true;
    return false;
  };
  const words = element => (element.innerText || '').slice(0, 60);
  const all = [...main.querySelectorAll('*')];
  const wide = all.filter(e => { const b = e.getBoundingClientRect(); return b.width > 1 && b.right > width + 1 && !boxed(e); });
  const short = 'button p, label p, [data-testid="stMetricValue"] *, [data-testid="stMetricLabel"] *, [data-testid="stPageLink"] p';
  const cut = [...main.querySelectorAll(short)].filter(e =>
    e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).textOverflow === 'ellipsis');
  return {
    width, height: main.scrollHeight, document: Math.max(document.documentElement.scrollWidth, main.scrollWidth),
    wide: wide.slice(0, 4).map(e => `${e.dataset.testid || e.tagName.toLowerCase()}: ${words(e)}`), cut: cut.slice(0, 6).map(words),
  };
}"""

_TORN = r"""() => {
  const torn = [], main = document.querySelector('[data-testid="stMain"]') || document.body;
  const texts = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode())
    for (const day of text.data.matchAll(/\d{3}-\d\d-\d\d \(\d{4}-\d\d-\d\d\)/g)) {
      const range = document.createRange();
      range.setStart(text, day.index);
      range.setEnd(text, day.index + day[0].length);
      const lines = new Set([...range.getClientRects()].filter(box => box.width > 0).map(box => Math.round(box.top)));
      if (lines.size > 1) torn.push(text.data.slice(Math.max(0, day.index - 20), day.index + 40));
    }
  return torn;
}"""

_NO_GLYPHS = """() => {
  const draw = text => {
    const canvas = document.createElement('canvas'), pen = canvas.getContext('2d');
    canvas.width = canvas.height = 40; pen.font = '32px sans-serif'; pen.fillText(text, 2, 34);
    return canvas.toDataURL();
  };
  const none = draw('\\u{10FFFE}');
  return ['計', '畫', '國', '麗', '，'].some(text => draw(text) === none);
}"""


def full_height(page: Page) -> int:
    """How tall the page would be if nothing had to scroll, in CSS pixels."""
    return int(page.evaluate(_MEASURE)["height"])


def torn_days(page: Page) -> list[str]:
    """Every day in both calendars that does not stand on one line, with the words around it."""
    return page.evaluate(_TORN)


def judge(page: Page, language: str) -> list[tuple[str, str]]:
    """What looks wrong: (kind, what), most of it in words from the page."""
    found: list[tuple[str, str]] = []
    text = page.locator("body").inner_text()
    if "/sign-in" in page.url and "lang=" not in page.url:
        found.append(("signed out", page.url))
    if reference := _REFERENCE.search(text):
        found.append(("error", reference.group()))
    if page.locator('[data-testid="stException"]').count():
        found.append(("error", "an exception is shown"))
    if any(words in text for words in _NOTHING):
        found.append(("nothing found", "the notice for a foreign or missing object"))
    size = page.evaluate(_MEASURE)
    if size["document"] > size["width"]:
        found.append(("overflow", f"{size['document']} > {size['width']} pixels"))
    found += [("overflow", what) for what in size["wide"]]
    found += [("cut short", what) for what in size["cut"]]
    found += [("torn day", words) for words in torn_days(page)[:6]]
    if "�" in text or page.evaluate(_NO_GLYPHS):
        found.append(("no CJK glyphs", "the machine has no font for Chinese, or a text was decoded wrongly"))
    if language == "zh_TW":
        found += [("English", words) for words in english_in(text)]
    return found


def english_in(text: str) -> list[str]:
    """Runs of Latin words in the text of a Chinese page; names of icons and addresses are left out."""
    lines = [line for line in text.splitlines() if not re.fullmatch(r"[a-z0-9_]+", line.strip()) and "@" not in line]
    return sorted({match.group() for line in lines for match in _ENGLISH.finditer(line)} - _FOREIGN)
