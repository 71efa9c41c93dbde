"""Reads of forms, and of what a report is asked about beside its own fields: open conclusions, and the period's outcomes.

Callers authorise on the project of the report first; nothing here narrows by viewer.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, and_, bindparam, or_, select, text

from tracker.store import tables as t

_TAIPEI = ZoneInfo("Asia/Taipei")
_SHA256 = select(t.report_form.c.sha256).where(t.report_form.c.id == bindparam("form_id"))

_NEW = ("programme_id", "code", "label", "sha256", "definition_json", "recorded_at")
_KEEP = text(
    f"INSERT INTO report_form ({', '.join(_NEW)}) VALUES (:{', :'.join(_NEW)}) ON CONFLICT (sha256) DO NOTHING"  # noqa: S608
).bindparams(*(bindparam(name, type_=t.report_form.c[name].type) for name in _NEW))


def form_row(conn: Connection, form_id: int) -> Row | None:
    """One kept form: id, code, label, sha256, definition_json; or None."""
    return conn.execute(select(t.report_form).where(t.report_form.c.id == form_id)).one_or_none()


def form_sha256(conn: Connection, form_id: int) -> str:
    """The hash of a kept form; "" where there is none."""
    return conn.execute(_SHA256, {"form_id": form_id}).scalar_one_or_none() or ""


def form_id_of(conn: Connection, sha256: str) -> int | None:
    """The kept form with this content, or None."""
    return conn.execute(select(t.report_form.c.id).where(t.report_form.c.sha256 == sha256)).scalar_one_or_none()


def keep_form(conn: Connection, **values: Any) -> int:
    """Keep a form (its columns but the id) unless its content is kept; its id. Two who keep the same one at the same moment keep one:
    the second waits for the first, then finds its row."""
    conn.execute(_KEEP, values)
    return conn.execute(select(t.report_form.c.id).where(t.report_form.c.sha256 == values["sha256"])).scalar_one()


def call_form_id(conn: Connection, obligation_id: int) -> int | None:
    """The form of the call that an obligation answers, or None where no call made it."""
    c, p = t.data_call, t.data_call_project
    query = select(c.c.form_id).join(p, p.c.data_call_id == c.c.id).where(p.c.obligation_id == obligation_id)
    return conn.execute(query).scalar_one_or_none()


def programme_code(conn: Connection, programme_id: int) -> str:
    """The code of a programme."""
    return conn.execute(select(t.programme.c.code).where(t.programme.c.id == programme_id)).scalar_one()


def open_items(conn: Connection, project_id: int) -> list[Row]:
    """The conclusions that a project owes and the office has not closed, by number."""
    a = t.action_item
    query = select(a).where(a.c.project_id == project_id, a.c.side == "project", a.c.state.in_(("open", "done")))
    return list(conn.execute(query.order_by(a.c.number)))


def period_outcomes(conn: Connection, project_id: int, start: date | None, end: date | None) -> list[Row]:
    """The outcomes of a period by day: those that occurred in it, or were recorded in it where no day is known. None: no bound."""
    o = t.outcome
    by_day = [o.c.occurred_on.is_not(None)]
    by_entry = [o.c.occurred_on.is_(None)]
    if start is not None:
        by_day.append(o.c.occurred_on >= start)
        by_entry.append(o.c.recorded_at >= datetime.combine(start, time.min, tzinfo=_TAIPEI))
    if end is not None:
        by_day.append(o.c.occurred_on <= end)
        by_entry.append(o.c.recorded_at <= datetime.combine(end, time.max, tzinfo=_TAIPEI))
    query = select(o).where(o.c.project_id == project_id, o.c.withdrawn_at.is_(None), or_(and_(*by_day), and_(*by_entry)))
    return list(conn.execute(query.order_by(o.c.occurred_on, o.c.id)))
