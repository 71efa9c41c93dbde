"""Telling a panel member that a report waits for her: once for each step that she was given, when it is her turn."""

from __future__ import annotations

from sqlalchemy import select

from tracker.notify.notice_wording import REVIEW_GIVEN
from tracker.services.context import Context
from tracker.services.notices import herself, tell
from tracker.services.review_flows import from_json
from tracker.services.viewer import Role
from tracker.store import tables as t
from tracker.store.writing import Tx


def tell_reviewers(tx: Tx, ctx: Context, round_id: int) -> None:
    """Tell everybody of the panel whose step of a round is open and who was not told of it yet; inside the write that opened it."""
    k, r, o = t.review_task, t.report, t.obligation
    waiting = k.select().where(
        k.c.review_round_id == round_id, k.c.role == Role.REVIEWER.value, k.c.state == "open", k.c.assignee_id.is_not(None)
    )
    tasks = tx.conn.execute(waiting.order_by(k.c.id)).all()
    if not tasks:
        return
    found = tx.conn.execute(t.review_round.select().where(t.review_round.c.id == round_id)).one()
    about = tx.conn.execute(select(o).join(r, r.c.obligation_id == o.c.id).where(r.c.id == found.report_id)).one()
    words = {step.id: step.words for step in from_json(found.flow_json).steps} if found.flow_json else {}
    for task in tasks:
        step = words.get(task.step)
        params = {
            "step_zh": step.zh if step else task.step, "step_en": step.en if step else task.step,
            "until_on": task.due_on.isoformat() if task.due_on else None,
        }  # fmt: skip
        tell(tx, ctx, kind=REVIEW_GIVEN, people=[herself(tx.conn, task.assignee_id, Role.REVIEWER.value)], obligation=about,
             once=f"task-{task.id}", params=params, version_id=found.report_version_id)  # fmt: skip
