"""Whoever stands in for an investigator is told in her place for as long as the investigator leads the project herself."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from tests.cast import at
from tests.integration.alerts.support import change, look_on, told
from tracker.store import tables as t

DAY = "2027-03-31"  # Wednesday: the first interim report is due
INTERIM = "DEMO-OWN-01/interim_report/Y1"


@pytest.fixture
def delegated(cast):
    """Something delegated to the co-principal investigator by the principal investigator; and the latter's membership."""
    own, m = cast.project("own").id, t.membership.c
    given = {"grantor_id": cast.person("pi").id, "grantee_id": cast.person("co_pi").id, "area": "reports", "level": "submit"}

    def body(tx):
        return tx.insert(t.delegation, project_id=own, from_on=date(2026, 9, 1), granted_at=tx.at, **given)

    cast.desk.store.write_quiet(at("2026-09-01"), body)
    with cast.desk.store.read() as conn:
        cast.lead = conn.execute(select(m.id).where(m.project_id == own, m.person_id == cast.person("pi").id)).scalar_one()
    return cast


def hears(cast) -> bool:
    look_on(cast, DAY)
    return cast.person("co_pi").email in {line.address for line in told(cast, INTERIM) if line.stage == "due"}


def test_while_the_investigator_leads_the_project_her_deputy_is_told(delegated):
    change(delegated, t.membership, delegated.lead, until_on=date(2027, 3, 31))  # the last day counts
    assert hears(delegated)


def test_from_the_day_after_she_left_nobody_is_told_in_her_place(delegated):
    change(delegated, t.membership, delegated.lead, until_on=date(2027, 3, 30))
    assert not hears(delegated)


def test_nobody_is_told_in_the_place_of_an_account_that_is_off(delegated):
    change(delegated, t.person, delegated.person("pi").id, active=False)
    assert not hears(delegated)
