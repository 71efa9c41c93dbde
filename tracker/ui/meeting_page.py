"""One meeting: when and where, its files, what is to be prepared, minutes, conclusions; and for the office what can be done with it."""

from __future__ import annotations

import streamlit as st

from tracker.services import meetings
from tracker.services.meeting_views import ItemLine, MeetingPage, meeting_page
from tracker.services.policy import Act
from tracker.ui import action_items, conclusion_form, meeting_cards, meeting_form
from tracker.ui.attachments import download_link, file_field, keep_file
from tracker.ui.components import attempt, date_text, empty_state, escape, found, subheading
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key
from tracker.ui.pages import link, named_link

_NAMES = {"minutes": "Minutes", "document_id": "Minutes (file)", "file": "Minutes (file)", "held_on": "Day"}
_HISTORY = {"moved": "Moved", "cancelled": "Cancelled"}
_PROJECTS_SHOWN = 8
_FEW_ITEMS = 8


def render(screen: Screen, meeting_id: int) -> None:
    """The whole screen of one meeting."""
    t = screen.t
    with found(screen):
        page = meeting_page(screen.ctx, meeting_id)
    row = page.row
    link(screen, "meetings", label=t("All meetings and action items"), icon=":material/arrow_back:")
    st.title(escape(t.pick(row.title_zh, row.title_en)), anchor=False)
    meeting_cards.badges(screen, row, sum(line.unsettled for line in page.items))
    st.markdown(meeting_cards.when_where(screen, row))
    _facts(screen, page)
    _projects(screen, page)
    if page.may_run and row.state != "cancelled":
        _office(screen, page)
    _minutes(screen, page)
    _items(screen, page)


def _facts(screen: Screen, page: MeetingPage) -> None:
    t, row = screen.t, page.row
    parts = [escape(t.pick(row.programme_zh, row.programme_en))]
    if row.letter_number:
        parts.append(t("Letter {number}", number=escape(row.letter_number)))
    st.caption(" · ".join(parts))
    if row.preparation:
        st.markdown(f":material/assignment: {t('To be prepared by {day}', day=date_text(row.prepare_by_on))}: {escape(row.preparation)}")
    elif row.state == "planned":
        st.caption(t("Nothing has to be prepared; the projects are reminded of the day."))
    download_link(screen, row.notice_document_id, row.notice_filename)
    for entry in row.history_json:
        days = " → ".join(escape(one) for one in (entry["old"], entry["new"]) if one)
        letter = f" · {escape(entry['letter_number'])}" if entry.get("letter_number") else ""
        what = t(_HISTORY[entry["what"]])
        st.markdown(f":material/history: {meeting_cards.iso_text(entry['on'])} · **{what}** · {days} · {escape(entry['why'])}{letter}")


def _projects(screen: Screen, page: MeetingPage) -> None:
    t = screen.t
    label = meeting_cards.count_text(screen, len(page.projects)) if page.may_run else t("Your projects in it")
    with st.expander(label, icon=":material/folder_open:", expanded=len(page.projects) <= _PROJECTS_SHOWN):
        for project in page.projects:
            title = escape(t.pick(project.title_zh, project.title_en))
            named_link(screen, "project", code=escape(project.code), title=title, project=project.code)


def _office(screen: Screen, page: MeetingPage) -> None:
    """Marking it held is the thing to do once its day has come; moving and cancelling before."""
    t, row = screen.t, page.row
    if row.state == "planned" and row.held_on <= screen.ctx.today:
        name = f"meeting-held-{row.id}-{row.version}"
        if st.button(t("It was held"), key=name, type="primary", icon=":material/event_available:"):
            with attempt(screen, names=_NAMES) as outcome:
                meetings.mark_held(screen.ctx, meeting_id=row.id, expected_version=row.version, key=form_key(name))
            meeting_form.done(screen, outcome.ok, name, "The meeting is marked as held; enter its minutes and conclusions.")
    with st.expander(t("Put it right"), icon=":material/edit:"):
        meeting_form.edit(screen, page)
    if row.state == "planned":
        with st.expander(t("Move it to another day"), icon=":material/update:"):
            meeting_form.move(screen, page)
        with st.expander(t("Cancel it"), icon=":material/event_busy:"):
            meeting_form.cancel(screen, page)


def _minutes(screen: Screen, page: MeetingPage) -> None:
    t, row = screen.t, page.row
    if row.state == "cancelled" or row.held_on > screen.ctx.today:
        return
    subheading(screen, "Minutes")
    if row.minutes:
        with st.container(border=True):
            for paragraph in filter(None, row.minutes.split("\n")):
                st.markdown(escape(paragraph))
    download_link(screen, row.minutes_document_id, row.minutes_filename)
    if not row.minutes and row.minutes_document_id is None:
        empty_state(screen, "There are no minutes yet.", "The programme office writes or attaches them after the meeting.")
    if page.may_run:
        with st.expander(t("Write or attach the minutes"), icon=":material/edit_note:", expanded=row.state == "held" and not row.minutes):
            _minutes_form(screen, page)


def _minutes_form(screen: Screen, page: MeetingPage) -> None:
    t, row = screen.t, page.row
    name = f"meeting-minutes-{row.id}-{row.version}"
    st.caption(t("Every project that took part reads the minutes; what concerns one project alone belongs into its conclusions."))
    text = st.text_area(t("Minutes"), value=row.minutes, key=f"{name}-text", height=200)
    chosen = file_field(screen, "Minutes (file)", name)
    if st.button(t("Save the minutes"), key=f"{name}-save", type="primary"):
        with attempt(screen, names=_NAMES) as outcome:
            document_id = keep_file(screen, chosen, name, purpose="meeting", act=Act.RUN_MEETING, programme_id=row.programme_id)
            meetings.record_minutes(
                screen.ctx, meeting_id=row.id, minutes=text, document_id=document_id or row.minutes_document_id,
                expected_version=row.version, key=form_key(name),
            )  # fmt: skip
        meeting_form.done(screen, outcome.ok, name, "The minutes are saved.")


def _items(screen: Screen, page: MeetingPage) -> None:
    t = screen.t
    if page.row.state != "cancelled" or page.items:
        subheading(screen, "Action items")
    if page.may_run and page.row.state == "held":
        with st.expander(t("Enter conclusions"), icon=":material/playlist_add:", expanded=not page.items):
            conclusion_form.render(screen, page)
    if page.items:
        action_items.items(screen, _narrowed(screen, page), show_meeting=False)
    elif page.row.state != "cancelled":
        empty_state(screen, "No action item came of it yet.", "What is concluded appears here with its owner and its day.")


def _narrowed(screen: Screen, page: MeetingPage) -> list[ItemLine]:
    """The items that a choice leaves, where they are many: what waits for the office, what is open, what is settled."""
    t = screen.t
    states = {"": t("All"), "done": t("Waiting for the office"), "open": t("still open"), "settled": t("Settled")}
    if len(page.items) <= _FEW_ITEMS:
        return list(page.items)
    chosen = st.segmented_control(
        t("Which action items"), list(states), format_func=states.__getitem__, default="", key=f"meeting-items-{page.row.id}",
        label_visibility="collapsed",
    )  # fmt: skip
    return [line for line in page.items if not chosen or (line.row.state == chosen) or (chosen == "settled" and not line.unsettled)]
