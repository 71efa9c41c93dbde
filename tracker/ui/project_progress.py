"""Tabs of a project: checkpoints and indicators, evaluations and decisions, approvals."""

from __future__ import annotations

import streamlit as st

from tracker.charts.style import percent
from tracker.domain.approvals import ApprovalState
from tracker.domain.attainment import reached
from tracker.services.policy import Act
from tracker.services.project_page import CheckpointLine, EvaluationLine, ProjectPage
from tracker.ui.components import date_text, empty_state, escape, instant_text
from tracker.ui.guard import Screen
from tracker.ui.pages import link
from tracker.ui.words import APPROVAL_MSGIDS, APPROVAL_STATE_MSGIDS, COURSE_MSGIDS, EFFECT_MSGIDS, VERDICT_MSGIDS, money, number

_STATE_COLOURS = {ApprovalState.VALID: "green", ApprovalState.RUNNING_OUT: "orange", ApprovalState.EXPIRED: "red"}
_VERDICT_COLOURS = {"met": "green", "partly_met": "blue", "not_met": "red"}


def checkpoints(screen: Screen, page: ProjectPage) -> None:
    """What the project claims beside what the office found, then the indicators."""
    t = screen.t
    if not page.checkpoints:
        empty_state(screen, "The plan has no checkpoints yet.", "The programme office enters them from the approved plan.")
    for line in page.checkpoints:
        _checkpoint(screen, line)
    if not page.indicators:
        return
    st.markdown(f"#### {t('Indicators')}")
    for line in page.indicators:
        row = line.row
        with st.container(border=True, key=f"indicator-{row.id}"):
            st.markdown(f"**{escape(row.code)} {escape(t.pick(row.title_zh, row.title_en))}**")
            unit = escape(row.unit)
            st.markdown(
                t(
                    "Now {actual}, baseline {baseline}, target {target}",
                    actual=f"**{number(line.actual)}** {unit}",
                    baseline=number(row.baseline),
                    target=f"{number(row.target)} {unit}",
                )
            )
            good = t("more is better") if row.good == "up" else t("less is better")
            counting = t("counted from the beginning") if row.counting == "cumulative" else t("counted by period")
            st.caption(f"{good} · {counting}")


def _checkpoint(screen: Screen, line: CheckpointLine) -> None:
    t, row = screen.t, line.row
    with st.container(border=True, key=f"checkpoint-{row.id}"):
        planned = t("planned for {day}", day=date_text(row.planned_on))
        st.markdown(f"**{escape(row.code)} {escape(t.pick(row.title_zh, row.title_en))}** · {planned}")
        st.caption(t("Target {target}, weight {weight}", target=f"{number(row.target)} {escape(row.unit)}", weight=number(row.weight)))
        with st.grid(min_column_width=220, key=f"checkpoint-{row.id}-sides"):
            with st.container():
                st.caption(t("The project reports"))
                st.progress(float(reached(row.target, line.claimed)), text=_share(screen, row, line.claimed))
            with st.container():
                st.caption(t("The office found"))
                actual = line.verdict.actual if line.verdict is not None else None
                st.progress(float(reached(row.target, actual)), text=_share(screen, row, actual))
        if line.verdict is not None:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.badge(t(VERDICT_MSGIDS[line.verdict.verdict]), color=_VERDICT_COLOURS[line.verdict.verdict])
                st.caption(f"{escape(line.verdict.officer)} · {instant_text(line.verdict.given_at)}", width="content")
            if line.verdict.remark:
                st.markdown(f"> {escape(line.verdict.remark)}")


def _share(screen: Screen, row, actual) -> str:
    if actual is None:
        return screen.t("nothing yet")
    return f"{number(actual)} {escape(row.unit)} · {percent(reached(row.target, actual))}"


def evaluations(screen: Screen, page: ProjectPage) -> None:
    """Scores, remarks and the decision of each year, with its effects."""
    t = screen.t
    if not page.evaluations:
        empty_state(screen, "No year was evaluated yet.", "An evaluation and its decision appear here.")
    for line in page.evaluations:
        _evaluation(screen, page, line)
    if Act.RECORD_EVALUATION in page.acts:
        done = {line.row.project_year for line in page.evaluations}
        upcoming = [year for year in page.years if year.number not in done and year.start_on <= screen.ctx.today]
        for year in upcoming[:1]:
            link(
                screen,
                "evaluation",
                label=t("Record the evaluation of year {n}", n=year.number),
                icon=":material/gavel:",
                project=page.header.project_id,
                year=year.number,
            )


def _evaluation(screen: Screen, page: ProjectPage, line: EvaluationLine) -> None:
    t, row = screen.t, line.row
    with st.container(border=True, key=f"evaluation-{row.id}"):
        st.markdown(f"**{t('Year {n}', n=row.project_year)}** · {t('held on {day}', day=date_text(row.held_on))}")
        for score in row.scores_json:
            name, points, most = (escape(str(score.get(part, "—"))) for part in ("criterion", "score", "out_of"))
            st.markdown(f"- {name}: **{points}** / {most}")
        if row.remarks:
            st.markdown(f"> {escape(row.remarks)}")
        if row.decision_id is None:
            st.caption(t("No decision was recorded yet."))
        else:
            source = f"{escape(row.letter_number)} · {escape(row.clause)}"
            st.markdown(f":material/gavel: **{t(COURSE_MSGIDS[row.course])}** · {date_text(row.decided_on)} · {source}")
            for effect in line.effects:
                amount = f" {money(effect.amount)}" if effect.amount is not None else ""
                st.markdown(f"- {t(EFFECT_MSGIDS[effect.kind])}{amount}" + (f": {escape(effect.detail)}" if effect.detail else ""))
        if page.acts & {Act.RECORD_EVALUATION, Act.DECIDE}:
            link(
                screen,
                "evaluation",
                label=t("Open the evaluation"),
                icon=":material/gavel:",
                project=page.header.project_id,
                year=row.project_year,
            )


def approvals(screen: Screen, page: ProjectPage) -> None:
    """Each approval with its proof, its paper, and how long it still holds."""
    t = screen.t
    if not page.approvals:
        empty_state(screen, "No approval was entered.", "Projects with human subjects, animals or biosafety enter theirs under Approvals.")
    for line in page.approvals:
        row = line.row
        with st.container(border=True, key=f"approval-{row.id}"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.badge(t(APPROVAL_STATE_MSGIDS[line.state]), color=_STATE_COLOURS.get(line.state, "gray"))
                st.caption(t(APPROVAL_MSGIDS[row.kind]), width="content")
            st.markdown(f"**{escape(row.title)}**" + (f" · {escape(row.board)}" if row.board else ""))
            st.markdown(
                t(
                    "Proof of submission {proof} · approved {approved} · valid until {until}",
                    proof=date_text(row.proof_submitted_on),
                    approved=date_text(row.approved_on),
                    until=date_text(row.expires_on),
                )
            )
            if row.exception_letter:
                st.caption(t("Exception granted, letter {number}", number=escape(row.exception_letter)))
    if page.acts & {Act.WRITE_APPROVAL, Act.CONFIRM_ANCHOR}:
        link(screen, "approvals", label=t("Open approvals"), icon=":material/verified_user:", project=page.header.project_id)
