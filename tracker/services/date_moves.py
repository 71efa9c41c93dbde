"""Days that moved because the working days did: what stood before is kept, and whom it concerns is told once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select

from tracker.domain.minguo import both
from tracker.notify.notice_wording import DATE_MOVED
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.notices import everybody, offices_of
from tracker.services.planning import Change
from tracker.services.policy import Target
from tracker.services.project_news import ProjectNews, tell_of_projects
from tracker.services.recipients import Recipient
from tracker.store import q_working_days as q
from tracker.store import tables as t
from tracker.store.bulk import among
from tracker.store.writing import Tx

#: A day that came nearer is told at once where a reminder may be near: the longest ladder begins so early. Later ones go with the digest.
SOON = timedelta(days=60)
MOST_LISTED = 20


@dataclass(frozen=True)
class DayMove:
    """One move of an obligation. Days are civil days (Asia/Taipei); calendars by version."""

    obligation_id: int
    key: str
    project_code: str
    title_zh: str
    title_en: str
    period_label: str
    old_due_on: date | None
    new_due_on: date | None
    old_file_by_on: date | None
    new_file_by_on: date | None
    moved_at: datetime

    @property
    def nearer(self) -> bool:
        """Whether there is less time than before."""
        return is_nearer(self.old_due_on, self.new_due_on) or is_nearer(self.old_file_by_on, self.new_file_by_on)


def is_nearer(old: date | None, new: date | None) -> bool:
    """Whether a day lies earlier than the one before it."""
    return old is not None and new is not None and new < old


def shifts(change: Change) -> bool:
    """Whether a re-planned obligation has another last day or another safe day, and had one before."""
    before, after = change.before, change.after
    if before is None or after is None or before["due_on"] is None or after["due_on"] is None:
        return False
    return (before["due_on"], before["file_by_on"]) != (after["due_on"], after["file_by_on"])


def keep_and_tell(tx: Tx, ctx: Context, found: Mapping[int, Iterable[Change]]) -> int:
    """Keep the old days of what shifted, by project, and tell each project and its office, once; inside the write that moved them.

    Returns how many shifted.
    """
    moved = {number: shifted for number, changes in found.items() if (shifted := [change for change in changes if shifts(change)])}
    if not moved:
        return 0
    rows = [_kept(ctx, number, change) for number, changes in moved.items() for change in changes]
    m = t.date_move.c
    ids = {row.obligation_id: row.id for row in tx.conn.execute(insert(t.date_move).returning(m.id, m.obligation_id), rows)}
    p = t.project.c
    programmes = {row.id: row.programme_id for row in tx.conn.execute(select(p.id, p.programme_id).where(among(p.id, moved)))}
    lines = {number: found for number, changes in moved.items() if (found := [_line(change) for change in changes if _is_duty(change)])}
    told = all_told_of(tx.conn, {number: programmes[number] for number in lines}, ctx.today) if lines else {}
    news = []
    for number, people in told.items():
        once = f"move-{min(ids[change.before['id']] for change in moved[number])}"
        news.append(_news(ctx, Target(number, programmes[number]), lines[number], people, once))
    tell_of_projects(tx, ctx, DATE_MOVED, news)
    tx.touch(*(f"project:{number}" for number in moved))
    return len(rows)


def _is_duty(change: Change) -> bool:
    return change.after["duty"] or change.before["duty"]


def _kept(ctx: Context, project_id: int, change: Change) -> dict[str, Any]:
    return {
        "obligation_id": change.before["id"],
        "project_id": project_id,
        "old_due_on": change.before["due_on"],
        "new_due_on": change.after["due_on"],
        "old_file_by_on": change.before["file_by_on"],
        "new_file_by_on": change.after["file_by_on"],
        "old_calendar": change.before["calendar_version"],
        "new_calendar": change.after["calendar_version"] or ctx.calendar.version,
        "moved_at": ctx.now,
    }


def _line(change: Change) -> dict[str, Any]:
    before, after = change.before, change.after
    nearer = is_nearer(before["due_on"], after["due_on"]) or is_nearer(before["file_by_on"], after["file_by_on"])
    return {
        "key": change.key,
        "zh": after["title_zh"],
        "en": after["title_en"],
        "period": after["period_label"],
        "old": before["due_on"].isoformat(),
        "new": after["due_on"].isoformat(),
        "old_safe": before["file_by_on"].isoformat(),
        "new_safe": after["file_by_on"].isoformat(),
        "nearer": nearer,
    }


def _news(ctx: Context, project: Target, lines: list[dict[str, Any]], people: Iterable[Recipient], once: str) -> ProjectNews:
    lines.sort(key=lambda line: (not line["nearer"], line["new_safe"], line["key"]))
    urgent = any(line["nearer"] and date.fromisoformat(line["new_safe"]) <= ctx.today + SOON for line in lines)
    params = {
        "moved": lines[:MOST_LISTED],
        "more": max(0, len(lines) - MOST_LISTED),
        "nearer": sum(line["nearer"] for line in lines),
        "n": len(lines),
        "reason": "",
    }
    return ProjectNews(project, people, once, params, at_once=urgent)


def told_of(conn: Connection, project_id: int, programme_id: int, today: date) -> list[Recipient]:
    """Whom a moved day of a project concerns: everybody on it, and the office; each person once."""
    return all_told_of(conn, {project_id: programme_id}, today)[project_id]


def all_told_of(conn: Connection, programme_of: Mapping[int, int], today: date) -> dict[int, list[Recipient]]:
    """The same for many projects, of which the programme is given."""
    offices, people = offices_of(conn, programme_of), everybody(conn, programme_of, today)
    found = {number: [*people[number], *offices[number]] for number in programme_of}
    return {number: list({person.person_id: person for person in reversed(told)}.values()) for number, told in found.items()}


def moves_for(ctx: Context, *, obligation_ids: Collection[int]) -> dict[int, tuple[DayMove, ...]]:
    """The moves of these obligations, oldest first; of those that the viewer does not see none."""
    with ctx.store.read() as conn:
        return moves_by_obligation(conn, ctx, obligation_ids)


def moves_by_obligation(conn: Connection, ctx: Context, obligation_ids: Collection[int]) -> dict[int, tuple[DayMove, ...]]:
    """The same inside a read. Most obligations never moved: then it is one look at an index."""
    found = q.moves_of(conn, obligation_ids)
    if not found:
        return {}
    o = t.obligation
    rows = conn.execute(
        select(o.c.id, o.c.key, o.c.title_zh, o.c.title_en, o.c.period_label)
        .where(o.c.id.in_(sorted(found)), policy.scope(ctx.viewer, o))
    )  # fmt: skip
    named = {row.id: row for row in rows}
    return {number: tuple(_move(row, named[number], "") for row in moves) for number, moves in found.items() if number in named}


def said(move: DayMove) -> tuple[str, str]:
    """From what to what the deciding day went, in both calendars: the last day where it moved, else the safe day."""
    if move.old_due_on != move.new_due_on:
        return both(move.old_due_on), both(move.new_due_on)
    return both(move.old_file_by_on), both(move.new_file_by_on)


def _move(row: Any, named: Any, code: str) -> DayMove:
    return DayMove(
        row.obligation_id, named.key, code, named.title_zh, named.title_en, named.period_label,
        row.old_due_on, row.new_due_on, row.old_file_by_on, row.new_file_by_on, row.moved_at,
    )  # fmt: skip


def moved_lately(ctx: Context, *, limit: int = 50) -> list[DayMove]:
    """The newest moves of what the viewer sees."""
    with ctx.store.read() as conn:
        rows = q.moved_lately(conn, policy.scope(ctx.viewer, t.obligation), limit)
    return [_move(row, row, row.code) for row in rows]
