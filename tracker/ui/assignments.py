"""The start page of a panel member: the reports that she was given, what is to be done first."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from tracker.services.review_assignments import Assignment
from tracker.ui import components as c
from tracker.ui import pages
from tracker.ui.guard import Screen
from tracker.ui.periods import title_text

_LATEST = 5  # of what is done: the rest is folded away
_SAID = {"accept": "you recommended acceptance", "return": "you recommended a return"}


def render(screen: Screen, items: Sequence[Assignment]) -> None:
    """What is open with its days, then what she has done."""
    t = screen.t
    if not items:
        c.empty_state(
            screen, "You have no report to review.",
            "When the programme office gives you one, it appears here. You see that report and the project's dossier, nothing else.",
        )  # fmt: skip
        return
    todo, done = [one for one in items if one.open], [one for one in items if not one.open]
    st.caption(t("What you read here is confidential. Tell the office at once where you have an interest in a project."))
    for one in todo:
        _card(screen, one)
    if not todo:
        st.success(t("Everything that was given to you is done."), icon=":material/task_alt:")
    if done:
        c.subheading(screen, "Done")
        for one in done[:_LATEST]:
            _card(screen, one)
        if earlier := done[_LATEST:]:
            with st.expander(t("{n} earlier ones", n=len(earlier)), icon=":material/history:"):
                for one in earlier:
                    _card(screen, one)


def _card(screen: Screen, one: Assignment) -> None:
    t = screen.t
    with st.container(border=True, key=f"assignment-{one.task_id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            if one.open and one.days is not None:
                late = one.days < 0
                st.badge(c.days_left_text(screen, one.due_on), color="red" if late else "blue", icon=":material/hourglass_top:")
            elif one.recommendation:
                st.badge(t(_SAID[one.recommendation]), color="green", icon=":material/check_circle:")
            st.badge(t.pick(one.step_zh, one.step_en), color="gray")
            if one.ended:
                st.badge(t("the office has answered"), color="gray")
        st.markdown(f"**{title_text(screen, one.title_zh, one.title_en, one.period_label)}**")
        st.caption(f"{c.escape(one.project_code)} · {c.escape(t.pick(one.project_zh, one.project_en))} · {c.escape(one.organisation)}")
        said = [t("given {day}", day=c.instant_text(one.given_at))] if one.given_at else []
        said += [t("step due {day}", day=c.date_text(one.due_on))] if one.due_on and one.open else []
        said += [t("done {day}", day=c.instant_text(one.done_at))] if one.done_at else []
        st.markdown(" · ".join(said))
        with st.container(horizontal=True):
            label = t("Review the report") if one.open else t("Read it again")
            pages.link(screen, "review", label=label, icon=":material/rate_review:", report=one.report_id)
            pages.link(screen, "dossier", label=t("Project dossier"), icon=":material/summarize:", project=one.project_code)
