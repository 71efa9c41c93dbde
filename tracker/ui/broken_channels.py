"""Chat channels that take nothing, on the account of whoever would be told there alone."""

from __future__ import annotations

import streamlit as st

from tracker.notify.chat_answers import answer_text
from tracker.services.chat_instead import my_broken_channels
from tracker.ui.components import escape, found, instant_text
from tracker.ui.guard import Screen


def said(screen: Screen) -> None:
    """Which channel takes nothing, what it answered, how she is told meanwhile and who can mend it; nothing where all work."""
    t = screen.t
    with found(screen):
        mine = my_broken_channels(screen.ctx)
    for one in mine:
        st.warning(
            t(
                "The chat channel {name} takes nothing since {at}: {answer}. What you would be told there alone comes to you by mail. An"
                " administrator mends it on the page “Chat channels”.",
                name=escape(one.name), at=instant_text(one.since), answer=escape(answer_text(t, one.error)),
            ),
            icon=":material/link_off:",
        )  # fmt: skip
