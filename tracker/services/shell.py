"""The little that the frame around every screen shows of a viewer's own affairs."""

from __future__ import annotations

from sqlalchemy import func, select

from tracker.services.context import Context
from tracker.store.tables import inbox_item


def unread_count(ctx: Context) -> int:
    """How many items of the viewer's inbox she has not read."""
    with ctx.store.read() as conn:
        return conn.execute(
            select(func.count())
            .select_from(inbox_item)
            .where(inbox_item.c.person_id == ctx.viewer.person_id, inbox_item.c.read_at.is_(None))
        ).scalar_one()
