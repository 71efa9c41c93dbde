"""Where a person is and how she is reached, for the administrator: put on a project, and given another address."""

from __future__ import annotations

import streamlit as st

from tracker.services import memberships, people
from tracker.services.day_fields import read_day
from tracker.services.directory import PersonRow
from tracker.services.errors import Invalid, Problem
from tracker.services.projects import project_header
from tracker.services.viewer import Role
from tracker.ui.components import attempt, confirm, escape, say_after_rerun, subheading
from tracker.ui.delivery_words import given_up_again
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key
from tracker.ui.words import MEMBER_MSGIDS, PARTY_MSGIDS

_FIELDS = {
    "email": "E-mail address", "project": "Project", "role": "Role", "party": "Party", "from_on": "From (first day)",
    "until_on": "Until (last day)", "person": "Person",
}  # fmt: skip
_ON_PROJECT = (Role.ASSISTANT, Role.CO_PI, Role.PI)


def put_on_a_project(screen: Screen, row: PersonRow) -> None:
    """Code, role, side and days of a new place on a project."""
    t, name = screen.t, f"join-{row.person_id}"
    subheading(screen, "Put on a project")
    with st.container(horizontal=True):
        code = st.text_input(t("Code of the project"), key=f"{name}-code")
        role = st.selectbox(t("Role"), _ON_PROJECT, format_func=lambda one: t(MEMBER_MSGIDS[one]), key=f"{name}-role")
        party = st.selectbox(t("Party"), memberships.PARTIES, format_func=lambda one: t(PARTY_MSGIDS[one]), key=f"{name}-party")
        first = st.text_input(t("From (first day)"), key=f"{name}-from", placeholder=t("empty: today"))
        last = st.text_input(t("Until (last day)"), key=f"{name}-until", placeholder=t("empty: for good"))
    st.caption(
        t("She sees the project and gets its mails from the first day, and is signed out now. A change of the investigator is a hand-over.")
    )
    if not st.button(t("Put on the project"), key=f"{name}-send"):
        return
    with attempt(screen, names=_FIELDS) as outcome:
        problems: list[Problem] = []
        from_on = read_day("from_on", first, problems, needed=False) or screen.ctx.today
        until_on = read_day("until_on", last, problems, needed=False)
        if problems:
            raise Invalid(problems)
        memberships.add_membership(
            screen.ctx, project_id=project_header(screen.ctx, code).project_id, person_id=row.person_id, role=role, party=party,
            from_on=from_on, until_on=until_on, key=form_key(name),
        )  # fmt: skip
    _done(screen, outcome.ok, name, t("Saved."))


def change_address(screen: Screen, row: PersonRow) -> None:
    """Another e-mail address, with what follows from it before it is done."""
    t, name = screen.t, f"address-{row.person_id}-{row.version}"
    email = st.text_input(t("New e-mail address"), key=f"{name}-new", autocomplete="off")
    consequence = t(
        "{name} signs in with {email} from now on, with the same password. She is signed out everywhere; mails that were not sent yet "
        "go to the new address.",
        name=escape(row.name), email=escape(email.strip() or "—"),
    )  # fmt: skip
    if confirm(screen, name, t("Change the address"), consequence):
        with attempt(screen, names=_FIELDS) as outcome:
            moved = people.change_address(
                screen.ctx, person_id=row.person_id, email=email, expected_version=row.version, key=form_key(name)
            )  # fmt: skip
        if outcome.ok:
            said = t("The address is changed; {n} unsent mails go there.", n=moved.mails)
            _done(screen, True, name, f"{said} {given_up_again(t, moved)}".strip())


def _done(screen: Screen, ok: bool, name: str, message: str) -> None:
    if ok:
        renew_key(name)
        say_after_rerun(message)
        st.rerun()
