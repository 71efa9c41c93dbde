"""The contact sheet: `index.html` for eyes and `findings.json` for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from html import escape
from pathlib import Path

from tests.gallery.camera import Shot
from tests.gallery.checks import SERIOUS

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Milepost: gallery</title>
<style>
body {{ font: 15px system-ui; margin: 2rem }} td {{ padding: .1rem .6rem; border-top: 1px solid #ddd }} .bad {{ color: #a00 }}
.row {{ display: flex; flex-wrap: wrap; gap: 1rem; align-items: start }}
figure {{ margin: 0; border: 1px solid #ccc }} figcaption {{ font-size: 12px; padding: .3rem }}
img {{ display: block; max-height: 520px; object-fit: cover; object-position: top }}
.wide img {{ width: 520px }} .narrow img {{ width: 200px }}
</style>
<h1>{count} pictures, {seconds:.0f} s</h1>
<table>{findings}</table>
{pages}
</html>
"""


def write_index(out: Path, shots: list[Shot], seconds: float) -> None:
    """The findings first, then every page with its roles, languages and widths side by side."""
    pages = "".join(
        f"<h2>{name}</h2><div class='row'>{''.join(_figure(shot) for shot in sorted(shots, key=_order) if shot.page == name)}</div>"
        for name in dict.fromkeys(shot.page for shot in shots)
    )
    findings = sorted(
        ((kind not in SERIOUS, kind, shot.file, what) for shot in shots for kind, what in shot.findings),
    )
    rows = "".join(
        f"<tr class='{'' if odd else 'bad'}'><td>{kind}<td><a href='#{file}'>{file}</a><td>{escape(what[:200])}"
        for odd, kind, file, what in findings
    )
    (out / "index.html").write_text(_PAGE.format(count=len(shots), seconds=seconds, findings=rows, pages=pages), "utf-8")
    (out / "findings.json").write_text(json.dumps([asdict(shot) for shot in shots], ensure_ascii=False, indent=1), "utf-8")


def _order(shot: Shot) -> tuple[str, str, int, str]:
    return shot.role, shot.language, -shot.width, shot.file


def _figure(shot: Shot) -> str:
    size = "wide" if shot.width > 700 else "narrow"
    facts = f"{shot.role} · {shot.language} · {shot.width} · {shot.seconds} s"
    return (
        f"<figure id='{shot.file}' class='{size}'><a href='{shot.file}'><img loading='lazy' src='{shot.file}' alt=''></a>"
        f"<figcaption>{facts}<br><code>{escape(shot.address)}</code></figcaption></figure>"
    )
