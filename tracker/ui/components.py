"""Small pieces that every screen is made of: headings, notices, dates, reasons, and what happens when a service refuses."""

from __future__ import annotations

import errno
import logging
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from time import monotonic

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from tracker.clock import TAIPEI
from tracker.domain.minguo import both
from tracker.domain.reasons import Reason
from tracker.domain.statuses import Confidence, Lateness, days_left, lateness
from tracker.services.errors import Invalid, NotFound, ServiceError
from tracker.store.writing import Busy, KeyReused, NoRoom, StaleVersion
from tracker.ui.guard import Screen
from tracker.ui.keys import Key, memory

_log = logging.getLogger("tracker.ui")

_SAID_SECONDS = 6.0

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|~>$:<&^=])")

#: Addresses and icons are looked for in the finished text, where no escape is left: only an invisible joiner takes them apart.
_ALIVE_ANYWAY = re.compile(r"https?:(?=//)|www(?=\.)|:(?=material/)", re.IGNORECASE)

_STORE_MESSAGES: dict[type[Exception], str] = {
    StaleVersion: "Somebody changed this while you had it open. Look at the new state, then try again.",
    KeyReused: "This form was already sent with other content. Reload the page and look at what was saved.",
    Busy: "The system is busy. Nothing was saved; please try again in a moment.",
    NoRoom: "The disk is full. Nothing was saved; please tell the administrator.",
}

_CONFIDENCE_MSGIDS: dict[str, str] = {
    Confidence.STATED: "stated in the call",
    Confidence.DERIVED: "derived from the call",
    Confidence.ASSUMED: "assumed; to be confirmed by the office",
    Confidence.CONTRACT: "from the contract",
    Confidence.OFFICIAL: "from an official letter",
}

_LATENESS: dict[Lateness, tuple[str, str, str]] = {
    Lateness.UNDATED: ("no date yet", "gray", "event_busy"),
    Lateness.NOT_A_DUTY: ("a reminder, not a duty", "gray", "info"),
    Lateness.RELEASED: ("no longer owed", "gray", "do_not_disturb_on"),
    Lateness.NOT_DUE: ("not yet due", "blue", "schedule"),
    Lateness.DUE_TODAY: ("due today", "orange", "today"),
    Lateness.LATE: ("late", "red", "error"),
    Lateness.LATE_ANCHOR_UNCONFIRMED: ("Overdue (anchor date not confirmed)", "orange", "help"),
    Lateness.SUBMITTED_ON_TIME: ("handed in on time", "green", "check_circle"),
    Lateness.SUBMITTED_LATE: ("handed in late", "orange", "assignment_late"),
    Lateness.SUBMITTED_LATE_ANCHOR_UNCONFIRMED: (
        "handed in after the date (anchor date not confirmed)",
        "orange",
        "help",
    ),
}


def escape(text: str) -> str:
    """Text that a person wrote, safe inside markdown and labels: no link, image, icon, colour or formula comes alive.

    An e-mail address still becomes a link to write to it.
    """
    return _SPECIAL.sub(r"\\\1", _ALIVE_ANYWAY.sub("\\g<0>\u2060", str(text))).replace("\n", " ")


def heading(screen: Screen, msgid: str, **params: object) -> None:
    """The title of a screen. Parameters are escaped."""
    st.title(screen.t(msgid, **{name: escape(str(value)) for name, value in params.items()}), anchor=False)


def subheading(screen: Screen, msgid: str, **params: object) -> None:
    """The title of a part of a screen. Parameters are escaped."""
    st.subheader(screen.t(msgid, **{name: escape(str(value)) for name, value in params.items()}), anchor=False)


def empty_state(screen: Screen, msgid: str, next_msgid: str, **params: object) -> None:
    """What to show where there is nothing: that this is so, and what to do next. Parameters are escaped."""
    shown = {name: escape(str(value)) for name, value in params.items()}
    with st.container(border=True):
        st.markdown(f"**{screen.t(msgid, **shown)}**")
        st.markdown(screen.t(next_msgid, **shown))


