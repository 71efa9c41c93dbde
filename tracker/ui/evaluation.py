"""The evaluation of one project year: what was reported beside the panel's scores, and the chief's decision with its consequences."""

from __future__ import annotations

import streamlit as st

from tracker.domain.decisions import Course
from tracker.services.evaluation_views import DecisionView, EvaluationDesk, YearReport
from tracker.services.evaluations import ScoreEntry, record_evaluation
from tracker.ui import decision_form
from tracker.ui.attachments import download_link, project_line
from tracker.ui.components import attempt, date_text, empty_state, escape, lateness_text, say_after_rerun, subheading
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key
from tracker.ui.pages import link
from tracker.ui.periods import title_text

_FIRST_ROWS, _MOST_ROWS = 3, 30


def chosen_year(screen: Screen) -> int:
    """The project year of the address (1 where it names none). Anything that is no number shows the notice."""
    return screen.optional_id_param("year") or 1


def render(screen: Screen, desk: EvaluationDesk) -> None:
    """Years, then reports and attainment beside the scores, then the decision."""
    project_line(screen, desk.project)
    _years(screen, desk)
    left, right = st.columns([1, 1], gap="large")
    with left:
        _reports(screen, desk)
        _attainment(screen, desk)
    with right:
        _scores(screen, desk)
    subheading(screen, "Decision")
    if desk.decision is not None:
        show_decisions(screen, (desk.decision,))
    elif desk.may_decide:
        decision_form.render(screen, desk)
    elif desk.evaluation is None:
        empty_state(screen, "This year is not evaluated yet.", "Record the scores first; then the chief decides.")
    else:
        empty_state(screen, "This year is not decided yet.", "The chief of the programme decides.")


def show_decisions(screen: Screen, decisions: tuple[DecisionView, ...]) -> None:
    """Recorded decisions, read only: for the project page of everyone who sees it."""
    t = screen.t
    for one in decisions:
        with st.container(border=True):
            colour = "green" if one.course is Course.CONTINUE else "red"
            st.markdown(f"**{t('Year {year}', year=one.year)}** · {date_text(one.decided_on)}")
            with st.container(horizontal=True):
                st.badge(t(decision_form.COURSES[one.course]), color=colour, icon=":material/gavel:")
                for effect in one.effects:
                    st.badge(t(decision_form.EFFECTS[effect.kind]), color="orange")
            for sentence in one.consequences:
                st.markdown(f"- {escape(t.pick(sentence.zh, sentence.en))}")
            st.markdown(f"{t('Reason')}: {escape(one.reason)}")
            st.caption(t("Clause {clause}, letter {letter}", clause=escape(one.clause), letter=escape(one.letter_number)))
            download_link(screen, one.document_id, one.filename)


def _years(screen: Screen, desk: EvaluationDesk) -> None:
    with st.container(horizontal=True):
        for year in desk.years:
            label = screen.t("Year {year}", year=year.number)
            if year.number == desk.year:
                st.badge(label, color="primary")
            else:
                link(screen, "evaluation", label=label, project=desk.project_id, year=year.number)
    now = desk.years[desk.year - 1]
    amount = f"NT${now.approved_amount:,}" if now.approved_amount is not None else screen.t("not recorded")
    st.caption(f"{date_text(now.start)} – {date_text(now.end)} · {screen.t('Approved amount')}: {amount}")


def _reports(screen: Screen, desk: EvaluationDesk) -> None:
    subheading(screen, "Reports of the year")
    if not desk.reports:
        empty_state(screen, "The year has no report.", "Nothing was to be handed in for it.")
    for report in desk.reports:
        _report(screen, report)


def _report(screen: Screen, report: YearReport) -> None:
    t = screen.t
    title = title_text(screen, report.title_zh, report.title_en, report.period_label)
    came = (
        t("handed in on {day}", day=date_text(report.first_submitted_on))
        if report.first_submitted_on
        else lateness_text(screen, report.lateness)
    )
    with st.container(border=True):
        if report.report_id is not None and report.first_submitted_on is not None:
            link(screen, "review", label=title, icon=":material/description:", report=report.report_id)
        else:
            st.markdown(f"**{title}**")
        st.caption(f"{t('Last day')}: {date_text(report.due_on)} · {came}")


