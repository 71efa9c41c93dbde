"""Handing over a project or a desk in one step, and nothing left with somebody who is gone."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from tests.cast import Cast, at, key
from tests.integration.services.support_reports import submitted
from tracker.services import assignments
from tracker.services.absences import record_absence
from tracker.services.action_items import add_item
from tracker.services.assignments import held_by, left_behind
from tracker.services.delegations import grant_delegation
from tracker.services.errors import Forbidden, Invalid, NotFound
from tracker.services.hand_over_plans import MOVES, NO_ROLE, NOT_A_MEMBER, OFFICE_OF_IT, ON_THE_PROJECT, STAYS
from tracker.services.hand_overs import Order, hand_over, hand_over_people, preview_hand_over
from tracker.services.memberships import add_membership, end_membership
from tracker.services.people import add_person, grant_role, revoke_role, set_active
from tracker.services.sessions import living, new_session
from tracker.services.viewer import Role
from tracker.store import tables as t

DAY = "2026-09-01"  # a Tuesday
LETTER, WHY = "示範字第8號", "離職"


def newcomer(cast: Cast, role: Role | None = None) -> int:
    """Somebody new, with a role in the programme of `own` where one is asked for."""
    made = add_person(cast.ctx("admin"), email="new@office.invalid", name="示範接手人", key=key()).person_id
    if role is not None:
        grant_role(cast.ctx("admin"), person_id=made, role=role, programme_id=cast.project().programme_id, key=key())
    return made


def item(cast: Cast, owner: str, side: str) -> int:
    """An open action item of `own`."""
    where = {"project_id": cast.project().id, "programme_id": cast.project().programme_id}
    ctx = cast.ctx("officer")

    def body(tx):
        made = add_item(tx, ctx, **where, body="補充說明", side=side, owner_id=cast.person(owner).id, due_on=date(2026, 12, 1))
        tx.record("action_item", made, {})
        return {"id": made}

    return cast.desk.store.write(ctx.request("test.item", key()), body)["id"]


def order(cast: Cast, giver: str, to: int, **more) -> Order:
    return Order(cast.person(giver).id, to, **{"reason": WHY, **more})


def held(cast: Cast, who: str) -> set[str]:
    with cast.desk.store.read() as conn:
        return {one.kind for one in held_by(conn, cast.person(who).id, cast.ctx(on=DAY).today)}


def becomes(plan) -> dict[str, str]:
    return {move.held.kind: move.becomes for move in plan.moves}


def value(cast: Cast, query):
    with cast.desk.store.read() as conn:
        return conn.execute(query).scalar_one()


# --- A project ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["chief", "admin", "system"])
def test_a_new_investigator_takes_the_project_over_from_that_day(cast: Cast, who: str):
    own, to = cast.project(), newcomer(cast)
    number = item(cast, "pi", "project")
    grant_delegation(
        cast.ctx("pi"), project_id=own.id, grantee_id=cast.person("assistant").id, area="reports", level="submit", key=key()
    )  # fmt: skip
    done = hand_over(cast.ctx(who), order(cast, "pi", to, project_id=own.id, letter_number=LETTER), key=key())
    assert (done.moved, done.ended, done.stayed) == (2, 1, 0)
    m = t.membership
    with cast.desk.store.read() as conn:
        rows = conn.execute(select(m).where(m.c.role == "pi", m.c.party == "academic", m.c.project_id == own.id).order_by(m.c.id)).all()
        owner = conn.execute(select(t.action_item.c.owner_id).where(t.action_item.c.id == number)).scalar_one()
        recorded = conn.execute(select(t.hand_over)).one()
    assert [(row.until_on, row.from_on) for row in rows] == [(date(2026, 8, 31), date(2026, 6, 1)), (None, date(2026, 9, 1))]
    assert (rows[1].person_id, owner) == (to, to)
    assert (recorded.project_id, recorded.reason, sorted(recorded.moved_json["moved"])) == (
        own.id, f"{LETTER} · {WHY}", ["action_item", "membership"],
    )  # fmt: skip
    assert not cast.ctx("pi").viewer.memberships


def test_an_assistant_who_becomes_investigator_is_that_alone(cast: Cast):
    own, assistant = cast.project(), cast.person("assistant").id
    hand_over(cast.ctx("admin"), order(cast, "pi", assistant, project_id=own.id, letter_number=LETTER), key=key())
    assert [m.role for m in cast.ctx("assistant").viewer.memberships] == [Role.PI]


def test_assistant_to_assistant_needs_no_letter(cast: Cast):
    to = newcomer(cast)
    hand_over(cast.ctx("chief"), order(cast, "assistant", to, project_id=cast.project().id), key=key())
    assert not cast.ctx("assistant").viewer.memberships


@pytest.mark.parametrize(
    ("changes", "field"), [({"letter_number": " "}, "letter_number"), ({"letter_number": LETTER, "reason": "\u200b"}, "reason")]
)
def test_what_is_missing_is_named_and_nothing_is_written(cast: Cast, changes: dict, field: str):
    with pytest.raises(Invalid) as refused:
        hand_over(cast.ctx("chief"), order(cast, "pi", newcomer(cast), project_id=cast.project().id, **changes), key=key())
    assert [p.field for p in refused.value.problems] == [field]
    assert value(cast, select(func.count()).select_from(t.hand_over)) == 0


def test_the_officer_in_charge_does_not_become_its_investigator(cast: Cast):
    asked = order(cast, "pi", cast.person("officer").id, project_id=cast.project().id, letter_number=LETTER)
    plan = preview_hand_over(cast.ctx("chief"), asked)
    assert [(move.becomes, move.why) for move in plan.moves] == [(STAYS, OFFICE_OF_IT)]
    with pytest.raises(Invalid):
        hand_over(cast.ctx("chief"), asked, key=key())


@pytest.mark.parametrize(
    ("who", "error"), [("pi", Forbidden), ("officer", Forbidden), ("stranger_pi", NotFound), ("other_officer", NotFound)]
)
def test_nobody_else_hands_a_project_over(cast: Cast, who: str, error: type):
    with pytest.raises(error):
        hand_over(cast.ctx(who), order(cast, "pi", cast.person("chief").id, project_id=cast.project().id, letter_number=LETTER), key=key())


# --- A desk -------------------------------------------------------------------------------------------------------------------


def test_a_whole_desk_goes_in_one_step_and_both_sign_in_anew(cast: Cast):
    to = newcomer(cast, Role.OFFICER)
    submitted(cast)
    item(cast, "officer", "office")
    record_absence(
        cast.ctx("chief"), person_id=to, from_on="2026-10-05", until_on="2026-10-06", cover_id=cast.person("officer").id, key=key()
    )
    sid = cast.desk.store.write_quiet(at(DAY), lambda tx: new_session(tx, cast.person("officer").id, at=at(DAY))).sid
    asked = order(cast, "officer", to)
    plan = becomes(preview_hand_over(cast.ctx("chief"), asked))
    # She stood in for the very one who takes over: nobody stands in for herself.
    assert (plan["in_charge"], plan["action_item"], plan["cover"], plan["role"]) == (MOVES, MOVES, "ends", STAYS)
    before = value(cast, select(func.count()).select_from(t.event))
    hand_over(cast.ctx("chief"), asked, key=key())
    assert value(cast, select(func.count()).select_from(t.event)) == before + 1
    assert value(cast, select(t.project.c.officer_id).where(t.project.c.id == cast.project().id)) == to
    assert held(cast, "officer") == {"role"}
    assert not living(cast.desk.store, {sid}, at(DAY))


def test_a_repeated_click_hands_over_once(cast: Cast):
    asked, one = order(cast, "officer", newcomer(cast, Role.OFFICER)), key()
    assert hand_over(cast.ctx("chief"), asked, key=one) == hand_over(cast.ctx("chief"), asked, key=one)
    assert value(cast, select(func.count()).select_from(t.hand_over)) == 1


def test_a_repeated_click_is_answered_although_nothing_lies_with_her_any_more(cast: Cast):
    asked, one = order(cast, "assistant", newcomer(cast), project_id=cast.project().id), key()
    assert hand_over(cast.ctx("chief"), asked, key=one) == hand_over(cast.ctx("chief"), asked, key=one)
    with pytest.raises(NotFound):
        hand_over(cast.ctx("chief"), asked, key=key())


@pytest.mark.parametrize(("on_it", "why"), [(False, NO_ROLE), (True, ON_THE_PROJECT)])
def test_without_the_role_or_on_the_project_the_charge_stays_and_says_why(cast: Cast, on_it: bool, why: str):
    to = newcomer(cast, Role.OFFICER if on_it else None)
    if on_it:
        place = {"project_id": cast.project().id, "role": Role.ASSISTANT, "party": "academic", "from_on": date(2026, 9, 1)}
        add_membership(cast.ctx("admin"), person_id=to, **place, key=key())
    plan = preview_hand_over(cast.ctx("chief"), order(cast, "officer", to))
    assert [move.why for move in plan.moves if move.held.kind == "in_charge"] == [why]


def test_a_project_s_action_item_goes_to_a_member_only(cast: Cast):
    item(cast, "assistant", "project")
    asked = order(cast, "assistant", newcomer(cast))
    assert becomes(preview_hand_over(cast.ctx("admin"), asked)) == {"action_item": MOVES, "membership": MOVES}  # she joins in the same step
    item(cast, "pi", "project")
    plan = preview_hand_over(cast.ctx("admin"), order(cast, "pi", newcomer_two(cast)))
    assert {move.why for move in plan.moves if move.held.kind == "action_item"} == {NOT_A_MEMBER}


def newcomer_two(cast: Cast) -> int:
    return add_person(cast.ctx("admin"), email="second@office.invalid", name="示範接手人乙", key=key()).person_id


def task(cast: Cast, who: str, role: str, *, state="open", step="first") -> int:
    """A step of the review of a report of `own`, given to somebody by name."""
    submitted(cast)
    v = t.report_version

    def body(tx):
        row = tx.conn.execute(select(v)).one()
        place = {"report_id": row.report_id, "project_id": cast.project().id, "programme_id": cast.project().programme_id}
        r = t.review_round
        number = tx.conn.execute(select(r.c.id).where(r.c.report_version_id == row.id)).scalar_one_or_none()
        if number is None:
            number = tx.insert(r, report_version_id=row.id, flow_json=[], stage=1, state="open", opened_at=tx.at, **place)
        seat = {"role": role, "step": step, "assignee_id": cast.person(who).id, "state": state}
        return tx.insert(t.review_task, review_round_id=number, stage=1, opened_at=tx.at, **seat, **place)

    return cast.desk.store.write_quiet(at(DAY), body)


def test_a_panel_member_s_steps_go_to_a_reviewer_without_a_conflict(cast: Cast):
    number, to = task(cast, "reviewer", "reviewer"), newcomer(cast, Role.REVIEWER)
    conflict = {"project_id": cast.project().id, "reason": "同系", "declared_by": to, "declared_at": at(DAY)}
    made = cast.desk.store.write_quiet(at(DAY), lambda tx: tx.insert(t.interest_conflict, person_id=to, **conflict))
    asked = order(cast, "reviewer", to)
    assert becomes(preview_hand_over(cast.ctx("chief"), asked))["review_task"] == STAYS
    over = t.interest_conflict.update().where(t.interest_conflict.c.id == made).values(withdrawn_at=at(DAY))
    cast.desk.store.write_quiet(at(DAY), lambda tx: tx.conn.execute(over).rowcount)
    hand_over(cast.ctx("chief"), asked, key=key())
    assert value(cast, select(t.review_task.c.assignee_id).where(t.review_task.c.id == number)) == to
    assert cast.ctx("reviewer").viewer.assigned == frozenset()


def test_a_chief_reaches_no_other_programme(cast: Cast):
    grant_role(
        cast.ctx("admin"),
        person_id=cast.person("officer").id,
        role=Role.OFFICER,
        programme_id=cast.project("foreign").programme_id,
        key=key(),
    )
    plan = preview_hand_over(cast.ctx("chief"), order(cast, "officer", newcomer(cast, Role.OFFICER)))
    assert {move.held.programme_id for move in plan.moves} == {cast.project().programme_id}
    assert cast.person("other_officer").id not in {one.person_id for one in hand_over_people(cast.ctx("chief"))}


@pytest.mark.parametrize("more", [{"with_roles": True}, {"switch_off": True}])
def test_roles_and_accounts_are_the_administrator_s(cast: Cast, more: dict):
    with pytest.raises(Forbidden):
        hand_over(cast.ctx("chief"), order(cast, "officer", newcomer(cast, Role.OFFICER), **more), key=key())


def test_who_leaves_is_off_with_her_roles_gone_and_nothing_of_hers_left(cast: Cast):
    submitted(cast)
    item(cast, "officer", "office")
    to = newcomer(cast)
    hand_over(cast.ctx("admin"), order(cast, "officer", to, with_roles=True, switch_off=True), key=key())
    assert held(cast, "officer") == set()
    assert value(cast, select(t.person.c.active).where(t.person.c.id == cast.person("officer").id)) is False
    assert left_behind(cast.ctx("admin")) == ()


def test_an_account_is_not_switched_off_while_something_would_stay(cast: Cast):
    with pytest.raises(Invalid) as refused:
        hand_over(cast.ctx("admin"), order(cast, "officer", newcomer(cast), switch_off=True), key=key())
    assert "switch_off" in {p.field for p in refused.value.problems}


# --- Nobody leaves with work ---------------------------------------------------------------------------------------------------


def test_whoever_still_has_work_is_not_switched_off(cast: Cast):
    with pytest.raises(Invalid) as refused:
        set_active(cast.ctx("admin"), person_id=cast.person("officer").id, active=False, expected_version=1, key=key())
    assert [(p.field, p.params["codes"]) for p in refused.value.problems] == [("person", "DEMO-OWN-01")]
    assert value(cast, select(t.person.c.active).where(t.person.c.id == cast.person("officer").id)) is True


def test_the_only_investigator_of_a_project_is_not_switched_off(cast: Cast):
    with pytest.raises(Invalid):
        set_active(cast.ctx("admin"), person_id=cast.person("stranger_pi").id, active=False, expected_version=1, key=key())


def test_a_role_is_not_taken_while_a_project_is_in_its_charge(cast: Cast):
    g = t.role_grant
    number = value(cast, select(g.c.id).where(g.c.person_id == cast.person("officer").id))
    with pytest.raises(Invalid):
        revoke_role(cast.ctx("admin"), grant_id=number, key=key())


def test_nobody_leaves_a_project_with_an_open_action_item(cast: Cast):
    item(cast, "assistant", "project")
    m = t.membership
    number = value(cast, select(m.c.id).where(m.c.person_id == cast.person("assistant").id))
    with pytest.raises(Invalid):
        end_membership(cast.ctx("admin"), membership_id=number, key=key())


def test_what_was_left_with_somebody_switched_off_is_found(cast: Cast):
    """As an older version let it happen, or a hand on the database."""
    assert left_behind(cast.ctx("admin")) == ()
    officer = cast.person("officer").id
    off = t.person.update().where(t.person.c.id == officer).values(active=False)
    cast.desk.store.write_quiet(at(DAY), lambda tx: tx.conn.execute(off).rowcount)
    assert [(one.person_id, one.counts) for one in left_behind(cast.ctx("admin"))] == [(officer, (("in_charge", 1),))]


def test_every_kind_of_thing_has_its_words():
    kinds = {value for name, value in vars(assignments).items() if name.isupper() and isinstance(value, str)}
    assert set(assignments.KIND_MSGIDS) == kinds
