"""The board of one call: who has answered, who is late, one click to remind, another day, the end, and all answers in one file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import streamlit as st

from tracker.domain.ladder import nudge_on, nudged_on
from tracker.domain.statuses import Lateness
from tracker.services.data_call_answers import ANSWER_MSGIDS
from tracker.services.data_call_board import WAITED_FOR, Answer, Board, BoardFilters, BoardRow, Call
from tracker.services.data_call_changes import add_projects, end_call, joinable, move_call, nudge, preview_move
from tracker.services.data_call_selection import Candidate
from tracker.ui.attachments import download_link
from tracker.ui.call_new import NAMES
from tracker.ui.call_preview import show_form
from tracker.ui.calls import progress, state_badge
from tracker.ui.components import (
    attempt,
    confirm,
    date_text,
    days_left_text,
    empty_state,
    escape,
    found,
    instant_text,
    lateness_text,
    say_after_rerun,
    subheading,
)
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key
from tracker.ui.pages import link, named_link
from tracker.ui.words import date_and_safe_day

_PAGE = 25
_COLOURS = {
    Answer.NOT_STARTED: ("gray", "radio_button_unchecked"),
    Answer.DRAFT: ("blue", "edit"),
    Answer.HANDED_IN: ("green", "check_circle"),
    Answer.RETURNED: ("orange", "undo"),
    Answer.ACCEPTED: ("green", "verified"),
    Answer.RELEASED: ("gray", "do_not_disturb_on"),
}
_GROUPS = {"waited_for": "everybody who has not answered", "late": "late", "answered": "everybody who has answered"}


def filters(screen: Screen, every: Sequence[BoardRow]) -> BoardFilters:
    """The boxes that narrow the board."""
    t = screen.t
    answers = {**{name: t(words) for name, words in _GROUPS.items()}, **{one.value: t(words) for one, words in ANSWER_MSGIDS.items()}}
    officers = {row.officer_id: row.officer for row in every if row.officer_id is not None}
    with st.expander(t("Narrow down"), icon=":material/filter_alt:"), st.container(horizontal=True, key="board-filters"):
        answer = _box(screen, "Stands", "answer", answers)
        organisation = _box(screen, "Organisation", "organisation", {row.organisation: row.organisation for row in every})
        county = _box(screen, "County", "county", {row.county: row.county for row in every if row.county})
        officer = _box(screen, "Officer in charge", "officer", officers)
    return BoardFilters(answer or "", organisation or "", county or "", officer)


def head(screen: Screen, board: Board) -> None:
    """What the call is, how far it is, and what can be done with it."""
    call, t = board.call, screen.t
    link(screen, "calls", label=t("All calls"), icon=":material/arrow_back:")
    st.title(escape(t.pick(call.title_zh, call.title_en)), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        state_badge(screen, call.state)
        if call.state == "open":
            st.markdown(f"**{days_left_text(screen, call.due_on)}**", width="content")
    st.caption(f"{escape(t.pick(call.programme_zh, call.programme_en))} · {escape(call.letter_number)} · "
               + t("issued by {name}, {at}", name=escape(call.issued_by), at=instant_text(call.issued_at)))  # fmt: skip
    file_by = next((row.file_by for row in board.every if row.due_on == call.due_on), None)
    st.markdown(t("Answers by {day}", day=date_and_safe_day(screen, call.due_on, file_by)))
    for one in call.history:
        old = date_text(date.fromisoformat(one["old"]))
        st.caption(t("It was {old}; changed by {letter}: {why}", old=old, letter=escape(one["letter"]), why=escape(one["why"])))
    if call.state != "open":
        name, at, why = escape(call.closed_by), instant_text(call.closed_at), escape(call.closed_why)
        st.info(t("Ended by {name}, {at}: {why}", name=name, at=at, why=why), icon=":material/block:")
    for line in call.note.splitlines():
        st.markdown(escape(line))
    download_link(screen, call.document_id, call.filename)
    with st.expander(t("The form"), icon=":material/preview:"):
        show_form(screen, call.form, "board-form")


def figures(screen: Screen, call: Call) -> None:
    """The counts, and the file with every answer."""
    t, counts = screen.t, call.counts
    progress(screen, counts)
    cards = [
        ("Asked", counts.asked), ("Answered", counts.answered), ("Not yet", counts.waited_for), ("Late", counts.late),
        ("Begun", counts.drafts), ("Returned", counts.returned), ("Accepted", counts.accepted),
        ("Came late", counts.answered_late),
    ]  # fmt: skip
    if counts.released:
        cards.append(("No longer asked", counts.released))
    with st.grid(min_column_width=104, key="board-figures"):
        for name, number in cards:
            st.metric(t(name), f"{number:,}", border=True)
    st.link_button(
        t("All answers as a workbook (.xlsx)"), f"/download/call/{call.call_id}", icon=":material/table_view:",
        disabled=not counts.answered, help=t("One line a project, every question a column; drafts are not in it."),
    )  # fmt: skip


def actions(screen: Screen, board: Board) -> None:
    """Reminding everybody, another day, the end, who joined; nothing for who only reads."""
    if not board.may_act:
        return
    call, t = board.call, screen.t
    waiting = [row for row in board.every if row.answer in WAITED_FOR and row.project_id not in screen.viewer.project_ids]
    today = [row for row in waiting if row.nudged_on != screen.ctx.today]
    if today:
        said = t("{n} projects that have not answered are reminded now, by mail and in their inbox. Each at most once a day.", n=len(today))
        if confirm(screen, f"nudge-{call.call_id}", t("Remind everybody who has not answered ({n})", n=len(today)), said, main=True):
            _nudge(screen, call.call_id, None)
    elif waiting:
        st.caption(t("Everybody who has not answered was reminded today."))
    _joining(screen, call)
    with st.expander(t("Another day"), icon=":material/edit_calendar:"):
        _move(screen, call)
    with st.expander(t("Close or cancel"), icon=":material/block:"):
        _end(screen, call)


def rows(screen: Screen, board: Board) -> None:
    """The projects as cards, each with its answer and one click to remind."""
    subheading(screen, "Projects ({n})", n=len(board.rows))
    if not board.rows:
        empty_state(screen, "No project fits this choice.", "Take back a filter.")
        return
    first = 0
    if len(board.rows) > _PAGE:
        first = (st.pagination(-(-len(board.rows) // _PAGE), key="board-page") - 1) * _PAGE
    for row in board.rows[first : first + _PAGE]:
        _card(screen, board, row)


def _card(screen: Screen, board: Board, row: BoardRow) -> None:
    t = screen.t
    with st.container(border=True, key=f"asked-{row.project_id}", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            with st.container(horizontal=True, width="content", vertical_alignment="center"):
                _badges(screen, row)
            if row.answered_at is not None:
                link(screen, "review", label=t("Look at the answer"), icon=":material/visibility:", report=row.report_id)
            elif board.may_act and row.answer in WAITED_FOR:
                _remind_one(screen, board.call.call_id, row)
        named_link(screen, "project", code=escape(row.code), title=escape(t.pick(row.title_zh, row.title_en)), project=row.code)
        st.caption(_facts(screen, row, board.call))


def _badges(screen: Screen, row: BoardRow) -> None:
    t = screen.t
    colour, icon = _COLOURS[row.answer]
    st.badge(t(ANSWER_MSGIDS[row.answer]), color=colour, icon=f":material/{icon}:")
    if row.stands in (Lateness.LATE, Lateness.SUBMITTED_LATE):
        st.badge(lateness_text(screen, row.stands), color="red" if row.stands is Lateness.LATE else "orange", icon=":material/error:")
    if row.answer in WAITED_FOR:
        st.markdown(f"**{days_left_text(screen, row.due_on)}**", width="content")


def _facts(screen: Screen, row: BoardRow, call: Call) -> str:
    t = screen.t
    parts = [row.organisation, row.officer]
    if row.due_on != call.due_on:
        parts.append(t("due {day}", day=date_and_safe_day(screen, row.due_on, row.file_by)))
    if row.answered_at is not None:
        parts.append(
            t("{at} by {name}, receipt {number}", at=instant_text(row.answered_at), name=row.answered_by, number=row.receipt_number)
        )
    elif row.written_at is not None:
        parts.append(t("last written {at}", at=instant_text(row.written_at)))
    if row.nudged_on is not None:
        parts.append(t("reminded {n} times, last on {day}", n=row.nudges, day=date_text(row.nudged_on)))
    return " · ".join(escape(part) for part in parts if part)


def _remind_one(screen: Screen, call_id: int, row: BoardRow) -> None:
    t = screen.t
    if row.project_id in screen.viewer.project_ids:
        st.caption(t("You are on this project yourself; somebody else must do this."))
    elif row.nudged_on == nudged_on(nudge_on(screen.ctx.today)):
        st.caption(t("reminded today"))
    elif st.button(t("Remind"), key=f"nudge-{row.project_id}", icon=":material/notifications:", type="tertiary"):
        _nudge(screen, call_id, row.project_id)


def _nudge(screen: Screen, call_id: int, project_id: int | None) -> None:
    form = f"nudge-{call_id}-{project_id or 'all'}"
    with attempt(screen) as outcome:
        done = nudge(screen.ctx, call_id=call_id, project_ids=None if project_id is None else [project_id], key=form_key(form))
    if outcome.ok:
        renew_key(form)
        say_after_rerun(screen.t("{n} projects were reminded; {mails} mails go out.", n=done.projects, mails=done.mails))
        st.rerun()


def _joining(screen: Screen, call: Call) -> None:
    t = screen.t
    with found(screen):
        new: tuple[Candidate, ...] = joinable(screen.ctx, call.call_id)
    if not new:
        return
    codes = "、".join(one.code for one in new)
    st.info(t("{n} projects fit by now and are not asked yet: {codes}", n=len(new), codes=escape(codes)), icon=":material/group_add:")
    said = t("They owe the same answer by {day} and are told at once.", day=date_text(call.due_on))
    form = f"join-{call.call_id}"
    if confirm(screen, form, t("Ask them too"), said):
        with attempt(screen, names=NAMES) as outcome:
            done = add_projects(screen.ctx, call_id=call.call_id, project_ids=[one.project_id for one in new], key=form_key(form))
        if outcome.ok:
            renew_key(form)
            say_after_rerun(t("{n} more projects are asked.", n=len(done.changed)))
            st.rerun()


def _move(screen: Screen, call: Call) -> None:
    t, name = screen.t, f"move-{call.call_id}"
    due = st.text_input(t("New day"), key=f"{name}-due", placeholder="115-10-15 / 2026-10-15")
    letter = st.text_input(t("Letter number"), key=f"{name}-letter")
    reason = st.text_area(t("Reason"), key=f"{name}-reason", height=80)
    if not due.strip():
        st.caption(t("Give the day to see what it would change."))
        return
    with attempt(screen, names=NAMES) as outcome:
        seen = preview_move(screen.ctx, call_id=call.call_id, due_on=due)
    if not outcome.ok:
        return
    weekday = t.pick(seen.day.zh, seen.day.en)
    lines = [
        t("From {old} to **{new}**, {weekday}.", old=date_text(seen.old), new=date_text(seen.new), weekday=weekday),
        t("{n} open answers move and are told anew; {kept} that came in keep the day they were judged by.", n=seen.moved, kept=seen.kept),
    ]  # fmt: skip
    lines += [t("That is no working day.")] if not seen.working_day else []
    lines += [t("They get less time than they were promised.")] if seen.earlier else []
    lines += [t("{n} are no longer late.", n=seen.no_longer_late)] if seen.no_longer_late else []
    st.markdown("\n".join(f"- {line}" for line in lines))
    if confirm(screen, name, t("Change the day"), "\n".join(f"- {line}" for line in lines)):
        with attempt(screen, names=NAMES) as outcome:
            done = move_call(screen.ctx, call_id=call.call_id, due_on=due, letter_number=letter, reason=reason,
                             expected_version=call.version, key=form_key(name))  # fmt: skip
        if outcome.ok:
            renew_key(name)
            say_after_rerun(t("The day is changed; {n} projects are told.", n=len(done.changed)))
            st.rerun()


def _end(screen: Screen, call: Call) -> None:
    t, name, counts = screen.t, f"end-{call.call_id}", call.counts
    words = {"closed": t("close: enough has come in"), "cancelled": t("cancel: it should not have been issued")}
    how = st.radio(t("How it ends"), list(words), key=f"{name}-how", format_func=words.__getitem__)
    reason = st.text_area(t("Reason"), key=f"{name}-reason", height=80)
    lines = [
        t(
            "{n} projects that have not answered owe nothing any more and are not late; their drafts cannot be handed in.",
            n=counts.waited_for,
        )
    ]
    lines.append(t("{n} answers stay with their receipts.", n=counts.answered))
    if how == "cancelled":
        lines.append(t("What waits for the office, or for a correction, is taken off every list."))
    lines.append(t("This cannot be taken back."))
    if confirm(screen, name, t("End the call"), "\n".join(f"- {line}" for line in lines)):
        with attempt(screen, names=NAMES) as outcome:
            end_call(screen.ctx, call_id=call.call_id, how=how, reason=reason, expected_version=call.version, key=form_key(name))
        if outcome.ok:
            renew_key(name)
            say_after_rerun(t("The call is over."))
            st.rerun()


def _box(screen: Screen, label: str, name: str, options: dict) -> str | int | None:
    return st.selectbox(
        screen.t(label), [None, *options], key=f"board-by-{name}", width=220,
        format_func=lambda one: screen.t("All") if one is None else options[one],
    )  # fmt: skip
