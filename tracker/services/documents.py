"""Files that people bring: checked by their bytes, kept by their hash, opened only through the project they belong to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import func, select

from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import Invalid, NotFound, Problem
from tracker.services.policy import Act, Target
from tracker.store import q_calls, q_meetings, q_reviews
from tracker.store import tables as t
from tracker.store.filetypes import FileRefused, check_file
from tracker.store.writing import Tx

DRAFT_PREFIX = "draft:"
"""A file of a report that was not handed in: members of the project only."""
DRAFT_EVIDENCE, DRAFT_ATTACHMENT = "draft:evidence", "draft:attachment"
RELEASED_PURPOSES = ("evidence", "attachment")
"""What these become when the report is handed in, and stop being when it is taken back."""
MEETING_PURPOSE = "meeting"
CALL_PURPOSE = "call"
"""A call's letter: the office, and the members of the projects that are asked."""
PROJECT_BYTES = 2 * 1024**3

#: Only these are shown by their own type; everything else is handed over as bytes to save.
_SHOWN = frozenset({"application/pdf", "image/png", "image/jpeg"})


@dataclass(frozen=True)
class StoredDocument:
    """A file to hand over. `media_type` is our own word, never the uploader's."""

    document_id: int
    filename: str
    media_type: str
    sha256: str
    content: bytes


def submitted_purpose(purpose: str) -> str:
    """What a draft's file becomes when the report is handed in."""
    return purpose.removeprefix(DRAFT_PREFIX)


def store_document(
    ctx: Context,
    *,
    filename: str,
    content: bytes,
    purpose: str,
    key: str,
    project_id: int | None = None,
    programme_id: int | None = None,
    act: Act = Act.WRITE_REPORT,
) -> int:
    """Check and keep a file of a project, or of a programme, and return its id.

    `act` is what the file is for; the viewer must be allowed to do that. Raises Invalid naming the field `purpose` where the
    file is refused, NotFound, Forbidden, OSError where the disk refuses.
    """
    with ctx.store.read() as conn:
        of_project = project_id is not None
        target = policy.target_of_project(conn, project_id) if of_project else Target(programme_id=programme_id)
        policy.authorise(ctx.viewer, act, target)
        _refuse_over_quota(conn, project_id, len(content))
    try:
        checked = check_file(filename, content)
    except FileRefused as error:
        raise Invalid([Problem("file", error.msgid, error.params)]) from error
    sha256 = ctx.blobs.put(content)  # durable before the row that names it

    def body(tx: Tx) -> dict:
        document_id = tx.insert(
            t.document,
            project_id=project_id,
            programme_id=target.programme_id,
            sha256=sha256,
            filename=checked.filename,
            media_type=checked.media_type,
            size=len(content),
            purpose=purpose,
            uploaded_by=ctx.viewer.person_id,
            uploaded_at=ctx.now,
        )
        tx.record("document", document_id, {"project_id": project_id, "sha256": sha256, "size": len(content), "purpose": purpose})
        return {"document_id": document_id}

    request = ctx.request("document.store", key, (project_id, programme_id, purpose, sha256))
    return ctx.store.write(request, body)["document_id"]


def _refuse_over_quota(conn, project_id: int | None, more: int) -> None:
    if project_id is None:
        return
    d = t.document
    used = conn.execute(select(func.coalesce(func.sum(d.c.size), 0)).where(d.c.project_id == project_id)).scalar_one()
    if used + more > PROJECT_BYTES:
        raise Invalid([Problem("file", "The files of this project take up all of their room. Ask the administrator.")])


def document_bytes(ctx: Context, document_id: int) -> StoredDocument:
    """A file with its bytes, verified against its hash. Raises NotFound for what the viewer may not open."""
    with ctx.store.read() as conn:
        row = conn.execute(select(t.document).where(t.document.c.id == document_id)).one_or_none()
        if row is None:
            raise NotFound()
        _authorise(ctx, conn, row)
    media_type = row.media_type if row.media_type in _SHOWN else "application/octet-stream"
    return StoredDocument(row.id, row.filename, media_type, row.sha256, ctx.blobs.get(row.sha256))


def _authorise(ctx: Context, conn, row) -> None:
    if row.project_id is not None:
        act = Act.SEE_DRAFT if row.purpose.startswith(DRAFT_PREFIX) else Act.SEE_PROJECT
        target = Target(row.project_id, row.programme_id)
        if policy.may(ctx.viewer, act, target):
            return
        if act is Act.SEE_PROJECT and row.id in q_reviews.files_of(conn, ctx.viewer.assigned_reports, row.project_id):
            return  # a panel member opens what belongs to the report that she was given
        raise NotFound()  # also to who sees the project: what is not handed in is nobody else's business
    if policy.may(ctx.viewer, Act.SEE_PROJECT, Target(programme_id=row.programme_id)):
        return
    if row.purpose == MEETING_PURPOSE:
        # A meeting's notice and minutes: the members of the projects that take part, and of no other.
        if not q_meetings.reads_meeting_file(conn, row.id, ctx.viewer.project_ids):
            raise NotFound()
        return
    if row.purpose == CALL_PURPOSE:
        if not q_calls.reads_call_file(conn, row.id, ctx.viewer.project_ids):
            raise NotFound()
        return
    # A letter to all of a programme: its projects' members read it too.
    p = t.project
    mine = select(p.c.id).where(p.c.programme_id == row.programme_id, p.c.id.in_(sorted(ctx.viewer.project_ids)))
    if conn.execute(mine.limit(1)).first() is None:
        raise NotFound()


def content_hash(content: bytes) -> str:
    """SHA-256 of a file, for an idempotency key that follows the content."""
    return hashlib.sha256(content).hexdigest()
