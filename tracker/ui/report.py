"""The writing page of a report: what it is for, its sections beside last period's, and handing in."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from sqlalchemy import Row

from tracker.programmes.report_types import Field, FieldType, Holds, Section
from tracker.services.errors import Problem
from tracker.services.report_drafts import ReportScreen, open_report
from tracker.services.report_submission import check_report, receipt_of
from tracker.ui import components as c
from tracker.ui import pages, receipt, report_fields
from tracker.ui.guard import Screen, nothing_here
from tracker.ui.keys import form_key
from tracker.ui.periods import period_text, title_text
from tracker.ui.report_fields import Page
from tracker.ui.report_hand_in import hand_in, tried
from tracker.ui.report_lines import lines
from tracker.ui.report_reading import read_only, show_section
from tracker.ui.report_words import label_text, section_title, words


def requested(screen: Screen) -> int:
    """The report that the address names; by its obligation it is opened where it does not exist yet."""
    report_id = screen.optional_id_param("report")
    if report_id is not None:
        return report_id
    obligation_id = screen.optional_id_param("obligation")
    if obligation_id is None:
        nothing_here(screen.t)
    return open_report(screen.ctx, obligation_id=obligation_id, key=form_key(f"open-report-{obligation_id}")).report_id


def render(screen: Screen, shown: ReportScreen) -> None:
    """The whole page."""
    row = shown.state.row
    pages.link(screen, "must_do", icon=":material/arrow_back:")
    st.title(title_text(screen, row.o_title_zh, row.o_title_en, row.o_period_label), anchor=False)
    st.caption(f"{c.escape(row.p_code)} · {c.escape(screen.t.pick(row.p_title_zh, row.p_title_en))}")
    _days(screen, row)
    if shown.state.versions:
        newest = receipt_of(screen.ctx, row.id)
        receipt.show(screen, newest)
        receipt.still_to_file(screen, newest, obligation_id=row.o_id, project_id=row.project_id)
    if not shown.may_write:
        read_only(screen, shown)
        return
    if row.status == "returned":
        _returned(screen, shown)
    found = check_report(screen.ctx, row.id)
    asked = st.session_state.get(tried(row.id), False)
    seen = f"report-shown-{row.id}"
    page = Page(screen, shown, _by_field(found) if asked else {}, st.session_state.get(seen, shown.seen))
    st.session_state[seen] = shown.seen
    for section in shown.state.form.sections:
        _section(page, section)
    _lost(page)
    hand_in(page, found)


def _by_field(problems: list[Problem]) -> Mapping[str, list[Problem]]:
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        found.setdefault(problem.field, []).append(problem)
    return found


def _days(screen: Screen, row: Row) -> None:
    t = screen.t
    with st.container(horizontal=True, vertical_alignment="center"):
        c.lateness_badge(
            screen, status=row.o_status, due_on=row.o_due_on, first_submitted_on=row.o_first_submitted_on, duty=row.o_duty,
            confidence=row.o_confidence,
        )  # fmt: skip
        if row.o_file_by_on and row.o_first_submitted_on is None:
            st.markdown(f"**{c.days_left_text(screen, row.o_file_by_on)}**", width="content")
    file_by = c.date_text(row.o_file_by_on) + (f" {row.o_file_by_time}" if row.o_file_by_time else "")
    st.markdown(t("File by **{file_by}** · due {due_on}", file_by=file_by, due_on=c.date_text(row.o_due_on)))
    c.because(
        screen, row.o_because_json, clause=row.o_clause, confidence=row.o_confidence, calendar_version=row.o_calendar_version,
        provisional=row.o_provisional,
    )  # fmt: skip


def _returned(screen: Screen, shown: ReportScreen) -> None:
    t, review = screen.t, shown.state.reviews[-1]
    reopened = [section.id for section in shown.state.form.sections if section.id in review.reopened]
    names = t.pick("、", ", ").join(section_title(screen, shown.state.form, section) for section in reopened)
    st.warning(
        t("**The office returned this report.** Answer by {day}. Open again: {sections}. Everything else stays as handed in.",
          day=c.date_text(review.reply_by_on), sections=names),
        icon=":material/reply:",
    )  # fmt: skip
    st.caption(t("Whether the report is late is still judged by its first submission."))


# --- Sections -----------------------------------------------------------------------------------------------------------------


def _section(page: Page, section: Section) -> None:
    state, t = page.shown.state, page.screen.t
    is_open = section.id in state.open_sections
    with st.container(border=True, key=f"section-{section.id}"):
        title = words(page.screen, section.title)
        st.subheader(title if is_open else f"{title} :material/lock:", anchor=False)
        if section.id in state.comments:
            st.warning(t("The office: {comment}", comment=c.escape(state.comments[section.id])), icon=":material/comment:")
        if not is_open:
            st.caption(t("Not reopened: stays as handed in."))
            show_section(page.screen, page.shown, section)
            return
        for field in section.fields:
            _own_field(page, section, field)
        if section.holds != Holds.FIELDS:
            lines(page, section)
        if section.id in state.comments:
            report_fields.long_text(page, f"remarks:{section.id}", t("Your answer to the office"), height=100)


def _own_field(page: Page, section: Section, field: Field) -> None:
    """One field of the form by its type; a long text has last period's words beside it (below it on a narrow screen)."""
    label, help_text = words(page.screen, field.label), words(page.screen, field.help)
    last = page.shown.state.last_values.get(field.id, "")
    titled = label == words(page.screen, section.title)
    if field.type != FieldType.TEXT or not last:
        st.caption(help_text)
        report_fields.own_field(page, field, label, titled=titled)
        return
    previous = page.shown.state.previous
    writing, reading = st.columns([3, 2], gap="medium")
    with writing:
        st.caption(help_text)
        report_fields.own_field(page, field, label, titled=titled)
    with reading, st.container(border=True, key=f"last-{field.id}"):
        st.caption(
            page.screen.t(
                "Last period ({period}), handed in {at}",
                period=period_text(page.screen, previous.period_label),
                at=c.instant_text(previous.submitted_at),
            )
        )
        st.text(last)


def _lost(page: Page) -> None:
    """Entries that came second and were kept: to copy from, until the report is accepted."""
    if not page.shown.lost:
        return
    with st.expander(page.screen.t("Entries that were kept aside ({n})", n=len(page.shown.lost))):
        for entry in page.shown.lost:
            st.caption(f"{label_text(page.screen, entry.label)} · {c.escape(entry.author)} · {c.instant_text(entry.at)}")
            st.text(str(entry.value))
