"""Signals: what is wrong beyond a date is told once for each step, and settled when it no longer holds.

A watch finds everything of which a registered condition holds (`signal_conditions`), compares it with the ledger, and writes what is new in
transactions of limited size. It may come late, twice or from several workers: the unique key (condition, subject, since, step) leaves one
result, and only who wrote the row tells of it. A reminder of the ladder that went to the same people within two days puts a step off.
"""

from __future__ import annotations

import logging
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from tracker.domain.signals import Step, only_office, reached
from tracker.services import notices, policy, signal_holds, signal_office, signal_projects, signal_reports
from tracker.services.context import Context
from tracker.services.policy import INSTALLATION, Act, Target
from tracker.services.recipients import Recipient
from tracker.services.signal_conditions import Found, Survey, registered
from tracker.services.signal_holds import Gate, Ruling
from tracker.services.signal_people import People, of_the_office
from tracker.services.telling import tell_urgent_news
from tracker.store import q_signals, signal_writes
from tracker.store import tables as t
from tracker.store.writing import Tx, inserting

SHIPPED = (signal_office, signal_projects, signal_reports)
"""The modules whose conditions are always there: importing them registers these."""

_log = logging.getLogger(__name__)

AROUND_A_REMINDER = timedelta(days=2)
OFFICE = "office"
_ROWS_AT_ONCE = 100

Series = tuple[str, date]


