"""Action items and meetings for tests, made by the services themselves."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from tests.cast import Cast, key
from tracker.services import action_items
from tracker.store import q_meetings
from tracker.store import tables as t


def put_item(
    cast: Cast, *, which: str = "own", side: str = "project", owner: str | None = None, due: str = "2026-10-15", body: str = "補齊標註說明",
    on: str = "2026-09-01", who: str = "officer", **more,
) -> int:  # fmt: skip
    """An action item of a project, recorded by the office on a day (2026-09-01 is a Tuesday, 2026-10-15 a Thursday)."""
    ctx, project = cast.ctx(who, on=on), cast.project(which)
    owner_id = cast.person(owner).id if owner else None

    def write(tx):
        item_id = action_items.add_item(
            tx, ctx, project_id=project.id, programme_id=project.programme_id, body=body, side=side, owner_id=owner_id,
            due_on=date.fromisoformat(due), **more,
        )  # fmt: skip
        tx.record("action_item", item_id, {})
        return {"item_id": item_id}

    return cast.desk.store.write(ctx.request("test.item", key()), write)["item_id"]


def item(cast: Cast, item_id: int):
    """The item as the screens read it, with its duty."""
    with cast.desk.store.read() as conn:
        return q_meetings.item_row(conn, item_id)


def duty(cast: Cast, item_id: int):
    """The obligation beside an item, or None."""
    with cast.desk.store.read() as conn:
        o = t.obligation
        query = select(o).join(t.action_item, t.action_item.c.obligation_id == o.c.id).where(t.action_item.c.id == item_id)
        return conn.execute(query).one_or_none()
