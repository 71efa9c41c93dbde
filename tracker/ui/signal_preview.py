"""What a course that was not saved would do now, on real data."""

from __future__ import annotations

import streamlit as st

from tracker.notify import wording
from tracker.services.course_drafts import CourseDraft
from tracker.services.course_previews import CoursePreview, PreviewLine, preview_course
from tracker.services.signal_courses import CourseView
from tracker.ui.components import attempt, date_text, escape
from tracker.ui.guard import Screen
from tracker.ui.signal_words import ROLE_MSGIDS, step_line


def show(screen: Screen, view: CourseView, draft: CourseDraft) -> None:
    """How much would be raised and for whom, and how much that is open would be settled."""
    t, tried = screen.t, None
    with attempt(screen) as outcome:
        tried = preview_course(screen.ctx, kind=view.kind, programme_id=view.programme_id, draft=draft)
    if not outcome.ok or tried is None:
        return
    with st.container(border=True, key="signal-preview"):
        st.markdown(f"**{t('If you save it now')}**")
        _counts(screen, tried)
        for line in tried.first:
            st.markdown(_line(screen, line))
        if tried.raised > len(tried.first):
            st.caption(t("And {n} more.", n=f"{tried.raised - len(tried.first):,}"))


def _counts(screen: Screen, tried: CoursePreview) -> None:
    t = screen.t
    st.markdown(
        t("Told by the next watch: **{n}**, of which {m} would be told with the present course, too.", n=tried.raised, m=tried.anyway)
    )
    st.markdown(t("Open now and settled by it: **{n}**.", n=tried.settled))
    if tried.held:
        st.warning(t("That is so much at once that the brake stops it until an administrator lets it go."), icon=":material/front_hand:")


def _line(screen: Screen, line: PreviewLine) -> str:
    t = screen.t
    what = f"{t.pick(line.title_zh, line.title_en)} {wording.period_text(t, line.period_label) if line.period_label != '-' else ''}".strip()
    people = t.pick("、", ", ").join(f"{one.name} ({t(ROLE_MSGIDS.get(one.role, one.role))})" for one in line.told)
    about = f"{what or t.pick(line.project_zh, line.project_en)} ({line.project_code})"
    since = t("counts since {day}", day=date_text(line.begins_on))
    return f"- {escape(about)} · {since} · {escape(step_line(t, line.step))} → {escape(people)}"
