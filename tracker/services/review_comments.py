"""Remarks on a field of a report: kept from the first word, seen by the office alone until they are sent with a return.

A remark of a panel member is hers until her step is done; then the office reads it and chooses whether the project gets it, without a name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update

from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import Forbidden, Invalid, NotFound, Problem, Stale
from tracker.services.policy import Act
from tracker.services.report_comparison import compare
from tracker.services.report_forms import REMARK_LONGEST
from tracker.services.report_state import ReportState, guarded_write, load_state
from tracker.services.review_rounds import NOT_WAITING, target_of
from tracker.services.review_seats import OWN_CAUSE, seats
from tracker.services.text_fields import read_text
from tracker.services.viewer import Role
from tracker.store import q_reviews as q
from tracker.store import tables as t
from tracker.store.writing import Tx, Unchanged


@dataclass(frozen=True)
class Comment:
    """One remark. `field` is "" where it is about the whole section; `panel` says that a panel member wrote it.

    `state`: draft (being written), kept (a panel member's, finished), sent (the project reads it). `mine`: the viewer wrote it.
    """

    id: int
    version: int
    section: str
    field: str
    body: str
    state: str
    panel: bool
    author: str
    mine: bool
    written_at: datetime
    report_version: int


@dataclass(frozen=True)
class SentComment:
    """A remark as the project reads it: beside its field, without the name of who wrote it."""

    section: str
    field: str
    body: str
    sent_at: datetime
    report_version: int
    panel: bool


def save_comment(
    ctx: Context,
    *,
    report_id: int,
    section: str,
    field: str = "",
    body: str,
    comment_id: int | None = None,
    expected_version: int | None = None,
    key: str,
) -> int:
    """Keep a remark on a field (or on a section, `field` ""), or change one's own; gives its id.

    For the office, and for panel members while their step is open. Raises NotFound, Forbidden, Invalid (`body`, `field`), Stale.
    """
    with ctx.store.read() as conn:
        state = load_state(conn, report_id)
    problems: list[Problem] = []
    text = read_text("body", body, problems, longest=REMARK_LONGEST)
    if not text:
        problems.append(Problem("body", "Write the remark, or take it back."))
    if not _in_form(state, section, field):
        problems.append(Problem("field", "The report has no such section."))
    task_id = _authorise(ctx, state)
    if problems:
        raise Invalid(problems)
    version_id = state.versions[-1].id

    def write(tx: Tx) -> dict[str, Any]:
        if comment_id is None:
            place = {"report_version_id": version_id, "section": section, "field": field, "author_id": ctx.viewer.person_id}
            c = t.review_comment.c
            same = [c[name] == value for name, value in {**place, "body": text, "state": "draft"}.items()]
            if (twice := tx.conn.execute(select(c.id).where(*same).order_by(c.id).limit(1)).scalar()) is not None:
                raise Unchanged(comment_id=twice)
            found = tx.insert(
                t.review_comment, report_id=report_id, review_task_id=task_id, body=text, state="draft", written_at=ctx.now, **place
            )  # fmt: skip
        else:
            found = _own_draft(tx, ctx, report_id, comment_id, expected_version).id
            if tx.stands(t.review_comment, found, expected_version, body=text):
                raise Unchanged(comment_id=found)
            tx.update_versioned(t.review_comment, found, expected_version, body=text, written_at=ctx.now)
        tx.record("review_comment", found, {"report": report_id, "field": field or section, "body_sha256": _digest(text)})
        tx.touch("reports")
        return {"comment_id": found}

    request = ctx.request("review.comment", key, (report_id, section, field, text, comment_id, expected_version))
    return guarded_write(ctx, request, write)["comment_id"]


def withdraw_comment(ctx: Context, *, comment_id: int, expected_version: int, key: str) -> None:
    """Take back a remark of one's own that was not sent. Raises NotFound, Forbidden, Stale."""
    with ctx.store.read() as conn:
        row = conn.execute(t.review_comment.select().where(t.review_comment.c.id == comment_id)).one_or_none()
        if row is None:
            raise NotFound()
        state = load_state(conn, row.report_id)
    _authorise(ctx, state)

    def write(tx: Tx) -> dict[str, Any]:
        _own_draft(tx, ctx, row.report_id, comment_id, expected_version)
        tx.update_versioned(t.review_comment, comment_id, expected_version, state="withdrawn")
        tx.record("review_comment", comment_id, {"report": row.report_id, "withdrawn": True})
        tx.touch("reports")
        return {}

    guarded_write(ctx, ctx.request("review.uncomment", key, (comment_id, expected_version)), write)


def _authorise(ctx: Context, state: ReportState) -> int | None:
    """Who may write a remark now; gives the open task of a panel member, None for the office."""
    office = policy.may(ctx.viewer, Act.REVIEW_REPORT, state.target)
    policy.authorise(ctx.viewer, Act.REVIEW_REPORT if office else Act.REVIEW_STEP, target_of(state))
    with ctx.store.read() as conn:
        known = seats(conn, [state.row.p_programme_id], ctx.today)
        found = q.round_of(conn, state.row.id)
        tasks = q.tasks(conn, found.id) if found else []
    if (ctx.viewer.person_id, state.row.project_id) in known.own | known.conflicts:
        raise Forbidden(OWN_CAUSE)
    if state.row.status != "submitted":
        raise Forbidden(NOT_WAITING)
    mine = [one.id for one in tasks if one.role == Role.REVIEWER and one.state == "open" and known.standing(ctx.viewer.person_id, one).may]
    if not mine and not office:
        raise Forbidden("Your step of this review is done.")
    return mine[0] if mine else None


def _in_form(state: ReportState, section: str, field: str) -> bool:
    """Whether the report, as it was handed in or as it is written now, has this place."""
    if section not in state.form.section_ids:
        return False
    return not field or field in state.fields or field in commentable(state)


def commentable(state: ReportState) -> frozenset[str]:
    """The fields of the newest version: also those of lines that the project does not have any more."""
    return frozenset(view.field for view in compare(state)) if state.versions else frozenset()


def _own_draft(tx: Tx, ctx: Context, report_id: int, comment_id: int, expected_version: int | None) -> Row:
    c = t.review_comment
    row = tx.conn.execute(c.select().where(c.c.id == comment_id, c.c.report_id == report_id)).one_or_none()
    if row is None or row.author_id != ctx.viewer.person_id:
        raise NotFound()
    if row.version != expected_version or row.state != "draft":
        raise Stale()
    return row


def keep_drafts(tx: Tx, task_id: int) -> None:
    """A panel member's step is done: the office reads her remarks from now on."""
    c = t.review_comment
    tx.conn.execute(update(c).where(c.c.review_task_id == task_id, c.c.state == "draft").values(state="kept", version=c.c.version + 1))


def sendable(rows: Iterable[Row], report_version_id: int) -> list[Row]:
    """The remarks on one version that the office could send: its own, and those of panel members whose step is done."""
    return [
        row
        for row in rows
        if row.report_version_id == report_version_id and (row.state == "kept" or (row.state == "draft" and row.review_task_id is None))
    ]


def send(tx: Tx, ctx: Context, rows: Collection[Row]) -> None:
    """The project reads these remarks from now on; inside the write of the return."""
    for row in rows:
        tx.update_versioned(t.review_comment, row.id, row.version, state="sent", sent_at=ctx.now)


def comments_for(ctx: Context, state: ReportState, rows: Iterable[Row]) -> tuple[Comment, ...]:
    """The remarks that a viewer of the office or of the panel may read: hers, the office's, what was sent, what panel members finished."""
    office = policy.may(ctx.viewer, Act.REVIEW_REPORT, state.target) or policy.may(ctx.viewer, Act.SEE_AUDIT, state.target)
    mine = ctx.viewer.person_id
    return tuple(
        Comment(row.id, row.version, row.section, row.field, row.body, row.state, row.review_task_id is not None, row.author,
                row.author_id == mine, row.written_at, row.number)
        for row in rows
        if row.author_id == mine or (office and (row.review_task_id is None or row.state != "draft"))
    )  # fmt: skip


def sent_comments(ctx: Context, report_id: int) -> tuple[SentComment, ...]:
    """What the office sent back about a report, by version in the order of writing, for everybody who sees the project.

    Raises NotFound, Forbidden.
    """
    with ctx.store.read() as conn:
        state = load_state(conn, report_id)
        policy.authorise(ctx.viewer, Act.SEE_PROJECT, state.target)
        rows = [row for row in q.comments(conn, report_id) if row.state == "sent"]
    return tuple(SentComment(r.section, r.field, r.body, r.sent_at, r.number, r.review_task_id is not None) for r in rows)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
