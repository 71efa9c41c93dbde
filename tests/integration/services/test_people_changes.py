"""Another address, co-principal investigators from a sheet, and who of a project is told."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.cast import Cast, at, key
from tests.integration.alerts.support import look_on
from tests.integration.test_import import TEMPLATE
from tracker.services.audit_trail import event_page
from tracker.services.delegations import grant_delegation, revoke_delegation
from tracker.services.errors import Invalid, NotFound
from tracker.services.people import change_address
from tracker.services.project_import import import_projects
from tracker.services.readdressed import Readdressed
from tracker.services.sessions import living, new_session
from tracker.store import tables as t
from tracker.store.writing import StaleVersion

LATE = "2027-04-07"  # a Wednesday, a week after the first interim report was due


def alerted(cast: Cast, address: str) -> list:
    """The alerts to an address, each with the role in which it was told."""
    a, i = t.alert.c, t.inbox_item.c
    wanted = select(a.recipients_json).join(t.inbox_item, i.alert_id == a.id).join(t.person, t.person.c.id == i.person_id)
    with cast.desk.store.read() as conn:
        found = conn.execute(wanted.where(t.person.c.email == address)).scalars().all()
    return [next(one["role"] for one in recipients if one["email"] == address) for recipients in found]


def change(cast: Cast, email: str, *, version: int = 1) -> Readdressed:
    return change_address(cast.ctx("admin"), person_id=cast.person("pi").id, email=email, expected_version=version, key=key())


def test_unsent_mails_follow_the_new_address_and_sent_ones_stay(cast: Cast):
    look_on(cast, LATE)
    look_on(cast, "2027-04-14")
    with cast.desk.store.read() as conn:
        mine = conn.execute(select(t.outbox.c.id).where(t.outbox.c.address == "pi@own.invalid").order_by(t.outbox.c.id)).scalars().all()
    assert len(mine) > 1
    sent = t.outbox.update().where(t.outbox.c.id == mine[0]).values(status="sent")
    cast.desk.store.write_quiet(at(LATE), lambda tx: tx.conn.execute(sent).rowcount)
    sid = cast.desk.store.write_quiet(at(LATE), lambda tx: new_session(tx, cast.person("pi").id, at=at(LATE))).sid
    assert change(cast, " PI.Moved@own.invalid ") == (len(mine) - 1, 0)
    with cast.desk.store.read() as conn:
        rows = conn.execute(select(t.outbox.c.id, t.outbox.c.address).where(t.outbox.c.id.in_(mine))).all()
    assert {row.id: row.address for row in rows} == {mine[0]: "pi@own.invalid"} | dict.fromkeys(mine[1:], "pi.moved@own.invalid")
    assert not living(cast.desk.store, {sid}, at(LATE))


def test_the_trail_holds_neither_address(cast: Cast):
    change(cast, "secret-place@own.invalid")
    newest = event_page(cast.ctx("auditor"))[0][0]
    assert newest.action == "person.change_address"
    assert "own.invalid" not in str(newest.payload)


@pytest.mark.parametrize("email", ["", "no address", "pi@own.invalid", "OFFICER@office.invalid", "a@b.invalid\nBcc: x@y.invalid"])
def test_no_address_the_same_or_somebody_else_s_is_refused(cast: Cast, email: str):
    with pytest.raises(Invalid) as refused:
        change(cast, email)
    assert [p.field for p in refused.value.problems] == ["email"]


def test_it_is_changed_from_the_state_that_was_seen(cast: Cast):
    change(cast, "first@own.invalid")
    with pytest.raises(StaleVersion):
        change(cast, "second@own.invalid")
    with pytest.raises(NotFound):
        change_address(cast.ctx("admin"), person_id=10**9, email="x@own.invalid", expected_version=1, key=key())


def test_a_co_investigator_is_told_while_something_is_delegated_to_her(cast: Cast):
    give = {"project_id": cast.project().id, "grantee_id": cast.person("co_pi").id, "area": "reports"}
    number = grant_delegation(cast.ctx("pi"), **give, level="view", key=key())
    look_on(cast, "2026-09-16")
    assert alerted(cast, "co-pi@own.invalid") == []  # reading alone is no work
    number = grant_delegation(cast.ctx("pi", on="2026-09-17"), **give, level="edit", key=key())
    look_on(cast, "2026-12-16")
    found = alerted(cast, "co-pi@own.invalid")
    assert set(found) == {"co_pi"}
    revoke_delegation(cast.ctx("pi", on="2026-12-17"), delegation_id=number, key=key())
    look_on(cast, LATE)
    assert len(alerted(cast, "co-pi@own.invalid")) == len(found)


def test_a_sheet_brings_co_investigators(cast: Cast):
    import_projects(cast.ctx("system"), TEMPLATE.read_bytes(), key=key())
    with cast.desk.store.read() as conn:
        m, p = t.membership, t.person
        rows = conn.execute(select(m.c.role, m.c.party).join(p, p.c.id == m.c.person_id).where(p.c.email == "co-a@sample.invalid")).all()
    assert [tuple(row) for row in rows] == [("co_pi", "academic")]
