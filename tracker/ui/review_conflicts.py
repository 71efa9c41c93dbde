"""Conflicts of interest on the page of a review: declared by oneself or, by the office, for somebody of office or panel."""

from __future__ import annotations

import streamlit as st

from tracker.services.interest_conflicts import declare_conflict, withdraw_conflict
from tracker.services.report_review import ReviewScreen
from tracker.services.review_steps import Reader
from tracker.ui import components as c
from tracker.ui import pages
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key

_NAMES = {"reason": "What the conflict is", "person_id": "Person"}


def render(screen: Screen, shown: ReviewScreen) -> None:
    """Folded away: what is declared, one's own declaration, and for the office that of another."""
    panel = shown.reader is Reader.PANEL
    if not shown.may_review and not panel:
        return
    t = screen.t
    title = t("Conflict of interest ({n})", n=len(shown.conflicts)) if shown.conflicts else t("Conflict of interest")
    with st.expander(title, icon=":material/balance:"):
        for one in shown.conflicts:
            who = t("declared by herself") if one.declared_by_herself else t("declared by the office")
            with st.container(horizontal=True, vertical_alignment="center", key=f"conflict-{one.id}"):
                st.markdown(f"**{c.escape(one.name)}** · {c.instant_text(one.declared_at)} · {who}: {c.escape(one.reason)}")
                if one.person_id != screen.viewer.person_id and c.confirm(
                    screen, f"unconflict-{one.id}", t("Holds no longer"), t("This person may review this project again."), yes=t("Confirm")
                ):
                    _withdraw(screen, one.id)
        _declare(screen, shown, panel)


def _declare(screen: Screen, shown: ReviewScreen, panel: bool) -> None:
    t, row, me = screen.t, shown.state.row, screen.viewer.person_id or 0
    name = f"conflict-{row.project_id}"
    people = {me: t("myself")}
    if not panel:
        people |= {
            step.holder_id: step.holder for step in shown.steps if step.holder_id not in (None, me) and step.state in ("open", "waiting")
        }
    st.caption(t("Family, joint work, the same department, money: who has an interest leaves everything open of this project at once."))
    person = me
    if len(people) > 1:
        person = st.selectbox(t("Person"), list(people), format_func=lambda one: people[one], key=f"{name}-person")
    reason = st.text_area(t("What the conflict is"), key=f"{name}-reason", height=80)
    said = t("The seat becomes free and the office gives it to somebody else.")
    if panel:
        said += " " + t("You will not see this report any more.")
    if not c.confirm(screen, f"{name}-{person}", t("Declare the conflict"), said, yes=t("Declare it now"), disabled=not reason.strip()):
        return
    with c.attempt(screen, names=_NAMES) as outcome:
        declare_conflict(screen.ctx, project_id=row.project_id, person_id=person, reason=reason, key=form_key(f"{name}-{person}-{reason}"))
    if outcome.ok:
        c.say_after_rerun(t("The conflict is recorded, and its seat is free again."))
        if person == me:
            pages.go(screen, "assignments" if panel else "waiting")
        st.rerun()


def _withdraw(screen: Screen, conflict_id: int) -> None:
    with c.attempt(screen) as outcome:
        withdraw_conflict(screen.ctx, conflict_id=conflict_id, key=form_key(f"unconflict-{conflict_id}"))
    if outcome.ok:
        c.say_after_rerun(screen.t("The conflict holds no longer."))
        st.rerun()
