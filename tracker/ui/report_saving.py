"""How a report's field saves itself: the callbacks of its widgets.

A callback runs before the page and without its guard: who is writing is asked anew, and the service authorises. Whatever is
refused is kept in session state for the page to say, and what was typed stays in its widget.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from tracker.services.documents import DRAFT_ATTACHMENT, DRAFT_EVIDENCE, content_hash, store_document
from tracker.services.errors import ServiceError
from tracker.services.report_drafts import Conflict, ReportScreen, report_screen, save_field
from tracker.store.writing import StoreError
from tracker.ui.guard import Screen, identify
from tracker.ui.keys import form_key


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
    if isinstance(result, Conflict):
        st.session_state[conflict] = result  # the revision seen stays the old one: writing on never overtakes the other text unasked
    else:
        st.session_state[slot("seen", report_id, field)] = result.rev
        st.session_state.pop(conflict, None)


def upload(report_id: int, field: str, key: str) -> None:
    """Store the chosen files and put them into the field."""
    screen = identify()
    chosen = st.session_state.get(key)
    if screen is None or not chosen:
        return
    problem = slot("problem", report_id, field)
    st.session_state.pop(problem, None)
    try:
        shown = report_screen(screen.ctx, report_id)
        ids = [_stored(screen, shown, field, file) for file in (chosen if isinstance(chosen, list) else [chosen])]
    except (ServiceError, StoreError) as error:
        st.session_state[problem] = error
    else:
        put(report_id, field, ids[0] if field.endswith(":evidence") else [*shown.state.value(field, []), *ids])
    turn = slot("turn", report_id, field)
    st.session_state[turn] = st.session_state.get(turn, 0) + 1


def _stored(screen: Screen, shown: ReportScreen, field: str, file: Any) -> int:
    content = file.getvalue()
    purpose = DRAFT_EVIDENCE if field.endswith(":evidence") else DRAFT_ATTACHMENT
    key = form_key(f"upload-{shown.state.row.id}-{field}-{file.file_id}-{content_hash(content)}")
    return store_document(screen.ctx, project_id=shown.state.row.project_id, filename=file.name, content=content, purpose=purpose, key=key)


def take_mine(report_id: int, field: str) -> None:
    """After a conflict: the viewer's words replace the colleague's, which are kept aside."""
    conflict: Conflict = st.session_state[slot("conflict", report_id, field)]
    put(report_id, field, st.session_state.get(slot("w", report_id, field), conflict.mine), conflict.rev, True)


def take_theirs(report_id: int, field: str, value: Any, rev: int) -> None:
    """Show what is stored and go on from there. The viewer's own words stay among the entries kept aside."""
    st.session_state.pop(slot("conflict", report_id, field), None)
    st.session_state[slot("w", report_id, field)] = value
    st.session_state[slot("seen", report_id, field)] = rev
