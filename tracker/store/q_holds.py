"""Reads of what holds mails back: the brake on masses. SQL narrows, Python decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, or_, select

from tracker.domain.quiet import Choice
from tracker.store import tables as t

_ON_A_LADDER = t.obligation.c.next_look_on.is_not(None)


def due(conn: Connection, today: date) -> int:
    """How many obligations are due for a look."""
    return conn.execute(select(func.count()).select_from(t.obligation).where(t.obligation.c.next_look_on <= today)).scalar_one()


def more_on_a_ladder_than(conn: Connection, number: int) -> bool:
    """Whether more than `number` obligations still climb a ladder: a walk along the index that ends there, however many there are."""
    o = t.obligation.c
    row = conn.execute(select(o.id).where(_ON_A_LADDER).order_by(o.next_look_on).offset(number).limit(1)).first()
    return row is not None


def on_a_ladder(conn: Connection) -> int:
    """How many obligations still climb a ladder."""
    return conn.execute(select(func.count()).select_from(t.obligation).where(_ON_A_LADDER)).scalar_one()


def unweighed(conn: Connection) -> int | None:
    """The hold of a look that is not through, or that broke off."""
    h = t.mass_hold.c
    wanted = select(h.id).where(h.about == "alerts", h.decision == "", h.weighed_at.is_(None))
    return conn.execute(wanted.order_by(h.id).limit(1)).scalar_one_or_none()


def after_a_restore(conn: Connection) -> Row | None:
    """The hold over everything that leaves, while nobody has decided since the database was put back.

    Nobody decides before the transaction ends.
    """
    h = t.mass_hold.c
    wanted = select(h.id, h.held_at, h.since_at).where(h.why == "restore", h.decision == "").order_by(h.id).limit(1)
    return conn.execute(wanted.with_for_update(read=True)).one_or_none()


def last_id(conn: Connection) -> int:
    """The id of the newest hold; 0 where there was none."""
    return conn.execute(select(func.max(t.mass_hold.c.id))).scalar_one() or 0


def of_signals(conn: Connection) -> Row | None:
    """The hold of signals that still matters: nobody decided on it, or no watch has acted on the decision."""
    h = t.mass_hold
    wanted = select(h).where(h.c.about == "signals", h.c.done_at.is_(None)).order_by(h.c.id.desc()).limit(1)
    return conn.execute(wanted).one_or_none()


def parts_of_signals(conn: Connection, listed: Sequence[Mapping[str, Any]]) -> Sequence[tuple[str, str, str, str, int]]:
    """(code, titles, condition, number) of what a hold of signals stopped, as it was kept."""
    g, ids = t.programme.c, {one["programme"] for one in listed}
    rows = conn.execute(select(g.id, g.code, g.title_zh, g.title_en).where(g.id.in_(sorted(ids)))) if ids else ()
    known = {row.id: (row.code, row.title_zh, row.title_en) for row in rows}
    return [(*known[one["programme"]], one["kind"], one["number"]) for one in listed if one["programme"] in known]


def projects_under_way(conn: Connection) -> int:
    """How many projects run."""
    return conn.execute(select(func.count()).select_from(t.project).where(t.project.c.status == "active")).scalar_one()


def locked(conn: Connection, hold_id: int, *, shared: bool = False) -> Row | None:
    """A hold, locked until the transaction ends: shared by those who put mails under it, alone for who decides."""
    wanted = select(t.mass_hold).where(t.mass_hold.c.id == hold_id)
    return conn.execute(wanted.with_for_update(read=shared)).one_or_none()


def raised_since(conn: Connection, at: datetime) -> int:
    """How many alerts were raised from that instant on."""
    a = t.alert.c
    return conn.execute(select(func.count()).select_from(t.alert).where(a.raised_at >= at, a.state == "raised")).scalar_one()


def undecided(conn: Connection, loud_before: datetime) -> Sequence[Row]:
    """Holds that wait for a decision and were weighed, or broke off before `loud_before`."""
    h = t.mass_hold.c
    through = or_(h.weighed_at.is_not(None), h.held_at < loud_before, h.why == "restore")
    return conn.execute(select(t.mass_hold).where(h.decision == "", through).order_by(h.id)).all()


def holds(conn: Connection, limit: int) -> Sequence[Row]:
    """The newest holds with who decided on them."""
    h = t.mass_hold
    wanted = select(h, t.person.c.name.label("decided_name")).outerjoin(t.person, t.person.c.id == h.c.decided_by)
    return conn.execute(wanted.order_by(h.c.id.desc()).limit(limit)).all()


def mails_under(conn: Connection, hold_id: int) -> Sequence[Row]:
    """What still waits under a hold."""
    m = t.outbox
    return conn.execute(select(m).where(m.c.mass_hold_id == hold_id, m.c.status == "held").order_by(m.c.id)).all()


def counts_under(conn: Connection, hold_id: int) -> tuple[int, int]:
    """How many mails wait under a hold, and to how many people, contacts at institutions among them."""
    m = t.outbox.c
    people = func.coalesce(m.person_id, -m.contact_id).distinct()
    wanted = select(func.count(), func.count(people)).where(m.mass_hold_id == hold_id, m.status == "held")
    return tuple(conn.execute(wanted).one())


def lines_under(hold_id: int) -> Select:
    """(mail, alert) of everything that the mails of a hold tell, by their own alert or as lines of a digest."""
    m, i = t.outbox.c, t.inbox_item.c
    own = select(m.id.label("mail_id"), m.alert_id).where(m.mass_hold_id == hold_id, m.alert_id.is_not(None))
    lines = select(m.id.label("mail_id"), i.alert_id).join(t.inbox_item, i.outbox_id == m.id).where(m.mass_hold_id == hold_id)
    return own.union(lines)


def first_days(conn: Connection, hold_id: int, after: date | None = None) -> dict[int, date]:
    """By mail: the earliest day (of those after `after`) on which a stage that it tells of falls; a mail without any is missing."""
    lines = lines_under(hold_id).subquery()
    wanted = select(lines.c.mail_id, func.min(t.alert.c.stage_on)).join(t.alert, t.alert.c.id == lines.c.alert_id).group_by(lines.c.mail_id)
    if after is not None:
        wanted = wanted.where(t.alert.c.stage_on > after)
    return {row[0]: row[1] for row in conn.execute(wanted)}


def last_days(conn: Connection, mail_ids: Collection[int]) -> dict[int, set[date]]:
    """By mail: the legal last days of what it says is due, by itself or in a line; a mail without any is missing."""
    m, i, a = t.outbox.c, t.inbox_item.c, t.alert
    ids, says_due = sorted(mail_ids), a.c.stage.in_(("due", "file_by"))
    own = select(m.id.label("mail_id"), a.c.due_on).join(a, a.c.id == m.alert_id).where(m.id.in_(ids), says_due)
    lines = select(i.outbox_id, a.c.due_on).join(a, a.c.id == i.alert_id).where(i.outbox_id.in_(ids), i.left_out == "", says_due)
    found: dict[int, set[date]] = defaultdict(set)
    for row in conn.execute(own.union(lines)) if ids else ():
        found[row.mail_id].add(row.due_on)
    return found


def programmes_under(conn: Connection, hold_id: int) -> Sequence[Row]:
    """Programme and stage of what waits under a hold, with the number of alerts, most first."""
    lines = lines_under(hold_id).subquery()
    o, a, g = t.obligation, t.alert, t.programme
    wanted = (
        select(g.c.code, g.c.title_zh, g.c.title_en, a.c.stage, func.count(lines.c.alert_id.distinct()).label("number"))
        .join(a, a.c.id == lines.c.alert_id)
        .join(o, o.c.id == a.c.obligation_id)
        .join(g, g.c.id == o.c.programme_id)
        .group_by(g.c.code, g.c.title_zh, g.c.title_en, a.c.stage)
    )
    return sorted(conn.execute(wanted).all(), key=lambda row: -row.number)


def acts_before(conn: Connection, actions: Sequence[str], since: datetime, until: datetime) -> set[str]:
    """Which of these acts were done in this time, among the last thousand events."""
    e = t.event.c
    last = select(e.action, e.at).where(e.at >= since, e.at <= until).order_by(e.seq.desc()).limit(1000).subquery()
    return set(conn.scalars(select(last.c.action).where(last.c.action.in_(actions)).distinct()))


def alert_choices(conn: Connection, person_ids: Collection[int]) -> dict[int, Choice]:
    """How these people want to be told; whoever never chose is missing."""
    c = t.alert_choice.c
    rows = conn.execute(select(t.alert_choice).where(c.person_id.in_(sorted(person_ids)))).all() if person_ids else []
    hours = ("digest_hour", "quiet_from", "quiet_until")
    return {
        row.person_id: Choice(
            digest=row.digest,
            rest_on_days_off=row.rest_on_days_off,
            time_zone=row.time_zone,
            **{name: getattr(row, name) for name in hours},
        )
        for row in rows
    }