@dataclass
class Outcome:
    """What became of an attempt; `ok` is False where a message was shown instead."""

    ok: bool = True
    error: Exception | None = None


@contextmanager
def attempt(screen: Screen, *, names: dict[str, str] | None = None) -> Iterator[Outcome]:
    """Call a service that changes something; show what it refuses in the reader's language, and go on with the page.

    `names` maps the services' field names to the msgids of their labels, so that a message says which field. What nobody foresaw
    becomes a reference number; the traceback goes to the log only. Test the outcome's `ok` after the block; keep
    `st.rerun` and `go` outside of it.
    """
    outcome, kept = Outcome(), memory()
    try:
        yield outcome
    except Exception as error:
        outcome.ok, outcome.error = False, error
        if kept.agreed:
            st.session_state[kept.agreed] = True  # nothing was done: "yes" may be said again, after what was wrong is put right
        show_error(screen, error, names=names)
    kept.agreed = ""


@contextmanager
def found(screen: Screen) -> Iterator[None]:
    """Call a service that reads what the page is about; where it refuses, show why and end the run."""
    try:
        yield
    except Exception as error:
        show_error(screen, error)
        st.stop()


def show_error(screen: Screen, error: Exception, *, names: dict[str, str] | None = None) -> None:
    """One refusal or failure, in the reader's language."""
    t = screen.t
    if isinstance(error, Invalid):
        lines = [t(error.msgid)]
        for problem in error.problems:
            label = t(names[problem.field]) if names and problem.field in names else t(problem.field)
            params = {name: escape(str(t.said(value))) for name, value in problem.params.items()}
            lines.append(f"- **{escape(label)}**{t.pick('：', ': ')}{t(problem.msgid, **params)}")
        st.error("\n".join(lines), icon=":material/error:")
    elif isinstance(error, NotFound):
        st.warning(t(error.msgid, **{n: escape(str(v)) for n, v in error.params.items()}), icon=":material/search_off:")
    elif isinstance(error, ServiceError):
        st.error(t(error.msgid, **{n: escape(str(v)) for n, v in error.params.items()}), icon=":material/error:")
    elif isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        st.error(t(_STORE_MESSAGES[NoRoom]), icon=":material/error:")
    elif type(error) in _STORE_MESSAGES:
        st.error(t(_STORE_MESSAGES[type(error)]), icon=":material/error:")
    else:
        st.error(t("Something went wrong on our side. Reference: {reference}", reference=log_failure(error)))


def log_failure(error: BaseException) -> str:
    """Write the traceback to the server's log and return the reference number that names it."""
    reference = secrets.token_hex(4).upper()
    _log.error("reference %s", reference, exc_info=error)
    return reference


def say_after_rerun(message: str) -> None:
    """Keep a finished message for the next run: what was just saved would vanish with `st.rerun`."""
    kept = memory()
    kept.said, kept.said_until = message, None


def show_said(place: DeltaGenerator, page: str) -> None:
    """Show in `place`, above the page, what `say_after_rerun` kept.

    It stays for some seconds whatever is clicked, so that no second click takes it away unread; it goes with the page. The entry calls
    it before and after the page, which may have something to say without a new run.
    """
    kept = memory()
    if kept.said_until is not None and (monotonic() > kept.said_until or page != kept.said_on):
        kept.said, kept.said_until = "", None
    if not kept.said:
        return
    if kept.said_until is None:
        kept.said_until, kept.said_on = monotonic() + _SAID_SECONDS, page
    place.success(kept.said, icon=":material/check_circle:")


def date_text(day: date | None) -> str:
    """A civil date in both calendars, "115-08-31 (2026-08-31)"; a dash where there is none."""
    return both(day) if day else "—"


