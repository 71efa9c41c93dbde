"""Periods in words: "Y2Q3" is a label for keys and scripts, not for people."""

from __future__ import annotations

from tracker.notify import wording
from tracker.ui.components import escape
from tracker.ui.guard import Screen


def period_text(screen: Screen, label: str) -> str:
    """「第1年第2季」 for "Y1Q2", "" for what is owed once; a label from a document stays as it is (escaped)."""
    return escape(wording.period_text(screen.t, label))


def title_text(screen: Screen, zh: str, en: str, label: str) -> str:
    """A title with its period behind it, safe inside markdown."""
    period = period_text(screen, label)
    title = escape(screen.t.pick(zh, en))
    return f"{title} · {period}" if period else title
