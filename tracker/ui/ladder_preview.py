"""What a policy does, shown before it is saved: who is told on which day, and what the next look would raise."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from tracker.domain.alert_policy import PolicySet
from tracker.domain.minguo import roc
from tracker.domain.statuses import Kind
from tracker.notify import wording
from tracker.services.day_fields import read_day
from tracker.services.errors import Invalid, Problem
from tracker.services.ladders import ProgrammeView
from tracker.services.policy_previews import DryRun, ExampleDay, policy_dry_run, policy_example
from tracker.ui.components import attempt
from tracker.ui.day_field import PLACEHOLDER
from tracker.ui.guard import Screen
from tracker.ui.ladder_words import KIND_MSGIDS, LEVEL_MSGIDS, roles_text, some_names, stages_text

_FIELDS = {"due_on": "Legal last day"}
_AHEAD = timedelta(days=61)


def example(screen: Screen, view: ProgrammeView, policies: PolicySet, name: str) -> None:
    """For a day and a kind of the reader's choice: the days on which somebody is told."""
    t = screen.t
    kinds = [kind for kind in KIND_MSGIDS if kind in {rule.kind for rule in view.rules if rule.duty} | set(policies.kinds)]
    with st.container(horizontal=True):
        kind = st.selectbox(
            t("Kind"), kinds or [Kind.INTERIM_REPORT], format_func=lambda one: t(KIND_MSGIDS[one]), key=f"{name}-example-kind", width=240
        )
        usual = roc(screen.ctx.calendar.next_working(screen.ctx.today + _AHEAD))
        typed = st.text_input(t("Legal last day"), value=usual, key=f"{name}-example-day", width=220, placeholder=PLACEHOLDER)
    problems: list[Problem] = []
    due_on = read_day("due_on", typed, problems)
    with attempt(screen, names=_FIELDS) as outcome:
        if due_on is None:
            raise Invalid(problems)
        days = policy_example(screen.ctx, policies=policies, kind=kind, due_on=due_on)
    if not outcome.ok:
        return
    st.caption(t("For something due on {day} that nobody hands in, these people are told on these days:", day=wording.day_text(t, due_on)))
    for day in days:
        _day(screen, day)
    st.caption(t("Where the anchor date is assumed, it goes no higher than the officer and never to the institution."))


def _day(screen: Screen, day: ExampleDay) -> None:
    t = screen.t
    with st.container(horizontal=True, gap="small"):
        st.badge(wording.day_text(t, day.on), color="blue", icon=":material/event:")
        st.markdown(f"{stages_text(t, day.stages)} → **{roles_text(t, day.roles)}**")


def dry_run(screen: Screen, view: ProgrammeView, policies: PolicySet, name: str) -> None:
    """Try it on what is open now, at the press of a button: it reads every open obligation of the programme."""
    t = screen.t
    slot, wanted = f"{name}-tried", repr(policies.as_dict())
    if st.button(t("Try it on what is open now"), key=f"{name}-try", icon=":material/science:"):
        with attempt(screen) as outcome:
            st.session_state[slot] = (wanted, policy_dry_run(screen.ctx, programme_id=view.programme_id, policies=policies))
        if not outcome.ok:
            return
    tried_for, tried = st.session_state.get(slot, (None, None))
    if tried is not None and tried_for == wanted:
        _tried(screen, tried)


def _tried(screen: Screen, tried: DryRun) -> None:
    t = screen.t
    if not tried.raised:
        st.success(t("Nothing would be raised at the next look. Obligations on their ladder: {n}.", n=tried.looked))
    else:
        people = t.pick("、", ", ").join(f"{t(LEVEL_MSGIDS[role])} {count}" for role, count in tried.told.items())
        st.warning(
            t(
                "Alerts that the next look would raise: {raised}; obligations on their ladder: {n}. Told: {people}.",
                raised=tried.raised,
                n=tried.looked,
                people=people,
            ),
            icon=":material/campaign:",
        )
    if tried.without_contact:
        names = some_names(t, tried.without_contact)
        st.info(t("No contact is entered for: {names}. Nobody would be told there.", names=names), icon=":material/contact_mail:")
