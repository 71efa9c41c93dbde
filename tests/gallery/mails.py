"""Pictures of every mail at a telephone's and at a desk's width, its plain text beside them, and a list of what looks wrong.

    python -m tests.gallery.mails [OUT_DIR] [--only before,receipt] [--widths 390,700]
    python -m tests.gallery.mails [OUT_DIR] --sheets

Writes index.html into OUT_DIR (default `gallery/mails/`, which git ignores). With --sheets it writes contact sheets instead, for whoever
wants to look at all of them: every mail once as on a telephone, its subject above, its plain text beside it where no other mail of its sort
has it. Exit status 1 where something is wrong, 2 without a browser.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.gallery.mail_cases import MailCase, mail_cases
from tests.gallery.mail_checks import wrong_looks, wrong_words
from tests.gallery.sheets import draw_sheets
from tests.serving_support import chromium, launch
from tracker.config import ROOT

WIDTHS = (390, 700)
DRAWN = frozenset({"pi", "officer", "chief", "institution", "anyone"})
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Milepost: mails</title>
<style>
body {{ font: 15px system-ui; margin: 2rem }} td {{ padding: .1rem .6rem; border-top: 1px solid #ddd }}
section {{ display: flex; gap: 1rem; align-items: start; margin-bottom: 2rem; overflow-x: auto }}
img {{ border: 1px solid #ccc }} pre {{ font: 12px monospace; white-space: pre-wrap; width: 420px; border: 1px solid #ccc; padding: .5rem }}
</style>
<h1>{count} mails</h1><table>{findings}</table>{mails}</html>
"""


def main(argv: list[str] | None = None) -> int:
    """Draw and judge every mail. Exit status 0 good, 1 something is wrong, 2 no browser."""
    args = _arguments(argv)
    if chromium() is None:
        print("There is no Chromium on this machine; install the package chromium.", file=sys.stderr)
        return 2
    args.out.mkdir(parents=True, exist_ok=True)
    for old in args.out.glob("*.png"):
        old.unlink()
    cases = [case for case in mail_cases() if not args.only or re.split("[/@]", case.name)[0] in args.only]
    if args.sheets:
        return _sheets(cases, args.out)
    findings = {case.file: wrong_words(case) for case in cases}
    drawn = [
        case for case in cases if not {"/", "@"} & {*case.name} and case.role in DRAWN
    ]  # a stage, a kind and an assistant change no line of it
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for width in args.widths:
            for file, found in _draw(browser, drawn, width, args.out):
                findings[file] += found
        browser.close()
    _write(args.out, cases, drawn, findings, args.widths)
    wrong = [(file, kind, what) for file, some in findings.items() for kind, what in some]
    for line in wrong:
        print(": ".join(line)[:200])
    print(f"{len(cases)} mails, {len(wrong)} findings; see {args.out / 'index.html'}")
    return 1 if wrong or not cases else 0


def _sheets(cases: list[MailCase], out: Path) -> int:
    particular = [case for case in cases if {"/", "@"} & {*case.name}]  # words of the sort about another stage or kind
    general = [case for case in cases if case not in particular]
    with sync_playwright() as playwright:
        browser = launch(playwright)
        files = [*draw_sheets(browser, general, out / "sheet-a", many=6, wide=3, text=True)]
        files += draw_sheets(browser, particular, out / "sheet-b", many=12, wide=6, text=False)
        browser.close()
    print(f"{len(cases)} mails on {len(files)} sheets in {out}")
    return 0 if cases else 1


def _draw(browser: Browser, cases: list[MailCase], width: int, out: Path) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """A picture of each at one width, without any request, as a mail program shows it."""
    page = browser.new_context(viewport={"width": width, "height": 800}, offline=True).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for case in cases:
        page.set_content(case.rendered.html)
        yield case.file, [(f"{kind} at {width}", what) for kind, what in wrong_looks(page)] + [("outside", url) for url in asked]
        asked.clear()
        page.screenshot(path=out / f"{case.file}.{width}.png", full_page=True)
    page.context.close()


def _write(out: Path, cases: list[MailCase], drawn: list[MailCase], findings: dict[str, list[tuple[str, str]]], widths: list[int]) -> None:
    rows = "".join(
        f"<tr><td>{escape(kind)}<td><a href='#{file}'>{file}</a><td>{escape(what[:200])}"
        for file, some in findings.items()
        for kind, what in some
    )
    mails = "".join(
        f"<h2 id='{case.file}'>{case.file}</h2><p>{escape(case.rendered.subject)}</p><section>"
        + "".join(f"<img loading='lazy' src='{case.file}.{width}.png' width='{width}' alt=''>" for width in widths if case in drawn)
        + f"<pre>{escape(case.rendered.text)}</pre></section>"
        for case in cases
    )
    (out / "index.html").write_text(_PAGE.format(count=len(cases), findings=rows, mails=mails), "utf-8")


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.gallery.mails", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", nargs="?", type=Path, default=ROOT / "gallery" / "mails", metavar="OUT_DIR")
    parser.add_argument("--only", type=lambda text: text.split(","), default=[], help="names of sorts")
    parser.add_argument("--sheets", action="store_true", help="contact sheets of all of them")
    parser.add_argument("--widths", type=lambda text: [int(part) for part in text.split(",")], default=list(WIDTHS))
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
