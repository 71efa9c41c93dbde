"""Tabs of a project: what it owes with every reason, its reports, its documents, its history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import streamlit as st
from sqlalchemy import Row

from tracker.charts.words import KIND_MSGIDS, STATUS_MSGIDS
from tracker.domain.statuses import SETTLED
from tracker.services.conditions import conditions
from tracker.services.date_moves import DayMove, moves_for
from tracker.services.policy import Act
from tracker.services.project_page import ObligationLine, ProjectPage
from tracker.services.report_forms import REPORTED
from tracker.ui import moved_days, obligation_change, window_days
from tracker.ui.components import because, date_text, days_left_text, empty_state, escape, instant_text, lateness_badge
from tracker.ui.conditional import set_aside_form
from tracker.ui.guard import Screen
from tracker.ui.pages import link
from tracker.ui.periods import period_text, title_text
from tracker.ui.prints import print_links
from tracker.ui.words import FACT_MSGIDS, OUTCOME_MSGIDS, doer

OPEN, ALL = "open", "all"
SHOWN_AT_ONCE = 6


def obligations(screen: Screen, page: ProjectPage) -> None:
    """Every duty as a card with its days, its state, why that day, and what can be done."""
    t = screen.t
    names = {OPEN: t("Not settled"), ALL: t("All")}
    chosen = st.segmented_control(
        t("Which duties"),
        [OPEN, ALL],
        format_func=names.__getitem__,
        default=OPEN,
        required=True,
        key="duties",
        label_visibility="collapsed",
    )
    shown = [line for line in page.obligations if chosen == ALL or _is_unsettled(line, screen.ctx.today)]
    if not shown:
        empty_state(screen, "Nothing is open.", "Choose “All” to see what was settled.")
    undated = [line for line in shown if line.row.due_on is None]
    dated = [line for line in shown if line.row.due_on is not None]
    moves = moves_for(screen.ctx, obligation_ids=[line.row.id for line in dated])
    for line in dated[:SHOWN_AT_ONCE]:
        _duty(screen, page, line, moves.get(line.row.id, ()))
    if dated[SHOWN_AT_ONCE:]:
        with st.expander(t("{n} later ones", n=len(dated) - SHOWN_AT_ONCE), icon=":material/event:"):
            for line in dated[SHOWN_AT_ONCE:]:
                _duty(screen, page, line, moves.get(line.row.id, ()))
    if undated:
        with st.expander(t("{n} without a date", n=len(undated)), icon=":material/event_busy:"):
            for line in undated:
                _duty(screen, page, line)


def _is_unsettled(line: ObligationLine, today: date) -> bool:
    """Something is still to happen about it: not a reminder whose day has passed."""
    if not line.row.duty and line.row.due_on is not None and line.row.due_on < today:
        return False
    return line.to_discharge or line.row.status not in SETTLED


def _duty(screen: Screen, page: ProjectPage, line: ObligationLine, moves: Sequence[DayMove] = ()) -> None:
    t, row = screen.t, line.row
    with st.container(border=True, key=f"duty-{row.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            lateness_badge(
                screen,
                status=row.status,
                due_on=row.due_on,
                first_submitted_on=row.first_submitted_on,
                duty=row.duty,
                confidence=row.confidence,
            )
            if row.status != "open":
                st.badge(t(STATUS_MSGIDS[row.status]), color="gray")
            st.caption(t(KIND_MSGIDS[row.kind]), width="content")
        st.markdown(f"**{title_text(screen, row.title_zh, row.title_en, row.period_label)}**")
        if row.due_on is not None:
            st.markdown(_days(screen, row))
            window_days.show(screen, row, told=False)
        if row.first_submitted_at is not None:
            st.caption(t("First handed in {at}", at=instant_text(row.first_submitted_at)))
        if line.to_discharge:
            st.markdown(f":material/outbox: {t('Sent here, not yet handed in to the funder')}")
        moved_days.show(screen, moves)
        because(
            screen,
            row.because_json,
            clause=row.clause,
            confidence=row.confidence,
            calendar_version=row.calendar_version,
            provisional=row.provisional,
        )
        obligation_change.show_made(screen, page.changes.get(row.id, ()))
        _act(screen, page, row)
        _set_aside(screen, page, row)
        if Act.MOVE_DATE in page.acts and row.duty and _can_change(page, line):
            obligation_change.change_form(screen, row)


def _can_change(page: ProjectPage, line: ObligationLine) -> bool:
    """Whether the office can still move or release it, or take back that it did."""
    changed = line.row.id in page.changes and line.row.status in ("open", "waived")
    return page.header.status == "active" and (line.row.status in ("open", "returned") or line.to_discharge or changed)


def _days(screen: Screen, row: Row) -> str:
    t = screen.t
    safe = f" {row.file_by_time}" if row.file_by_time else ""
    parts = [t("Last legal day: {day}", day=date_text(row.due_on))]
    if row.nominal_on != row.due_on:
        parts.insert(0, t("By the clause: {day}", day=date_text(row.nominal_on)))
    if row.file_by_on != row.due_on or safe:
        parts.append(t("Safe filing day: {day}", day=date_text(row.file_by_on) + safe))
    if row.status == "open":
        parts.append(days_left_text(screen, row.file_by_on or row.due_on))
    return " · ".join(parts)


def _act(screen: Screen, page: ProjectPage, row: Row) -> None:
    """The one thing this reader can do about the duty."""
    t = screen.t
    if row.kind in ("approval_catch_up", "approval_renewal"):
        if page.acts & {Act.WRITE_APPROVAL, Act.CONFIRM_ANCHOR}:
            link(screen, "approvals", label=t("Open approvals"), icon=":material/verified_user:", project=page.header.project_id)
    elif row.origin in ("action", "meeting"):
        link(screen, "meetings", label=t("Open"), icon=":material/arrow_forward:", obligation=row.id)
    elif row.kind in REPORTED and row.duty and Act.WRITE_REPORT in page.acts:
        label = t("Write the report") if row.status == "open" else t("Look at what was handed in")
        link(screen, "report", label=label, icon=":material/edit_document:", obligation=row.id)
    elif row.report_id and row.report_status != "draft" and Act.REVIEW_REPORT in page.acts:
        link(screen, "review", label=t("Open the review"), icon=":material/rate_review:", report=row.report_id)


def _set_aside(screen: Screen, page: ProjectPage, row: Row) -> None:
    """For the office, beside what is open and asked of some projects only."""
    if Act.GRANT_EXCEPTION not in page.acts or row.status != "open" or not row.duty:
        return
    condition = conditions(screen.ctx, page.header.project_id).get(row.rule)
    if condition is not None:
        set_aside_form(screen, row, condition)


def reports(screen: Screen, page: ProjectPage) -> None:
    """Every version handed in, with its receipt and what the office said of it; then the funder's own receipts."""
    t = screen.t
    if not page.versions:
        empty_state(screen, "No report was handed in yet.", "The first one appears here with its receipt.")
    for version in page.versions:
        with st.container(border=True, key=f"version-{version.id}"):
            title = f"**{title_text(screen, version.title_zh, version.title_en, version.period_label)}**"
            st.markdown(f"{title} · {t('version {n}', n=version.number)}")
            st.markdown(
                t(
                    "Receipt {number}, handed in {at} by {name}",
                    number=escape(version.receipt_number),
                    at=instant_text(version.submitted_at),
                    name=escape(doer(screen, version.submitter, version.behalf)),
                )
            )
            _standing(screen, version)
            if version.withdrawn_at is None:
                print_links(screen, "report", version.report_id, version=version.number)
            if version.late_reason:
                st.caption(t("Reason for being late: {reason}", reason=escape(version.late_reason)))
            for review in page.reviews:
                if review.report_version_id == version.id:
                    _review(screen, review)
            if Act.REVIEW_REPORT in page.acts:
                link(screen, "review", label=t("Open the review"), icon=":material/rate_review:", report=version.report_id)
            elif Act.WRITE_REPORT in page.acts:
                link(screen, "report", label=t("Open the report"), icon=":material/edit_document:", obligation=version.obligation_id)
    for receipt in page.receipts:
        with st.container(border=True, key=f"receipt-{receipt.id}"):
            st.markdown(f":material/receipt_long: **{t('Receipt of the funder')}** · {escape(t.pick(receipt.title_zh, receipt.title_en))}")
            st.markdown(t("Received {day}, number {number}", day=date_text(receipt.received_on), number=escape(receipt.receipt_number)))
            _download(screen, receipt.document_id, t("Open the file"))


