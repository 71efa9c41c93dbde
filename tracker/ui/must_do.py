"""The screen "What I owe": one card an item, the most pressing first, each with its days, its reason and the one thing to do."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import streamlit as st

from tracker.services.must_do import Action, Group, MustDo
from tracker.ui import components as c
from tracker.ui import moved_days, pages
from tracker.ui.guard import Screen
from tracker.ui.periods import period_text, title_text

_SECTIONS: tuple[tuple[Group, str, str], ...] = (
    (Group.OVERDUE, "Overdue", "error"),
    (Group.TO_DISCHARGE, "Sent here, not yet handed in to the funder", "outbox"),
    (Group.DUE_SOON, "Due within 30 days", "schedule"),
    (Group.LATER, "Later", "event"),
    (Group.WAITING, "Waiting for the office", "hourglass_top"),
    (Group.UNDATED, "Not dated yet", "event_busy"),
    (Group.NOTICE, "Good to know", "info"),
)

_ACTIONS: dict[Action, tuple[str, str]] = {
    Action.WRITE: ("Write the report", "edit_document"),
    Action.CONTINUE: ("Continue writing", "edit_document"),
    Action.REPLY: ("Answer the office", "reply"),
    Action.LOOK: ("Look at what was handed in", "visibility"),
    Action.DISCHARGE: ("Record the funder's receipt", "receipt_long"),
    Action.APPROVAL: ("Open approvals", "verified_user"),
    Action.ACT: ("Open the action item", "task_alt"),
    Action.MEET: ("Open the meeting", "event"),
}

_SHOWN_LATER = 4


def render(screen: Screen, items: Sequence[MustDo]) -> None:
    """The whole screen: figures at the top, then the sections that hold something."""
    if not items:
        c.empty_state(
            screen, "Nothing is owed.",
            "New items appear here by themselves, and you are told before they are due. Your projects are under Projects.",
        )  # fmt: skip
        return
    _figures(screen, items)
    for group, title, icon in _SECTIONS:
        members = [item for item in items if item.group is group]
        if not members:
            continue
        st.subheader(f":material/{icon}: {screen.t(title)} ({len(members)})", anchor=False)
        if group is Group.UNDATED:
            _undated(screen, members)
        else:
            _cards(screen, members, folded_after=_SHOWN_LATER if group in (Group.LATER, Group.WAITING) else None)


def _figures(screen: Screen, items: Sequence[MustDo]) -> None:
    counts = {group: sum(item.group is group for item in items) for group in Group}
    with st.container(horizontal=True):
        st.metric(screen.t("Overdue"), counts[Group.OVERDUE], border=True)
        st.metric(screen.t("Due within 30 days"), counts[Group.DUE_SOON] + counts[Group.TO_DISCHARGE], border=True)
        st.metric(screen.t("Waiting for the office"), counts[Group.WAITING], border=True)


def _cards(screen: Screen, items: Sequence[MustDo], *, folded_after: int | None) -> None:
    draw = _card if folded_after is None else _row
    shown = items if folded_after is None else items[:folded_after]
    for item in shown:
        draw(screen, item)
    folded = items[len(shown) :]
    if folded:
        with st.expander(screen.t("{n} more", n=len(folded))):
            for item in folded:
                draw(screen, item)


def _card(screen: Screen, item: MustDo) -> None:
    """What presses: everything about it at a glance, and the reason one click away."""
    with st.container(border=True, key=f"owed-{item.obligation_id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            _badges(screen, item)
        _title(screen, item)
        _days(screen, item)
        _action(screen, item)
        _because(screen, item)


def _row(screen: Screen, item: MustDo) -> None:
    """What does not press: one line, with the rest folded away."""
    with st.container(border=True, key=f"owed-{item.obligation_id}", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            with st.container(width="content", gap=None):
                _title(screen, item)
                _days(screen, item)
            with st.container(horizontal=True, width="content", vertical_alignment="center"):
                _badges(screen, item)
                _action(screen, item)
        _because(screen, item)


def _title(screen: Screen, item: MustDo) -> None:
    st.markdown(f"**{title_text(screen, item.title_zh, item.title_en, item.period_label)}**")
    st.caption(f"{c.escape(item.project_code)} · {c.escape(screen.t.pick(item.project_zh, item.project_en))}")


def _because(screen: Screen, item: MustDo) -> None:
    moved_days.show(screen, item.moves)
    c.because(
        screen, item.because, clause=item.clause, confidence=item.confidence,
        calendar_version=item.calendar_version, provisional=item.provisional,
    )  # fmt: skip


def _badges(screen: Screen, item: MustDo) -> None:
    c.lateness_badge(
        screen, status=item.status, due_on=item.due_on, first_submitted_on=item.first_submitted_on, duty=item.duty,
        confidence=item.confidence,
    )  # fmt: skip
    if item.group not in (Group.WAITING, Group.TO_DISCHARGE):
        st.markdown(f"**{c.days_left_text(screen, item.file_by_on)}**", width="content")


def _days(screen: Screen, item: MustDo) -> None:
    """The two days that matter, in both calendars, and what is special about them."""
    t = screen.t
    if item.action is Action.MEET:
        st.markdown(t("On {day}", day=c.date_text(item.due_on)))
        return
    if item.group is Group.NOTICE:
        st.markdown(t("Two months before the year ends: {day}", day=c.date_text(item.nominal_on)))
        return
    if item.waits_since_at is not None:
        st.markdown(t("Handed in: {at}", at=c.instant_text(item.waits_since_at)))
    file_by = c.date_text(item.file_by_on) + (f" {item.file_by_time}" if item.file_by_time else "")
    st.markdown(t("File by **{file_by}** · due {due_on}", file_by=file_by, due_on=c.date_text(item.due_on)))
    if item.group is Group.TO_DISCHARGE:
        st.markdown(t("Sent in this system, not yet handed in to the funding agency: hand it in on its site, then record its receipt."))
    elif item.external:
        st.caption(t("Handing in here does not end this duty: the funder's own site must be fed too."))
    if item.safe_day_passed and item.group is Group.DUE_SOON:
        st.caption(t("The last safe day has passed; hand it in today."))


def _action(screen: Screen, item: MustDo) -> None:
    if item.action is Action.NONE:
        return
    msgid, icon = _ACTIONS[item.action]
    label, symbol = screen.t(msgid), f":material/{icon}:"
    if item.action is Action.APPROVAL:
        pages.link(screen, "approvals", label=label, icon=symbol)
    elif item.action in (Action.ACT, Action.MEET):
        pages.link(screen, "meetings", label=label, icon=symbol, obligation=item.obligation_id)
    else:
        pages.link(screen, "report", label=label, icon=symbol, obligation=item.obligation_id)


def _undated(screen: Screen, items: Sequence[MustDo]) -> None:
    """One card for each rule of each project: sixteen quarters without a date are one thing to know."""
    ordered = sorted(items, key=lambda item: (item.project_code, item.rule, item.obligation_id))
    for (code, _rule), group in groupby(ordered, key=lambda item: (item.project_code, item.rule)):
        members = list(group)
        first = members[0]
        with st.container(border=True, key=f"undated-{first.obligation_id}"):
            st.markdown(f"**{c.escape(screen.t.pick(first.title_zh, first.title_en))}**")
            st.caption(f"{c.escape(code)} · {screen.t('{n} periods', n=len(members))}")
            for reason in first.because:
                st.markdown(f"- {c.escape(screen.t.pick(reason['zh'], reason['en']))}")
            st.caption(screen.t("The date comes from a document: as soon as the office enters it, it appears above."))
            if first.action in (Action.WRITE, Action.CONTINUE):
                with st.expander(screen.t("Hand in before it is dated")):
                    for item in members:
                        label = f"{period_text(screen, item.period_label)} · {screen.t(_ACTIONS[item.action][0])}"
                        pages.link(screen, "report", label=label, obligation=item.obligation_id)
