"""The fields of a report in writing. Each saves itself when its text is committed, remembers which revision it was built on,
and keeps everything that was typed, whatever goes wrong.

A save runs as a widget's callback, before the page and without its guard: who is writing is asked anew, and the service authorises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from tracker.clock import TAIPEI
from tracker.services.documents import DRAFT_ATTACHMENT, DRAFT_EVIDENCE, content_hash, store_document
from tracker.services.errors import Invalid, Problem, ServiceError
from tracker.services.report_drafts import Conflict, ReportScreen, report_screen, save_field
from tracker.services.report_state import Label
from tracker.store.filetypes import ALLOWED
from tracker.store.writing import StoreError
from tracker.ui import components as c
from tracker.ui.guard import Screen, identify
from tracker.ui.keys import form_key


@dataclass(frozen=True)
class Page:
    """One run of the writing page: who writes, what is shown, and what stands against which field.

    `seen_before` holds the revisions that the run before this one showed: a click answers to those.
    """

    screen: Screen
    shown: ReportScreen
    problems: Mapping[str, list[Problem]]
    seen_before: Mapping[str, int]

    @property
    def report_id(self) -> int:
        return self.shown.state.row.id


def slot(kind: str, report_id: int, field: str) -> str:
    """The name in session state of something about one field: its widget (`w`), the revision seen, a conflict, an error."""
    return f"report-{kind}-{report_id}-{field}"


def label_text(screen: Screen, label: Label) -> str:
    """A field's name in the reader's language, safe inside markdown."""
    title = screen.t.pick(label.zh, label.en)
    return screen.t(label.msgid, title=c.escape(title)) if title else screen.t(label.msgid)


def long_text(page: Page, field: str, label: str, *, help_text: str = "", height: int = 160, disabled: bool = False) -> None:
    """A text of several lines that saves itself."""
    key = _prepared(page, field)
    st.text_area(
        label, key=key, help=help_text or None, height=height, disabled=disabled, on_change=_save, args=(page.report_id, field),
    )  # fmt: skip
    _below(page, field)


def number(page: Page, field: str, label: str, *, placeholder: str = "", disabled: bool = False) -> None:
    """A quantity as text, so that nothing a person types is silently changed."""
    key = _prepared(page, field)
    st.text_input(
        label, key=key, placeholder=placeholder or None, disabled=disabled, on_change=_save, args=(page.report_id, field), live=True,
    )  # fmt: skip
    _below(page, field)


def evidence(page: Page, field: str, label: str) -> None:
    """One file for one checkpoint: the stored one with its download, or a place to upload it."""
    stored = page.shown.state.documents.get(page.shown.state.value(field) or 0)
    if stored is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"{label}: {download(stored.id, stored.filename)}")
            st.button(
                page.screen.t("Remove"), key=slot("drop", page.report_id, field), icon=":material/delete:", type="tertiary",
                on_click=_put, args=(page.report_id, field, ""),
            )  # fmt: skip
    else:
        _uploader(page, field, label, many=False)
    _below(page, field)


def attachments(page: Page, field: str, label: str) -> None:
    """Any number of files."""
    ids = page.shown.state.value(field, [])
    for document_id in ids:
        stored = page.shown.state.documents.get(document_id)
        if stored is None:
            continue
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(download(stored.id, stored.filename))
            st.button(
                page.screen.t("Remove"), key=slot(f"drop{document_id}", page.report_id, field), icon=":material/delete:", type="tertiary",
                on_click=_put, args=(page.report_id, field, [i for i in ids if i != document_id]),
            )  # fmt: skip
    _uploader(page, field, label, many=True)
    _below(page, field)


def download(document_id: int, filename: str) -> str:
    """A markdown link to a stored file."""
    return f"[:material/attach_file: {c.escape(filename)}](/download/{document_id})"


def _uploader(page: Page, field: str, label: str, *, many: bool) -> None:
    # A new widget after every upload: the old one would offer its file again at each run.
    turn = st.session_state.get(slot("turn", page.report_id, field), 0)
    key = slot(f"file{turn}", page.report_id, field)
    st.file_uploader(
        label, key=key, type=list(ALLOWED), accept_multiple_files=many, on_change=_upload, args=(page.report_id, field, key),
        help=page.screen.t("At most {megabytes} MB a file. Accepted are: {allowed}.", megabytes=20, allowed=", ".join(ALLOWED)),
    )  # fmt: skip


def _prepared(page: Page, field: str) -> str:
    """The widget's key, with what is stored put in where the widget is new on this page."""
    key = slot("w", page.report_id, field)
    if key not in st.session_state:
        st.session_state[key] = page.shown.state.value(field)
        st.session_state[slot("seen", page.report_id, field)] = _rev(page.shown, field)
    return key


