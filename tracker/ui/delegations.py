"""The tab "People and rights" of a project: who may do what now, what its investigator lets others do, and what was given before."""

from __future__ import annotations

import streamlit as st

from tracker.domain.minguo import both
from tracker.services import delegations, memberships
from tracker.services.day_fields import read_day
from tracker.services.delegations import LEVELS_OF, AreaRight, DelegationLine, MemberRights
from tracker.services.errors import Problem
from tracker.services.project_page import ProjectPage
from tracker.services.viewer import Area, Level, Role
from tracker.ui.components import attempt, confirm, date_text, empty_state, escape, found, instant_text, say_after_rerun
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key
from tracker.ui.people import show_password
from tracker.ui.words import MEMBER_MSGIDS, PARTY_MSGIDS

AREA_MSGIDS: dict[Area, str] = {Area.REPORTS: "Reports", Area.APPROVALS: "Approvals", Area.OUTCOMES: "Outcomes"}
LEVEL_MSGIDS: dict[Level, str] = {Level.VIEW: "read only", Level.EDIT: "write", Level.SUBMIT: "write and hand in"}
STATE_MSGIDS: dict[str, str] = {"running": "in force", "ended": "ended", "revoked": "taken back"}

_FIELDS = {
    "grantee_id": "Who", "area": "Area", "level": "May", "until_on": "Until (last day)", "email": "E-mail address", "name": "Name",
    "language": "Language", "person": "Person",
}  # fmt: skip

_CONSEQUENCES: dict[Level, str] = {
    Level.VIEW: "{name} can read, and no longer write, in the area “{area}” ({until}).",
    Level.EDIT: "{name} can write in the area “{area}” in your place, but not hand in ({until}).",
    Level.SUBMIT: "{name} can write in the area “{area}” and hand in in your place ({until}).",
}
_STAY = "Whatever she does by this right shows her name and “on behalf of {me}”. You stay responsible, and can take it back at any time."


def tab(screen: Screen, page: ProjectPage) -> None:
    """The whole tab, for everybody who sees the project; forms for its principal investigators."""
    with found(screen):
        shown = delegations.people_and_rights(screen.ctx, page.header.project_id)
    t = screen.t
    if shown.may_delegate:
        st.caption(
            t(
                "You hand in yourself, or let somebody of your side do it until a day. An assistant or a co-principal investigator "
                "writes by herself; handing in needs your word."
            )
        )
    for member in shown.members:
        _card(screen, shown.project_id, member)
    if shown.may_delegate:
        _add_assistant(screen, shown.project_id)
    with st.expander(t("What was given before ({n})", n=len(shown.history)), icon=":material/history:"):
        _history(screen, shown.history)


def _card(screen: Screen, project_id: int, member: MemberRights) -> None:
    t = screen.t
    with st.container(border=True, key=f"member-{member.membership_id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{escape(member.name)}**", width="content")
            st.badge(t(MEMBER_MSGIDS[member.role]), color="blue" if member.role == Role.PI else "gray")
            st.caption(t(PARTY_MSGIDS[member.party]), width="content")
            if not member.active:
                st.badge(t("switched off"), color="gray", icon=":material/block:")
            if member.until_on is not None:
                st.caption(t("on the project until {day}", day=date_text(member.until_on)), width="content")
        own = [_right_words(screen, right) for right in member.rights if right.delegation_id is None]
        if own:
            st.markdown(" · ".join(own))
        for right in member.rights:
            if right.delegation_id is None:
                continue
            st.markdown(f":material/key: {_right_words(screen, right)}")
            if member.may_be_given:
                _revoke(screen, member, right)
        if member.may_be_given:
            with st.expander(t("Let {name} do something in your place", name=escape(member.name)), icon=":material/key:"):
                _grant_form(screen, project_id, member)
            if member.role == Role.ASSISTANT:
                _take_off(screen, member)


def _right_words(screen: Screen, right: AreaRight) -> str:
    t = screen.t
    words = f"{t(AREA_MSGIDS[right.area])}{t.pick('：', ': ')}**{t(LEVEL_MSGIDS[right.level])}**"
    if right.delegation_id is None:
        return words
    return f"{words} · {t('given by {name}', name=escape(right.given_by))} · {_until(screen, right.until_on)}"


def _until(screen: Screen, day) -> str:
    return screen.t("until {day}", day=both(day)) if day else screen.t("until taken back")


