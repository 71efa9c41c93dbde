"""Who set which course when and why, and back to what holds without it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from tracker.services.policy import INSTALLATION, Act, may
from tracker.services.signal_courses import CourseVersion, CourseView, take_back_course
from tracker.ui.components import attempt, confirm, escape, instant_text, say_after_rerun, subheading
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key
from tracker.ui.signal_words import course_lines


def show(screen: Screen, view: CourseView, *, on_done: Callable[[], None]) -> None:
    """The way back and the history."""
    t = screen.t
    subheading(screen, "What was set here")
    if not view.history:
        st.caption(t("Nothing yet."))
        return
    if view.version is not None and may(screen.viewer, Act.EDIT_SIGNALS, INSTALLATION):
        _take_back(screen, view, on_done)
    for one in view.history:
        with st.expander(escape(_title(screen, view, one))):
            st.markdown(t("Reason: {reason}", reason=escape(one.reason)))
            if one.back_reason:
                st.markdown(t("Taken back because: {reason}", reason=escape(one.back_reason)))
            st.markdown("\n".join(f"- {escape(line)}" for line in course_lines(t, view.kind, one.course)))


def _title(screen: Screen, view: CourseView, one: CourseVersion) -> str:
    t = screen.t
    state = t("holds now") if one.id == view.version else t("replaced")
    if one.taken_back_at is not None:
        state = t("taken back by {name} at {at}", at=instant_text(one.taken_back_at), name=one.taker or t("the system"))
    return t("{at}, {name}: {state}", at=instant_text(one.edited_at), name=one.editor or t("the system"), state=state)


def _take_back(screen: Screen, view: CourseView, on_done: Callable[[], None]) -> None:
    t = screen.t
    reason = st.text_input(t("Reason for taking it back"), key=f"signal-back-{view.kind}-{view.version}")
    then = "\n".join(f"- {escape(line)}" for line in course_lines(t, view.kind, view.without))
    name = f"signal-{view.programme_id}-{view.kind}-{view.version}"
    button = t("Take this course back")
    if not confirm(screen, name, button, f"{t('**Holds from the next watch on:**')}\n\n{then}", yes=button) or view.version is None:
        return
    form = f"signal-back-{view.version}-{reason}"
    with attempt(screen, names={"reason": "Reason for taking it back"}) as outcome:
        take_back_course(
            screen.ctx, kind=view.kind, programme_id=view.programme_id, reason=reason, expected_version=view.version, key=form_key(form)
        )
    if outcome.ok:
        renew_key(form)
        on_done()
        say_after_rerun(t("The course was taken back."))
        st.rerun()
