"""The screen "Hand over": who, to whom, what would become of everything, and then in one step."""

from __future__ import annotations

import streamlit as st

from tracker.services import hand_overs
from tracker.services.assignments import ACTION, COVER, KIND_MSGIDS, MEMBERSHIP
from tracker.services.hand_over_plans import ENDS, MOVES, STAYS, Move
from tracker.services.hand_overs import HandOverPlan, Order, Person
from tracker.services.policy import INSTALLATION, Act, may
from tracker.services.projects import project_header
from tracker.services.viewer import Role
from tracker.ui.components import attempt, confirm, empty_state, escape, found, say_after_rerun, subheading
from tracker.ui.frame import ROLE_MSGIDS
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key
from tracker.ui.pages import go

_FIELDS = {
    "from_id": "Who hands over", "to_id": "Who takes over", "letter_number": "Letter number", "reason": "Reason", "switch_off": "Account",
    "owner_id": "Who takes over",
}  # fmt: skip
_BECOMES: dict[str, tuple[str, str]] = {
    MOVES: ("Goes over", "arrow_forward"),
    ENDS: ("Ends", "do_not_disturb_on"),
    STAYS: ("Stays where it is", "pause_circle"),
}
_CODE = "hand-over-project"


def show(screen: Screen, person_id: int | None) -> None:
    """The whole screen; `person_id` from the address chooses who hands over."""
    t = screen.t
    st.caption(
        t("Everything that lies with somebody goes to somebody else in one step, and the step is on record. What cannot go is named.")
    )
    code = st.text_input(
        t("Only one project (its code)"), key=_CODE, placeholder=t("empty: the whole desk"),
        help=t("For a new principal investigator or assistant, or another officer in charge of this project only."),
    )  # fmt: skip
    with found(screen):
        project_id = project_header(screen.ctx, code.strip()).project_id if code.strip() else None
        givers = {one.person_id: one for one in hand_overs.hand_over_people(screen.ctx, project_id=project_id)}
    if not givers:
        empty_state(screen, "There is nobody who could hand over.", "Choose another project, or leave the code empty.")
        return
    giver = st.selectbox(
        t("Who hands over"), list(givers), index=list(givers).index(person_id) if person_id in givers else None,
        format_func=lambda one: _name(screen, givers[one]), key=f"hand-over-from-{project_id}", placeholder=t("choose a person"),
    )  # fmt: skip
    email = st.text_input(t("Who takes over (e-mail address)"), key="hand-over-to", autocomplete="off")
    if giver is None or not email.strip():
        return
    with found(screen):
        successor = hand_overs.person_by_address(screen.ctx, email, project_id=project_id)
    _planned(screen, giver, successor, project_id)


def _name(screen: Screen, one: Person) -> str:
    off = "" if one.active else screen.t(" (switched off)")
    return f"{one.name} · {one.email}{off}"


def _planned(screen: Screen, giver: int, successor: Person, project_id: int | None) -> None:
    t = screen.t
    with_roles = switch_off = False
    if project_id is None and may(screen.viewer, Act.MANAGE_PEOPLE, INSTALLATION):
        with_roles = st.checkbox(t("Her roles in programmes go along"), key="hand-over-roles")
        switch_off = st.checkbox(t("She leaves: switch her account off in the same step"), key="hand-over-off")
    order = Order(giver, successor.person_id, project_id, with_roles=with_roles, switch_off=switch_off)
    plan = None
    with attempt(screen, names=_FIELDS):
        plan = hand_overs.preview_hand_over(screen.ctx, order)
    if plan is None:
        return
    subheading(screen, "What would happen")
    if not plan.moves:
        empty_state(screen, "Nothing lies with this person.", "There is nothing to hand over.")
        return
    for becomes in (MOVES, ENDS, STAYS):
        _group(screen, becomes, plan.that(becomes))
    if len(plan.that(STAYS)) == len(plan.moves):
        st.warning(t("Nothing could go to {name}.", name=escape(plan.successor.name)), icon=":material/block:")
        return
    _do(screen, plan, order)


def _group(screen: Screen, becomes: str, moves: tuple[Move, ...]) -> None:
    if not moves:
        return
    t, (title, icon) = screen.t, _BECOMES[becomes]
    with st.container(border=True, key=f"hand-over-{becomes}"):
        st.markdown(f":material/{icon}: **{t(title)}** ({len(moves)})")
        for (kind, role, why), same in _alike(moves).items():
            words = t(KIND_MSGIDS[kind]) + (f" · {t(ROLE_MSGIDS[Role(role)])}" if role in set(Role) else "")
            st.markdown(f"**{words}** ({len(same)})" + (f"  \n{t(why)}" if why else ""))
            st.caption(" · ".join(_thing(move) for move in same))


def _alike(moves: tuple[Move, ...]) -> dict[tuple[str, str, str], list[Move]]:
    """Things of one kind, of which the same is to be said."""
    found: dict[tuple[str, str, str], list[Move]] = {}
    for move in moves:
        found.setdefault((move.held.kind, move.held.role, move.why), []).append(move)
    return found


def _thing(move: Move) -> str:
    """One thing in a few characters: its project, and what it says where it is one of several there."""
    said = move.held.detail if move.held.kind in (ACTION, COVER) else ""
    return escape(" ".join(part for part in (move.held.code, said) if part))


def _do(screen: Screen, plan: HandOverPlan, order: Order) -> None:
    t, name = screen.t, f"hand-over-{order.from_id}-{order.to_id}-{order.project_id}"
    letter = ""
    if any(move.held.kind == MEMBERSHIP and move.held.role == Role.PI for move in plan.that(MOVES)):
        letter = st.text_input(t("Letter number"), key=f"{name}-letter")
    reason = st.text_area(t("Reason"), key=f"{name}-reason", height=80)
    said = t(
        "{n} things go from {giver} to {successor} at once, {ends} end and {stays} stay. Both are signed out. It cannot be undone; "
        "it can be handed back.",
        n=len(plan.that(MOVES)), giver=escape(plan.giver.name), successor=escape(plan.successor.name), ends=len(plan.that(ENDS)),
        stays=len(plan.that(STAYS)),
    )  # fmt: skip
    if order.switch_off:
        said += "  \n" + t("{name} cannot sign in any more.", name=escape(plan.giver.name))
    if not confirm(screen, name, t("Hand over"), said, main=True):
        return
    with attempt(screen, names=_FIELDS) as outcome:
        final = Order(
            order.from_id, order.to_id, order.project_id, letter, reason, with_roles=order.with_roles, switch_off=order.switch_off
        )  # fmt: skip
        done = hand_overs.hand_over(screen.ctx, final, key=form_key(name))
    if outcome.ok:
        renew_key(name)
        say_after_rerun(
            t("Handed over: {moves} things went over, {ends} ended, {stays} stayed.", moves=done.moved, ends=done.ended, stays=done.stayed)
        )
        go(screen, "hand_over")
