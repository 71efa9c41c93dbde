"""The forms of a meeting: entering one, putting it right, moving it, cancelling it."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from tracker.services import meetings
from tracker.services.meeting_entries import KINDS, MeetingEntry, like
from tracker.services.meeting_views import MeetingPage, programmes_run
from tracker.services.policy import Act
from tracker.services.project_choices import ProjectChoice, project_choices
from tracker.ui import meeting_cards, pages
from tracker.ui.attachments import file_field, keep_file
from tracker.ui.components import attempt, confirm, date_text, empty_state, say_after_rerun
from tracker.ui.day_field import day_field
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key

NAMES = {
    "kind": "Kind", "title_zh": "Title in Chinese", "title_en": "Title in English", "held_on": "Day", "starts_at": "Time",
    "place": "Place", "letter_number": "Letter number", "notice_document_id": "Notice (file)", "file": "Notice (file)",
    "preparation": "What each project has to prepare", "prepare_by": "To be prepared by", "project_ids": "Projects", "reason": "Reason",
    "state": "State",
}  # fmt: skip
_TURN = "meeting-turn"


def new(screen: Screen) -> None:
    """A meeting of a programme that the viewer runs: words, day, what is owed, and who takes part."""
    t = screen.t
    offered = [one for one in project_choices(screen.ctx, Act.RUN_MEETING) if one.programme_id in programmes_run(screen.ctx)]
    if not offered:
        empty_state(screen, "There is no running project to invite.", "Projects are entered first; then meetings are held with them.")
        return
    name = f"meeting-new-{st.session_state.get(_TURN, 0)}"
    programmes = {one.programme_id: t.pick(one.programme_zh, one.programme_en) for one in offered}
    programme_id = st.selectbox(t("Programme"), list(programmes), format_func=programmes.__getitem__, key=f"{name}-programme")
    entry = _words(screen, name, MeetingEntry(programme_id, KINDS[0], "", ""))
    left, right = st.columns([2, 1])
    with left:
        held_on = day_field(screen, "Day", f"{name}-day")
    starts_at = right.text_input(t("Time"), key=f"{name}-time", placeholder="14:00")
    preparation = st.text_area(
        t("What each project has to prepare"), key=f"{name}-prepare",
        help=t("Leave it empty where nothing is owed: then the projects are only reminded of the day."),
    )  # fmt: skip
    prepare_by = day_field(screen, "To be prepared by", f"{name}-by") if preparation.strip() else None
    chosen = _projects(screen, name, [one for one in offered if one.programme_id == programme_id], None)
    notice = file_field(screen, "Notice (file)", name)
    entry = replace(
        entry, held_on=held_on, starts_at=starts_at, preparation=preparation, prepare_by=prepare_by, project_ids=chosen
    )  # fmt: skip
    if st.button(t("Enter the meeting"), key=f"{name}-save", type="primary"):
        _enter(screen, name, entry, notice)


def _enter(screen: Screen, name: str, entry: MeetingEntry, notice) -> None:
    saved = None
    with attempt(screen, names=NAMES) as outcome:
        document_id = keep_file(screen, notice, name, purpose="meeting", act=Act.RUN_MEETING, programme_id=entry.programme_id)
        saved = meetings.plan_meeting(screen.ctx, replace(entry, notice_document_id=document_id), key=form_key(name))
    if outcome.ok and saved is not None:
        renew_key(name)
        st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
        said = "The meeting is entered for {n} projects; they are reminded of its day."
        if saved.state == "held":
            said = "The meeting is entered as held for {n} projects; its day has passed, so nobody is reminded."
        say_after_rerun(screen.t(said, n=saved.projects))
        pages.go(screen, "meetings", meeting=saved.meeting_id)


def edit(screen: Screen, page: MeetingPage) -> None:
    """Words, letter, file and (while it is planned) the projects."""
    t, row = screen.t, page.row
    name = f"meeting-edit-{row.id}-{row.version}"
    before = tuple(project.id for project in page.projects)
    entry = _words(screen, name, like(row, before))
    if row.state == "planned":
        offered = [one for one in project_choices(screen.ctx, Act.RUN_MEETING) if one.programme_id == row.programme_id]
        known = {one.project_id for one in offered}
        offered += [
            ProjectChoice(p.id, p.code, p.title_zh, p.title_en, row.programme_id, "", "") for p in page.projects if p.id not in known
        ]  # fmt: skip
        entry = replace(entry, project_ids=_projects(screen, name, offered, before))
    notice = file_field(screen, "Another notice (file)", name)
    if st.button(t("Save"), key=f"{name}-save", type="primary"):
        with attempt(screen, names=NAMES) as outcome:
            document_id = keep_file(screen, notice, name, purpose="meeting", act=Act.RUN_MEETING, programme_id=row.programme_id)
            entry = replace(entry, notice_document_id=document_id or row.notice_document_id)
            meetings.edit_meeting(screen.ctx, meeting_id=row.id, entry=entry, expected_version=row.version, key=form_key(name))
        done(screen, outcome.ok, name, "The meeting is saved.")


def move(screen: Screen, page: MeetingPage) -> None:
    """Another day or time, with its reason; what is not prepared yet moves along."""
    t, row = screen.t, page.row
    name = f"meeting-move-{row.id}-{row.version}"
    st.caption(t("Now: {day}", day=f"{date_text(row.held_on)} {row.starts_at or ''}"))
    held_on = day_field(screen, "New day", f"{name}-day")
    starts_at = st.text_input(t("Time"), value=row.starts_at or "", key=f"{name}-time")
    prepare_by = None
    if row.preparation:
        prepare_by = day_field(screen, "To be prepared by", f"{name}-by", date_text(row.prepare_by_on).split(" ")[0])
    reason = st.text_area(t("Reason"), key=f"{name}-reason")
    letter = st.text_input(t("Letter number (if there is one)"), key=f"{name}-letter")
    st.caption(t("Reminders for the old day are cancelled; the old day stays readable with the reason."))
    if st.button(t("Move the meeting"), key=f"{name}-save", type="primary"):
        with attempt(screen, names=NAMES) as outcome:
            meetings.reschedule_meeting(
                screen.ctx, meeting_id=row.id, held_on=held_on, starts_at=starts_at, prepare_by=prepare_by, reason=reason,
                letter_number=letter, expected_version=row.version, key=form_key(name),
            )  # fmt: skip
        done(screen, outcome.ok, name, "The meeting is moved.")


def cancel(screen: Screen, page: MeetingPage) -> None:
    """Call it off, with a reason and after its consequences were shown."""
    t, row = screen.t, page.row
    name = f"meeting-cancel-{row.id}-{row.version}"
    reason = st.text_area(t("Reason"), key=f"{name}-reason")
    told = t(
        "{n} projects are not reminded any more, what they had to prepare ({items}) is dropped, and mails that wait are cancelled.",
        n=len(page.projects), items=sum(line.unsettled and line.row.sort == "preparation" for line in page.items),
    )  # fmt: skip
    if confirm(screen, name, t("Cancel the meeting"), told, yes=t("Yes, cancel the meeting")):
        with attempt(screen, names=NAMES) as outcome:
            meetings.cancel_meeting(screen.ctx, meeting_id=row.id, reason=reason, expected_version=row.version, key=form_key(name))
        done(screen, outcome.ok, name, "The meeting is cancelled.")


def done(screen: Screen, ok: bool, name: str, said_msgid: str) -> None:
    """After a write went through: a new key, a word, and the new state."""
    if ok:
        renew_key(name)
        say_after_rerun(screen.t(said_msgid))
        st.rerun()


def _words(screen: Screen, name: str, entry: MeetingEntry) -> MeetingEntry:
    t = screen.t
    kind = st.selectbox(
        t("Kind"), list(KINDS), index=KINDS.index(entry.kind), key=f"{name}-kind", format_func=lambda one: t(meeting_cards.KINDS[one][0])
    )  # fmt: skip
    title_zh = st.text_input(t("Title in Chinese"), value=entry.title_zh, key=f"{name}-zh")
    title_en = st.text_input(t("Title in English"), value=entry.title_en, key=f"{name}-en")
    place = st.text_input(t("Place"), value=entry.place, key=f"{name}-place")
    letter = st.text_input(t("Letter number"), value=entry.letter_number, key=f"{name}-letter")
    return replace(entry, kind=kind, title_zh=title_zh, title_en=title_en, place=place, letter_number=letter)


def _projects(screen: Screen, name: str, offered: list[ProjectChoice], before: tuple[int, ...] | None) -> tuple[int, ...] | None:
    """The projects that take part; None: every running one of the programme."""
    t = screen.t
    titles = {one.project_id: f"{one.code} {t.pick(one.title_zh, one.title_en)}" for one in offered}
    if st.toggle(t("Every running project of the programme ({n})", n=len(titles)), key=f"{name}-all"):
        return None
    chosen = st.multiselect(
        t("Projects"), list(titles), default=[one for one in before or () if one in titles], key=f"{name}-projects",
        format_func=titles.__getitem__, placeholder=t("Choose projects"),
    )  # fmt: skip
    return tuple(chosen)
