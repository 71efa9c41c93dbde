"""What a principal investigator lets others do: by area, level and day, with who did it on whose behalf."""

from __future__ import annotations

from itertools import product

import pytest
from sqlalchemy import select

from tests.cast import Cast, at, key
from tests.integration.services.support_reports import fill, hand_in, opened
from tracker.services import delegations, memberships, sessions
from tracker.services.approvals import add_approval
from tracker.services.audit_trail import event_page
from tracker.services.delegations import grant_delegation, people_and_rights, revoke_delegation
from tracker.services.errors import Forbidden, Invalid, NotFound
from tracker.services.hand_overs import Order, hand_over
from tracker.services.policy import Act, Target, may, principal
from tracker.services.project_page import project_page
from tracker.services.report_submission import receipt_of
from tracker.services.viewer import Area, Level, Role
from tracker.store import tables as t

TUESDAY = "2026-09-01"


def give(cast: Cast, *, level="submit", area="reports", until=None, to="assistant", who="pi", on=TUESDAY) -> int:
    ctx = cast.ctx(who, on=on)
    return grant_delegation(
        ctx, project_id=cast.project().id, grantee_id=cast.person(to).id, area=area, level=level, until_on=until, key=key()
    )


def allowed(cast: Cast, act: Act, *, who="assistant", on=TUESDAY) -> bool:
    return may(cast.ctx(who, on=on).viewer, act, Target(cast.project().id, cast.project().programme_id))


#: By hand from the words of the levels: read only, write, write and hand in.
MAY: dict[str, dict[Area, set[Act]]] = {
    "view": {Area.REPORTS: {Act.SEE_DRAFT}, Area.APPROVALS: set(), Area.OUTCOMES: set()},
    "edit": {
        Area.REPORTS: {Act.SEE_DRAFT, Act.WRITE_REPORT, Act.RECORD_DISCHARGE, Act.DO_ACTION},
        Area.APPROVALS: {Act.WRITE_APPROVAL},
        Area.OUTCOMES: {Act.WRITE_OUTCOME},
    },
    "submit": {
        Area.REPORTS: {
            Act.SEE_DRAFT, Act.WRITE_REPORT, Act.RECORD_DISCHARGE, Act.DO_ACTION, Act.SUBMIT_REPORT, Act.WITHDRAW_REPORT,
            Act.CORRECT_REPORT,
        },
    },
}  # fmt: skip
ACTS: dict[Area, set[Act]] = {
    Area.REPORTS: MAY["submit"][Area.REPORTS],
    Area.APPROVALS: {Act.WRITE_APPROVAL},
    Area.OUTCOMES: {Act.WRITE_OUTCOME},
}
#: What no delegation ever opens.
NEVER = {Act.DELEGATE, Act.REVIEW_REPORT, Act.MOVE_DATE, Act.HAND_OVER, Act.ASSIGN_OFFICER, Act.ENTER_DATE, Act.SEE_PORTFOLIO}


@pytest.mark.parametrize("who", ["assistant", "co_pi"])
@pytest.mark.parametrize(("area", "level"), [(area, level) for level in MAY for area in MAY[level]])
def test_each_level_opens_what_its_words_say_and_in_its_area_only(cast: Cast, who: str, area: Area, level: str):
    usual = {act for acts in MAY["edit"].values() for act in acts}
    give(cast, area=area, level=level, to=who)
    found = {act for act in usual | ACTS[Area.REPORTS] | NEVER if allowed(cast, act, who=who)}
    assert found == (usual - ACTS[area]) | MAY[level][area]


@pytest.mark.parametrize("who", ["assistant", "co_pi"])
def test_without_a_delegation_they_write_and_do_not_hand_in(cast: Cast, who: str):
    assert allowed(cast, Act.WRITE_REPORT, who=who)
    assert not allowed(cast, Act.SUBMIT_REPORT, who=who)


@pytest.mark.parametrize(
    ("day", "may_hand_in"),
    [("2026-08-31", False), (TUESDAY, True), ("2026-12-30", True), ("2026-12-31", True), ("2027-01-01", False)],
)
def test_a_right_lives_through_its_last_day(cast: Cast, day: str, may_hand_in: bool):
    give(cast, until="115-12-31")  # a Thursday
    assert allowed(cast, Act.SUBMIT_REPORT, on=day) is may_hand_in


