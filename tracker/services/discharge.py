"""The funder's own receipt: where handing in here does not discharge a duty, this does (000 七-(一): on the ministry's site)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, select, update

from tracker.services import policy
from tracker.services.context import Context
from tracker.services.day_fields import not_after, read_day
from tracker.services.errors import Invalid, NotFound, Problem
from tracker.services.policy import Act, Target
from tracker.services.text_fields import read_line
from tracker.services.viewer import Role
from tracker.store import q_dates
from tracker.store import tables as t
from tracker.store.writing import Tx, Unchanged

LONGEST_NUMBER = 120


@dataclass(frozen=True)
class Discharge:
    """Where a duty stands with the funder. `external` False: handing in here is enough and nothing else is asked.

    `on_time` judges the funder's receipt by the last day; `here_on` is the first submission in Milepost, which is judged by itself.
    """

    obligation_id: int
    external: bool
    due_on: date | None
    here_on: date | None
    received_on: date | None
    receipt_number: str
    document_id: int | None
    filename: str
    on_time: bool | None
    may_record: bool

    @property
    def waits_for_receipt(self) -> bool:
        """「本系統已送，尚未向補助機關繳交」."""
        return self.external and self.here_on is not None and self.received_on is None


def discharge_of(ctx: Context, obligation_id: int) -> Discharge:
    """Where one obligation stands with the funder. Raises NotFound for what the viewer may not see."""
    with ctx.store.read() as conn:
        row = _row(ctx, conn, obligation_id, Act.SEE_PROJECT)
        r = t.discharge_receipt
        receipt = conn.execute(
            select(r, t.document.c.filename)
            .join(t.document, t.document.c.id == r.c.document_id)
            .where(r.c.obligation_id == obligation_id)
            .order_by(r.c.id.desc())
        ).first()
    received_on = row.discharged_on
    return Discharge(
        obligation_id=row.id, external=row.discharged_by == "external", due_on=row.due_on, here_on=row.first_submitted_on,
        received_on=received_on,
        receipt_number=receipt.receipt_number if receipt else "", document_id=receipt.document_id if receipt else None,
        filename=receipt.filename if receipt else "", on_time=received_on <= row.due_on if received_on and row.due_on else None,
        may_record=_may_record(ctx, row),
    )  # fmt: skip


def record_discharge(
    ctx: Context, *, obligation_id: int, received_on: date | str, receipt_number: str, document_id: int | None, key: str
) -> Discharge:
    """Record that the funder has it: day (either calendar), receipt number and file. Stops the ladder.

    Members and the office; once recorded, only the office corrects it. What was handed in here is judged by that day, as ever;
    what was not yet is judged by the funder's `received_on`, so that nobody is called late for a duty the funder has in hand.
    Raises NotFound, Forbidden, Invalid.
    """
    with ctx.store.read() as conn:
        row = _row(ctx, conn, obligation_id, Act.RECORD_DISCHARGE)
        problems = _problems(ctx, row, received_on)
        receipt_number = read_line("receipt_number", receipt_number, problems, longest=LONGEST_NUMBER)
        if not receipt_number:
            problems.append(Problem("receipt_number", "Give the number of the funder's receipt."))
        day = read_day("received_on", received_on, [])
        if not q_dates.document_belongs(conn, document_id, row.project_id, row.programme_id):
            problems.append(Problem("document_id", "Attach the funder's receipt as a file."))
    if problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict[str, Any]:
        r = t.discharge_receipt.c
        last = tx.conn.execute(select(r.id, r.received_on, r.receipt_number, r.document_id).where(r.obligation_id == obligation_id)
                               .order_by(r.id.desc()).limit(1)).first()  # fmt: skip
        if last is not None and tuple(last[1:]) == (day, receipt_number, document_id):
            raise Unchanged(receipt_id=last.id)
        _not_recorded_meanwhile(tx, ctx, row)
        receipt_id = tx.insert(
            t.discharge_receipt, obligation_id=obligation_id, received_on=day, receipt_number=receipt_number,
            document_id=document_id,
            recorded_by=ctx.viewer.person_id, recorded_at=ctx.now,
        )  # fmt: skip
        o = t.obligation
        # Whatever happens here afterwards, the funder has it: no alert is owed for it any more.
        tx.conn.execute(update(o).where(o.c.id == obligation_id).values(discharged_on=day, next_look_on=None, version=o.c.version + 1))
        not_here_yet = o.c.id == obligation_id, o.c.first_submitted_at.is_(None), o.c.status == "open"
        tx.conn.execute(update(o).where(*not_here_yet).values(first_submitted_on=day))
        tx.record(
            "discharge",
            receipt_id,
            {"obligation": row.key, "received_on": [_iso(row.discharged_on), day.isoformat()], "document_id": document_id},
        )
        tx.touch("obligations", "reports", f"project:{row.project_id}")
        return {"receipt_id": receipt_id}

    content = (obligation_id, day, receipt_number, document_id)
    behalf = policy.principal(ctx.viewer, Act.RECORD_DISCHARGE, Target(row.project_id, row.programme_id))
    ctx.store.write(ctx.request("discharge.record", key, content, behalf), body)
    return discharge_of(ctx, obligation_id)


def _row(ctx: Context, conn: Any, obligation_id: int, act: Act) -> Row:
    row = q_dates.obligation_row(conn, obligation_id)
    if row is None:
        raise NotFound()
    policy.authorise(ctx.viewer, act, Target(row.project_id, row.programme_id))
    return row


def _problems(ctx: Context, row: Row, received_on: date | str) -> list[Problem]:
    problems: list[Problem] = []
    if row.discharged_by != "external":
        problems.append(Problem("obligation_id", "Handing this in here is enough; the funder asks for nothing else."))
    day = read_day("received_on", received_on, problems)
    not_after("received_on", day, ctx.today, problems)
    return problems


def _not_recorded_meanwhile(tx: Tx, ctx: Context, row: Row) -> None:
    now = q_dates.obligation_row(tx.conn, row.id)
    if now.discharged_on is not None and not _is_office(ctx, row):
        raise Invalid([Problem("received_on", "The receipt is recorded already; only the office can correct it.")])


def _is_office(ctx: Context, row: Row) -> bool:
    return bool(ctx.viewer.roles_for(project_id=row.project_id, programme_id=row.programme_id) & {Role.OFFICER, Role.CHIEF})


def _may_record(ctx: Context, row: Row) -> bool:
    allowed = policy.may(ctx.viewer, Act.RECORD_DISCHARGE, Target(row.project_id, row.programme_id))
    return row.discharged_by == "external" and allowed and (row.discharged_on is None or _is_office(ctx, row))


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
