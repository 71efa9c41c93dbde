"""What looks wrong in a mail: in its words, and as a browser draws it."""

from __future__ import annotations

import re
from datetime import date
from html import escape, unescape

from playwright.sync_api import Page

from tests.gallery.checks import english_in
from tests.gallery.mail_cases import MailCase
from tracker.domain.minguo import weekday_zh

_HAN = re.compile(r"[\u4e00-\u9fff]+")
#: Names and numbers of samples, which are in one language only, and how the days of the week and the two calendars are written.
_OF_SAMPLES = re.compile(r"示範[\u4e00-\u9fff]*|七-\(一\)|第十七條之二第三項第四款及附表六|院授科前字第1150000123號")
_SAMPLES_EN = re.compile(r"Deep-learning\S*|Experts' review|SAMPLE-\w+|Milepost|SHA-256")
_EMPTY = re.compile(r"\(\)|（）|「」|“”|[:：] ?[,，;；]|[,，] ?[:：]|[{}]|  |\bNone\b")
_SIGNS = "，。；：、！？"
#: What no proof-reader lets pass, whichever mail it is in: (kind, pattern).
_IN_ANY = (
    ("doubled sign", re.compile(rf"[{_SIGNS}][{_SIGNS}]|[.,;:!?][,;:!?]|\.\.(?!\.)|[{_SIGNS}] ?[,;:!?]|[,;:!?] ?[{_SIGNS}]")),
    ("half a bracket", re.compile(r"^[^()]*[()][^()]*$|（[^）]*$|^[^（]*）")),
    ("one calendar", re.compile(r"(?<![(\d-])\d{4}-\d{2}-\d{2}(?!\d)")),
)
_IN_CHINESE = (
    ("half-width sign", re.compile(r"[\u4e00-\u9fff）][,;:!?]|[,;:!?] ?[\u4e00-\u9fff（]")),
    ("blank in a sentence", re.compile(r"[\u4e00-\u9fff] (?!第)[\u4e00-\u9fff]|[\u4e00-\u9fff] [（）]|[（，。；：、] | [），。；：、]")),
    ("another name of the office", re.compile(r"(?<![補助行政])機關(?!辦公|停止)|(?<!計畫)辦公室(?!日)")),
)
_IN_ENGLISH = (
    ("full-width sign", re.compile(rf"[{_SIGNS}（）「」]")),
    ("plural of one", re.compile(r"(?<![\w.-])1 (?!is\b|was\b|has\b)[a-z]+s\b|: 1 [a-z]+s\b")),
    ("he or she", re.compile(r"\b(?:she|her|herself|he|him|his)\b")),
)
_DAY = re.compile(r"(?P<roc>\d{2,3})-(?P<rest>\d{2}-\d{2}) \((?P<ad>\d{4})-(?P=rest)\)(?P<after> ?\S*)")
_SHOWN_WHOLE = re.compile(r'<span style="white-space:nowrap">[^<]*</span>')
_UNFINISHED = re.compile(r"[:：,，]$")
_TAG = re.compile(r"<[^>]+>")

#: Text with too little contrast, and what is drawn beyond the edge. Large text needs 3:1, the rest 4.5:1 (WCAG 2.2, 1.4.3).
_MEASURE = """() => {
  const rgb = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = c => { const [r, g, b] = c.map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
    return .2126 * r + .7152 * g + .0722 * b; };
  const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] > 0) return c.slice(0, 3); } return [255, 255, 255]; };
  const weak = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode.textContent.trim(); if (!text) continue;
    const e = walk.currentNode.parentElement, s = getComputedStyle(e), size = parseFloat(s.fontSize);
    const [a, b] = [light(rgb(s.color)), light(behind(e))], ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    const large = size >= 24 || (size >= 18.66 && s.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) weak.push(`${ratio.toFixed(1)}: ${text.slice(0, 40)}`);
    if (size < 12) weak.push(`${size}px: ${text.slice(0, 40)}`);
  }
  const width = document.documentElement.clientWidth;
  const wide = [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > width + .5)
    .map(e => `${e.tagName}: ${e.innerText.slice(0, 40)}`);
  const small = [...document.querySelectorAll('a')].filter(e => getComputedStyle(e).display === 'inline-block')
    .filter(e => e.getBoundingClientRect().height < 40).map(e => e.innerText);
  return {weak, wide, small, over: document.documentElement.scrollWidth - width, height: document.documentElement.scrollHeight};
}"""


