"""The steps of a review from top to bottom: who, by when, what she said; the office gives seats and takes over here. And its clock."""

from __future__ import annotations

import streamlit as st

from tracker.services.report_review import ReviewScreen
from tracker.services.review_steps import Reader, StepView
from tracker.services.review_tasks import Candidate, candidates, give_task, skip_seat
from tracker.ui import components as c
from tracker.ui import pages
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key

_STATES = {
    "waiting": ("comes later", "gray", "radio_button_unchecked"),
    "open": ("being done", "blue", "pending"),
    "done": ("done", "green", "check_circle"),
    "skipped": ("left out", "gray", "remove_circle"),
    "replaced": ("handed over", "gray", "sync_alt"),
    "excluded": ("excluded", "orange", "block"),
}
_SAYS = {"accept": "recommends acceptance", "return": "recommends a return"}
_DECIDED = {"accept": "accepted", "return": "returned"}
_DROPPED = {
    "returned": "The report was sent back before.", "answered": "Somebody else of the last step answered.",
    "withdrawn": "The project took the report back.",
}  # fmt: skip
_NAMES = {"person_id": "Person", "reason": "Reason"}


def render(screen: Screen, shown: ReviewScreen) -> None:
    """The clock, then every step; what went to somebody else is folded away."""
    _clock(screen, shown)
    if not shown.steps:
        return
    t = screen.t
    with st.container(border=True, key="review-steps"):
        st.markdown(f"**{t('Steps of this review')}**")
        for step in shown.steps:
            if not step.replaced or step.state == "skipped":
                _step(screen, shown, step)
        gone = [step for step in shown.steps if step.state in ("replaced", "excluded")]
        if gone:
            with st.expander(t("Handed over or excluded ({n})", n=len(gone))):
                for step in gone:
                    who = c.escape(step.holder) or "—"
                    st.markdown(f"{_title(screen, step)} · {who} · {t(_STATES[step.state][0])}: {c.escape(step.ended_why)}")


def _clock(screen: Screen, shown: ReviewScreen) -> None:
    """How long the office has had it, and what it promised. The project's own clock stopped when it handed in."""
    clock, t = shown.clock, screen.t
    if clock is None or shown.reader is Reader.PANEL:
        return
    said = t("With the office for {n} working days", n=clock.waited) if clock.answered_on is None else t(
        "Answered after {n} working days", n=clock.waited
    )  # fmt: skip
    if clock.due_on is not None:
        said += " · " + t("answer promised by {day}", day=c.date_text(clock.due_on))
    with st.container(horizontal=True, vertical_alignment="center", key="office-clock"):
        if clock.late:
            st.badge(t("the office is {n} working days late", n=clock.over), color="red", icon=":material/hourglass_disabled:")
        st.caption(f":material/hourglass_top: {said}", width="content")
    if clock.late and shown.may_review:
        label = t("Offer the project a later day for what it owes next")
        pages.link(screen, "project", label=label, icon=":material/more_time:", project=shown.state.row.p_code)


def _title(screen: Screen, step: StepView) -> str:
    return f"{step.stage}. {c.escape(screen.t.pick(step.zh, step.en))}"


def _step(screen: Screen, shown: ReviewScreen, step: StepView) -> None:
    t = screen.t
    word, colour, icon = _STATES[step.state]
    with st.container(key=f"step-{step.id}", gap=None):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{_title(screen, step)}**", width="content")
            st.badge(t(word), color=colour, icon=f":material/{icon}:")
            if step.mine:
                st.badge(t("yours to do"), color="violet", icon=":material/person:")
            if step.recommendation:
                said = _DECIDED if step.decides else _SAYS
                st.badge(t(said[step.recommendation]), color="green" if step.recommendation == "accept" else "orange")
        line = _who(screen, shown, step)
        if line:
            st.caption(line)
        if step.scores:
            st.caption(" · ".join(f"{c.escape(t.pick(one.zh, one.en))} {one.score}" for one in step.scores))
        if step.remark:
            st.text(step.remark)
        if step.conflict_since:
            st.caption(f":orange[:material/warning: {t('A conflict of interest was declared after this step was done.')}]")
        if shown.may_review and step.state in ("open", "waiting") and step.version:
            _hand_on(screen, step)


