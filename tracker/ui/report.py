"""The writing page of a report: what it is for, how far it is, its parts beside last period's, and handing in."""

from __future__ import annotations

import streamlit as st
from sqlalchemy import Row

from tracker.services.data_call_board import call_notice
from tracker.services.report_drafts import ReportScreen, open_report
from tracker.services.report_state import OPEN_FOR_WRITING
from tracker.services.report_submission import receipt_of
from tracker.ui import calls, pages, receipt, report_back, report_presence, window_days
from tracker.ui import components as c
from tracker.ui.guard import Screen, nothing_here
from tracker.ui.keys import form_key
from tracker.ui.periods import title_text
from tracker.ui.prints import print_address
from tracker.ui.report_hand_in import hand_in
from tracker.ui.report_page import begin
from tracker.ui.report_reading import read_only
from tracker.ui.report_sections import kept_aside, sections
from tracker.ui.report_status import status
from tracker.ui.report_words import section_title


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
    calls.show_notice(screen, call_notice(screen.ctx, row.o_id))
    if shown.state.versions:
        newest = receipt_of(screen.ctx, row.id)
        receipt.show(screen, newest)
        receipt.still_to_file(screen, newest, obligation_id=row.o_id, project_id=row.project_id)
    report_back.show(screen, shown)
    _prints(screen, "draft" if row.status in OPEN_FOR_WRITING else "report", row.id)
    if not shown.may_write:
        read_only(screen, shown)
        return
    if row.status == "returned":
        _returned(screen, shown)
    _write(screen, shown)


def _write(screen: Screen, shown: ReportScreen) -> None:
    """Everything that is written. The key of the container tells the page's scripts the language, the person and the report."""
    page, state = begin(screen, shown), shown.state
    report_presence.remember_sections(page.report_id, {name: place.section for name, place in state.fields.items()})
    language = "zh" if screen.t.is_chinese else "en"
    with st.container(key=f"writing-{language}-{screen.viewer.person_id}-{page.report_id}"):
        top = st.container()
        places = sections(page)
        with top:
            status(page, places)
        kept_aside(page)
        hand_in(page)


def _prints(screen: Screen, what: str, report_id: int) -> None:
    """What is written or was handed in, to print and to pass round."""
    t = screen.t
    note = t("The draft as it is saved now, to pass round; changes made there do not come back here") if what == "draft" else None
    with st.container(horizontal=True, key="prints"):
        for form, label, icon in (("pdf", t("Print or PDF"), "print"), ("docx", t("Word file"), "description")):
            st.link_button(label, print_address(what, report_id, form), icon=f":material/{icon}:", type="tertiary", help=note)


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
    window_days.show(screen, row)
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