def instant_text(at: datetime | None) -> str:
    """An instant in Taipei time, date in both calendars and time to the minute; a dash where there is none."""
    if at is None:
        return "—"
    local = at.astimezone(TAIPEI)
    return f"{both(local.date())} {local:%H:%M}"


def days_left_text(screen: Screen, day: date | None) -> str:
    """How far a date is from today, in words: "12 days left", "today", "3 days ago"."""
    if day is None:
        return screen.t("no date yet")
    left = days_left(day, screen.ctx.today)
    if left == 0:
        return screen.t("today")
    if left == 1:
        return screen.t("tomorrow")
    if left > 0:
        return screen.t("{n} days left", n=left)
    return screen.t("1 day ago") if left == -1 else screen.t("{n} days ago", n=-left)


def lateness_badge(
    screen: Screen,
    *,
    status: str,
    due_on: date | None,
    first_submitted_on: date | None,
    duty: bool,
    confidence: str = Confidence.STATED,
) -> Lateness:
    """Where an obligation stands as a badge with words, icon and colour (never colour alone); returns what it showed."""
    stands = lateness(status, due_on, first_submitted_on, screen.ctx.today, duty, confidence)
    msgid, colour, icon = _LATENESS[stands]
    st.badge(screen.t(msgid), color=colour, icon=f":material/{icon}:")
    return stands


def lateness_text(screen: Screen, stands: Lateness) -> str:
    """The words of a badge, for tables."""
    return screen.t(_LATENESS[stands][0])


def confidence_text(screen: Screen, confidence: str) -> str:
    """How sure a date is, in words."""
    return screen.t(_CONFIDENCE_MSGIDS.get(confidence, confidence))


def because(
    screen: Screen,
    reasons: Iterable[Reason | dict[str, str]],
    *,
    clause: str = "",
    confidence: str = "",
    calendar_version: str | None = None,
    provisional: bool = False,
    expanded: bool = False,
) -> None:
    """ "Why this day?": the sentences of the computation, the clause, how sure it is, and the calendar it was counted with."""
    t = screen.t
    with st.expander(t("Why this day?"), icon=":material/help:", expanded=expanded):
        for reason in reasons:
            zh, en = (reason.zh, reason.en) if isinstance(reason, Reason) else (reason.get("zh", ""), reason.get("en", ""))
            st.markdown(f"- {escape(t.pick(zh, en))}")
        if clause:
            st.caption(t("Clause: {clause}", clause=escape(clause)))
        if confidence:
            st.caption(t("How sure: {confidence}", confidence=confidence_text(screen, confidence)))
        if calendar_version:
            st.caption(t("Working-day calendar: {version}", version=escape(calendar_version)))
        if provisional:
            st.caption(t("The official calendar for that year is not out yet; the day may move."))


def confirm(
    screen: Screen, name: str, button: str, consequences: str, *, yes: str = "", disabled: bool = False, main: bool = False
) -> bool:
    """A button that first says what will happen, then does it: True in the one run in which the viewer confirmed.

    Where the `attempt` that follows is refused, the question stays open, so that she says yes again once it is put right.
    `name` is unique on the page and holds the object's id; `button`, `consequences` and `yes` are finished texts.
    `main` marks the one thing the page is for.
    """
    slot = f"{Key.ASKED}-{name}"
    if not st.session_state.get(slot):
        st.button(button, key=f"ask-{name}", type="primary" if main else "secondary", disabled=disabled, on_click=_ask, args=(slot,))
        return False
    with st.container(border=True):
        st.markdown(consequences)
        with st.container(horizontal=True):
            agreed = st.button(yes or button, key=f"yes-{name}", type="primary")
            st.button(screen.t("Cancel"), key=f"no-{name}", on_click=_withdraw, args=(slot,))
    if agreed:
        st.session_state.pop(slot, None)
        memory().agreed = slot
    return agreed


def _ask(slot: str) -> None:
    st.session_state[slot] = True


def _withdraw(slot: str) -> None:
    st.session_state.pop(slot, None)
