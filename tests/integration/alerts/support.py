"""Small readers and changers that the tests of the alerts share."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import select, update

from tests.cast import Cast, at
from tracker.clock import FixedClock
from tracker.services.alert_mail import MailSettings
from tracker.services.alerts import LookResult, cancel_overtaken, look
from tracker.services.delivery import DeliveryResult, deliver
from tracker.services.planning import plan_project
from tracker.store import tables as t

MAILS = MailSettings("milepost@office.invalid", "https://milepost.office.invalid")


def look_on(cast: Cast, day: str, clock: str = "00:05") -> LookResult:
    """One look of the worker at a Taipei day and time."""
    return look(cast.ctx("system", on=day, clock=clock))


def deliver_on(cast: Cast, transport, day: str, clock: str = "08:05", wall: datetime | None = None, **kwargs) -> DeliveryResult:
    """Deliver until nothing waits; the machine's clock agrees with the day's unless `wall` says otherwise."""
    ctx = cast.ctx("system", on=day, clock=clock)
    done = DeliveryResult()
    while (batch := deliver(ctx, transport, MAILS, wall=lambda: wall or ctx.now, **kwargs)).claimed:
        done += batch
    return done


def ledger(cast: Cast, public_key: str) -> list[tuple[str, str]]:
    """(stage, state) of one obligation, as recorded."""
    with cast.desk.store.read() as conn:
        rows = conn.execute(
            select(t.alert.c.stage, t.alert.c.state)
            .join(t.obligation, t.obligation.c.id == t.alert.c.obligation_id)
            .where(t.obligation.c.key == public_key)
            .order_by(t.alert.c.id)
        )
        return [(row.stage, row.state) for row in rows]


def raised(cast: Cast, public_key: str) -> list[str]:
    """The stages raised for one obligation, oldest first."""
    return [stage for stage, state in ledger(cast, public_key) if state == "raised"]


def everything(cast: Cast) -> set[tuple]:
    """The whole ledger without ids and times."""
    with cast.desk.store.read() as conn:
        rows = conn.execute(select(t.alert.c.obligation_id, t.alert.c.due_on, t.alert.c.stage, t.alert.c.state)).all()
    assert len(rows) == len(set(rows))
    return {tuple(row) for row in rows}


def outbox_rows(cast: Cast, status: str | None = None):
    """The mails, oldest first."""
    wanted = select(t.outbox).order_by(t.outbox.c.id)
    with cast.desk.store.read() as conn:
        return conn.execute(wanted if status is None else wanted.where(t.outbox.c.status == status)).all()


def told(cast: Cast, public_key: str) -> list:
    """Who is told of one obligation, oldest first: address, stage, what became of the mail that tells it, why it does not, its words.

    `why` is that of the line where the mail tells of several things, else that of the mail.
    """
    i, o, a = t.inbox_item.c, t.outbox.c, t.alert.c
    wanted = (
        select(t.person.c.email.label("address"), a.stage, a.due_on, o.status, i.left_out, o.last_error, o.payload_json, o.id, o.sort)
        .select_from(t.inbox_item)
        .join(t.alert, a.id == i.alert_id)
        .join(t.obligation, t.obligation.c.id == a.obligation_id)
        .join(t.person, t.person.c.id == i.person_id)
        .outerjoin(t.outbox, o.id == i.outbox_id)
        .where(t.obligation.c.key == public_key)
        .order_by(i.id)
    )
    with cast.desk.store.read() as conn:
        return conn.execute(wanted).all()


def why(line) -> str:
    """Why a line of `told` is not told: its own reason, else that of its mail."""
    return line.left_out or line.last_error


def fate(line) -> str:
    """What became of a line of `told`: the state of its mail, or `cancelled` where it fell out of it."""
    return "cancelled" if line.left_out else line.status


def mail_of(cast: Cast, who: str):
    """The newest mail to one person."""
    return [row for row in outbox_rows(cast) if row.address == cast.person(who).email][-1]


def change(cast: Cast, table, row_id: int, **values) -> None:
    """Change one row as if another service had."""

    def body(tx):
        tx.conn.execute(update(table).where(table.c.id == row_id).values(**values))

    cast.desk.store.write_quiet(at("2026-09-01"), body)


def move_date(cast: Cast, obligation, day: str, due_on: date) -> None:
    """Give an obligation another date on a day, as planning does."""

    def body(tx):
        tx.conn.execute(
            update(t.obligation)
            .where(t.obligation.c.id == obligation.id)
            .values(due_on=due_on, file_by_on=due_on, next_look_on=date.fromisoformat(day))
        )
        return cancel_overtaken(tx, [obligation.id])

    cast.desk.store.write_quiet(at(day), body)


def replan(cast: Cast, day: str) -> None:
    """Plan the own project again on a day."""
    ctx = cast.ctx("system", on=day)
    cast.desk.store.write_quiet(ctx.now, lambda tx: plan_project(tx, ctx, cast.project("own").id))


def desk_on(cast: Cast, day: str, **settings):
    """The cast's installation with its clock standing on another day, and other settings."""
    return replace(cast.desk, clock=FixedClock(at(day)), settings=replace(cast.desk.settings, **settings))
