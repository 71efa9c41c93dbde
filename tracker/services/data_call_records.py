"""How the form of a call is kept and read again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from tracker.programmes import report_codec
from tracker.programmes.report_types import ReportType
from tracker.services.context import Context
from tracker.store import tables as t
from tracker.store.writing import Tx


def keep_form(tx: Tx, ctx: Context, programme_id: int, form: ReportType) -> int:
    """The row of a form, made where the same content is not kept yet."""
    sha256 = report_codec.sha256(form)
    found = tx.conn.execute(select(t.report_form.c.id).where(t.report_form.c.sha256 == sha256)).scalar_one_or_none()
    return found or tx.insert(
        t.report_form, programme_id=programme_id, code=form.code, label=form.label, sha256=sha256,
        definition_json=report_codec.to_data(form), recorded_at=ctx.now,
    )  # fmt: skip


def form_from(definition: Mapping[str, Any]) -> ReportType:
    """A kept form."""
    return report_codec.from_data(ReportType, definition)
