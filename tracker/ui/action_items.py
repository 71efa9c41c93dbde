"""Action items as cards: what is to be done, by whom and when, what was said of it, and the one thing the reader can do next."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from tracker.services import action_life as life
from tracker.services.meeting_views import ItemLine, people_for, project_agenda
from tracker.services.policy import Act
from tracker.services.project_page import ProjectPage
from tracker.ui import meeting_cards
from tracker.ui.attachments import download_link, file_field, keep_file
from tracker.ui.components import (
    attempt,
    because,
    confirm,
    date_text,
    days_left_text,
    empty_state,
    escape,
    instant_text,
    lateness_badge,
    say_after_rerun,
    subheading,
)  # fmt: skip
from tracker.ui.day_field import day_field
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key
from tracker.ui.pages import link

NAMES = {
    "note": "Note", "document_id": "File", "file": "File", "reason": "Reason", "due_on": "Due day", "owner_id": "Owner",
    "letter_number": "Letter number", "body": "What is to be done", "side": "Who has to do it",
}  # fmt: skip
SIDES = {"project": "the project", "office": "the office"}
SORTS = {"preparation": "to be prepared", "conclusion": "conclusion", "condition": "condition of an acceptance"}
_STATES = {
    "open": ("still open", "blue", "radio_button_unchecked"),
    "done": ("said to be done, waits for the office", "orange", "hourglass_top"),
    "closed": ("closed", "green", "check_circle"),
    "dropped": ("dropped", "gray", "do_not_disturb_on"),
}
_CHANGES = {"due_on": "Another day", "sent_back": "Sent back", "owner": "Another owner"}
_FIRST = 8
WHERE_FROM = "What a meeting concludes or an acceptance asks for appears here until it is closed."


def project_tab(screen: Screen, page: ProjectPage) -> None:
    """The meetings and action items of one project, for its page."""
    agenda = project_agenda(screen.ctx, page.header.project_id)
    unsettled = [line for line in agenda.items if line.unsettled]
    subheading(screen, "Action items")
    if not unsettled:
        empty_state(screen, "No action item is open.", WHERE_FROM)
    items(screen, unsettled, show_project=False)
    settled = [line for line in agenda.items if not line.unsettled]
    if settled:
        with st.expander(screen.t("{n} settled ones", n=len(settled)), icon=":material/done_all:"):
            items(screen, settled, show_project=False)
    subheading(screen, "Meetings and events")
    if not agenda.meetings:
        empty_state(
            screen,
            "No meeting was entered for this project.",
            "The office enters presentations, inspections and the like.",
        )
    for line in reversed(agenda.meetings):
        meeting_cards.card(screen, line)


def items(screen: Screen, lines: Sequence[ItemLine], *, show_project: bool = True, show_meeting: bool = True) -> None:
    """Cards by due day; the later ones folded away."""
    for line in lines[:_FIRST]:
        card(screen, line, show_project=show_project, show_meeting=show_meeting)
    if lines[_FIRST:]:
        with st.expander(screen.t("{n} more", n=len(lines) - _FIRST)):
            for line in lines[_FIRST:]:
                card(screen, line, show_project=show_project, show_meeting=show_meeting)


def card(screen: Screen, line: ItemLine, *, show_project: bool = True, show_meeting: bool = True) -> None:
    """One item whole."""
    t, row = screen.t, line.row
    with st.container(border=True, key=f"action-{row.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            _badges(screen, line)
        st.markdown(f"**A{row.number}** · {escape(row.body)}")
        st.caption(" · ".join(_facts(screen, line, show_project)))
        _day(screen, line)
        if row.meeting_id and show_meeting:
            link(screen, "meetings", label=escape(t.pick(row.meeting_zh, row.meeting_en)), icon=":material/event:", meeting=row.meeting_id)
        _said(screen, line)
        if row.obligation_id:
            because(
                screen, row.because_json, confidence=row.confidence, calendar_version=row.calendar_version, provisional=row.provisional
            )  # fmt: skip
        _acts(screen, line)


def _badges(screen: Screen, line: ItemLine) -> None:
    t, row = screen.t, line.row
    if row.state == "open":
        lateness_badge(screen, status="open", due_on=row.due_on, first_submitted_on=None, duty=True)
    else:
        msgid, colour, icon = _STATES[row.state]
        st.badge(t(msgid), color=colour, icon=f":material/{icon}:")
    st.badge(t("owed by {side}", side=t(SIDES[row.side])), color="violet" if row.side == "office" else "gray")
    st.caption(t(SORTS[row.sort]), width="content")


def _facts(screen: Screen, line: ItemLine, show_project: bool) -> list[str]:
    t, row = screen.t, line.row
    parts = [f"{escape(row.project_code)} {escape(t.pick(row.project_zh, row.project_en))}"] if show_project else []
    parts.append(t("Owner: {name}", name=escape(row.owner_name)) if row.owner_name else t("Owner: nobody in particular"))
    return parts


def _day(screen: Screen, line: ItemLine) -> None:
    t, row = screen.t, line.row
    parts = [t("Due {day}", day=date_text(row.due_on))]
    if row.file_by_on and row.file_by_on != row.due_on:
        parts.append(t("last working day before it {day}", day=date_text(row.file_by_on)))
    if row.state == "open":
        parts.append(f"**{days_left_text(screen, row.due_on)}**")
    st.markdown(" · ".join(parts))


def _about(screen: Screen, text: str) -> str:
    return screen.t(" ({about})", about=text)


def _said(screen: Screen, line: ItemLine) -> None:
    """What its owner and the office said, and every day and owner it had before."""
    t, row = screen.t, line.row
    colon = t.pick("：", ": ")
    if row.done_note:
        who = f"{escape(row.doer_name)} · {instant_text(row.done_at)}" if row.done_at else t("before it was sent back")
        st.markdown(f":material/task_alt: {t('Said to be done')}{_about(screen, who)}{colon}{escape(row.done_note)}")
        if row.done_document_id:
            download_link(screen, row.done_document_id, row.done_filename)
    if row.closed_at:
        word = t("Dropped") if row.state == "dropped" else t("Closed")
        note = f"{colon}{escape(row.closed_note)}" if row.closed_note else ""
        who = f"{escape(row.closer_name)} · {instant_text(row.closed_at)}"
        st.markdown(f":material/gavel: {word}{_about(screen, who)}{note}")
    for entry in row.history_json:
        if entry["what"] in ("due_on", "sent_back"):
            days = f"{meeting_cards.iso_text(entry['old'])} → {meeting_cards.iso_text(entry['new'])}"
            what = t(_CHANGES[entry["what"]])
            st.caption(f":material/history: {meeting_cards.iso_text(entry['on'])} · {what} · {days} · {escape(entry['why'])}")


def _acts(screen: Screen, line: ItemLine) -> None:
    t = screen.t
    if line.may_do and line.row.side == "project":
        with st.expander(t("Say that it is done"), icon=":material/task_alt:"):
            _done_form(screen, line)
    if line.may_close:
        with st.expander(t("Decide about this item"), icon=":material/gavel:", expanded=line.row.state == "done"):
            _office(screen, line)
    elif line.may_give:
        with st.expander(t("Give it to somebody else"), icon=":material/person_add:"):
            _give(screen, line)


def _done_form(screen: Screen, line: ItemLine) -> None:
    t, row = screen.t, line.row
    name = f"action-done-{row.id}-{row.version}"
    note = st.text_area(t("What was done"), key=f"{name}-note")
    chosen = file_field(screen, "Evidence (file, if there is one)", name)
    st.caption(t("Then it waits for the office, which closes it or sends it back."))
    if st.button(t("It is done"), key=name, type="primary"):
        with attempt(screen, names=NAMES) as outcome:
            document_id = keep_file(screen, chosen, name, purpose="action", act=Act.DO_ACTION, project_id=row.project_id)
            life.say_done(screen.ctx, item_id=row.id, note=note, document_id=document_id, expected_version=row.version, key=form_key(name))
        _after(screen, outcome.ok, name, "The office was told that it is done.")


def _office(screen: Screen, line: ItemLine) -> None:
    """One choice of what to do, and the fields that belong to it."""
    t, row = screen.t, line.row
    offered = {"close": "Close it"}
    if row.state == "done":
        offered["back"] = "Send it back"
    else:
        offered["move"] = "Another day"
    offered |= {"drop": "Drop it", "give": "Give it to somebody else"}
    chosen = st.segmented_control(
        t("What to do"), list(offered), format_func=lambda one: t(offered[one]), default="close", required=True,
        key=f"action-act-{row.id}-{row.version}", label_visibility="collapsed",
    )  # fmt: skip
    {"close": _close, "back": _back, "move": _move, "drop": _drop, "give": _give}[chosen or "close"](screen, line)


def _close(screen: Screen, line: ItemLine) -> None:
    t, row = screen.t, line.row
    name = f"action-close-{row.id}-{row.version}"
    needed = row.state == "open"
    note = st.text_area(t("How it was settled") if needed else t("A word on it (may stay empty)"), key=f"{name}-note")
    if st.button(t("Close it"), key=name, type="primary"):
        with attempt(screen, names=NAMES) as outcome:
            life.close_item(screen.ctx, item_id=row.id, note=note, expected_version=row.version, key=form_key(name))
        _after(screen, outcome.ok, name, "The action item is closed.")


def _back(screen: Screen, line: ItemLine) -> None:
    t, row = screen.t, line.row
    name = f"action-back-{row.id}-{row.version}"
    reason = st.text_area(t("What is missing"), key=f"{name}-reason")
    day = day_field(screen, "To be done by", f"{name}-day")
    if st.button(t("Send it back"), key=name, type="primary"):
        with attempt(screen, names=NAMES) as outcome:
            life.send_back(screen.ctx, item_id=row.id, reason=reason, due_on=day, expected_version=row.version, key=form_key(name))
        _after(screen, outcome.ok, name, "It is open again, with the new day.")


def _move(screen: Screen, line: ItemLine) -> None:
    t, row = screen.t, line.row
    name = f"action-move-{row.id}-{row.version}"
    day = day_field(screen, "New due day", f"{name}-day")
    reason = st.text_area(t("Reason"), key=f"{name}-reason")
    letter = st.text_input(t("Letter number (if there is one)"), key=f"{name}-letter")
    if st.button(t("Set this day"), key=name, type="primary"):
        with attempt(screen, names=NAMES) as outcome:
            given = {"due_on": day, "reason": reason, "letter_number": letter}
            life.move_due(screen.ctx, item_id=row.id, expected_version=row.version, key=form_key(name), **given)
        _after(screen, outcome.ok, name, "The new day is set; the old one stays readable.")


def _drop(screen: Screen, line: ItemLine) -> None:
    t, row = screen.t, line.row
    name = f"action-drop-{row.id}-{row.version}"
    reason = st.text_area(t("Reason"), key=f"{name}-reason")
    told = t("Nothing is owed any more and nobody is reminded. The item stays readable with the reason.")
    if confirm(screen, name, t("Drop it"), told, yes=t("Yes, drop it")):
        with attempt(screen, names=NAMES) as outcome:
            life.drop_item(screen.ctx, item_id=row.id, reason=reason, expected_version=row.version, key=form_key(name))
        _after(screen, outcome.ok, name, "The action item is dropped.")


def _give(screen: Screen, line: ItemLine) -> None:
    t, row = screen.t, line.row
    name = f"action-give-{row.id}-{row.version}"
    names = {person.person_id: person.name for person in people_for(screen.ctx, row.project_id, row.side)}
    options = [0, *names]
    owner = st.selectbox(
        t("Owner"), options, index=options.index(row.owner_id) if row.owner_id in names else 0, key=f"{name}-owner",
        format_func=lambda one: names.get(one) or t("nobody in particular"),
    )  # fmt: skip
    if st.button(t("Give it to her or him"), key=name):
        with attempt(screen, names=NAMES) as outcome:
            life.give_item(screen.ctx, item_id=row.id, owner_id=owner or None, expected_version=row.version, key=form_key(name))
        _after(screen, outcome.ok, name, "The owner is changed.")


def _after(screen: Screen, ok: bool, name: str, said_msgid: str) -> None:
    if ok:
        renew_key(name)
        say_after_rerun(screen.t(said_msgid))
        st.rerun()
