"""The screen of signals: every condition in words, and for administrators its course to change, tried before it is saved."""

from __future__ import annotations

import streamlit as st

from tracker.services.policy import INSTALLATION, Act, may
from tracker.services.signal_courses import GENERAL, PROGRAMME, SHIPPED, CourseRow, course_list, course_programmes, course_view
from tracker.ui import signal_editor
from tracker.ui.components import escape, found
from tracker.ui.guard import Screen
from tracker.ui.pages import link
from tracker.ui.signal_words import ABOUT_MSGIDS, course_lines, name_of

KIND, PLACE = "signal", "programme"
ORIGINS = {
    SHIPPED: ("as shipped", "gray", "inventory_2"),
    GENERAL: ("set by the office, for all programmes", "blue", "tune"),
    PROGRAMME: ("set by the office, for this programme", "violet", "tune"),
}


def render(screen: Screen) -> None:
    """The whole screen: the list, or one condition where the address names one."""
    t = screen.t
    st.markdown(
        t("What is told beyond dates: each matter is told once for each step, and falls away by itself as soon as it no longer holds.")
    )
    st.info(
        t(
            "Reminders of what is due and of what is overdue are no signals. They follow the ladder of their programme, and nothing here "
            "switches them off or puts them off."
        ),
        icon=":material/gavel:",
    )
    programme_id = _programme(screen)
    kind = st.query_params.get(KIND)
    if kind is None:
        _list(screen, programme_id)
        return
    with found(screen):
        view = course_view(screen.ctx, kind=kind, programme_id=programme_id)
    st.button(t("Back to all signals"), icon=":material/arrow_back:", key="signals-back", on_click=_close)
    signal_editor.show(screen, view)


def _programme(screen: Screen) -> int | None:
    t = screen.t
    every = t("Every programme without a course of its own")
    with found(screen):
        known = {str(one.id): one for one in course_programmes(screen.ctx)}
    asked = st.query_params.get(PLACE)
    st.session_state["signals-programme"] = asked if asked in known else ""
    chosen = st.selectbox(
        t("Programme"), ["", *known], key="signals-programme", on_change=_to_address,
        format_func=lambda one: t.pick(known[one].title_zh, known[one].title_en) if one else every,
    )  # fmt: skip
    return int(chosen) if chosen else None


def _to_address() -> None:
    chosen = st.session_state.get("signals-programme")
    if chosen:
        st.query_params[PLACE] = chosen
    else:
        st.query_params.pop(PLACE, None)


def _list(screen: Screen, programme_id: int | None) -> None:
    with found(screen):
        rows = course_list(screen.ctx, programme_id=programme_id)
    changes = may(screen.viewer, Act.EDIT_SIGNALS, INSTALLATION)
    with st.grid(min_column_width=330, key="signals_cards"):
        for row in rows:
            with st.container(border=True, height="stretch", key=f"signal-{row.kind}"):
                _card(screen, row, changes)
    link(screen, "deliveries", label=screen.t("What the brake holds"), icon=":material/front_hand:", view="held")


def _card(screen: Screen, row: CourseRow, changes: bool) -> None:
    t = screen.t
    msgid, colour, icon = ORIGINS[row.origin]
    st.markdown(f"**{name_of(t, row.kind)}**")
    with st.container(horizontal=True):
        if not row.course.on:
            st.badge(t("off"), color="red", icon=":material/notifications_off:")
        if row.origin != SHIPPED:
            st.badge(t(msgid), color=colour, icon=f":material/{icon}:")
        if row.open_now:
            st.badge(t("{n} open now", n=f"{row.open_now:,}"), color="orange", icon=":material/error:")
    st.caption(t(ABOUT_MSGIDS.get(row.kind, "Something is wrong")))
    st.markdown("\n".join(f"- {escape(line)}" for line in course_lines(t, row.kind, row.course)))
    label = t("Change") if changes else t("History")
    st.button(label, key=f"open-{row.kind}", type="tertiary", icon=":material/tune:", on_click=_open, args=(row.kind,))


def _open(kind: str) -> None:
    st.query_params[KIND] = kind


def _close() -> None:
    st.query_params.pop(KIND, None)
