"""A call that is being put together: kept while it is typed, one a person and programme, gone when it is issued.

It is not part of the record: nothing of it counts before the call is issued, and nobody but its writer sees it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tracker.programmes.report_codec import from_data, to_data
from tracker.services.context import Context
from tracker.services.data_call_forms import FormEntry
from tracker.services.data_call_selection import Selection
from tracker.services.data_calls import CallEntry
from tracker.services.errors import Forbidden, Invalid, Problem
from tracker.services.office import authorise_office
from tracker.services.policy import Act, Target
from tracker.store import q_call_drafts as q
from tracker.store.writing import Tx

LONGEST_DRAFT = 1_000_000
"""Characters of a kept draft, all of it: a form of 60 questions with full help has about 200,000."""
_TEXTS = ("title_zh", "title_en", "due_on", "letter_number", "note", "label")


@dataclass(frozen=True)
class CallDraft:
    """What was typed so far, when it was kept (UTC), and its version. Its file is not part of it: it is chosen when the call goes out."""

    entry: CallEntry
    saved_at: datetime
    version: int


@dataclass(frozen=True)
class KeptDraft:
    """A draft is kept as this version."""

    version: int
    saved_at: datetime


@dataclass(frozen=True)
class OvertakenDraft:
    """Another window kept something since: that stands, this was not kept. A save that builds on `version` replaces it."""

    version: int
    saved_at: datetime


def call_draft(ctx: Context, programme_id: int) -> CallDraft | None:
    """What the viewer has begun in a programme, or None. Raises NotFound, Forbidden."""
    person_id = _writer(ctx, programme_id)
    with ctx.store.read() as conn:
        row = q.draft(conn, person_id, programme_id)
    return None if row is None else CallDraft(_entry(programme_id, row.entry_json), row.saved_at, row.version)


def keep_call_draft(ctx: Context, entry: CallEntry, *, base_version: int) -> KeptDraft | OvertakenDraft:
    """Keep what was typed, ready or not. `base_version` is the version that it builds on (0: there was none).

    Raises NotFound, Forbidden, Invalid where it is larger than any form can be.
    """
    person_id = _writer(ctx, entry.programme_id)
    data = _data(entry)
    if len(json.dumps(data, ensure_ascii=False)) > LONGEST_DRAFT:
        raise Invalid([Problem("form", "This is too long to be kept. Shorten it.")])

    def body(tx: Tx) -> KeptDraft | OvertakenDraft:
        if q.keep(tx.conn, person_id, entry.programme_id, base_version, entry_json=data, saved_at=ctx.now):
            return KeptDraft(base_version + 1, ctx.now)
        present = q.draft(tx.conn, person_id, entry.programme_id)
        return OvertakenDraft(present.version if present else 0, present.saved_at if present else ctx.now)

    return ctx.store.write_quiet(ctx.now, body)


def drop_call_draft(ctx: Context, programme_id: int) -> None:
    """Throw away what the viewer has begun in a programme. Raises NotFound, Forbidden."""
    person_id = _writer(ctx, programme_id)
    ctx.store.write_quiet(ctx.now, lambda tx: q.drop(tx.conn, person_id, programme_id))


def _writer(ctx: Context, programme_id: int) -> int:
    authorise_office(ctx.viewer, Act.ISSUE_CALL, Target(programme_id=programme_id))
    if ctx.viewer.person_id is None:
        raise Forbidden()
    return ctx.viewer.person_id


def _data(entry: CallEntry) -> dict[str, Any]:
    texts = {name: _text(getattr(entry, name)) for name in _TEXTS}
    return _storable({"texts": texts, "selection": entry.selection.as_dict(), "form": to_data(entry.form)})


def _entry(programme_id: int, data: dict[str, Any]) -> CallEntry:
    texts = {name: str(data["texts"].get(name, "")) for name in _TEXTS}
    return CallEntry(programme_id, form=from_data(FormEntry, data["form"]), selection=Selection.from_dict(data["selection"]), **texts)


def _text(value: str | date) -> str:
    return value.isoformat() if isinstance(value, date) else value


def _storable(value: Any) -> Any:
    """The same without what no database takes: halves of characters."""
    if isinstance(value, dict):
        return {key: _storable(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_storable(member) for member in value]
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