def _standing(screen: Screen, version: Row) -> None:
    """That a version was taken back, or that it corrects one; and its receipt."""
    t = screen.t
    if version.withdrawn_at is not None:
        said = t("Withdrawn on {at}", at=instant_text(version.withdrawn_at))
        st.badge(said, color="gray", icon=":material/undo:")
        st.caption(t("Why it was taken back: {reason}", reason=escape(version.withdrawn_reason)))
    if version.reason:
        st.caption(t("Why it was corrected: {reason}", reason=escape(version.reason)))
    link(screen, "receipt", label=t("The receipt, to print or to check"), icon=":material/receipt_long:", version=version.id)


def _review(screen: Screen, review: Row) -> None:
    t = screen.t
    icon = "check_circle" if review.outcome == "accept" else "undo"
    st.markdown(f":material/{icon}: {t(OUTCOME_MSGIDS[review.outcome])} · {escape(review.reviewer)} · {instant_text(review.reviewed_at)}")
    if review.reply_by_on is not None:
        st.caption(t("Reply by {day}", day=date_text(review.reply_by_on)))
    for comment in review.comments_json.values():
        if comment:
            st.markdown(f"> {escape(comment)}")


def documents(screen: Screen, page: ProjectPage) -> None:
    """The days that rules count from, the dates entered from documents, and the files."""
    t = screen.t
    for fact in page.facts:
        sure = t("confirmed, letter {number}", number=escape(fact.letter_number or "—")) if fact.confirmed else t("not confirmed")
        st.markdown(f":material/anchor: {t(FACT_MSGIDS[fact.name])}{t.pick('：', ': ')}**{date_text(fact.value_on)}** · {sure}")
    if Act.ENTER_DATE in page.acts:
        link(screen, "dates", label=t("Enter a date from a document"), icon=":material/edit_calendar:", project=page.header.project_id)
    st.markdown(f"#### {t('Dates from documents')}")
    if not page.dates:
        st.caption(t("None was entered."))
    for given in page.dates:
        _given(screen, given)
    st.markdown(f"#### {t('Files')}")
    if not page.documents:
        st.caption(t("There is no file."))
    for row in page.documents:
        with st.container(horizontal=True, vertical_alignment="center", key=f"file-{row.id}"):
            st.caption(f"{instant_text(row.uploaded_at)} · {max(1, row.size // 1024):,} KB", width="content")
            _download(screen, row.id, escape(row.filename))


