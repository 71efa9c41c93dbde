"""Policies, contacts and readers that the tests of alert policies share."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select

from tests.cast import key
from tests.integration.alerts.support import look_on, raised
from tracker.domain.alert_policy import Level, Policy, PolicySet
from tracker.services.institution_contacts import ContactEntry, add_contact
from tracker.services.ladders import edit_ladder, programme_views
from tracker.store import q_mails
from tracker.store import tables as t

INTERIM_Y1 = "DEMO-OWN-01/interim_report/Y1"  # due Wednesday 2027-03-31; 5 and 6 April are days off
PI, ASSISTANT = Level("pi", "T-60"), Level("assistant", "T-60")


def with_levels(*levels: Level) -> PolicySet:
    return PolicySet(Policy(levels=(ASSISTANT, PI, *levels)))


OFFICER_AFTER_FIVE = with_levels(Level("officer", "+1", 5), Level("chief", "+14"))  # Friday 2027-04-09
INSTITUTION_AFTER_THREE = with_levels(Level("institution", "+1", 3), Level("officer", "+7"))  # Wednesday 2027-04-07, as +7


def put(cast, policies: PolicySet, on: str = "2026-09-01") -> None:
    programme_id = cast.project("own").programme_id
    version = next(view for view in programme_views(cast.ctx("chief")) if view.programme_id == programme_id).version
    edit_ladder(cast.ctx("chief", on=on), programme_id=programme_id, policies=policies, expected_version=version, key=key())


def contact(cast, email="research@university.invalid", who="officer", **entry) -> int:
    given = ContactEntry(**{"organisation": "示範大學", "name": "示範研發處", "email": email, **entry})
    return add_contact(cast.ctx(who), programme_id=cast.project("own").programme_id, entry=given, key=key())


def alerts_of(cast, public_key=INTERIM_Y1):
    with cast.desk.store.read() as conn:
        rows = conn.execute(
            select(t.alert).join(t.obligation, t.obligation.c.id == t.alert.c.obligation_id).where(t.obligation.c.key == public_key)
        )
        return {(row.stage, row.due_on): row for row in rows}


def alerts_in(cast, mail_id: int) -> set[int]:
    """The alerts that a mail tells of."""
    with cast.desk.store.read() as conn:
        return set(q_mails.alerts_told(conn, mail_id))


def roles_told(cast, stage, due_on=date(2027, 3, 31)):
    return {person["role"] for person in alerts_of(cast)[stage, due_on].recipients_json}


def daily(cast, first: str, last: str) -> dict[str, list[str]]:
    """What looks of every day raise for the interim report."""
    seen, day = {}, date.fromisoformat(first)
    while day <= date.fromisoformat(last):
        before = raised(cast, INTERIM_Y1)
        look_on(cast, day.isoformat())
        new = raised(cast, INTERIM_Y1)[len(before) :]
        seen |= {day.isoformat(): new} if new else {}
        day += timedelta(days=1)
    return seen