def _attainment(screen: Screen, desk: EvaluationDesk) -> None:
    t, found = screen.t, desk.attainment
    subheading(screen, "Attainment of the checkpoints planned by today")
    with st.container(horizontal=True):
        st.metric(t("as the PI claims"), _share(found.claimed))
        st.metric(t("as the office found"), _share(found.verdict))
    st.caption(t("{planned} checkpoints planned by today, {judged} judged by the office.", planned=found.planned, judged=found.judged))


def _share(share) -> str:
    return "—" if share is None else f"{share * 100:.1f} %"


def _scores(screen: Screen, desk: EvaluationDesk) -> None:
    t, shown = screen.t, desk.evaluation
    subheading(screen, "Scores of the panel")
    if shown is not None:
        st.metric(t("Weighted total (of 100)"), f"{shown.total}")
        st.caption(t("Held on {day}", day=date_text(shown.held_on)))
        if not desk.may_record:
            for one in shown.scores:
                st.markdown(f"- {escape(one.criterion)}: {one.score} / {one.out_of} ({t('weight')} {one.weight})")
            st.markdown(escape(shown.remarks))
    if desk.may_record:
        _score_form(screen, desk)
    elif shown is None:
        empty_state(screen, "This year is not evaluated yet.", "Record the scores first; then the chief decides.")


def _score_form(screen: Screen, desk: EvaluationDesk) -> None:
    t, shown = screen.t, desk.evaluation
    # The version is part of every widget's key: after a save (also somebody else's) the form shows what is stored.
    name = f"evaluation-{desk.project_id}-{desk.year}-{shown.version if shown else 0}"
    held_on = st.text_input(
        t("Day of the evaluation"),
        value=shown.held_on.isoformat() if shown else "",
        key=f"{name}-held",
        placeholder="116-04-14 / 2027-04-14",
    )
    rows = st.session_state.setdefault(f"{name}-rows", max(len(shown.scores) if shown else 0, _FIRST_ROWS))
    entries = [_score_row(screen, desk, name, index) for index in range(rows)]
    if rows < _MOST_ROWS:
        st.button(t("Add a criterion"), key=f"{name}-more", icon=":material/add:", on_click=_one_more, args=(f"{name}-rows",))
    remarks = st.text_area(t("Remarks of the panel"), value=shown.remarks if shown else "", key=f"{name}-remarks")
    if st.button(t("Save the evaluation"), key=f"{name}-save", type="primary"):
        scores = tuple(entry for entry in entries if entry.criterion.strip() or str(entry.score).strip())
        names = {
            "held_on": "Day of the evaluation",
            "remarks": "Remarks of the panel",
            "scores": "Scores of the panel",
            "year": "Project year",
        }
        names |= {
            f"scores.{index}{part}": "Scores of the panel"
            for index in range(len(scores))
            for part in ("", ".criterion", ".score", ".weight")
        }
        with attempt(screen, names=names) as outcome:
            record_evaluation(
                screen.ctx, project_id=desk.project_id, year=desk.year, held_on=held_on, scores=scores, remarks=remarks,
                expected_version=shown.version if shown else None, key=form_key(name),
            )  # fmt: skip
        if outcome.ok:
            renew_key(name)
            say_after_rerun(t("The evaluation is saved. It can be changed until it is decided."))
            st.rerun()


def _score_row(screen: Screen, desk: EvaluationDesk, name: str, index: int) -> ScoreEntry:
    t = screen.t
    stored = desk.evaluation.scores[index] if desk.evaluation and index < len(desk.evaluation.scores) else None
    with st.container(border=True):
        criterion = st.text_input(t("Criterion"), value=stored.criterion if stored else "", key=f"{name}-c{index}")
        # In a row of their own: three short fields still stand side by side on a narrow screen.
        with st.container(horizontal=True):
            score = st.text_input(t("Score"), value=str(stored.score) if stored else "", key=f"{name}-s{index}", width=88)
            out_of = st.text_input(t("Out of"), value=str(stored.out_of) if stored else "100", key=f"{name}-o{index}", width=88)
            weight = st.text_input(t("Weight"), value=str(stored.weight) if stored else "1", key=f"{name}-w{index}", width=88)
    return ScoreEntry(criterion, score, out_of, weight)


def _one_more(slot: str) -> None:
    st.session_state[slot] = st.session_state.get(slot, _FIRST_ROWS) + 1