def _given(screen: Screen, given) -> None:
    t = screen.t
    title = escape(t.pick(given.title_zh, given.title_en) or t(KIND_MSGIDS.get(given.kind, given.kind)))
    when = date_text(given.given_on) if given.given_on else t("by a rule")
    parts = [f"**{title}**", period_text(screen, given.period_label), when, escape(given.letter_number or given.contract_page)]
    if given.whole_programme:
        parts.append(t("for the whole programme"))
    if given.withdrawn:
        parts.append(f":gray-badge[{t('withdrawn')}]")
    st.markdown("- " + " · ".join(part for part in parts if part))
    if given.document_id:
        _download(screen, given.document_id, escape(given.filename))


def _download(screen: Screen, document_id: int | None, label: str) -> None:
    """A link to the file's own address, which asks again who is looking."""
    if document_id is not None:
        st.markdown(f":material/download: [{label}](/download/{document_id})")


def history(screen: Screen, page: ProjectPage) -> None:
    """What was done, by whom and when; never what was written."""
    t = screen.t
    if not page.events:
        empty_state(screen, "Nothing was recorded yet.", "Every change appears here.")
        return
    rows = [
        {
            t("When"): instant_text(row.at),
            t("Who"): doer(screen, row.actor, row.principal),
            t("What"): row.action,
            t("Object"): f"{row.object_type} {row.object_id}",
        }
        for row in page.events
    ]
    st.dataframe(rows, hide_index=True, key="project_events", height="content", alt=t("{n} rows", n=len(rows)))
