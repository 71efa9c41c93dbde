"""Periods in words: "Y2Q3" is a label for keys and scripts, not for people."""

from __future__ import annotations

import re

from tracker.ui.components import escape
from tracker.ui.guard import Screen

_LABEL = re.compile(r"Y([0-9]+)(?:Q([0-9]))?")
#: Labels that only tell keys apart: what is owed once, and one approval from another ("irb-13-2027-02-05").
_ONLY_FOR_KEYS = re.compile(r"-?|project|[a-z_]+-[0-9]+(-[0-9]{4}-[0-9]{2}-[0-9]{2})?")


def period_text(screen: Screen, label: str) -> str:
    """「第 2 年第 3 季」 for "Y2Q3", "" for what is owed once; a label from a document stays as it is (escaped)."""
    if _ONLY_FOR_KEYS.fullmatch(label):
        return ""
    match = _LABEL.fullmatch(label)
    if match is None:
        return escape(label)
    if match[2]:
        return screen.t("year {year}, quarter {quarter}", year=match[1], quarter=match[2])
    return screen.t("year {year}", year=match[1])


def title_text(screen: Screen, zh: str, en: str, label: str) -> str:
    """A title with its period behind it, safe inside markdown."""
    period = period_text(screen, label)
    title = escape(screen.t.pick(zh, en))
    return f"{title} · {period}" if period else title
