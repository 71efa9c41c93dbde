"""What a person does with an alert of hers: she has seen it, wants to be reminded again, or gives it to a colleague.

None of it ends a series: only handing in, or the office's release, does. What the next stage has to say is said, whatever was done
with the one before. The same acts are done on the screen and by a link in a mail, always with the rights she has at that moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection, Row, select, update

from tracker.clock import civil_day
from tracker.domain import quiet
from tracker.domain.free_text import clean_text
from tracker.domain.minguo import both
from tracker.notify.notice_wording import DELEGATED, DELEGATION_DECLINED, DELEGATION_ENDED
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import Invalid, NotFound, Problem
from tracker.services.inbox import InboxItem, item_of
from tracker.services.notices import everybody, tell
from tracker.services.policy import Act
from tracker.services.telling import choices_of, message_id
from tracker.services.viewer import Role
from tracker.store import q_inbox, q_reminders
from tracker.store import tables as t
from tracker.store.writing import Tx, Unchanged

MEMBERS = frozenset({Role.PI, Role.CO_PI, Role.ASSISTANT})
LONGEST_REASON = 500
LAST_STAGE_PAUSE = timedelta(days=14)
"""How far somebody of the office may put off what has no stage left."""

_PUT_OFF = "put_off_anew"
_SEEN = "acknowledged"


@dataclass(frozen=True)
class Colleague:
    """Somebody of her own side of the project who could see to it."""

    person_id: int
    name: str
    role: Role


@dataclass(frozen=True)
class Asked:
    """She asked a colleague to see to it, and could take that back."""

    delegation_id: int
    to_person_id: int
    name: str


@dataclass(frozen=True)
class AlertActs:
    """One alert of the viewer with what she may do now.

    `snooze_until` is the last day to which it may be put off; None: not at all, and `no_snooze` says why (a msgid). `needs_reason` where
    only the office may put it off and has to say why. `asked_by` names who gave it to her.
    """

    item: InboxItem
    snooze_until: date | None
    no_snooze: str
    needs_reason: bool
    colleagues: tuple[Colleague, ...]
    asked: Asked | None
    asked_by: tuple[str, ...]

    def snooze_days(self, today: date) -> tuple[date, ...]:
        """A few days to choose from: tomorrow, in three days, in one and two weeks, and the last one that is possible."""
        if self.snooze_until is None:
            return ()
        wanted = {today + timedelta(days=days) for days in (1, 3, 7, 14)}
        return tuple(sorted({day for day in wanted if day < self.snooze_until} | {self.snooze_until}))


def acts_on(ctx: Context, alert_id: int) -> AlertActs:
    """An alert of the viewer and what she may do with it. Raises NotFound where it is not hers, or not any more."""
    with ctx.store.read() as conn:
        return _acts(conn, ctx, _own(conn, ctx, alert_id))


def acknowledge(ctx: Context, *, alert_id: int, via: str = "screen", key: str) -> None:
    """Note that she has seen it: nothing is sent to her about this stage again, and the office sees who saw it when.

    The first time counts. `via` is `screen` or `mail`. Raises NotFound.
    """

    def body(tx: Tx) -> dict:
        row = _own(tx.conn, ctx, alert_id)
        if row.acknowledged_at is not None:
            raise Unchanged()
        values = {"acknowledged_at": ctx.now, "acknowledged_via": via, "read_at": row.read_at or ctx.now, "snoozed_until_on": None}
        tx.conn.execute(update(t.inbox_item).where(t.inbox_item.c.id == row.id).values(**values))
        _drop_reminder(tx, ctx, alert_id, why=_SEEN)
        tx.record("alert", alert_id, {"item": row.id, "acknowledged": via})
        tx.touch("alerts", f"project:{row.project_id}")
        return {}

    ctx.store.write(ctx.request("alert.acknowledge", key, alert_id), body)


def snooze(ctx: Context, *, alert_id: int, until_on: date, reason: str = "", via: str = "screen", key: str) -> None:
    """Remind her again on a later day, at the start of that day as far as her quiet hours allow.

    At most until the next stage, and never past the legal last day. Of what is overdue only the office puts its own reminder off, with a
    reason. Raises NotFound, and Invalid naming `until_on` or `reason`.
    """

    def body(tx: Tx) -> dict:
        row = _own(tx.conn, ctx, alert_id)
        problems = _snooze_problems(_acts(tx.conn, ctx, row), until_on, reason, ctx.today)
        if problems:
            raise Invalid(problems)
        said = clean_text(reason).strip()
        if row.snoozed_until_on == until_on and q_reminders.waits(tx.conn, alert_id, ctx.viewer.person_id, said):
            raise Unchanged()
        values = {"snoozed_until_on": until_on, "read_at": row.read_at or ctx.now, "acknowledged_at": None, "acknowledged_via": ""}
        tx.conn.execute(update(t.inbox_item).where(t.inbox_item.c.id == row.id).values(**values))
        _drop_reminder(tx, ctx, alert_id, why=_PUT_OFF)
        _remind_on(tx, ctx, row, until_on, {"reason": said} if said else {})
        tx.record("alert", alert_id, {"item": row.id, "snoozed_until_on": until_on.isoformat(), "via": via, "reason": bool(reason.strip())})
        tx.touch("alerts", f"project:{row.project_id}")
        return {}

    ctx.store.write(ctx.request("alert.snooze", key, (alert_id, until_on, reason)), body)


def delegate_alert(ctx: Context, *, alert_id: int, to_person_id: int, via: str = "screen", key: str) -> int:
    """Ask a colleague to see to it: she is told of every further stage, and by a notice now; returns the delegation's id.

    Who asks keeps what comes on the last days and after them; the duty stays where it is. Whom she had asked before is released; the
    same one is not told twice. Raises NotFound, and Invalid naming `to_person_id`.
    """

    def body(tx: Tx) -> dict:
        row = _own(tx.conn, ctx, alert_id)
        found = _acts(tx.conn, ctx, row)
        if to_person_id not in {one.person_id for one in found.colleagues}:
            raise Invalid([Problem("to_person_id", _whom(tx.conn, ctx, row, to_person_id))])
        if found.asked and found.asked.to_person_id == to_person_id:  # asked in another window already: nobody is told twice
            raise Unchanged(delegation_id=found.asked.delegation_id)
        ended = _end(tx, ctx, row, found.asked) if found.asked else None
        made = tx.insert(
            t.alert_delegation, obligation_id=row.obligation_id, from_person_id=ctx.viewer.person_id, to_person_id=to_person_id,
            given_at=ctx.now,
        )  # fmt: skip
        _tell(tx, ctx, row, to_person_id, DELEGATED, made)
        tx.conn.execute(update(t.inbox_item).where(t.inbox_item.c.id == row.id, t.inbox_item.c.read_at.is_(None)).values(read_at=ctx.now))
        given = {"obligation_id": row.obligation_id, "alert_id": alert_id, "to_person_id": to_person_id, "ended": ended, "via": via}
        tx.record("alert_delegation", made, given)
        tx.touch("alerts", "obligations", f"project:{row.project_id}")
        return {"delegation_id": made}

    return ctx.store.write(ctx.request("alert.delegate", key, (alert_id, to_person_id)), body)["delegation_id"]


def take_back_alert(ctx: Context, *, delegation_id: int, key: str) -> None:
    """End what she asked of a colleague, or what a colleague asked of her; the other one is told.

    Raises NotFound, also where it is over already.
    """
    d = t.alert_delegation
    mine = ctx.viewer.person_id

    def body(tx: Tx) -> dict:
        given = tx.conn.execute(select(d).where(d.c.id == delegation_id, d.c.ended_at.is_(None))).one_or_none()
        if given is None or mine not in (given.from_person_id, given.to_person_id):
            raise NotFound()
        o = t.obligation.c
        wanted = select(o.id.label("obligation_id"), o.project_id, o.programme_id).where(o.id == given.obligation_id)
        about = tx.conn.execute(wanted).one()
        policy.authorise(ctx.viewer, Act.SEE_PROJECT, policy.target_of_project(tx.conn, about.project_id))
        tx.conn.execute(update(d).where(d.c.id == delegation_id).values(ended_at=ctx.now))
        gave = mine == given.from_person_id
        other = given.to_person_id if gave else given.from_person_id
        _tell(tx, ctx, about, other, DELEGATION_ENDED if gave else DELEGATION_DECLINED, delegation_id)
        tx.record("alert_delegation", delegation_id, {"obligation_id": given.obligation_id, "ended_by": mine})
        tx.touch("alerts", "obligations", f"project:{about.project_id}")
        return {}

    ctx.store.write(ctx.request("alert.take_back", key, delegation_id), body)


def _own(conn: Connection, ctx: Context, alert_id: int) -> Row:
    row = None
    if ctx.viewer.person_id is not None:
        row = q_inbox.item(conn, ctx.viewer.person_id, alert_id, policy.scope(ctx.viewer, t.obligation))
    if row is None:
        raise NotFound()
    return row


def _acts(conn: Connection, ctx: Context, row: Row) -> AlertActs:
    item = item_of(row, ctx.viewer.person_id)
    asked = q_inbox.asked(conn, [row.obligation_id]).get(row.obligation_id, [])
    hers = next((one for one in asked if one.from_person_id == ctx.viewer.person_id), None)
    until, why_not, needs_reason = _snooze_until(item, row, ctx.today)
    return AlertActs(
        item=item,
        snooze_until=until,
        no_snooze=why_not,
        needs_reason=needs_reason,
        colleagues=_colleagues(conn, ctx, row, {one.from_person_id for one in asked}) if not item.settled else (),
        asked=Asked(hers.id, hers.to_person_id, hers.taker) if hers else None,
        asked_by=tuple(one.giver for one in asked if one.to_person_id == ctx.viewer.person_id),
    )


def _snooze_until(item: InboxItem, row: Row, today: date) -> tuple[date | None, str, bool]:
    """The last day to which she may put it off, else why not; and whether a reason has to be given."""
    if item.settled:
        return None, "It is settled: nothing is asked any more.", False
    next_stage = row.next_look_on if row.next_look_on is not None and row.next_look_on > today else None
    if today < row.due_on:
        return min(row.due_on, next_stage or row.due_on), "", False
    if item.role not in (Role.OFFICER, Role.CHIEF):
        return None, "The legal last day has come: this cannot be put off any more, only handed to a colleague.", False
    return next_stage or today + LAST_STAGE_PAUSE, "", True


def _snooze_problems(found: AlertActs, until_on: date, reason: str, today: date) -> list[Problem]:
    if found.snooze_until is None:
        return [Problem("until_on", found.no_snooze)]
    problems = []
    if until_on <= today:
        problems.append(Problem("until_on", "Choose a day after today."))
    if until_on > found.snooze_until:
        problems.append(
            Problem("until_on", "At most until {day}: the next stage or the legal last day comes then.", {"day": both(found.snooze_until)})
        )
    if found.needs_reason and not reason.strip():
        problems.append(Problem("reason", "It is overdue: say why it can wait."))
    if len(reason) > LONGEST_REASON:
        problems.append(Problem("reason", "At most {n} characters.", {"n": LONGEST_REASON}))
    return problems


def _colleagues(conn: Connection, ctx: Context, row: Row, busy: set[int]) -> tuple[Colleague, ...]:
    """Who of her own side could see to it; nobody who has given it away herself: a duty must not go round in circles."""
    mine = [m for m in ctx.viewer.memberships_of(row.project_id) if m.role in MEMBERS]
    sides = {m.party for m in mine}
    people = q_inbox.colleagues(conn, row.project_id, ctx.viewer.person_id, ctx.today) if mine else []
    return tuple(Colleague(p.person_id, p.name, Role(p.role)) for p in people if p.party in sides and p.person_id not in busy)


def _whom(conn: Connection, ctx: Context, row: Row, person_id: int) -> str:
    asked = q_inbox.asked(conn, [row.obligation_id]).get(row.obligation_id, [])
    if any(one.from_person_id == person_id for one in asked):
        return "She has handed this to somebody else herself. Choose another colleague."
    return "Choose a colleague of your own side who is on the project today."


def _end(tx: Tx, ctx: Context, row: Row, asked: Asked) -> int:
    tx.conn.execute(update(t.alert_delegation).where(t.alert_delegation.c.id == asked.delegation_id).values(ended_at=ctx.now))
    _tell(tx, ctx, row, asked.to_person_id, DELEGATION_ENDED, asked.delegation_id)
    return asked.delegation_id


def _tell(tx: Tx, ctx: Context, row: Row, person_id: int, kind: str, delegation_id: int) -> None:
    """A notice to the other one, if she is still on the project."""
    people = [one for one in everybody(tx.conn, [row.project_id], ctx.today)[row.project_id] if one.person_id == person_id][:1]
    about = {"id": row.obligation_id, "project_id": row.project_id, "programme_id": row.programme_id}
    tell(tx, ctx, kind=kind, people=people, once=f"asked-{delegation_id}", obligation=about, params={"name": ctx.viewer.name})


def _drop_reminder(tx: Tx, ctx: Context, alert_id: int, *, why: str) -> None:
    if ctx.viewer.person_id is not None:
        q_reminders.drop(tx.conn, alert_id, ctx.viewer.person_id, why=why)


def _remind_on(tx: Tx, ctx: Context, row: Row, day: date, why: dict[str, str]) -> None:
    """The mail of that day, which keeps the reason; where one for this day was dropped before, that one waits again."""
    o, person_id = t.outbox, ctx.viewer.person_id
    dedup = f"snoozed|{row.alert_id}|{person_id}|{day}"
    available_at = _start_of(day, choices_of(tx.conn, [person_id])[person_id])
    payload = {"role": next((one["role"] for one in row.recipients_json if one["person_id"] == person_id), ""), **why}
    waits = {"status": "pending", "attempts": 0, "available_at": available_at, "last_error": "", "payload_json": payload}
    if tx.conn.execute(update(o).where(o.c.dedup_key == dedup).values(**waits)).rowcount:
        return
    tx.insert(
        o, dedup_key=dedup, alert_id=row.alert_id, person_id=person_id, sort="snoozed", channel="mail", address=ctx.viewer.email,
        language=ctx.viewer.language, payload_json=payload, message_id=message_id(dedup, ctx.now), status="pending",
        available_at=available_at, created_at=tx.at,
    )  # fmt: skip


def _start_of(day: date, choice: quiet.Choice) -> datetime:
    """The hour of her digest on that day of her calendar (UTC): never a quiet one.

    Where that day is over in Taipei by then, it is the day before: what is due on it is not spoken of too late.
    """
    for there in (day, day - timedelta(days=1)):
        begins = datetime.combine(there, time(choice.hour), quiet.zone(choice.time_zone))
        at = quiet.end_of_quiet(begins, choice).astimezone(UTC)
        if civil_day(at) <= day:
            break
    return at
