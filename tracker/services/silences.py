"""Silences and pauses at the moment of sending: what is held back until when, and the lists that people read.

A silence delays and never drops: the alert stands in the ledger and in the inbox, its mail waits for the end and goes out
then if it still says something. It is asked for each thing told, in the last moment before it would go, so that one that
begins while mails wait holds them too, and one that was lifted holds nothing. A pause is the silence of one project.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, Row

from tracker.clock import civil_day
from tracker.notify.notice_wording import CHAT_BROKEN, HANDED_ON, HANDED_TO_YOU, MASS_HELD, RECEIPT, RIGHT_GIVEN, RIGHT_TAKEN
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import Forbidden
from tracker.services.hold_rules import after_quiet
from tracker.services.policy import INSTALLATION, Act, Target
from tracker.services.telling import message_id
from tracker.services.viewer import Role
from tracker.store import digests, outbox_acts, q_silences
from tracker.store import tables as t
from tracker.store.writing import Tx

OF_DIGESTS = "of_digests"
"""In the row of a mail that waits for the end of a silence: its news (ids) that were to stand in digests, which she may end meanwhile."""

NEVER_SILENCED = frozenset({RECEIPT, RIGHT_GIVEN, RIGHT_TAKEN, HANDED_TO_YOU, HANDED_ON, MASS_HELD, CHAT_BROKEN})
"""Notices that prove something, give or take a right, or tell an administrator that something is wrong."""

PAUSE, SILENCE = "pause", "silence"
_MATCHED = ("programme_id", "project_id", "kind", "stage", "role", "person_id")
_COLUMN = {"kind": "obligation_kind"}


class Told(Protocol):
    """One thing that somebody is about to be told: an alert or a notice, alone or as a line of a digest.

    `stage` is "" for a notice and `notice_kind` is "" for an alert; `kind` is that of the obligation, None where there is none.
    """

    project_id: int | None
    programme_id: int | None
    kind: str | None
    stage: str
    role: str
    person_id: int | None
    notice_kind: str


@dataclass(frozen=True)
class SilenceView:
    """A silence or pause with its names. What is None matches everything; instants are aware.

    `state` is running, coming, over or lifted; `mails` wait for its end.
    """

    id: int
    kind: str
    state: str
    programme_code: str
    programme_zh: str
    programme_en: str
    project_code: str
    project_zh: str
    project_en: str
    obligation_kind: str | None
    stage: str | None
    role: str | None
    whom: str
    reason: str
    author: str
    created_at: datetime
    from_at: datetime
    until_at: datetime
    lifted_at: datetime | None
    lifted_by: str
    lift_reason: str
    mails: int
    people: int
    may_change: bool
    version: int


def held_until(conn: Connection, told: Told, now: datetime) -> tuple[datetime, int] | None:
    """Until when (aware) this must wait, and the silence that holds it longest; None: it may go.

    A silence holds from its beginning until before its end: what is to go out exactly at the end goes.
    """
    if told.notice_kind in NEVER_SILENCED or (told.notice_kind and told.role == Role.ADMINISTRATOR):
        return None
    found = [row for row in q_silences.running(conn, now) if matches(row, told)]
    last = max(found, key=lambda row: (row.until_at, row.id), default=None)
    return None if last is None else (last.until_at, last.id)


def matches(silence: Row, told: Told) -> bool:
    """Whether a silence is about this: everything that it names is so."""
    for name in _MATCHED:
        wanted = getattr(silence, _COLUMN.get(name, name))
        if wanted is not None and wanted != getattr(told, name):
            return False
    return True


def put_off(tx: Tx, row_id: int, *, owner: str, silence_id: int, now: datetime) -> bool:
    """Give back a mail of its own that this owner was about to send, to wait for the end of a silence; it counts as no attempt.

    Several such alerts to one person are joined into one mail for the end. False where the silence was lifted or shortened meanwhile
    or the claim was lost: the silence is locked, so that who lifts it at this moment either is seen here or sees this mail.
    """
    silence, row = _under_lock(tx, row_id, owner, silence_id, now)
    if row is None:
        return False
    others = [one for one in q_silences.waiting_under(tx.conn, silence_id) if _can_be_joined(one, row)]
    if _can_be_joined(row, row) and others:
        box = next((one.id for one in others if one.sort == "digest"), None) or _box(tx, row, silence)
        digests.move_items(tx.conn, [row_id, *(one.id for one in others if one.sort == "one")], box)
        outbox_acts.give_up_claim(tx.conn, row_id)
        return True
    until = after_quiet(tx.conn, [row], silence.until_at)[row_id]
    outbox_acts.hold_for_silence(tx.conn, row_id, silence_id=silence_id, until=until)
    return True


def put_off_lines(
    tx: Tx, row_id: int, *, owner: str, items: Collection[int], notices: Collection[int], silence_id: int, now: datetime
) -> bool:
    """Take these lines (ids of items of the inbox, and of notices) out of a digest that this owner is about to send.

    They wait for the end of the silence in one mail of their own. False as with `put_off`: then they are to be sent.
    """
    silence, row = _under_lock(tx, row_id, owner, silence_id, now)
    if row is None:
        return False
    waiting = [one for one in q_silences.waiting_under(tx.conn, silence_id) if one.sort == "digest" and _same_reader(one, row)]
    box = waiting[0].id if waiting else _box(tx, row, silence)
    if items:
        digests.attach(tx.conn, items, box)
    if notices:
        digests.attach_notices(tx.conn, notices, box)
        outbox_acts.add_to_payload(tx.conn, box, OF_DIGESTS, of_digests(row.payload_json, notices))
    return True


def of_digests(payload: Mapping[str, Any], notices: Collection[int]) -> set[int]:
    """Those of these news (ids) of a mail, by its payload, that were not urgent when put in: whoever wants no digest gets none."""
    return set(notices) & set(payload.get(OF_DIGESTS, ())) if payload.get("urgent") else set(notices)


def _under_lock(tx: Tx, row_id: int, owner: str, silence_id: int, now: datetime) -> tuple[Row | None, Row | None]:
    silence = q_silences.locked(tx.conn, silence_id, shared=True)
    if silence is None or not is_running(silence, now):
        return silence, None
    m = t.outbox.c
    mine = t.outbox.select().where(m.id == row_id, m.lease_owner == owner, m.status == "sending").with_for_update()
    return silence, tx.conn.execute(mine).one_or_none()


def _can_be_joined(one: Row, other: Row) -> bool:
    """Whether a mail tells of alerts to this reader, and could do so in one mail with others."""
    tells = one.sort == "digest" or (one.sort == "one" and one.alert_id is not None)
    return tells and _same_reader(one, other)


def _same_reader(one: Row, other: Row) -> bool:
    """Whether two mails are to the same person, or to the same contact at an institution."""
    reader = (one.person_id, one.contact_id)
    return one.channel == other.channel == "mail" and reader != (None, None) and reader == (other.person_id, other.contact_id)


def _box(tx: Tx, row: Row, silence: Row) -> int:
    """A new mail to the reader of `row` that waits for the end of a silence, and tells what is put into it until then."""
    until = after_quiet(tx.conn, [row], silence.until_at)[row.id]
    of_row = ("person_id", "contact_id", "channel", "address", "language")
    values = {
        "payload_json": {"urgent": True},
        "sort": "digest",
        "digest_on": civil_day(until),
        "status": "pending",
        "alert_id": None,
        **{name: getattr(row, name) for name in of_row},
    }
    reader = row.person_id if row.contact_id is None else f"contact{row.contact_id}"
    while True:
        key = f"silenced|{silence.id}|{reader}|{q_silences.boxes(tx.conn, silence.id, row.person_id, row.contact_id)}"
        waits = {"waits_for": "silence", "silence_id": silence.id, "available_at": until, "created_at": tx.at}
        made = digests.make(tx.conn, [{**values, **waits, "dedup_key": key, "message_id": message_id(key, tx.at)}])
        if made:
            return made[key]
        # Another worker has just made it: its row is committed, or this insert would have waited.
        found = [one.id for one in q_silences.waiting_under(tx.conn, silence.id) if one.dedup_key == key]
        if found:
            return found[0]


def is_running(silence: Row, now: datetime) -> bool:
    """Whether a silence holds mails at this instant."""
    return silence.lifted_at is None and silence.from_at <= now < silence.until_at


def silence_list(ctx: Context, *, limit: int = 200) -> list[SilenceView]:
    """Silences and pauses of everything that the viewer serves, those that end last first. Office, administrators and auditors."""
    staff = {Role.OFFICER, Role.CHIEF, Role.ADMINISTRATOR, Role.AUDITOR}
    if not ctx.viewer.roles & staff:
        raise Forbidden()
    with ctx.store.read() as conn:
        rows = q_silences.silences(conn, policy.scope(ctx.viewer, t.silence), limit)
        return _views(ctx, conn, [row for row in rows if _may_see(ctx, row)])


def project_silences(ctx: Context, project_id: int) -> list[SilenceView]:
    """What holds back mails of a project, now or soon. Whoever sees the project sees its pauses; the office sees all silences of it."""
    with ctx.store.read() as conn:
        target = policy.target_of_project(conn, project_id)
        policy.authorise(ctx.viewer, Act.SEE_PROJECT, target)
        rows = q_silences.of_project(conn, project_id, target.programme_id, ctx.now)
        return _views(ctx, conn, [row for row in rows if row.kind == PAUSE or _may_see(ctx, row)])


def target_of(row: Any) -> Target:
    """What a silence is about, as the object of an act."""
    return Target(project_id=row.project_id, programme_id=row.programme_id)


def act_for(kind: str) -> Act:
    """The act that makes, changes and lifts it."""
    return Act.PAUSE_ALERTS if kind == PAUSE else Act.SILENCE


def _may_see(ctx: Context, row: Row) -> bool:
    target = target_of(row)
    return any(policy.may(ctx.viewer, act, where) for act, where in ((Act.PAUSE_ALERTS, target), (Act.SEE_DELIVERIES, INSTALLATION)))


def _views(ctx: Context, conn: Connection, rows: Collection[Row]) -> list[SilenceView]:
    held = q_silences.held(conn, [row.id for row in rows])
    return [_view(ctx, row, *held.get(row.id, (0, 0))) for row in rows]


def _view(ctx: Context, row: Row, mails: int, people: int) -> SilenceView:
    acts: Iterable[Act] = {act_for(row.kind), Act.SILENCE}
    return SilenceView(
        id=row.id, kind=row.kind, state=_state(row, ctx.now), programme_code=row.programme_code or "",
        programme_zh=row.programme_zh or "", programme_en=row.programme_en or "", project_code=row.project_code or "",
        project_zh=row.project_zh or "", project_en=row.project_en or "", obligation_kind=row.obligation_kind, stage=row.stage,
        role=row.role, whom=row.whom_name or "", reason=row.reason, author=row.author_name or "", created_at=row.created_at,
        from_at=row.from_at, until_at=row.until_at, lifted_at=row.lifted_at, lifted_by=row.lifter_name or "",
        lift_reason=row.lift_reason, mails=mails, people=people,
        may_change=any(policy.may(ctx.viewer, act, target_of(row)) for act in acts), version=row.version,
    )  # fmt: skip


def _state(row: Row, now: datetime) -> str:
    if row.lifted_at is not None:
        return "lifted"
    if now < row.from_at:
        return "coming"
    return "running" if now < row.until_at else "over"
