"""A day is never torn at the end of a line: "115-09-" here and "04" there.

Browsers break a line behind the hyphen between two digits, and no style forbids it short of an element of its own around the day.
Hyphens that do not break would be copied into a spreadsheet and no longer be a date there. So each pair of days in a text, with its
time, goes into a span without a class, which `data/web/screens.css` keeps on one line. Streamlit makes such a span of `:color[…]`
without a colour; it is put in where a text leaves for the browser, so that no page has to think of it.
"""

from __future__ import annotations

import re
from typing import Any

from streamlit.delta_generator import DeltaGenerator

#: A day in both calendars and what may follow it: with or without the escapes of a text that a person wrote.
_DAY = re.compile(r"(?<![\d:-])\d{2,3}\\?-\d\d\\?-\d\d \\?\(\d{4}\\?-\d\d\\?-\d\d\\?\)(?: \d\d\\?:\d\d)?")
#: Code is shown as it stands.
_CODE = re.compile(r"(`+).*?\1", re.DOTALL)
_MARKDOWN = frozenset({"markdown", "heading", "alert"})


def install() -> None:
    """Keep the days whole in every text of this process's pages."""
    if not getattr(DeltaGenerator._enqueue, "keeps_days_whole", False):
        DeltaGenerator._enqueue = _keeping(DeltaGenerator._enqueue)  # type: ignore[method-assign]


def whole(text: str) -> str:
    """The markdown with every day in both calendars inside a span; what stands in code stays as it is."""
    parts, at = [], 0
    for code in _CODE.finditer(text):
        parts += [_DAY.sub(_spanned, text[at : code.start()]), code[0]]
        at = code.end()
    return "".join((*parts, _DAY.sub(_spanned, text[at:])))


def _spanned(day: re.Match[str]) -> str:
    return f":color[{day[0]}]"


def _keeping(enqueue: Any) -> Any:
    def keeping(self: DeltaGenerator, delta_type: str, element_proto: Any, *args: Any, **kwargs: Any) -> Any:
        if delta_type in _MARKDOWN:
            element_proto.body = whole(element_proto.body)
        return enqueue(self, delta_type, element_proto, *args, **kwargs)

    keeping.keeps_days_whole = True  # type: ignore[attr-defined]
    return keeping
