"""What a notice of moved days lists: each thing with the day before and the day now; what came nearer stands first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from tracker.i18n import Translator
from tracker.notify.wording import day_text, period_text


def what(t: Translator, told: Mapping[str, Any]) -> str:
    """The first thing by name with its new day, and how many more there are; what came nearer is said to be."""
    first, others = told["moved"][0], told["n"] - 1
    given = {"what": _title(t, first), "day": day_text(t, _deciding(first)[1])}
    legal = first["old"] != first["new"]
    if told["nearer"]:
        words = t("{what} is due EARLIER, on {day}", **given) if legal else t("{what} is safely filed EARLIER, by {day}", **given)
    else:
        words = t("{what} is due on {day}", **given) if legal else t("{what} is safely filed by {day}", **given)
    return t("{what}, and {n} more", what=words, n=others) if others else words


def facts(t: Translator, told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(what, from which day to which) for each thing; at the end how many are not listed."""
    rows = []
    for line in told["moved"]:
        old, new = _deciding(line)
        before, now = day_text(t, old), day_text(t, new)
        earlier = line["nearer"]
        text = t("EARLIER: {new} instead of {old}", new=now, old=before) if earlier else t("{new} instead of {old}", new=now, old=before)
        legal = line["old"] != line["new"]
        rows.append((_title(t, line), text if legal else t("{text} (last safe day; the legal last day stands)", text=text)))
    if told["more"]:
        rows.append((t("Not listed"), t("{n} more; the project's page has them all.", n=told["more"])))
    return rows


def _title(t: Translator, line: Mapping[str, Any]) -> str:
    title, period = t.pick(line["zh"], line["en"]), period_text(t, line["period"])
    return t("{title}, {period}", title=title, period=period) if period else title


def _deciding(line: Mapping[str, Any]) -> tuple[date, date]:
    """The legal last day where it moved, else the safe day."""
    names = ("old", "new") if line["old"] != line["new"] else ("old_safe", "new_safe")
    old, new = (date.fromisoformat(line[name]) for name in names)
    return old, new
