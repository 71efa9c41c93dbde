"""The writing page of a report: what it is for, its sections beside last period's, and handing in."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from sqlalchemy import Row

from tracker.domain.report_checks import quantity_text
from tracker.services.errors import Problem
from tracker.services.report_drafts import ReportScreen, open_report
from tracker.services.report_forms import ATTACHMENTS, CHECKPOINTS, INDICATORS, Section
from tracker.services.report_submission import check_report, receipt_of
from tracker.ui import components as c
from tracker.ui import pages, receipt, report_fields
from tracker.ui.guard import Screen, nothing_here
from tracker.ui.keys import form_key
from tracker.ui.periods import period_text, title_text
from tracker.ui.report_fields import Page, label_text
from tracker.ui.report_hand_in import hand_in, tried
from tracker.ui.report_reading import read_only, show_section


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
    names = t.pick("、", ", ").join(t(shown.state.form.title_of(section)) for section in reopened)
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
        st.subheader(t(section.title) if is_open else f"{t(section.title)} :material/lock:", anchor=False)
        if section.id in state.comments:
            st.warning(t("The office: {comment}", comment=c.escape(state.comments[section.id])), icon=":material/comment:")
        if not is_open:
            st.caption(t("Not reopened: stays as handed in."))
            show_section(page.screen, page.shown, section)
            return
        for text in section.texts:
            _beside_last(page, text.id, t(text.label), t(text.help))
        if section.id == CHECKPOINTS:
            _lines(page, state.checkpoints, _checkpoint, "No checkpoint is planned up to the end of this period.")
        elif section.id == INDICATORS:
            _lines(page, state.indicators, _indicator, "The approved plan has no indicators.")
        elif section.id == ATTACHMENTS:
            report_fields.attachments(page, "attachments", t("Add files"))
        if section.id in state.comments:
            report_fields.long_text(page, f"remarks:{section.id}", t("Your answer to the office"), height=100)


def _beside_last(page: Page, field: str, label: str, help_text: str) -> None:
    """A long text with last period's words beside it (below it on a narrow screen)."""
    t, previous = page.screen.t, page.shown.state.previous
    last = previous.content["texts"].get(field, "") if previous else ""
    if not last:
        st.caption(help_text)
        report_fields.long_text(page, field, label, height=240, titled=True)
        return
    writing, reading = st.columns([3, 2], gap="medium")
    with writing:
        st.caption(help_text)
        report_fields.long_text(page, field, label, height=240, titled=True)
    with reading, st.container(border=True, key=f"last-{field}"):
        st.caption(
            t(
                "Last period ({period}), handed in {at}",
                period=period_text(page.screen, previous.period_label),
                at=c.instant_text(previous.submitted_at),
            )
        )
        st.text(last)


def _lines(page: Page, lines: tuple[Row, ...], draw, nothing: str) -> None:
    if not lines:
        st.caption(page.screen.t(nothing))
    for place, line in enumerate(lines):
        if place:
            st.divider()
        draw(page, line)


def _checkpoint(page: Page, line: Row) -> None:
    t, state, prefix = page.screen.t, page.shown.state, f"checkpoint:{line.id}"
    st.markdown(f"**{c.escape(line.code)} {c.escape(t.pick(line.title_zh, line.title_en))}**")
    facts = t(
        "Target {target} {unit}, planned for {day}",
        target=quantity_text(line.target),
        unit=c.escape(line.unit),
        day=c.date_text(line.planned_on),
    )
    last = state.last_claims.get(line.id)
    if last is not None:
        facts += " · " + t("last time {last} {unit}", last=quantity_text(last), unit=c.escape(line.unit))
    st.caption(facts)
    if line.success_test or line.evidence_wanted:
        st.caption(c.escape(" · ".join(text for text in (line.success_test, line.evidence_wanted) if text)))
    figure, file = st.columns([1, 2], gap="medium")
    with figure:
        report_fields.number(page, f"{prefix}:actual", t("Actual quantity ({unit})", unit=c.escape(line.unit)))
    with file:
        report_fields.evidence(page, f"{prefix}:evidence", t("Evidence"))
    report_fields.long_text(page, f"{prefix}:note", t("Explanation"), height=80)


def _indicator(page: Page, line: Row) -> None:
    t, state, prefix = page.screen.t, page.shown.state, f"indicator:{line.id}"
    st.markdown(f"**{c.escape(line.code)} {c.escape(t.pick(line.title_zh, line.title_en))}**")
    counting = t("cumulative since the start") if line.counting == "cumulative" else t("of this period only")
    good = t("more is better") if line.good == "up" else t("less is better")
    last = state.last_measurements.get(line.id)
    facts = [
        t("Baseline {baseline}", baseline=quantity_text(line.baseline)),
        t("target {target} {unit}", target=quantity_text(line.target), unit=c.escape(line.unit)),
        t("last value {last}", last=quantity_text(last)) if last is not None else t("no value yet"),
        counting, good,
    ]  # fmt: skip
    st.caption(" · ".join(facts))
    figure, note = st.columns([1, 2], gap="medium")
    with figure:
        report_fields.number(page, f"{prefix}:actual", t("Actual figure ({unit})", unit=c.escape(line.unit)))
    with note:
        report_fields.long_text(page, f"{prefix}:note", t("Explanation"), height=80)


def _lost(page: Page) -> None:
    """Entries that came second and were kept: to copy from, until the report is accepted."""
    if not page.shown.lost:
        return
    with st.expander(page.screen.t("Entries that were kept aside ({n})", n=len(page.shown.lost))):
        for entry in page.shown.lost:
            st.caption(f"{label_text(page.screen, entry.label)} · {c.escape(entry.author)} · {c.instant_text(entry.at)}")
            st.text(str(entry.value))