def test_a_right_taken_back_is_gone_at_once_and_her_session_goes_on(cast: Cast):
    number = give(cast)
    sid = cast.desk.store.write_quiet(at(TUESDAY), lambda tx: sessions.new_session(tx, cast.person("assistant").id, at=at(TUESDAY))).sid
    screen = cast.ctx("assistant")
    report = opened(cast, who="assistant")
    fill(cast, report, who="assistant")
    revoke_delegation(cast.ctx("pi"), delegation_id=number, key=key())
    viewer = sessions.viewer_of(cast.desk.store, sid, at=at(TUESDAY), today=screen.today)
    assert viewer is not None
    assert not may(viewer, Act.SUBMIT_REPORT, Target(cast.project().id, cast.project().programme_id))
    with pytest.raises(Forbidden):
        hand_in(cast, report, who="assistant")
    with pytest.raises(NotFound):
        revoke_delegation(cast.ctx("pi"), delegation_id=number, key=key())


def test_a_new_right_takes_the_place_of_the_one_before(cast: Cast):
    give(cast, level="submit")
    give(cast, level="view")
    assert not allowed(cast, Act.WRITE_REPORT)
    lines = people_and_rights(cast.ctx("officer"), cast.project().id).history
    assert [(line.level, line.state) for line in lines] == [(Level.VIEW, "running"), (Level.SUBMIT, "revoked")]


@pytest.mark.parametrize("level", ["edit", "submit"])
def test_a_delegate_passes_nothing_on(cast: Cast, level: str):
    give(cast, level=level)
    with pytest.raises(Forbidden):
        give(cast, who="assistant", to="co_pi")


@pytest.mark.parametrize("to", ["company_pi", "officer", "stranger_pi", "pi"])
def test_nobody_but_members_of_her_own_side_is_given_anything(cast: Cast, to: str):
    with pytest.raises(Invalid) as refused:
        give(cast, to=to)
    assert [p.field for p in refused.value.problems] == ["grantee_id"]


def test_the_company_s_investigator_does_not_rule_the_university_s_people(cast: Cast):
    with pytest.raises(Invalid):
        give(cast, who="company_pi", to="assistant")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"area": "money"}, "area"), ({"level": "own"}, "level"), ({"area": "approvals", "level": "submit"}, "level"),
        ({"until": "115-08-31"}, "until_on"), ({"until": "soon"}, "until_on"), ({"until": "１１５－１３－０１"}, "until_on"),
    ],
)  # fmt: skip
def test_wrong_input_is_named_by_its_field(cast: Cast, changes: dict, field: str):
    with pytest.raises(Invalid) as refused:
        give(cast, **changes)
    assert [p.field for p in refused.value.problems] == [field]


def test_what_she_hands_in_says_on_whose_behalf(cast: Cast):
    give(cast)
    report = opened(cast, who="assistant")
    fill(cast, report, who="assistant")
    hand_in(cast, report, who="assistant")
    with cast.desk.store.read() as conn:
        row = conn.execute(select(t.report_version)).one()
    assert (row.submitted_by, row.on_behalf_of) == (cast.person("assistant").id, cast.person("pi").id)
    receipt = receipt_of(cast.ctx("assistant"), report)
    assert (receipt.submitter, receipt.behalf) == ("示範助理", "示範主持人")
    newest = event_page(cast.ctx("auditor"))[0][0]
    assert (newest.action, newest.actor, newest.principal) == ("report.submit", "示範助理", "示範主持人")
    page = project_page(cast.ctx("officer"), cast.project().code)
    assert ("示範助理", "示範主持人") in [(row.actor, row.principal) for row in page.events or ()]


@pytest.mark.parametrize(("area", "behalf"), [("approvals", True), ("reports", False)])
def test_an_approval_is_recorded_on_behalf_where_that_area_was_given(cast: Cast, area: str, behalf: bool):
    give(cast, area=area, level="edit")
    add_approval(cast.ctx("assistant"), project_id=cast.project().id, kind="irb", title="示範試驗", key=key())
    newest = event_page(cast.ctx("auditor"))[0][0]
    assert newest.principal == ("示範主持人" if behalf else None)


def test_her_own_right_is_nobody_else_s(cast: Cast):
    target = Target(cast.project().id)
    assert principal(cast.ctx("pi").viewer, Act.SUBMIT_REPORT, target) is None
    assert principal(cast.ctx("assistant").viewer, Act.WRITE_REPORT, target) is None