@dataclass(frozen=True)
class WatchResult:
    """What one watch did: steps raised and superseded, notices told, series settled and taken up again; steps that the brake stopped."""

    raised: int = 0
    superseded: int = 0
    told: int = 0
    settled: int = 0
    taken_up: int = 0
    held: int = 0

    def __add__(self, other: WatchResult) -> WatchResult:
        return WatchResult(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass
class _Work:
    """What one condition owes the ledger."""

    steps: list[tuple[Found, Step | None, tuple[Step, ...]]] = field(default_factory=list)
    settle: list[Series] = field(default_factory=list)
    take_up: list[Series] = field(default_factory=list)


class _NothingLeft(Exception):
    """Another worker wrote it all; the transaction is rolled back and no Event is written."""


def notice_kind(kind: str, *, office: bool) -> str:
    """The kind of the notice of a signal, which names its words: the office reads others."""
    return f"signal:{kind}:{OFFICE}" if office else f"signal:{kind}"


def watch(
    ctx: Context,
    *,
    stop: Callable[[], bool] = lambda: False,
    limit: int = 100,
    kinds: Iterable[str] | None = None,
    brake: bool = True,
    jumped: bool = False,
) -> WatchResult:
    """Record every step that is owed and settle what no longer holds, in transactions of at most `limit` series. The worker only.

    Watching again changes nothing. `stop` is asked between transactions; `kinds` narrows it to some conditions. Where very many steps
    are owed, or the machine's clock `jumped` since the watch before, none is raised until an administrator decides (`signal_holds`),
    unless `brake` is False. Raises Forbidden for anyone but the system.
    """  # fmt: skip
    policy.authorise(ctx.viewer, Act.RUN_ALERTS, INSTALLATION)
    wanted = [kind for kind in registered() if kinds is None or kind in set(kinds)]
    with ctx.store.read() as conn:
        survey = Survey(conn, ctx)
        works = {kind: work_of(survey, kind) for kind in wanted if not stop()}
    ruling = signal_holds.rule(ctx, _weight(works), jumped=jumped) if brake and not stop() else Ruling(Gate.OPEN)
    done = WatchResult(held=_braked(works, ruling))
    for kind, work in works.items():
        for part in _parts(work, limit):
            if stop():
                return done
            done += _written(ctx, kind, part)
    if not stop():
        signal_holds.through(ctx, ruling)
    return done


def _weight(works: Mapping[str, _Work]) -> Counter[tuple[str, int]]:
    """How many steps would be raised, by condition and programme."""
    return Counter((kind, one.programme_id) for kind, work in works.items() for one, step, _ in work.steps if step is not None)


def _braked(works: Mapping[str, _Work], ruling: Ruling) -> int:
    """Take out what the brake stops, and let what an administrator dropped be recorded without telling; returns how many steps."""
    count = 0
    for kind, work in works.items():
        kept = []
        for one, step, superseded in work.steps:
            if step is not None and ruling.gate is Gate.SHUT:
                count += 1
                continue
            if step is not None and ruling.drops(kind, one.programme_id, one.begins_on + timedelta(days=step.after)):
                count += 1
                step, superseded = None, (*superseded, step)
            kept.append((one, step, superseded))
        work.steps = kept
    return count


def recheck(ctx: Context, mail_ids: Collection[int]) -> int:
    """Settle what these mails would tell of and what no longer holds at this moment, so that they leave it out; returns how many series.

    Asked before mails leave, of the projects that they are about. The worker only. What cannot be found out stands.
    """
    policy.authorise(ctx.viewer, Act.RUN_ALERTS, INSTALLATION)
    with ctx.store.read() as conn:
        rows = q_signals.told_by(conn, mail_ids)
        over: dict[str, set[Series]] = defaultdict(set)
        for row in rows:
            if not _still_holds(conn, ctx, row):
                over[row.kind].add((row.subject, row.since_on))
    return sum(_written(ctx, kind, _Work(settle=sorted(series))).settled for kind, series in over.items())


def _still_holds(conn: Connection, ctx: Context, row: Row) -> bool:
    find = registered().get(row.kind)
    if find is None:  # its module is gone: what was said then stands
        return True
    try:
        survey = Survey(conn, ctx, row.project_id)
        if not survey.course(row.kind, row.programme_id).on:
            return False
        return any((one.subject, one.since_on) == (row.subject, row.since_on) for one in find(survey))
    except Exception:  # one condition that fails must hold up no mail
        _log.exception("whether %s still holds could not be found out", row.kind)
        return True


def work_of(survey: Survey, kind: str) -> _Work:
    """What a watch would write of one condition now: steps to raise, series to settle, series to take up. Writes nothing."""
    found = {(one.subject, one.since_on): one for one in _holding(survey, kind)}
    known: dict[Series, dict[str, object]] = defaultdict(dict)
    for row in q_signals.recorded(survey.conn, kind, {subject for subject, _ in found}):
        known[row.subject, row.since_on][row.stage] = row.settled_at
    work = _Work(settle=sorted(q_signals.open_series(survey.conn, kind) - set(found)))
    around = _around_a_reminder(survey, found.values())
    for series, one in found.items():
        if any(settled_at is not None for settled_at in known[series].values()):
            work.take_up.append(series)
        owed = reached(survey.course(kind, one.programme_id).steps, one.begins_on, known[series], survey.today)
        if owed.raised is not None and not _put_off(one, owed.raised, around):
            work.steps.append((one, owed.raised, owed.superseded))
        elif owed.raised is None and owed.superseded:
            work.steps.append((one, None, owed.superseded))
    return work


def _holding(survey: Survey, kind: str) -> Iterable[Found]:
    """What the finder gives, without programmes in which the condition is switched off."""
    return (one for one in registered()[kind](survey) if survey.course(kind, one.programme_id).on)


def _around_a_reminder(survey: Survey, found: Iterable[Found]) -> set[int]:
    ids = {number for one in found for number in one.ladder_ids}
    return q_signals.recently_reminded(survey.conn, ids, survey.ctx.now - AROUND_A_REMINDER) if ids else set()


def _put_off(found: Found, step: Step, around: set[int]) -> bool:
    """Whether a step waits for a better day: somebody is at it, or the project was reminded of the same thing just now."""
    if step.urgent or only_office(step):
        return False
    return found.busy or bool(around & set(found.ladder_ids))


def _parts(work: _Work, limit: int) -> Iterable[_Work]:
    for name in ("steps", "settle", "take_up"):
        rows = getattr(work, name)
        for first in range(0, len(rows), limit):
            yield _Work(**{name: rows[first : first + limit]})


def _written(ctx: Context, kind: str, part: _Work) -> WatchResult:
    key = f"watch:{kind}:{ctx.now.isoformat()}:{uuid.uuid4().hex}"
    try:
        return WatchResult(**ctx.store.write(ctx.request("signals.watch", key), lambda tx: _write(tx, ctx, kind, part)))
    except _NothingLeft:
        return WatchResult()


@dataclass(frozen=True)
class _Raised:
    """A step that this worker put into the ledger, and whom it tells."""

    found: Found
    step: Step
    signal_id: int
    told: tuple[Recipient, ...]


def _write(tx: Tx, ctx: Context, kind: str, part: _Work) -> dict:
    counts: dict[str, int] = defaultdict(int)
    people = People(tx.conn, ctx, [one for one, step, _ in part.steps if step is not None]) if part.steps else None
    raised: list[_Raised] = []
    behind: list[dict] = []
    for found, step, superseded in part.steps:
        told = people.of(found, step.tells) if people and step else ()
        signal_id = _insert(tx, [_line(tx, kind, found, step, "raised", told)])[0] if step else None
        if signal_id is not None:
            raised.append(_Raised(found, step, signal_id, told))
        if signal_id is not None or step is None:
            behind += [_line(tx, kind, found, other, "superseded", ()) for other in superseded]
    counts["superseded"] = sum(one is not None for one in _insert(tx, behind))
    counts["raised"], counts["told"] = len(raised), _tell(tx, ctx, kind, raised)
    counts["settled"] = signal_writes.settle(tx.conn, kind, part.settle, tx.at)
    counts["taken_up"] = signal_writes.take_up(tx.conn, kind, part.take_up)
    if not any(counts.values()):
        raise _NothingLeft
    tx.touch("alerts", "signals")
    ids = [one.signal_id for one in raised]
    tx.record("signals", kind, {"raised": ids, **{name: n for name, n in counts.items() if name != "raised"}})
    return dict(counts)


def _line(tx: Tx, kind: str, found: Found, step: Step, state: str, told: Iterable[Recipient]) -> dict[str, Any]:
    return {
        "kind": kind, "subject": found.subject, "since_on": found.since_on, "stage": step.stage, "project_id": found.project_id,
        "programme_id": found.programme_id, "obligation_id": found.obligation_id, "person_id": found.person_id, "state": state,
        "params_json": found.kept, "recipients_json": [one.as_dict() for one in told], "raised_at": tx.at,
    }  # fmt: skip


def _insert(tx: Tx, lines: Sequence[dict[str, Any]]) -> list[int | None]:
    """Lines of the ledger; None for one that is there already: another worker was first, and told of it. A single line gives its own id."""
    found: list[int | None] = []
    for first in range(0, len(lines), _ROWS_AT_ONCE):
        some = list(lines[first : first + _ROWS_AT_ONCE])
        new = inserting(tx.conn, t.signal).values(some).on_conflict_do_nothing(index_elements=["kind", "subject", "since_on", "stage"])
        ids = list(tx.conn.scalars(new.returning(t.signal.c.id)))
        found += ids + [None] * (len(some) - len(ids))
    return found


def _tell(tx: Tx, ctx: Context, kind: str, raised: Sequence[_Raised]) -> int:
    """A notice to each, in the words of her side. What is urgent has a mail of its own, and several urgent things to one person are one
    mail, whatever she chose about digests: nobody gets ten mails for ten projects. The rest is in the digest of her day."""
    together: dict[int, Recipient] = {}
    urgent = Counter(person.person_id for one in raised if one.step.urgent for person in one.told)
    rows = _obligations(tx.conn, {one.found.obligation_id for one in raised if one.found.obligation_id is not None})
    count = 0
    for one in raised:
        found, sides = one.found, defaultdict(list)
        for person in one.told:
            sides[of_the_office(person), one.step.urgent, urgent[person.person_id] == 1].append(person)
        for (office, soon, single), people in sides.items():
            count += notices.tell(
                tx, ctx, kind=notice_kind(kind, office=office), people=people, once=f"{found.subject}|{found.since_on}|{one.step.stage}",
                obligation=rows.get(found.obligation_id), project=Target(found.project_id, found.programme_id), params=found.kept,
                at_once=soon and single, signal_id=one.signal_id, version_id=found.version_id, together=together if soon else None,
            )  # fmt: skip
    tell_urgent_news(tx, ctx, together)
    return count


def _obligations(conn: Connection, ids: Collection[int]) -> dict[int | None, Mapping[str, Any]]:
    o = t.obligation
    return {row["id"]: row for row in conn.execute(o.select().where(o.c.id.in_(sorted(ids)))).mappings()} if ids else {}
