"""Contact sheets: several mails on one picture, each as a telephone shows it and, if wanted, its plain text beside it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from playwright.sync_api import Browser

from tests.gallery.mail_cases import MailCase

PHONE = 390
_TEXT = 330
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Mails</title>
<style>
body {{ margin: 8px; font: 12px system-ui; background: #fff }} main {{ display: flex; flex-wrap: wrap; gap: 10px; align-items: flex-start }}
h2 {{ font: bold 13px monospace; margin: 0 0 2px }} h2 + p {{ margin: 0 0 4px; color: #b42318 }}
figure {{ margin: 0; width: {width}px }} figure div {{ display: flex; align-items: flex-start; gap: 4px }}
iframe {{ width: {phone}px; border: 1px solid #999; box-sizing: content-box }}
pre {{ font: 11px/1.35 monospace; margin: 0; width: {text}px; white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid #ccc }}
</style>
<main>{mails}</main></html>
"""
_TALL = """() => { for (const frame of document.querySelectorAll('iframe'))
  frame.style.height = `${frame.contentDocument.documentElement.scrollHeight}px` }"""


def unlike(cases: Sequence[MailCase]) -> list[tuple[MailCase, list[str]]]:
    """Each mail once with the names of all that look and read exactly so."""
    found: dict[tuple[str, str, str], tuple[MailCase, list[str]]] = {}
    for case in cases:
        said = case.rendered
        found.setdefault((said.subject, said.text, said.html), (case, []))[1].append(case.file)
    return list(found.values())


def draw_sheets(browser: Browser, cases: Sequence[MailCase], name: Path, *, many: int, wide: int, text: bool) -> list[str]:
    """Pictures `<name>-001.png`, … with so many mails each, `wide` of them in a row; the names of the files."""
    width = PHONE + 2 + (_TEXT + 6 if text else 0)
    page = browser.new_context(viewport={"width": 16 + wide * width + (wide - 1) * 10, "height": 600}, offline=True).new_page()
    files, mails = [], unlike(cases)
    for start in range(0, len(mails), many):
        shown = "".join(_figure(case, names, text) for case, names in mails[start : start + many])
        page.set_content(_PAGE.format(width=width, phone=PHONE, text=_TEXT, mails=shown))
        page.evaluate(_TALL)
        files.append(f"{name.name}-{start // many + 1:03}.png")
        page.screenshot(path=name.with_name(files[-1]), full_page=True)
    page.context.close()
    return files


def _figure(case: MailCase, names: list[str], text: bool) -> str:
    others = f" +{len(names) - 1}" if len(names) > 1 else ""
    beside = f"<pre>{escape(case.rendered.text)}</pre>" if text else ""
    frame = f'<iframe srcdoc="{escape(case.rendered.html)}" scrolling="no"></iframe>'
    return f"<figure><h2>{escape(case.file)}{others}</h2><p>{escape(case.rendered.subject)}</p><div>{frame}{beside}</div></figure>"