@pytest.mark.parametrize("how", ["switched off", "replaced"])
def test_nobody_acts_for_an_investigator_who_is_gone(cast: Cast, how: str):
    give(cast)
    if how == "replaced":
        order = Order(cast.person("pi").id, cast.person("auditor").id, cast.project().id, "示範字第1號", "離職")
        hand_over(cast.ctx("admin"), order, key=key())
        assert people_and_rights(cast.ctx("officer"), cast.project().id).history[0].state == "revoked"
    else:
        off = t.person.update().where(t.person.c.id == cast.person("pi").id).values(active=False)
        cast.desk.store.write_quiet(at(TUESDAY), lambda tx: tx.conn.execute(off).rowcount)
    assert not allowed(cast, Act.SUBMIT_REPORT)


def test_everybody_on_the_project_and_the_office_reads_who_may_do_what(cast: Cast):
    give(cast, until="2026-12-31")
    for who in ("pi", "assistant", "co_pi", "company_pi", "officer", "chief", "auditor", "admin"):
        shown = people_and_rights(cast.ctx(who), cast.project().id)
        mine = next(m for m in shown.members if m.role == Role.ASSISTANT)
        assert (mine.rights[0].level, mine.rights[0].given_by) == (Level.SUBMIT, "示範主持人")
        assert shown.may_delegate is (who in ("pi", "company_pi"))
    for who in ("stranger_pi", "other_officer", "reviewer"):
        with pytest.raises(NotFound):
            people_and_rights(cast.ctx(who), cast.project().id)


# --- Assistants ---------------------------------------------------------------------------------------------------------------


def bring(cast: Cast, email="helper@own.invalid", **more):
    return memberships.add_assistant(cast.ctx("pi"), project_id=cast.project().id, email=email, name="示範新助理", key=key(), **more)


def test_an_investigator_brings_an_assistant_and_lets_her_hand_in(cast: Cast):
    made = bring(cast, until_on="2026-12-31")
    assert made.temporary_password
    grant_delegation(
        cast.ctx("pi"), project_id=cast.project().id, grantee_id=made.person_id, area="reports", level="submit", key=key()
    )  # fmt: skip
    names = {m.name: m for m in people_and_rights(cast.ctx("pi"), cast.project().id).members}
    assert names["示範新助理"].rights[0].level == Level.SUBMIT
    with pytest.raises(Invalid):
        bring(cast)  # on the project already
    memberships.take_off(cast.ctx("pi"), membership_id=names["示範新助理"].membership_id, key=key())
    assert "示範新助理" not in {m.name for m in people_and_rights(cast.ctx("pi"), cast.project().id).members}


def test_somebody_with_an_account_keeps_it_and_no_password_is_shown(cast: Cast):
    made = bring(cast, email=" Stranger@Foreign.invalid ")
    assert (made.person_id, made.temporary_password) == (cast.person("stranger_pi").id, None)


def test_a_repeated_click_adds_her_once(cast: Cast):
    one = key()
    args = {"project_id": cast.project().id, "email": "twice@own.invalid", "name": "示範"}
    first, second = (memberships.add_assistant(cast.ctx("pi"), **args, key=one) for _ in range(2))
    assert (first.person_id, second.temporary_password) == (second.person_id, None)


@pytest.mark.parametrize("who", ["officer", "chief", "reviewer", "admin", "disabled", "co_pi"])
def test_the_office_the_panel_and_who_is_there_already_cannot_be_drawn_in(cast: Cast, who: str):
    """Else an investigator could shut an officer out of her project: nobody handles her own."""
    with pytest.raises(Invalid) as refused:
        bring(cast, email=cast.person(who).email)
    assert [p.field for p in refused.value.problems] == ["email"]


@pytest.mark.parametrize("who", ["co_pi", "company_pi", "pi"])
def test_she_takes_off_none_but_her_own_assistants(cast: Cast, who: str):
    with cast.desk.store.read() as conn:
        m = t.membership
        number = conn.execute(select(m.c.id).where(m.c.person_id == cast.person(who).id)).scalar_one()
    with pytest.raises(Forbidden):
        memberships.take_off(cast.ctx("pi"), membership_id=number, key=key())


def test_levels_are_told_from_what_the_acts_need():
    assert {area: len(levels) for area, levels in delegations.LEVELS_OF.items()} == {Area.REPORTS: 3, Area.APPROVALS: 2, Area.OUTCOMES: 2}
    assert all(levels[0] == Level.VIEW for levels in delegations.LEVELS_OF.values())
    assert all(a.covers(b) == (list(Level).index(a) >= list(Level).index(b)) for a, b in product(Level, Level))
