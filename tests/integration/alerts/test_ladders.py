"""The ladder of a programme: whose it is, who may change it, and what a change does to obligations that are open."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from tests.cast import key
from tests.integration.alerts.support import change, ledger, look_on, raised
from tracker.domain.alert_policy import Policy, PolicySet
from tracker.domain.ladder import STAGES
from tracker.services import errors
from tracker.services.ladders import edit_ladder, programme_views, reset_ladder
from tracker.store import tables as t

INTERIM_Y1 = "DEMO-OWN-01/interim_report/Y1"


def own(cast, who="chief"):
    return next(view for view in programme_views(cast.ctx(who)) if view.programme_id == cast.project("own").programme_id)


def edit(cast, who, policies, version=None, which="own", on="2026-09-01"):
    programme_id = cast.project(which).programme_id
    version = own(cast).version if version is None else version
    return edit_ladder(cast.ctx(who, on=on), programme_id=programme_id, policies=policies, expected_version=version, key=key())


def test_every_stage_is_on_for_the_interim_report_by_default(cast):
    view = own(cast)
    assert view.policies.of("interim_report").stages == STAGES
    assert not view.policy_edited


def test_a_rule_is_shown_with_its_clause_and_wording(cast):
    interim = next(rule for rule in own(cast, "pi").rules if rule.kind == "interim_report")
    assert interim.clause
    assert interim.wording
    assert interim.confidence in ("stated", "derived", "assumed")


def test_the_chief_and_the_administrator_may_edit_and_nobody_else(cast):
    shorter = PolicySet(Policy(("T-7", "due", "+7")))
    assert edit(cast, "chief", shorter).policies == shorter
    assert edit(cast, "admin", PolicySet()).policies == PolicySet()
    refusals = {"officer": errors.Forbidden, "auditor": errors.Forbidden, "pi": errors.NotFound, "stranger_pi": errors.NotFound}
    for who, refusal in refusals.items():
        with pytest.raises(refusal):
            edit(cast, who, shorter)
    with pytest.raises(errors.NotFound):
        edit(cast, "chief", shorter, version=1, which="foreign")


def test_an_edit_from_an_old_version_is_refused(cast):
    old = own(cast).version
    edit(cast, "chief", PolicySet(Policy(("due", "+7"))))
    with pytest.raises(errors.Stale):
        edit(cast, "chief", PolicySet(), version=old)


def test_a_policy_that_is_in_force_already_is_not_written_again(cast):
    as_filed = own(cast)
    assert edit(cast, "chief", as_filed.policies) == as_filed, "still the programme's own, of the same version"
    shorter = PolicySet(Policy(("T-7", "due", "+7")))
    changed = edit(cast, "chief", shorter)
    assert edit(cast, "chief", shorter) == changed
    with cast.desk.store.read() as conn:
        assert conn.scalar(select(func.count()).select_from(t.event).where(t.event.c.action == "ladder.edit")) == 1


def test_the_policy_in_force_is_refused_from_an_old_version_too(cast):
    old = own(cast).version
    shorter = PolicySet(Policy(("due", "+7")))
    edit(cast, "chief", shorter)
    with pytest.raises(errors.Stale):
        edit(cast, "chief", shorter, version=old)


@pytest.mark.parametrize(
    ("policies", "field"),
    [
        (PolicySet(Policy(())), "stages"),
        (PolicySet(Policy(("T-7", "due"))), "stages"),
        (PolicySet(kinds={"interim_report": Policy(("T-30",))}), "stages"),
        (PolicySet(Policy.in_short(("T-7", "+1"))), "officer"),
        (PolicySet(Policy.in_short(officer_from=None, chief_from=None)), "officer"),
        (PolicySet(kinds={"nonsense": Policy()}), "kinds"),
        (PolicySet(Policy.in_short(officer_from="+14", chief_from="+7")), "chief_from"),
        (PolicySet(Policy.in_short(officer_from=None, chief_from="+7")), "chief_from"),
    ],
)
def test_a_ladder_that_makes_no_sense_is_refused_with_its_field(cast, policies, field):
    with pytest.raises(errors.Invalid) as refused:
        edit(cast, "chief", policies)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_stages_that_are_off_are_not_recorded(cast):
    edit(cast, "chief", PolicySet(Policy(("T-7", "+7"))))
    look_on(cast, "2027-04-20")
    assert ledger(cast, INTERIM_Y1) == [("T-7", "superseded"), ("+7", "raised")]


def test_a_kind_may_have_a_ladder_of_its_own(cast):
    edit(cast, "chief", PolicySet(Policy(("due", "+7")), {"interim_report": Policy(("T-30", "+7"))}))
    look_on(cast, "2027-02-28")
    assert ledger(cast, INTERIM_Y1) == [("T-30", "raised")]


def test_the_notice_of_a_years_end_may_end_with_its_day(cast):
    edit(cast, "chief", PolicySet(kinds={"year_end_notice": Policy(("T-30",))}))
    assert own(cast).policies.of("year_end_notice").stages == ("T-30",)


def test_what_was_stored_before_this_was_asked_still_holds(cast):
    change(cast, t.programme, cast.project("own").programme_id, ladder_json={"stages": ["T-7", "due"]})
    assert own(cast).policies.policy.stages == ("T-7", "due")
    look_on(cast, "2027-04-20")
    assert ledger(cast, INTERIM_Y1) == [("T-7", "superseded"), ("due", "raised")]


def test_a_stage_switched_on_later_reaches_open_obligations(cast):
    edit(cast, "chief", PolicySet(Policy(("T-60", "due", "+7"))))
    look_on(cast, "2027-01-29")
    edit(cast, "chief", PolicySet(), on="2027-03-17")
    look_on(cast, "2027-03-17")
    assert raised(cast, INTERIM_Y1) == ["T-60", "T-14"]


def test_only_programmes_of_her_own_are_listed(cast):
    codes = {who: {view.code for view in programme_views(cast.ctx(who))} for who in ("pi", "chief", "other_officer", "auditor")}
    assert codes["pi"] == codes["chief"] == {"demo-sister-ai"}
    assert codes["other_officer"] == {"hsp-115-smart-health"}
    assert codes["auditor"] == {"demo-sister-ai", "hsp-115-smart-health"}


def test_the_office_may_go_back_to_the_programmes_file(cast):
    edit(cast, "chief", PolicySet(Policy(("due", "+7"))))
    programme_id = cast.project("own").programme_id
    view = reset_ladder(cast.ctx("chief"), programme_id=programme_id, expected_version=own(cast).version, key=key())
    assert (view.policies, view.policy_edited) == (PolicySet(), False)
    look_on(cast, "2027-01-29")
    assert raised(cast, INTERIM_Y1) == ["T-60"]