def _rev(shown: ReportScreen, field: str) -> int:
    draft = shown.state.drafts.get(field)
    return draft.rev if draft else 0


# --- Callbacks --------------------------------------------------------------------------------------------------------------


def _save(report_id: int, field: str) -> None:
    """Keep what the widget holds, on top of the revision that was seen."""
    _put(report_id, field, st.session_state.get(slot("w", report_id, field)) or "", st.session_state.get(slot("seen", report_id, field), 0))


def _put(report_id: int, field: str, value: Any, base_rev: int | None = None) -> None:
    screen = identify()
    if screen is None:
        return  # the page says that the session has ended; the text stays in the widget
    problem, conflict = slot("problem", report_id, field), slot("conflict", report_id, field)
    st.session_state.pop(problem, None)
    try:
        if base_rev is None:  # files are chosen, not typed: a choice builds on what stands
            base_rev = _rev(report_screen(screen.ctx, report_id), field)
        result = save_field(screen.ctx, report_id=report_id, field=field, value=value, base_rev=base_rev)
    except (ServiceError, StoreError) as error:
        st.session_state[problem] = error
        return
    st.session_state[slot("seen", report_id, field)] = result.rev
    if isinstance(result, Conflict):
        st.session_state[conflict] = result
    else:
        st.session_state.pop(conflict, None)


def _uploader(page: Page, field: str, label: str, *, many: bool) -> None:
    # A new widget after every upload: the old one would offer its file again at each run.
    turn = st.session_state.get(slot("turn", page.report_id, field), 0)
    key = slot(f"file{turn}", page.report_id, field)
    st.file_uploader(
        label, key=key, type=list(ALLOWED), accept_multiple_files=many, on_change=_upload, args=(page.report_id, field, key),
        help=page.screen.t("At most {megabytes} MB a file. Accepted are: {allowed}.", megabytes=20, allowed=", ".join(ALLOWED)),
    )  # fmt: skip


def _prepared(page: Page, field: str) -> str:
    """The widget's key, with what is stored put in where the widget is new on this page."""
    key = slot("w", page.report_id, field)
    if key not in st.session_state:
        st.session_state[key] = page.shown.state.value(field)
        st.session_state[slot("seen", page.report_id, field)] = _rev(page.shown, field)
    return key


def _rev(shown: ReportScreen, field: str) -> int:
    draft = shown.state.drafts.get(field)
    return draft.rev if draft else 0


# --- Callbacks --------------------------------------------------------------------------------------------------------------


def _save(report_id: int, field: str) -> None:
    """Keep what the widget holds, on top of the revision that was seen."""
    _put(report_id, field, st.session_state.get(slot("w", report_id, field)) or "", st.session_state.get(slot("seen", report_id, field), 0))


def _put(report_id: int, field: str, value: Any, base_rev: int | None = None) -> None:
    screen = identify()
    if screen is None:
        return  # the page says that the session has ended; the text stays in the widget
    problem, conflict = slot("problem", report_id, field), slot("conflict", report_id, field)
    st.session_state.pop(problem, None)
    try:
        if base_rev is None:  # files are chosen, not typed: a choice builds on what stands
            base_rev = _rev(report_screen(screen.ctx, report_id), field)
        result = save_field(screen.ctx, report_id=report_id, field=field, value=value, base_rev=base_rev)
    except (ServiceError, StoreError) as error:
        st.session_state[problem] = error
        return
    st.session_state[slot("seen", report_id, field)] = result.rev
    if isinstance(result, Conflict):
        st.session_state[conflict] = result
    else:
        st.session_state.pop(conflict, None)


def _present_rev(screen: Screen, report_id: int, field: str) -> int:
    """Files are chosen, not typed: a choice always builds on what stands."""
    return _rev(report_screen(screen.ctx, report_id), field)


def _upload(report_id: int, field: str, key: str) -> None:
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
        _put(report_id, field, [*shown.state.value(field, []), *ids] if field == "attachments" else ids[0])
    turn = slot("turn", report_id, field)
    st.session_state[turn] = st.session_state.get(turn, 0) + 1