def wrong_words(case: MailCase) -> list[tuple[str, str]]:
    """What is wrong in subject and parts, whatever draws them: (kind, what)."""
    subject, text = case.rendered.subject, case.rendered.text
    seen = unescape(_TAG.sub(" ", case.rendered.html.split("</head>")[1]))
    found = [("long subject", subject)] if len(subject) > 180 else []
    found += [("two lines", subject)] if "\n" in subject or not subject.strip() else []
    found += [("empty field", line) for line in (subject, *text.splitlines()) if _EMPTY.search(_no_address(line.strip()))]
    for label, said in case.facts:
        for part, body in (("text", text), ("HTML", _joined(seen))):
            for words in (label, said):
                if (_joined(words) if part == "HTML" else words.strip()) not in body:
                    found.append(("missing", f"{part} lacks {words!r}"))
    found += [("empty field", subject)] if _UNFINISHED.search(subject) else []
    found += [("markup", line) for line in text.splitlines() if _TAG.search(line) or "&amp;" in line]
    found += _misspelt(case, [subject, *(line.strip() for line in text.splitlines())])
    found += [("torn day", day) for day in re.findall(r"[^>]*\d-\d\d-\d\d[^<]*", _SHOWN_WHOLE.sub("", _shown(case.rendered.html)))]
    found += [("no link", address) for address in case.addresses if address not in text or escape(address) not in case.rendered.html]
    plain = _no_address(f"{subject}\n{text}\n{seen}")
    if case.language == "zh_TW":
        found += [("not translated", words) for words in english_in(_SAMPLES_EN.sub("", plain)) if words not in ("Reader",)]
    else:
        found += [("not translated", words) for words in set(_HAN.findall(_OF_SAMPLES.sub("", plain)))]
    return found


def _misspelt(case: MailCase, lines: list[str]) -> list[tuple[str, str]]:
    """What is wrong in the spelling of single lines, the subject first."""
    rules = _IN_ANY + (_IN_CHINESE if case.language == "zh_TW" else _IN_ENGLISH)
    said = [(n, _OF_SAMPLES.sub("X", _no_address(line))) for n, line in enumerate(lines)]
    found = [(kind, line) for _, line in said for kind, pattern in rules if pattern.search(line)]
    for n, line in said:
        for day in _DAY.finditer(line):
            on = date.fromisoformat(f"{day['ad']}-{day['rest']}")
            weekday = weekday_zh(on) if case.language == "zh_TW" else f"{on:%A}"
            wrong_year = int(day["roc"]) + 1911 != on.year
            is_fact = n and re.match(r"[^:：]{1,60}[:：] ?\d", line) and ":" not in day["after"] and not re.match(r"\d+\. ", line)
            if wrong_year or (is_fact and not re.search(rf"{weekday}|\d\d:\d\d", line)):
                found.append(("day", line))
    return found


def wrong_looks(page: Page) -> list[tuple[str, str]]:
    """What is wrong on the screen that the page is drawn on."""
    size = page.evaluate(_MEASURE)
    found = [("overflow", what) for what in size["wide"][:4]] + [("contrast", what) for what in size["weak"][:4]]
    found += [("small button", what) for what in size["small"]]
    return found + ([("overflow", f"{size['over']} pixels")] if size["over"] > 0 else [])


def _shown(html: str) -> str:
    """What is drawn below the heading of the document, without the addresses of links."""
    return re.sub(r"https?://[^<\"\s]+", "", html.split("</head>")[1])


def _joined(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _no_address(line: str) -> str:
    return re.sub(r"https?://\S+", "", line)
