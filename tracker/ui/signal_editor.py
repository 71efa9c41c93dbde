"""One condition: its course now, the form that changes it, and what was set here before."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from tracker.programmes.signal_plans import MOST_DAYS
from tracker.services.course_drafts import MOST_STEPS, CourseDraft, StepDraft, may_be_told, problems_of
from tracker.services.errors import Problem
from tracker.services.policy import INSTALLATION, Act, may
from tracker.services.signal_courses import CourseView, edit_course
from tracker.ui import signal_history, signal_preview
from tracker.ui.components import attempt, escape, say_after_rerun, subheading
from tracker.ui.guard import Screen
from tracker.ui.keys import Key, form_key, renew_key
from tracker.ui.signal_words import ABOUT_MSGIDS, NUMBER_MSGIDS, WHO_MSGIDS, course_lines, name_of

_NAMES = {"reason": "Reason", "course": "Course", "steps": "Steps"}


@dataclass(frozen=True)
class _Kept:
    """What was typed and not saved, and the version it was begun on."""

    draft: CourseDraft
    version: int | None


def show(screen: Screen, view: CourseView) -> None:
    """The whole of one condition."""
    t = screen.t
    subheading(screen, name_of(t, view.kind))
    st.caption(t(ABOUT_MSGIDS.get(view.kind, "Something is wrong")))
    st.markdown(f"**{t('Holds now')}**\n" + "\n".join(f"- {escape(line)}" for line in course_lines(t, view.kind, view.course)))
    if may(screen.viewer, Act.EDIT_SIGNALS, INSTALLATION):
        _change(screen, view)
    signal_history.show(screen, view, on_done=lambda: _forget(view))


def _change(screen: Screen, view: CourseView) -> None:
    t = screen.t
    subheading(screen, "Change it")
    kept = _slot(view, CourseDraft.of(view.course))
    if kept.version != view.version:
        st.warning(t("Another course was set while you changed yours. Yours is kept below; it holds only when you save it again."))
    draft = _form(screen, view, kept.draft)
    _keep(view, _Kept(draft, kept.version))
    problems = problems_of(view.kind, draft)
    changed = bool(problems) or draft != CourseDraft.of(view.course)
    if changed and not problems:
        signal_preview.show(screen, view, draft)
    _save(screen, view, draft, changed)


def _form(screen: Screen, view: CourseView, draft: CourseDraft) -> CourseDraft:
    t, name = screen.t, _name(view)
    on = st.toggle(t("Switched on"), value=draft.on, key=f"{name}-on")
    numbers = {}
    with st.container(horizontal=True):
        for number in view.course.numbers:
            label = t(NUMBER_MSGIDS[view.kind, number][0]) if (view.kind, number) in NUMBER_MSGIDS else number
            numbers[number] = _number(label, draft.numbers.get(number), f"{name}-{number}")
    for number in numbers:
        _wrong(screen, problems_of(view.kind, replace(draft, numbers=numbers)), f"numbers.{number}")
    steps = tuple(_step(screen, view, n, step, f"{name}-{n}") for n, step in enumerate(draft.steps, 1))
    made = CourseDraft(on, numbers, steps)
    for problem in problems_of(view.kind, made):
        if problem.field == "steps":
            _say(screen, problem)
    if len(steps) < MOST_STEPS:
        st.button(t("Add a step"), icon=":material/add:", key=f"{name}-add", on_click=_add, args=(view, made))
    return made


def _number(label: str, value: int | None, key: str) -> int | None:
    """Any whole number can be typed: what is too large is said beside it, and not cut in silence."""
    typed = st.number_input(label, value=value, min_value=0, step=1, key=key, width=250)
    return None if typed is None else int(typed)


def _step(screen: Screen, view: CourseView, number: int, step: StepDraft, name: str) -> StepDraft:
    t, allowed = screen.t, may_be_told(view.kind)
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            after = _number(t("Step {n}: days after it begins to count", n=number), step.after, f"{name}-after")
            urgent = st.checkbox(t("urgent, a mail of its own"), value=step.urgent, key=f"{name}-urgent")
        tells = st.pills(
            t("Who is told"), allowed, selection_mode="multi", default=[who for who in step.tells if who in allowed],
            format_func=lambda one: t(WHO_MSGIDS[one]), key=f"{name}-tells",
        )  # fmt: skip
        made = StepDraft(after, tuple(who for who in allowed if who in tells), urgent)
        known = _kept_draft(view)
        here = replace(known, steps=(*known.steps[: number - 1], made, *known.steps[number:]))
        for field in ("after", "tells"):
            _wrong(screen, problems_of(view.kind, here), f"steps.{number}.{field}")
        label = t("Take step {n} out", n=number)
        st.button(label, icon=":material/delete:", type="tertiary", key=f"{name}-out", on_click=_take_out, args=(view, number, name))
    return made


def _wrong(screen: Screen, problems: list[Problem], field: str) -> None:
    for problem in problems:
        if problem.field == field:
            _say(screen, problem)


def _say(screen: Screen, problem: Problem) -> None:
    params = {**problem.params, "most": f"{MOST_DAYS:,}"} if problem.params.get("most") == MOST_DAYS else problem.params
    st.markdown(f":red[:material/error: {escape(screen.t(problem.msgid, **params))}]")


def _save(screen: Screen, view: CourseView, draft: CourseDraft, changed: bool) -> None:
    t = screen.t
    name = _name(view)
    reason = st.text_input(t("Reason"), key=f"{name}-reason", help=t("It stays with the course."))
    st.caption(t("Saved, it holds from the next watch on, within half an hour. What was told stays told."))
    with st.container(horizontal=True):
        wanted = st.button(t("Save this course"), type="primary", icon=":material/save:", key="signal-save", disabled=not changed)
        if changed:
            st.button(t("Drop what I typed"), key="signal-drop", on_click=_forget, args=(view,))
    if not wanted:
        return
    form = f"signal-{view.programme_id}-{view.kind}-{view.version}-{draft}-{reason}"
    with attempt(screen, names=_field_names(screen, view, draft)) as outcome:
        edit_course(
            screen.ctx, kind=view.kind, programme_id=view.programme_id, draft=draft, reason=reason,
            expected_version=_slot(view, draft).version, key=form_key(form),
        )  # fmt: skip
    if outcome.ok:
        renew_key(form)
        _forget(view)
        say_after_rerun(t("The course was set."))
        st.rerun()


def _field_names(screen: Screen, view: CourseView, draft: CourseDraft) -> dict[str, str]:
    t = screen.t
    names = dict(_NAMES)
    for (kind, number), (label, _) in NUMBER_MSGIDS.items():
        if kind == view.kind:
            names[f"numbers.{number}"] = label
    for n in range(1, len(draft.steps) + 1):
        names[f"steps.{n}.after"] = t("Step {n}: days after it begins to count", n=n)
        names[f"steps.{n}.tells"] = t("Step {n}: who is told", n=n)
    return names


# --- What was typed, kept while it is not saved ------------------------------------------------------------------------------


def _all() -> dict[tuple[int | None, str], _Kept]:
    return st.session_state.setdefault(Key.SIGNAL_DRAFTS, {})


def _slot(view: CourseView, begun: CourseDraft) -> _Kept:
    return _all().get((view.programme_id, view.kind), _Kept(begun, view.version))


def _kept_draft(view: CourseView) -> CourseDraft:
    return _slot(view, CourseDraft.of(view.course)).draft


def _keep(view: CourseView, kept: _Kept) -> None:
    place = view.programme_id, view.kind
    if kept.draft == CourseDraft.of(view.course):
        _all().pop(place, None)
    else:
        _all()[place] = kept


def _generation(view: CourseView) -> str:
    return f"{Key.SIGNAL_DRAFTS}-{view.programme_id}-{view.kind}"


def _name(view: CourseView) -> str:
    return f"signal-{view.programme_id}-{view.kind}-{st.session_state.get(_generation(view), 0)}"


def _anew(view: CourseView) -> None:
    """The inputs begin anew with what is kept."""
    st.session_state[_generation(view)] = st.session_state.get(_generation(view), 0) + 1


def _add(view: CourseView, draft: CourseDraft) -> None:
    last = max((step.after or 0 for step in draft.steps), default=-7)
    added = StepDraft(last + 7, ("officer",))
    _all()[view.programme_id, view.kind] = _Kept(replace(draft, steps=(*draft.steps, added)), _slot(view, draft).version)
    _anew(view)


def _take_out(view: CourseView, number: int, name: str) -> None:
    if not name.startswith(f"{_name(view)}-"):
        return  # the second of two clicks: that step is out, and what now has its number was not meant
    kept = _slot(view, CourseDraft.of(view.course))
    steps = tuple(step for n, step in enumerate(kept.draft.steps, 1) if n != number)
    _all()[view.programme_id, view.kind] = _Kept(replace(kept.draft, steps=steps), kept.version)
    _anew(view)


def _forget(view: CourseView) -> None:
    """Drop what was typed here; the inputs begin anew with the course in force."""
    _all().pop((view.programme_id, view.kind), None)
    _anew(view)
