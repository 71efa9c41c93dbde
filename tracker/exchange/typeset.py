"""PDF pages by Typst: a template of `data/print` and data that is only ever shown as text.

Nothing that a person wrote becomes markup: the data goes in as one JSON text, which the template reads and shows. The same template and
data give the same bytes on every machine: the fonts are the package's own, and no clock is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from tracker.config import data_dir
from tracker.domain.free_text import clean_text
from tracker.exchange.printed import Whole

if TYPE_CHECKING:
    import typst

_TEMPLATE = re.compile(r"[a-z_]+")
_NO_BREAK_INSIDE = re.compile(r"[!-~]{18,}")
_PIECE = 6
_ZERO_WIDTH_SPACE = "\u200b"

#: For long keeping, with a structure that can be read aloud (PDF/A-2a).
ARCHIVED = ["a-2a"]

#: One page at a time: typesetting holds a processor, and a long one must not starve the screens beside it.
_press = Lock()


class UnknownTemplate(LookupError):
    """There is no template of that name: a slip in our own code."""


@cache
def _fonts() -> typst.Fonts:
    """The fonts, read once: 20 MB that a process which prints nothing never loads."""
    import typst
    from noto_cjk_sans_otc import FONT_PATH

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(FONT_PATH.parent)])  # type: ignore[attr-defined]


def pdf(template: str, data: Mapping[str, Any]) -> bytes:
    """The PDF (A4) that the template `data/print/<template>.typ` makes of `data`; what `data` holds is JSON's types only.

    Control and direction characters are dropped, and long strings without a place to break get some. Equal input, equal bytes. The file
    is PDF/A-2a, unless it holds a character that the font cannot show: that one is then an empty box. Raises UnknownTemplate, and
    typst.TypstError where template and data do not fit together.
    """
    import typst

    folder = data_dir() / "print"
    source = folder / f"{template}.typ"
    if not _TEMPLATE.fullmatch(template) or not source.is_file():
        raise UnknownTemplate(template)
    text = json.dumps(_printable(data), ensure_ascii=False, sort_keys=True)
    with _press:
        try:
            return _compiled(source, text, ARCHIVED)
        except typst.TypstError:  # an archived file must show every character, and no font has all emoji: then an ordinary one
            return _compiled(source, text, [])


def _compiled(source: Path, text: str, standards: list[str]) -> bytes:
    import typst

    return typst.compile(  # type: ignore[call-overload]
        str(source),
        root=str(source.parent),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": text},
        format="pdf",
        pdf_standards=standards,
        timestamp=0,
    )


def breakable(text: str) -> str:
    """The text with places to break in every long run of Latin characters, so that an address never runs over the edge."""
    return _NO_BREAK_INSIDE.sub(lambda run: _in_pieces(run.group()), text)


def _in_pieces(run: str) -> str:
    return _ZERO_WIDTH_SPACE.join(run[start : start + _PIECE] for start in range(0, len(run), _PIECE))


def _printable(value: Any) -> Any:
    """The same data with every text cleaned, and breakable unless it is to stay whole; keys are our own and stay."""
    if isinstance(value, str):
        text = clean_text(value).replace("\t", "    ")
        return text if isinstance(value, Whole) else breakable(text)
    if isinstance(value, Mapping):
        return {name: _printable(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(one) for one in value]
    return value
