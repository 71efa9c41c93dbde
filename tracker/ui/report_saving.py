"""How a report's field saves itself: the callbacks of its widgets.

A callback runs before the page and without its guard: who is writing is asked anew, and the service authorises. Whatever is
refused is kept in session state for the page to say, and what was typed stays in its widget.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

import streamlit as st

from tracker.services.documents import DRAFT_ATTACHMENT, DRAFT_EVIDENCE, content_hash, store_document
from tracker.services.errors import ServiceError
from tracker.services.report_drafts import Conflict, ReportScreen, report_screen, save_field
from tracker.store.q_reports import DraftField
from tracker.store.writing import StoreError
from tracker.ui import report_presence
from tracker.ui.guard import Screen, identify
from tracker.ui.keys import form_key
from tracker.ui.report_words import digest

_SCREEN = "report-screen-of-this-run"


def slot(kind: str, report_id: int, field: str) -> str:
    """The name in session state of something about one field: its widget (`w`), the revision seen, a conflict, an error."""
    return f"report-{kind}-{report_id}-{field}"


def revision(shown: ReportScreen, field: str) -> int:
    """The stored revision of a field; 0 where it was never saved."""
    draft = shown.state.drafts.get(field)
    return draft.rev if draft else 0


def save(report_id: int, field: str) -> None:
    """Keep what the widget holds, on top of the revision that was seen."""
    put(report_id, field, st.session_state.get(slot("w", report_id, field)) or "", st.session_state.get(slot("seen", report_id, field), 0))


def save_again(report_id: int, fields: Iterable[str]) -> bool:
    """Try once more what could not be kept only because the system was busy; whether there was any such text. Nobody need type it anew:
    the browser counts it as sent, and sends it no second time.
    """
    waiting = [
        field
        for field in fields
        if isinstance(st.session_state.get(slot("problem", report_id, field)), StoreError)
        and slot("w", report_id, field) in st.session_state
    ]
    for field in waiting:
        save(report_id, field)
    return bool(waiting)


def put(report_id: int, field: str, value: Any, base_rev: int | None = None, over_theirs: bool = False) -> None:
    """Save a value, and remember what came of it. Without `base_rev` it builds on what stands: files are chosen, not typed."""
    screen = identify()
    if screen is None:
        return  # the page says that the session has ended; the text stays in the widget
    problem, conflict = slot("problem", report_id, field), slot("conflict", report_id, field)
    st.session_state.pop(problem, None)
    try:
        if base_rev is None:
            base_rev = revision(report_screen(screen.ctx, report_id), field)
        result = save_field(screen.ctx, report_id=report_id, field=field, value=value, base_rev=base_rev, over_theirs=over_theirs)
    except (ServiceError, StoreError) as error:
        st.session_state[problem] = error
        return
    finally:
        st.session_state[_SCREEN] = screen
    report_presence.edited(screen, report_id, field)
    if isinstance(result, Conflict):
        st.session_state[conflict] = result  # the revision seen stays the old one: writing on never overtakes the other text unasked
        return
    st.session_state[slot("seen", report_id, field)] = result.rev
    st.session_state.pop(conflict, None)
    note_kept(report_id, field, value)
    if isinstance(value, str) and not over_theirs:
        viewer = screen.viewer
        draft = DraftField(field, value, result.rev, viewer.person_id, viewer.name, result.at)
        st.session_state[slot("news", report_id, field)] = draft
    else:
        read_anew(report_id, field)


def news(report_id: int, field: str) -> tuple[DraftField | None, bool]:
    """What this run's callback saved in a field, and whether the report has to be read anew to show it. Told once."""
    draft = st.session_state.pop(slot("news", report_id, field), None)
    return draft, bool(st.session_state.pop(slot("anew", report_id, field), False))


def read_anew(report_id: int, field: str) -> None:
    """Let the field read the whole report before it draws itself again: files came, or somebody else's entry is taken."""
    st.session_state[slot("anew", report_id, field)] = True


def fresh_screen() -> Screen | None:
    """Who this run's callback found to be signed in, once; None where no callback looked."""
    return st.session_state.pop(_SCREEN, None)


def note_kept(report_id: int, field: str, value: Any) -> None:
    """Remember the checksum of a text that the server has: the page's script waits for it."""
    if isinstance(value, str):
        st.session_state[slot("kept", report_id, field)] = digest(value)


def upload(report_id: int, field: str, key: str, many: bool) -> None:
    """Store the chosen files and put them into the field: added to a list, or in the place of the one before."""
    screen = identify()
    chosen = st.session_state.get(key)
    if screen is None or not chosen:
        return
    problem = slot("problem", report_id, field)
    st.session_state.pop(problem, None)
    ids: list[int] = []
    refused: Exception | None = None
    try:
        shown = report_screen(screen.ctx, report_id)
        for file in chosen if isinstance(chosen, list) else [chosen]:
            ids.append(_stored(screen, shown, field, file, many))
    except (ServiceError, StoreError, OSError) as error:
        refused = error
    if ids:
        put(report_id, field, [*(shown.state.value(field) or []), *ids] if many else ids[0])
    if refused is not None:
        st.session_state[problem] = refused
        read_anew(report_id, field)
    new_turn(report_id, field)


def take_out(report_id: int, field: str, document_id: int) -> None:
    """Take one file out of a field, and leave what came or went since the page was drawn."""
    screen = identify()
    if screen is None:
        return
    try:
        stands = report_screen(screen.ctx, report_id).state.value(field)
    except (ServiceError, StoreError) as error:
        st.session_state[slot("problem", report_id, field)] = error
        return
    left = [one for one in stands if one != document_id] if isinstance(stands, list) else "" if stands == document_id else stands
    if left != stands:
        put(report_id, field, left)


def new_turn(report_id: int, field: str) -> None:
    """Give the field's widget a new key: an uploader would offer its file again at each run, an editor its old edits."""
    st.session_state[slot("turn", report_id, field)] = uuid4().hex[:8]


def turn(report_id: int, field: str) -> str:
    """What the present key of the field's widget ends with. New in every server session, so that no browser brings an old one back."""
    if slot("turn", report_id, field) not in st.session_state:
        new_turn(report_id, field)
    return st.session_state[slot("turn", report_id, field)]


def _stored(screen: Screen, shown: ReportScreen, field: str, file: Any, many: bool) -> int:
    content = file.getvalue()
    purpose = DRAFT_ATTACHMENT if many else DRAFT_EVIDENCE
    key = form_key(f"upload-{shown.state.row.id}-{field}-{file.file_id}-{content_hash(content)}")
    return store_document(screen.ctx, project_id=shown.state.row.project_id, filename=file.name, content=content, purpose=purpose, key=key)


def take_mine(report_id: int, field: str) -> None:
    """After a conflict: the viewer's entry replaces the colleague's, which is kept aside."""
    conflict: Conflict | None = st.session_state.get(slot("conflict", report_id, field))
    if conflict is None:
        return  # the second of two clicks: the first has settled it
    mine = conflict.mine if isinstance(conflict.mine, list) else st.session_state.get(slot("w", report_id, field), conflict.mine) or ""
    put(report_id, field, mine, conflict.rev, True)


def take_theirs(report_id: int, field: str, value: Any, rev: int) -> None:
    """Show what is stored and go on from there. The viewer's own entry stays among those kept aside."""
    st.session_state.pop(slot("conflict", report_id, field), None)
    st.session_state[slot("seen", report_id, field)] = rev
    read_anew(report_id, field)
    if isinstance(value, list):
        new_turn(report_id, field)
    else:
        st.session_state[slot("w", report_id, field)] = value
        note_kept(report_id, field, value)
