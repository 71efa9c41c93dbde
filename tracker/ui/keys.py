"""Names in session state, all in one place, and the idempotency keys of open forms."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import uuid4

import streamlit as st


class Key(StrEnum):
    """Every session-state name that is not a widget's own."""

    VIEWER = "_viewer"  # the session this browser session was opened for; never a source of identity
    FORM = "_form"  # prefix of idempotency keys
    ASKED = "_asked"  # prefix of open confirmations
    FEED = "_feed"  # prefix of an address that was just made and is shown once
    TAB = "_tab"  # prefix of which tab is open
    LANGUAGE = "_language"  # in which the run before was drawn
    ALERT_CHOICE = "_alert-choice"  # what was kept when the form of how one is told was first drawn
    SEEN = "_seen"  # prefix of what a form began with, so that somebody else's change in between is noticed
    MEMORY = "_memory"  # what outlives a run that is cut in the middle
    CALL_DRAFT = "_call-draft"  # what was kept last of a call that is being put together
    CALL_ANEW = "_call-anew"  # the next run begins a call anew
    TEMPLATE_DRAFTS = "_template-drafts"  # words of messages that were typed and not saved, by programme and name
    SIGNAL_DRAFTS = "_signal-drafts"  # courses of signals that were changed and not saved, by programme and condition
    CALL_FORM = "_call-form"  # the order of parts and questions of a call that is being put together


@dataclass
class Memory:
    """What a run leaves to the next even where it is cut in the middle: a run that no click began is, at its next touch of the session
    state, and what it wrote is written then. So nothing here goes through the session state, which only holds the one object.
    """

    said: str = ""  # what the last act has to say
    said_until: float | None = None  # on the monotonic clock; None: not shown yet
    said_on: str = ""  # the page that shows it
    agreed: str = ""  # the confirmation that this run's act comes from
    spent: set[str] = field(default_factory=set)  # forms whose key is to be made anew
    rounds: dict[str, int] = field(default_factory=dict)  # how often a form that stays on the page went through


_memory: ContextVar[Memory | None] = ContextVar("memory", default=None)


def memory() -> Memory:
    """The memory of this browser session."""
    return _memory.get() or begin_run()


def begin_run() -> Memory:
    """Find the memory of this browser session, while nothing is done yet. The entry calls it once a run."""
    kept: Memory = st.session_state.setdefault(Key.MEMORY, Memory())
    kept.agreed = ""
    _memory.set(kept)
    return kept


def form_key(name: str) -> str:
    """The idempotency key (uuid4 hex) of the form `name`: the same at every rerun until `renew_key(name)`.

    Put what the form is about into the name ("submit-report-17"), so that two objects never share a key.
    """
    slot, kept = f"{Key.FORM}-{name}", memory()
    if name in kept.spent or slot not in st.session_state:
        st.session_state[slot] = uuid4().hex
        kept.spent.discard(name)
    return st.session_state[slot]


def renew_key(name: str) -> None:
    """Forget the key of `name`, after the write went through or its content was changed."""
    memory().spent.add(name)


def form_name(name: str) -> str:
    """What the widget keys of the form `name` begin with; for a form that stays on the page and may be sent again with other content.

    It changes with every `next_form(name)`: then the form is empty, and the second of two quick clicks on its button was on a form
    that is gone, so that nothing is done twice.
    """
    sent = memory().rounds.get(name, 0)
    return f"{name}-again{sent}" if sent else name


def next_form(name: str) -> None:
    """The form went through: its next run begins anew."""
    renew_key(form_name(name))
    rounds = memory().rounds
    rounds[name] = rounds.get(name, 0) + 1