def _stored(screen: Screen, shown: ReportScreen, field: str, file: Any) -> int:
    content = file.getvalue()
    purpose = DRAFT_ATTACHMENT if field == "attachments" else DRAFT_EVIDENCE
    key = form_key(f"upload-{shown.state.row.id}-{field}-{file.file_id}-{content_hash(content)}")
    return store_document(screen.ctx, project_id=shown.state.row.project_id, filename=file.name, content=content, purpose=purpose, key=key)


def take_mine(report_id: int, field: str) -> None:
    """After a conflict: the viewer's words replace the colleague's."""
    conflict: Conflict = st.session_state[slot("conflict", report_id, field)]
    st.session_state[slot("w", report_id, field)] = conflict.mine
    _put(report_id, field, conflict.mine, conflict.rev)


def take_theirs(report_id: int, field: str, value: Any, rev: int) -> None:
    """Show what is stored and go on from there. The viewer's own words stay among the entries kept aside."""
    st.session_state.pop(slot("conflict", report_id, field), None)
    st.session_state[slot("w", report_id, field)] = value
    st.session_state[slot("seen", report_id, field)] = rev


# --- Below a field ------------------------------------------------------------------------------------------------------------


def _below(page: Page, field: str) -> None:
    """When it was saved and by whom, what stands against it, and a colleague's change."""
    t, draft = page.screen.t, page.shown.state.drafts.get(field)
    error = st.session_state.get(slot("problem", page.report_id, field))
    if error is not None:
        label = label_text(page.screen, page.shown.state.fields[field][1])
        _refused(page, label, error)
    elif draft is not None:
        saved = {"time": f"{draft.saved_at.astimezone(TAIPEI):%H:%M}", "author": c.escape(draft.author)}
        st.caption(t(":material/cloud_done: Saved {time} · {author}", **saved))
    for problem in page.problems.get(field, ()):
        shown = t(problem.msgid, **{name: c.escape(str(value)) for name, value in problem.params.items()})
        st.caption(
            f":{'red' if problem.severity == 'error' else 'orange'}[:material/{'error' if problem.severity == 'error' else 'warning'}: {shown}]"
        )
    _colleague(page, field)


def _refused(page: Page, label: str, error: Exception) -> None:
    """Why a field was not saved, by name. What was typed is still in it."""
    t = page.screen.t
    if isinstance(error, Invalid):
        reasons = [t(p.msgid, **{name: c.escape(str(value)) for name, value in p.params.items()}) for p in error.problems]
        st.error(t("**{label}** was not saved: {reason}", label=label, reason=" ".join(reasons)))
    elif isinstance(error, ServiceError):
        st.error(t("**{label}** was not saved: {reason}", label=label, reason=t(error.msgid, **error.params)))
    else:
        st.error(
            t("**{label}** was not saved: the system is busy. Your text is still here; change it or press Ctrl+Enter to save.", label=label)
        )


def _colleague(page: Page, field: str) -> None:
    t, report_id = page.screen.t, page.report_id
    conflict: Conflict | None = st.session_state.get(slot("conflict", report_id, field))
    if conflict is not None:
        when = f"{conflict.at.astimezone(TAIPEI):%H:%M}"
        st.warning(
            t(
                "{author} saved this field at {time} while you were writing. Both texts are kept.",
                author=c.escape(conflict.author),
                time=when,
            )
        )
        st.caption(t("The other text:"))
        st.text(str(conflict.theirs))
        with st.container(horizontal=True):
            st.button(t("Use mine"), key=slot("mine", report_id, field), on_click=take_mine, args=(report_id, field))
            st.button(t("Use the other one"), key=slot("theirs", report_id, field), on_click=take_theirs,
                      args=(report_id, field, conflict.theirs, conflict.rev))  # fmt: skip
        return
    draft, seen = page.shown.state.drafts.get(field), st.session_state.get(slot("seen", report_id, field))
    if draft is not None and seen is not None and draft.rev > seen and draft.author_id != page.screen.viewer.person_id:
        st.info(t("{author} changed this field meanwhile.", author=c.escape(draft.author)))
        st.button(
            t("Show the change"), key=slot("show", report_id, field), on_click=take_theirs, args=(report_id, field, draft.value, draft.rev)
        )
