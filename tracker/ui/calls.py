"""The list of calls: what was asked of whom, by when, and how many have answered."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from tracker.services.data_call_board import Call, CallNotice, Counts
from tracker.services.data_call_selection import programme_choices
from tracker.ui.attachments import download_link
from tracker.ui.components import date_text, days_left_text, empty_state, escape, instant_text
from tracker.ui.guard import Screen
from tracker.ui.pages import go, link

STATE_BADGES = {
    "open": ("open for answers", "blue", "campaign"),
    "closed": ("call closed", "gray", "task_alt"),
    "cancelled": ("call cancelled", "red", "block"),
}
_PAGE = 20


def show_list(screen: Screen, calls: Sequence[Call]) -> None:
    """The way to a new call, then every call as a card."""
    t = screen.t
    if programme_choices(screen.ctx) and st.button(t("Issue a call"), key="calls-new", type="primary", icon=":material/add:"):
        go(screen, "call_new")
    if not calls:
        empty_state(
            screen, "No call was issued yet.",
            "A call asks one project, some, or a whole programme for something, by a letter, with a form of its own and a day.",
        )  # fmt: skip
        return
    first = (st.pagination(-(-len(calls) // _PAGE), key="calls-page") - 1) * _PAGE if len(calls) > _PAGE else 0
    for call in calls[first : first + _PAGE]:
        with st.container(border=True, key=f"call-{call.call_id}"):
            with st.container(horizontal=True, vertical_alignment="center"):
                state_badge(screen, call.state)
                if call.state == "open":
                    st.markdown(f"**{days_left_text(screen, call.due_on)}**", width="content")
                if call.counts.late:
                    st.badge(t("{n} late", n=call.counts.late), color="red", icon=":material/error:")
            link(screen, "call", label=f"**{escape(t.pick(call.title_zh, call.title_en))}**", call=call.call_id)
            st.caption(f"{escape(t.pick(call.programme_zh, call.programme_en))} · {escape(call.letter_number)}")
            st.markdown(t("Answers by {day}", day=date_text(call.due_on)))
            progress(screen, call.counts)


def progress(screen: Screen, counts: Counts) -> None:
    """How far the answers are, as a bar with words."""
    wanted = counts.asked - counts.released
    text = screen.t("{answered} of {asked} have answered", answered=counts.answered, asked=wanted)
    st.progress(min(counts.answered / wanted, 1.0) if wanted > 0 else 0.0, text=text)


def state_badge(screen: Screen, state: str) -> None:
    """Whether a call is open, closed or cancelled, in words, colour and icon."""
    msgid, colour, icon = STATE_BADGES[state]
    st.badge(screen.t(msgid), color=colour, icon=f":material/{icon}:")


def show_notice(screen: Screen, notice: CallNotice | None) -> None:
    """The notice above a report that answers a call: its letter, its notes, its file; nothing for any other report."""
    if notice is None:
        return
    t = screen.t
    with st.container(border=True, key="call-notice"):
        st.markdown(t("This answers the call **{title}** ({letter}).", title=escape(t.pick(notice.title_zh, notice.title_en)),
                      letter=escape(notice.letter_number)))  # fmt: skip
        if notice.state != "open":
            st.warning(t("The call is over: {why}", why=escape(notice.closed_why)), icon=":material/block:")
        for line in notice.note.splitlines():
            st.markdown(escape(line))
        download_link(screen, notice.document_id, notice.filename)
        st.caption(t("Issued by {name}, {at}", name=escape(notice.issued_by), at=instant_text(notice.issued_at)))