def _grant_form(screen: Screen, project_id: int, member: MemberRights) -> None:
    t, name = screen.t, f"grant-right-{member.membership_id}"
    area = st.selectbox(t("Area"), list(Area), format_func=lambda one: t(AREA_MSGIDS[one]), key=f"{name}-area")
    level = st.radio(
        t("May"), LEVELS_OF[area], index=len(LEVELS_OF[area]) - 1, format_func=lambda one: t(LEVEL_MSGIDS[one]), key=f"{name}-{area}-level",
    )  # fmt: skip
    until = st.text_input(
        t("Until (last day)"), key=f"{name}-until", placeholder="115-12-31 / 2026-12-31",
        help=t("Either calendar. Empty: until you take it back."),
    )  # fmt: skip
    problems: list[Problem] = []
    day = read_day("until_on", until, problems, needed=False)
    shown = t("the day cannot be read") if problems else _until(screen, day)
    said = {"name": escape(member.name), "area": t(AREA_MSGIDS[area]), "until": shown}
    consequences = f"{t(_CONSEQUENCES[level], **said)}  \n{t(_STAY, me=escape(screen.viewer.name))}"
    if confirm(screen, name, t("Give this right"), consequences, main=True):
        with attempt(screen, names=_FIELDS) as outcome:
            delegations.grant_delegation(
                screen.ctx, project_id=project_id, grantee_id=member.person_id, area=area, level=level, until_on=until, key=form_key(name)
            )  # fmt: skip
        _done(screen, outcome.ok, name, t("{name} has the right from now on.", name=escape(member.name)))


def _revoke(screen: Screen, member: MemberRights, right: AreaRight) -> None:
    t, name = screen.t, f"revoke-right-{right.delegation_id}"
    back = t("From now on {name} has her usual right here again: write, and not hand in. What she did stays.", name=escape(member.name))
    if confirm(screen, name, t("Take it back: {area}", area=t(AREA_MSGIDS[right.area])), back):
        with attempt(screen, names=_FIELDS) as outcome:
            delegations.revoke_delegation(screen.ctx, delegation_id=right.delegation_id or 0, key=form_key(name))
        _done(screen, outcome.ok, name, t("Taken back."))


def _take_off(screen: Screen, member: MemberRights) -> None:
    t, name = screen.t, f"take-off-{member.membership_id}"
    consequence = t("{name} sees this project no more, gets no mail about it and is signed out everywhere.", name=escape(member.name))
    if confirm(screen, name, t("Take off the project"), consequence):
        with attempt(screen, names=_FIELDS) as outcome:
            memberships.take_off(screen.ctx, membership_id=member.membership_id, key=form_key(name))
        _done(screen, outcome.ok, name, t("Saved."))


def _add_assistant(screen: Screen, project_id: int) -> None:
    t, name = screen.t, f"add-assistant-{project_id}"
    with st.expander(t("Bring an assistant onto the project"), icon=":material/person_add:"), st.form(name, border=False):
        full_name = st.text_input(t("Name"), key=f"{name}-name")
        email = st.text_input(t("E-mail address"), key=f"{name}-email", autocomplete="off")
        until = st.text_input(
            t("Until (last day)"), key=f"{name}-until", placeholder="115-12-31 / 2026-12-31", help=t("Either calendar. Empty: for good.")
        )
        st.caption(
            t(
                "She can write reports and record approvals from today. Who has no account yet gets one, with a temporary password "
                "shown once."
            )
        )
        sent = st.form_submit_button(t("Add"), type="primary", key=f"{name}-send")
    if not sent:
        return
    with attempt(screen, names=_FIELDS) as outcome:
        made = memberships.add_assistant(
            screen.ctx, project_id=project_id, email=email, name=full_name, until_on=until, key=form_key(name)
        )  # fmt: skip
    if outcome.ok:
        renew_key(name)
        if made.temporary_password is None:
            say_after_rerun(t("{email} is on the project, with the account there was.", email=escape(email)))
            st.rerun()
        show_password(screen, email, made.temporary_password)


def _history(screen: Screen, lines: tuple[DelegationLine, ...]) -> None:
    t = screen.t
    if not lines:
        empty_state(screen, "Nothing was delegated yet.", "Every right that is given appears here, and stays when it is over.")
    for line in lines:
        what = f"{t(AREA_MSGIDS[line.area])}{t.pick('：', ': ')}{t(LEVEL_MSGIDS[line.level])}"
        st.markdown(f"**{escape(line.grantor)} → {escape(line.grantee)}** · {what} · :gray-badge[{t(STATE_MSGIDS[line.state])}]")
        ends = f"{t('given {at}', at=instant_text(line.granted_at))} · {_until(screen, line.until_on)}"
        if line.revoked_at is not None:
            ends += f" · {t('taken back {at} by {name}', at=instant_text(line.revoked_at), name=escape(line.revoker or t('the system')))}"
        st.caption(ends)


def _done(screen: Screen, ok: bool, name: str, message: str) -> None:
    if ok:
        renew_key(name)
        say_after_rerun(message)
        st.rerun()
