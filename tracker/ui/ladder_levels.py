"""The people of a policy, as a form: one box for each role, from the nearest to the highest."""

from __future__ import annotations

import streamlit as st

from tracker.domain.alert_policy import CHANNELS, LANGUAGES, MAX_GRACE, OFFICE, Level
from tracker.domain.ladder import ROLES, STAGES
from tracker.notify import wording
from tracker.ui.guard import Screen
from tracker.ui.ladder_words import CHANNEL_MSGIDS, LANGUAGE_MSGIDS, LEVEL_MSGIDS, level_line

_USUAL_FROM = {"assistant": STAGES[0], "pi": STAGES[0], "institution": "+7", "officer": "+7", "chief": "+14"}
_MAY_WAIT = ("institution", "officer", "chief")


def pick_levels(screen: Screen, levels: tuple[Level, ...], name: str) -> tuple[Level, ...]:
    """The levels as chosen. `name` begins every widget's key."""
    chosen = {level.role: level for level in levels}
    picked = (_pick(screen, role, chosen.get(role), f"{name}-{role}") for role in ROLES)
    return tuple(level for level in picked if level is not None)


def _pick(screen: Screen, role: str, now: Level | None, name: str) -> Level | None:
    t = screen.t
    start = now or Level(role, _USUAL_FROM[role])
    with st.container(border=True):
        if not _is_told(screen, role, now is not None, name):
            return None
        with st.container(horizontal=True, vertical_alignment="bottom"):
            stage = st.selectbox(
                t("From"),
                STAGES,
                index=STAGES.index(start.from_stage),
                format_func=lambda one: wording.stage_text(t, one),
                key=f"{name}-from",
                width=190,
            )
            grace = _grace(screen, role, start, name)
            channels = _channels(screen, role, start, name)
            language = st.selectbox(
                t("Language"),
                LANGUAGES,
                index=LANGUAGES.index(start.language),
                format_func=lambda one: t(LANGUAGE_MSGIDS[one]),
                key=f"{name}-language",
                width=150,
                help=t("Of the mails: a channel speaks its own. One mail of several levels that differ is in the reader's own language."),
            )
        level = Level(role, stage, grace, channels, language)
        if grace:
            st.caption(level_line(t, level))
    return level


def _is_told(screen: Screen, role: str, told: bool, name: str) -> bool:
    """Whether the role is told at all; its principal investigator always is."""
    t = screen.t
    if role == "pi":
        st.markdown(f"**{t(LEVEL_MSGIDS[role])}**")
        return True
    help_text = t("Its contacts are entered below. They have no account and get mails without links.") if role == "institution" else None
    return st.toggle(f"**{t(LEVEL_MSGIDS[role])}**", value=told, key=f"{name}-told", help=help_text)


def _grace(screen: Screen, role: str, start: Level, name: str) -> int:
    if role not in _MAY_WAIT:
        return 0
    t = screen.t
    return int(
        st.number_input(
            t("Grace in working days"),
            min_value=0,
            max_value=MAX_GRACE,
            value=start.grace,
            step=1,
            key=f"{name}-grace",
            width=170,
            help=t(
                "Not told before so many working days after the legal last day. Days off and closures in the office's county do not count."
            ),
        )
    )


def _channels(screen: Screen, role: str, start: Level, name: str) -> tuple[str, ...]:
    if role not in OFFICE:
        return ("mail",)
    t = screen.t
    picked = st.pills(
        t("Beside the inbox by"),
        CHANNELS,
        selection_mode="multi",
        default=start.channels,
        format_func=lambda one: t(CHANNEL_MSGIDS[one]),
        key=f"{name}-channels",
        help=t("A channel is a room of the office. Where it is chosen alone and none is about the programme, a mail goes out instead."),
    )
    return tuple(picked)
