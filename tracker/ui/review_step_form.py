"""A step that recommends: what she recommends, why, and a score for each criterion of a panel."""

from __future__ import annotations

import streamlit as st

from tracker.services.report_review import ReviewScreen
from tracker.services.review_steps import StepView
from tracker.services.review_tasks import recommend
from tracker.ui import components as c
from tracker.ui import review_answers
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key

_SAYS = {"accept": "accept it", "return": "return it"}


def render(screen: Screen, shown: ReviewScreen) -> None:
    """The form; for an officer of the first step beside it the way back of what is formally incomplete."""
    t, step = screen.t, shown.turn
    if not shown.may_send_back:
        _form(screen, step)
        return
    recommending, returning = st.tabs([t("Recommend"), t("Send back as incomplete")])
    with recommending:
        _form(screen, step)
    with returning:
        st.caption(t("What is formally incomplete goes back at once: nobody else has to read it first."))
        review_answers.send_back(screen, shown)


def _form(screen: Screen, step: StepView) -> None:
    """Kept while she looks something up; sent in one step after a look at what follows."""
    t, name = screen.t, f"recommend-{step.id}-{step.version}"
    st.caption(t("You recommend; the last step of the review decides. The project is not told who recommended what."))
    scores = {}
    for criterion, zh, en in step.criteria:
        scores[criterion] = st.text_input(
            t("{criterion} (0 to 100)", criterion=c.escape(t.pick(zh, en))), key=f"{name}-score-{criterion}",
            persist_state="session",
        )  # fmt: skip
    chosen = st.radio(
        t("I recommend to"), list(_SAYS), index=None, format_func=lambda one: t(_SAYS[one]), horizontal=True, key=f"{name}-choice",
        persist_state="session",
    )  # fmt: skip
    remark = st.text_area(t("Why"), key=f"{name}-remark", height=120, persist_state="session") or ""
    consequences = t("Your recommendation is recorded with your name and cannot be changed afterwards.")
    if not c.confirm(screen, name, t("Record my recommendation"), consequences, yes=t("Record it now"), main=True):
        return
    names = {"recommendation": "I recommend to", "remark": "Why"} | {
        f"scores:{criterion}": t.pick(zh, en) for criterion, zh, en in step.criteria
    }
    with c.attempt(screen, names=names) as outcome:
        recommend(
            screen.ctx, task_id=step.id, expected_version=step.version, recommendation=chosen or "", remark=remark, scores=scores,
            key=form_key(f"{name}-{chosen}-{remark}-{sorted(scores.items())}"),
        )  # fmt: skip
    if outcome.ok:
        c.say_after_rerun(t("Your recommendation is recorded."))
        st.rerun()
