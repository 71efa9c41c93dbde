"""What a channel of the office is told: one line for each alert, its day, and the page to open; cut to what every service takes at once.

A channel is read by many, so a message names no person and no amount. Its line may be the office's own words; what follows the line, the
legal day and the one link, is no part of a template.
"""

from __future__ import annotations

from collections.abc import Sequence

from tracker.domain.minguo import both
from tracker.i18n import Translator
from tracker.notify import chat, wording
from tracker.notify.chat import ChatText
from tracker.notify.templates import NONE_OF_ITS_OWN, OwnWords
from tracker.notify.wording import AlertText

LISTED = 8
"""So many alerts a message names; of the others it says how many they are."""

READER = "officer"
"""As whom a channel is spoken to: the office, which reads of others' duties."""


def one(t: Translator, alert: AlertText, link: str, service: str, own: OwnWords = NONE_OF_ITS_OWN) -> ChatText:
    """The message about one alert. `link` is the full address of its page, `own` the office's words for its programme."""
    day = wording.day_text(t, alert.due_on)
    return fitted(wording.chat_line(t, alert, own), [day, link], service)


def several(t: Translator, alerts: Sequence[tuple[AlertText, OwnWords]], projects: int, link: str, service: str) -> ChatText:
    """The message about many alerts of `projects` projects, each with the office's words for its programme."""
    lines = [f"• {_with_day(wording.chat_line(t, alert, own), alert)}" for alert, own in alerts[:LISTED]]
    if len(alerts) > LISTED:
        lines.append(t("and {n} more", n=len(alerts) - LISTED))
    title = t("Alerts: {n}, projects: {projects}", n=len(alerts), projects=projects)
    return fitted(title, [*lines, link], service)


def fitted(title: str, lines: Sequence[str], service: str) -> ChatText:
    """Escaped for the service, and cut to what every one takes at once; the last line, which is the address to open, is never cut."""
    text = chat.plain(ChatText(title, "\n".join(lines)), service)
    *above, last = text.body.split("\n")
    room = chat.LONGEST - len(text.title) - len(last) - 2
    body = "\n".join(above)
    if len(body) > room:
        body = body[: max(0, room - 1)].rstrip() + "…"
    return ChatText(text.title, f"{body}\n{last}" if body else last)


def _with_day(line: str, alert: AlertText) -> str:
    """A line that names its day in both calendars, also where it only says how long ago it was."""
    return line if both(alert.due_on) in line else f"{line} · {both(alert.due_on)}"
