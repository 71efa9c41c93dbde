"""The screen of one project: who and when, what is missing, the timeline, and its file in tabs."""

from __future__ import annotations

import streamlit as st

from tracker.charts.style import percent
from tracker.services.policy import Act
from tracker.services.project_page import ProjectPage
from tracker.ui import (
    action_items,
    alert_acts,
    attention,
    delegations,
    feeds,
    office_clock,
    project_file,
    project_pause,
    project_progress,
    term,
    timeline,
)
from tracker.ui.components import date_text, escape
from tracker.ui.guard import Screen, nothing_here
from tracker.ui.pages import link
from tracker.ui.words import MEMBER_MSGIDS, PARTY_MSGIDS, PROJECT_STATUS_MSGIDS, money

LONGEST_CODE = 60


def code_param(screen: Screen) -> str:
    """The project's code in the address. None shows the notice and ends the run."""
    code = st.query_params.get("project", "").strip()
    if not code or len(code) > LONGEST_CODE:
        nothing_here(screen.t)
    return code


def show(screen: Screen, page: ProjectPage) -> None:
    """The whole screen. What is there at times only has a place of its own: where it comes or goes, the tabs stay where they are, and the
    one that stands open stays open."""
    header = page.header
    _head(screen, page)
    with st.container():
        project_pause.notice(screen, page)
    link(screen, "dossier", label=screen.t("Project dossier"), icon=":material/summarize:", project=header.code)
    _figures(screen, page)
    with st.container():
        attention.of_project(screen, header.project_id)
    with st.container():
        _gaps(screen, page)
    with st.container():
        timeline.show(screen, page)
    with st.container():
        office_clock.of_project(screen, header.project_id)
    with st.container():
        alert_acts.seen(screen, page)
    with st.container():
        project_pause.form(screen, page)
    with st.container():
        feeds.of_project(screen, header.project_id, header.programme_id)
    _tabs(screen, page)


def _head(screen: Screen, page: ProjectPage) -> None:
    t, header = screen.t, page.header
    first, second = (header.title_zh, header.title_en) if t.is_chinese or not header.title_en else (header.title_en, header.title_zh)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(escape(header.code), width="content")
        st.badge(t(PROJECT_STATUS_MSGIDS[header.status]), color="green" if header.status == "active" else "gray")
    st.title(escape(first), anchor=False)
    if second:
        st.markdown(f"_{escape(second)}_")
    with st.grid(min_column_width=280, key="project_head"):
        with st.container():
            st.markdown(f":material/apartment: {escape(header.organisation)}" + (f" · {escape(header.county)}" if header.county else ""))
            for member in page.members:
                if member.until_on is None or member.until_on >= screen.ctx.today:
                    who = t("{role}, {party}", role=t(MEMBER_MSGIDS[member.role]), party=t(PARTY_MSGIDS[member.party]))
                    st.markdown(f":material/person: {escape(member.name)} · {who}")
        with st.container():
            st.markdown(f":material/date_range: {date_text(header.start_on)} – {date_text(header.end_on)}")
            if header.end_on != header.original_end_on:
                st.markdown(f":material/update: {t('Extended; the original end was {day}', day=date_text(header.original_end_on))}")
            st.markdown(f":material/support_agent: {t('Officer in charge: {name}', name=escape(header.officer_name or '—'))}")
        with st.container():
            st.markdown(f":material/menu_book: {escape(t.pick(header.programme_zh, header.programme_en))}")
            st.markdown(f":material/gavel: {t('Rules in force at the signing: {version}', version=escape(header.programme_version))}")
            for year in page.years:
                if year.approved_amount is not None:
                    st.markdown(f":material/payments: {t('Year {n}', n=year.number)}{t.pick('：', ': ')}{money(year.approved_amount)}")


def _figures(screen: Screen, page: ProjectPage) -> None:
    t = screen.t
    stands = [line.stands for line in page.obligations if line.row.status == "open" and line.row.duty]
    claimed, verdict = (share if share is None else percent(share) for share in (page.attainment.claimed, page.attainment.verdict))
    with st.grid(min_column_width=168, key="project_figures"):
        st.metric(t("Owed"), len(stands), border=True)
        st.metric(t("Late"), stands.count("late"), border=True)
        if "late_anchor_unconfirmed" in stands:
            st.metric(t("Overdue (anchor date not confirmed)"), stands.count("late_anchor_unconfirmed"), border=True)
        st.metric(
            t("Waiting for the office"),
            sum(line.row.status == "submitted" and line.row.kind != "reply" for line in page.obligations),
            border=True,
        )
        st.metric(
            t("Attained: claim"), claimed or "—", border=True, help=t("As the project reports it, of the checkpoints planned by today.")
        )
        st.metric(
            t("Attained: verdict"),
            verdict or "—",
            border=True,
            help=t("As the office found it; what it has not judged yet counts as nothing."),
        )


def _gaps(screen: Screen, page: ProjectPage) -> None:
    if not page.gaps:
        return
    t = screen.t
    with st.container(border=True, key="contract_gaps"):
        st.markdown(f":material/assignment_late: **{t('The contract schedule is incomplete: {n} dates are missing.', n=len(page.gaps))}**")
        for gap in page.gaps:
            source = t.pick(gap.enter_from_zh, gap.enter_from_en)
            st.markdown(f"- {escape(t.pick(gap.title_zh, gap.title_en))}" + (f" · {escape(source)}" if source else ""))
        if Act.ENTER_DATE in page.acts:
            link(screen, "dates", label=t("Enter a date from a document"), icon=":material/edit_calendar:", project=page.header.project_id)
        else:
            st.caption(t("The programme office enters them from the contract."))


def _dates_and_documents(screen: Screen, page: ProjectPage) -> None:
    project_file.documents(screen, page)
    term.office(screen, page)


def _tabs(screen: Screen, page: ProjectPage) -> None:
    t = screen.t
    parts = [
        (t("Duties"), project_file.obligations),
        (t("Reports"), project_file.reports),
        (t("Checkpoints and indicators"), project_progress.checkpoints),
        (t("Evaluations and decisions"), project_progress.evaluations),
        (t("Approvals"), project_progress.approvals),
        (t("Meetings and action items"), action_items.project_tab),
        (t("Dates and documents"), _dates_and_documents),
    ]
    parts.append((t("People and rights"), delegations.tab))
    if page.events is not None:
        parts.append((t("History"), project_file.history))
    for tab, (_, draw) in zip(st.tabs([name for name, _ in parts]), parts, strict=True):
        with tab:
            draw(screen, page)
