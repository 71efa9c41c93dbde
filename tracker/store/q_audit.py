"""Reads of the auditor: what the ledger, the inboxes and the outbox hold that the rules do not explain. SQL narrows, Python decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, Row, Text, and_, case, func, literal, or_, select, type_coerce

from tracker.domain import ladder
from tracker.store import digests, q_unheard
from tracker.store import tables as t
from tracker.store.bulk import among

_O, _A, _I = t.outbox.c, t.alert.c, t.inbox_item.c


def ledger_of(conn: Connection, obligation_ids: Collection[int]) -> dict[int, list[Row]]:
    """What the ledger holds of these obligations, with the days: as `q_alerts.recorded` and more."""
    found: dict[int, list[Row]] = defaultdict(list)
    wanted = select(_A.id, _A.obligation_id, _A.due_on, _A.stage, _A.stage_on, _A.state, _A.raised_at)
    for row in conn.execute(wanted.where(_A.obligation_id.in_(obligation_ids))):
        found[row.obligation_id].append(row)
    return found


def late(conn: Connection, before: datetime) -> Sequence[Row]:
    """By channel: how much should have gone out before this instant and did not, and since when the oldest waits.

    What a silence, quiet hours or the brake holds back is not late: it waits for a later instant, or is held.
    """
    waits = and_(_O.status == "pending", _O.available_at < before)
    stuck = and_(_O.status == "sending", _O.lease_until_at < before)
    oldest = func.min(_O.available_at, type_=_O.available_at.type).label("since")
    return conn.execute(select(_O.channel, func.count().label("n"), oldest).where(or_(waits, stuck)).group_by(_O.channel)).all()


def given_up(conn: Connection) -> Sequence[Row]:
    """By channel: how much was given up."""
    return conn.execute(select(_O.channel, func.count().label("n")).where(_O.status == "failed").group_by(_O.channel)).all()


def held_since(conn: Connection, before: datetime) -> Sequence[Row]:
    """Holds that nobody has decided on since before this instant, with the number of their mails."""
    h = t.mass_hold.c
    return conn.execute(
        select(h.id, h.held_at, func.count().label("n"))
        .join(t.outbox, _O.mass_hold_id == h.id)
        .where(h.decision == "", h.held_at < before, _O.status == "held")
        .group_by(h.id, h.held_at)
    ).all()


def raised_and_told_nobody(conn: Connection, since: datetime, limit: int) -> Sequence[Row]:
    """Raised alerts of which there is neither a line to anybody nor a mail."""
    told = select(_I.alert_id), select(_O.alert_id).where(_O.alert_id.is_not(None))
    wanted = select(_A.id, _A.obligation_id, _A.stage, _A.due_on, t.obligation.c.key).join(
        t.obligation, t.obligation.c.id == _A.obligation_id
    )
    nobody = _A.state == "raised", _A.raised_at >= since, *(_A.id.not_in(ids) for ids in told)
    return conn.execute(wanted.where(*nobody).order_by(_A.id).limit(limit)).all()


def told_and_not_raised(conn: Connection, since: datetime, limit: int) -> Sequence[Row]:
    """Alerts that stand as overtaken, although somebody has them in her inbox."""
    wanted = select(_A.id, _A.obligation_id, _A.stage, _A.due_on, t.obligation.c.key).join(
        t.obligation, t.obligation.c.id == _A.obligation_id
    )
    told = _A.id.in_(select(_I.alert_id))
    return conn.execute(wanted.where(_A.state == "superseded", _A.raised_at >= since, told).order_by(_A.id).limit(limit)).all()


def items_without_mail(conn: Connection, since: datetime, limit: int) -> Sequence[Row]:
    """Items of inboxes that no mail tells and none was left out of, with the policy they were raised by."""
    return conn.execute(
        select(_I.id, _I.person_id, _A.id.label("alert_id"), _A.obligation_id, _A.stage, _A.due_on, _A.recipients_json, t.obligation.c.key,
               t.alert_policy.c.policy_json)
        .join(t.alert, _A.id == _I.alert_id)
        .join(t.obligation, t.obligation.c.id == _A.obligation_id)
        .join(t.alert_policy, t.alert_policy.c.id == _A.policy_id)
        .where(_I.outbox_id.is_(None), _I.left_out == "", _I.placed_at >= since, _A.state == "raised")
        .order_by(_I.id)
        .limit(limit)
    ).all()  # fmt: skip


def lost_on_the_way(conn: Connection, since: datetime, limit: int) -> Sequence[Row]:
    """Items of inboxes whose mail was cancelled as joined or empty, while no reason says that they were left out of one."""
    return conn.execute(
        select(_I.id, _I.person_id, _A.obligation_id, _A.stage, _A.due_on, t.obligation.c.key)
        .join(t.outbox, _O.id == _I.outbox_id)
        .join(t.alert, _A.id == _I.alert_id)
        .join(t.obligation, t.obligation.c.id == _A.obligation_id)
        .where(
            _O.status == "cancelled",
            _O.last_error.in_((digests.JOINED, digests.EMPTY)),
            _I.left_out == "",
            _I.placed_at >= since,
            _A.state == "raised",
        )
        .order_by(_I.id)
        .limit(limit)
    ).all()


def for_nobody_left(conn: Connection, since: datetime) -> list[Row]:
    """Raised alerts that still hold, of which every mail fell away because its reader had left or was off, or was refused by her address:
    nobody heard of it."""
    fell = q_unheard.nobody_reads()
    places = select(_I.alert_id, func.min(case((fell, 1), else_=0)).label("fell")).outerjoin(t.outbox, _O.id == _I.outbox_id)
    all_fell = places.where(_I.placed_at >= since).group_by(_I.alert_id).having(func.min(case((fell, 1), else_=0)) == 1).subquery()
    o = t.obligation.c
    rows = conn.execute(
        select(_A.id, _A.obligation_id, _A.stage, _A.due_on, _A.recipients_json, o.key, o.status, o.discharged_by, o.discharged_on)
        .join(t.obligation, o.id == _A.obligation_id)
        .join(all_fell, all_fell.c.alert_id == _A.id)
        .where(_A.state == "raised", o.due_on == _A.due_on)
        .order_by(_A.id)
    ).all()
    later: dict[tuple[int, date], set[str]] = defaultdict(set)
    ids = sorted({row.obligation_id for row in rows})
    for row in conn.execute(select(_A.obligation_id, _A.due_on, _A.stage).where(_A.obligation_id.in_(ids), _A.state == "raised")):
        later[row.obligation_id, row.due_on].add(row.stage)
    return [
        row
        for row in rows
        if ladder.runs(row.status, row.discharged_by, row.discharged_on)
        and not any(ladder.overtakes(other, row.stage) for other in later[row.obligation_id, row.due_on])
    ]


def told_twice(conn: Connection, since: datetime, limit: int) -> Sequence[Row]:
    """(alert, person) of which two different mails of their own were sent, by no hand."""
    n = func.count().label("n")
    return conn.execute(
        select(_O.alert_id, _O.person_id, n)
        .where(_O.status == "sent", _O.sort == "one", _O.channel == "mail", _O.sent_at >= since)
        .where(_O.alert_id.is_not(None), _O.person_id.is_not(None))
        .group_by(_O.alert_id, _O.person_id)
        .having(n > 1)
        .order_by(_O.alert_id)
        .limit(limit)
    ).all()


def told_alone_and_in_another(conn: Connection, since: datetime, limit: int) -> Sequence[Row]:
    """(alert, person) of which a mail of its own was sent, and another mail that tells it too."""
    other = t.outbox.alias("other")
    return conn.execute(
        select(_O.alert_id, _O.person_id, literal(2).label("n"))
        .join(t.inbox_item, and_(_I.alert_id == _O.alert_id, _I.person_id == _O.person_id))
        .join(other, other.c.id == _I.outbox_id)
        .where(_O.status == "sent", _O.sort == "one", _O.channel == "mail", _O.sent_at >= since, _I.left_out == "")
        .where(other.c.id != _O.id, other.c.status == "sent", other.c.channel == "mail", other.c.sort.in_(("one", "digest")))
        .order_by(_O.alert_id)
        .limit(limit)
    ).all()


def raised_after(conn: Connection, after_id: int, since: datetime, limit: int) -> Sequence[Row]:
    """(alert, whom it was for as stored) of the next so many raised alerts, by id."""
    wanted = select(_A.id, type_coerce(_A.recipients_json, Text))
    mine = _A.id > after_id, _A.raised_at >= since, _A.state == "raised"
    return conn.execute(wanted.where(*mine).order_by(_A.id).limit(limit)).all()


def whose(conn: Connection, first: int, last: int) -> Sequence[Row]:
    """(alert, person, contact) of every line about an alert from `first` to `last`."""
    return conn.execute(select(_I.alert_id, _I.person_id, _I.contact_id).where(_I.alert_id.between(first, last))).all()


def named(conn: Connection, alert_ids: Collection[int]) -> Sequence[Row]:
    """These alerts with the public keys of their obligations."""
    wanted = select(_A.obligation_id, _A.stage, _A.due_on, t.obligation.c.key).join(t.obligation, t.obligation.c.id == _A.obligation_id)
    return conn.execute(wanted.where(among(_A.id, sorted(alert_ids))).order_by(_A.id)).all()


def about_nothing(conn: Connection, limit: int) -> Sequence[Row]:
    """Mails of their own that are about neither an alert nor a notice."""
    nothing = _O.sort == "one", _O.alert_id.is_(None), _O.notice_id.is_(None)
    return conn.execute(select(_O.id, _O.status).where(*nothing, _O.status != "cancelled").order_by(_O.id).limit(limit)).all()


def open_findings(conn: Connection) -> Sequence[Row]:
    """What the last audits found and later ones still find, oldest first, with the obligation."""
    f = t.alert_finding
    return conn.execute(
        select(f, t.obligation.c.key, t.project.c.code)
        .outerjoin(t.obligation, t.obligation.c.id == f.c.obligation_id)
        .outerjoin(t.project, t.project.c.id == t.obligation.c.project_id)
        .where(f.c.settled_at.is_(None))
        .order_by(f.c.id)
    ).all()


def open_of_other_kinds(conn: Connection, quiet: Collection[str]) -> int:
    """How many findings are open that are of none of these kinds."""
    f = t.alert_finding.c
    return conn.execute(select(func.count()).select_from(t.alert_finding).where(f.settled_at.is_(None), f.kind.not_in(quiet))).scalar_one()


def day_of_last_audit(conn: Connection, name: str) -> date | None:
    """The newest day on which a daily work was done to its end."""
    d = t.daily_run.c
    return conn.execute(select(func.max(d.day_on, type_=d.day_on.type)).where(d.name == name, d.ended_at.is_not(None))).scalar_one()
