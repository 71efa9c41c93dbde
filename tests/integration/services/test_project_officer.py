"""Another officer takes a project over, and what is raised from then on reaches her."""

from __future__ import annotations

from datetime import date

import pytest

from tests.cast import Cast, key
from tests.integration.alerts.support import change, look_on, told
from tracker.services.errors import Forbidden, Invalid, NotFound, Stale
from tracker.services.memberships import add_membership
from tracker.services.people import grant_role
from tracker.services.project_officer import assign_officer, officer_choices
from tracker.services.projects import project_header
from tracker.services.viewer import Role
from tracker.store import tables as t


def second_officer(cast: Cast) -> int:
    """`other_officer` becomes an officer of the programme of `own` too."""
    person_id = cast.person("other_officer").id
    programme_id = cast.project("own").programme_id
    grant_role(cast.ctx("admin"), person_id=person_id, role=Role.OFFICER, programme_id=programme_id, key=key())
    return person_id


def assign(cast, officer_id: int, *, who="chief", version=1, **changes) -> int:
    given = {"project_id": cast.project().id, "expected_version": version, "key": key(), **changes}
    return assign_officer(cast.ctx(who), officer_id=officer_id, **given)


def addresses(cast) -> set[str]:
    return {line.address for line in told(cast, "DEMO-OWN-01/interim_report/Y1")}


@pytest.mark.parametrize("who", ["chief", "admin"])
def test_the_next_alert_goes_to_the_new_officer(cast, who):
    old, new = cast.person("officer").email, cast.person("other_officer").email
    assert assign(cast, second_officer(cast), who=who) == 2
    look_on(cast, "2027-04-07")  # Wednesday, a week after the interim report was due
    assert new in addresses(cast)
    assert old not in addresses(cast)
    assert project_header(cast.ctx("pi"), "DEMO-OWN-01").officer_name == cast.person("other_officer").name


def test_the_choice_holds_the_officers_of_the_programme_and_no_one_else(cast):
    assert [one.person_id for one in officer_choices(cast.ctx("chief"), cast.project().id)] == [cast.person("officer").id]
    new = second_officer(cast)
    assert {one.person_id for one in officer_choices(cast.ctx("chief"), cast.project().id)} == {cast.person("officer").id, new}


@pytest.mark.parametrize("wrong", ["other_officer", "pi", "chief", "disabled"])
def test_only_an_officer_of_the_programme_whose_account_is_on_can_be_in_charge(cast, wrong):
    with pytest.raises(Invalid) as refused:
        assign(cast, cast.person(wrong).id)
    assert [problem.field for problem in refused.value.problems] == ["officer_id"]


def test_an_officer_who_is_on_the_project_herself_is_not_put_in_charge_of_it(cast):
    new, since = second_officer(cast), date(2026, 9, 1)
    place = {"project_id": cast.project().id, "role": Role.ASSISTANT, "party": "academic", "from_on": since}
    add_membership(cast.ctx("admin"), person_id=new, **place, key=key())
    with pytest.raises(Invalid):
        assign(cast, new)


def test_two_chiefs_do_not_overwrite_each_other_and_a_closed_project_stays(cast):
    new, old = second_officer(cast), cast.person("officer").id
    assign(cast, new)
    with pytest.raises(Stale):
        assign(cast, old)
    change(cast, t.project, cast.project().id, status="closed")
    with pytest.raises(Invalid) as refused:
        assign(cast, old, version=2)
    assert [problem.field for problem in refused.value.problems] == ["status"]


@pytest.mark.parametrize(("who", "refusal"), [("officer", Forbidden), ("pi", Forbidden), ("auditor", Forbidden), ("stranger_pi", NotFound)])
def test_nobody_below_the_chief_changes_who_is_in_charge(cast, who, refusal):
    with pytest.raises(refusal):
        assign(cast, cast.person("officer").id, who=who)