def _who(screen: Screen, shown: ReviewScreen, step: StepView) -> str:
    t = screen.t
    parts = []
    if step.state == "done":
        parts.append(c.escape(step.done_by))
        parts += [t("in the place of {name}", name=c.escape(step.done_behind))] if step.done_behind else []
        parts.append(c.instant_text(step.done_at))
    elif step.state == "skipped":
        parts.append(t(_DROPPED[step.ended_why]) if step.ended_why in _DROPPED else c.escape(step.ended_why))
    elif shown.reader is Reader.OFFICE:
        parts.append(_desk(screen, step))
        parts += [t("away until {day}", day=c.date_text(step.away_until))] if step.away_until else []
        parts += [t("{name} stands in", name=c.escape(step.cover))] if step.cover else []
    if step.due_on is not None and step.state in ("open", "waiting"):
        over = step.due_on < screen.ctx.today
        parts.append(
            f":red[{t('was due {day}', day=c.date_text(step.due_on))}]" if over else t("step due {day}", day=c.date_text(step.due_on))
        )
    return " · ".join(part for part in parts if part)


def _desk(screen: Screen, step: StepView) -> str:
    t = screen.t
    if step.holder:
        return c.escape(step.holder)
    if step.nobody:
        return f":red[:material/warning: {t('Nobody could do this step. Ask the administrator to give somebody the role.')}]"
    return f":orange[{t('seat not given yet')}]" if step.role == "reviewer" else t("whoever has the role")


# --- Seats ------------------------------------------------------------------------------------------------------------------------


def _hand_on(screen: Screen, step: StepView) -> None:
    """Give the seat, take it over, give it to somebody else, or go on without it."""
    t, name = screen.t, f"give-{step.id}-{step.version}"
    free = not step.holder and step.role == "reviewer"
    with st.popover(
        t("Give this seat") if free else t("Give it to somebody else"), icon=":material/person_add:" if free else ":material/sync_alt:",
        type="secondary" if free else "tertiary", key=f"{name}-open",
    ):  # fmt: skip
        every = candidates(screen.ctx, step.id)
        could = [one for one in every if not one.refused and one.person_id != step.holder_id]
        if not could:
            st.caption(t("Nobody else could do this step. The administrator gives roles on the page of people."))
        names = {one.person_id: _candidate(screen, one) for one in could}
        person = (
            st.selectbox(t("Person"), list(names), format_func=lambda one: names[one], key=f"{name}-person", index=None) if could else None
        )
        reason = st.text_input(t("Reason"), key=f"{name}-reason") if step.holder or step.role != "reviewer" else ""
        if could and st.button(t("Give it to her"), key=f"{name}-yes", type="primary", disabled=person is None):
            _give(screen, step, person, reason, name)
        _refused(screen, every)
        if step.role == "reviewer":
            _skip(screen, step, name)


def _candidate(screen: Screen, one: Candidate) -> str:
    t = screen.t
    parts = [one.name, t("{n} open", n=one.open_tasks)]
    if one.away_until is not None:
        parts.append(t("away until {day}", day=c.date_text(one.away_until)))
    return " · ".join(parts)


def _refused(screen: Screen, every: tuple[Candidate, ...]) -> None:
    t = screen.t
    for one in every:
        if one.refused:
            st.caption(f"{c.escape(one.name)}: {t(_WHY.get(one.refused, one.refused))}")


_WHY = {
    "You are on this project. Somebody else has to review its reports.": "is or was on this project",
    "A conflict of interest with this project is recorded for you: you take no part in its reviews.": "has a conflict of interest",
    "You do another step of this review. Somebody else has to do this one.": "does another step of this review",
    "You are the only one who can do the chief's step of this review. Let an officer do this one.": "is needed for the chief's step",
}


def _give(screen: Screen, step: StepView, person: int | None, reason: str, name: str) -> None:
    with c.attempt(screen, names=_NAMES) as outcome:
        give_task(
            screen.ctx, task_id=step.id, person_id=person or 0, expected_version=step.version, reason=reason,
            key=form_key(f"{name}-{person}-{reason}"),
        )  # fmt: skip
    if outcome.ok:
        c.say_after_rerun(screen.t("The step is given."))
        st.rerun()


def _skip(screen: Screen, step: StepView, name: str) -> None:
    t = screen.t
    st.divider()
    reason = st.text_input(t("Why the review goes on without this seat"), key=f"{name}-skip")
    if st.button(t("Go on without this seat"), key=f"{name}-skip-yes", disabled=not reason.strip()):
        with c.attempt(screen, names=_NAMES) as outcome:
            skip_seat(screen.ctx, task_id=step.id, expected_version=step.version, reason=reason, key=form_key(f"{name}-skip-{reason}"))
        if outcome.ok:
            c.say_after_rerun(t("The review goes on without this seat."))
            st.rerun()
