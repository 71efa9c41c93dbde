"""The fields of a report in writing, each with what stands below it: when it was saved, what is wrong, a colleague's change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from tracker.clock import TAIPEI
from tracker.programmes.report_types import Field, FieldType
from tracker.services.errors import Invalid, Problem, ServiceError
from tracker.services.report_drafts import Conflict, ReportScreen
from tracker.store.filetypes import ALLOWED, MAX_BYTES
from tracker.ui import components as c
from tracker.ui.guard import Screen
from tracker.ui.report_saving import put, revision, save, slot, take_mine, take_theirs, upload
from tracker.ui.report_words import label_text, problem_text, safe, words


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


def long_text(page: Page, field: str, label: str, *, height: int = 160, titled: bool = False) -> None:
    """A text of several lines that saves itself. `titled`: a heading above says the label already; screen readers still hear it."""
    key = _prepared(page, field)
    st.text_area(
        label, key=key, height=height, on_change=save, args=(page.report_id, field), label_visibility="collapsed" if titled else "visible",
    )  # fmt: skip
    _below(page, field)


def number(page: Page, field: str, label: str) -> None:
    """A quantity as text, so that nothing a person types is silently changed."""
    key = _prepared(page, field)
    st.text_input(
        label, key=key, on_change=save, args=(page.report_id, field), live=True,
    )  # fmt: skip
    _below(page, field)


def choice(page: Page, field: str, label: str, answers: Mapping[str, str]) -> None:
    """One of a few answers, each by its id."""
    key = _prepared(page, field)
    if st.session_state[key] not in answers:
        st.session_state[key] = None
    st.radio(
        label, list(answers), key=key, format_func=lambda one: answers[one], horizontal=True, on_change=save, args=(page.report_id, field)
    )
    _below(page, field)


def own_field(page: Page, field: Field, label: str, *, titled: bool = False) -> None:
    """A field of the form by its type."""
    unit = f" ({words(page.screen, field.unit)})" if field.unit else ""
    if field.type == FieldType.FILES:
        attachments(page, field.id, label)
    elif field.type == FieldType.TABLE:
        table(page, field, label)
    elif field.type == FieldType.CHOICE:
        choice(page, field.id, label, {one.id: words(page.screen, one.words) for one in field.choices})
    elif field.type == FieldType.TEXT:
        long_text(page, field.id, label, height=240, titled=titled)
    else:
        number(page, field.id, label + unit)


def table(page: Page, field: Field, label: str) -> None:
    """The rows of a table, as texts; empty rows are nothing."""
    state, t = page.shown.state, page.screen.t
    rows = state.value(field.id, [])
    columns = {column.id: words(page.screen, column.words) for column in field.columns}
    answers = {c.id: {one.id: t.pick(one.words.zh, one.words.en) for one in c.choices} for c in field.columns if c.choices}
    key = slot(f"t{revision(page.shown, field.id)}", page.report_id, field.id)
    st.markdown(f"**{label}**")
    edited = st.data_editor(
        [{column: row.get(column, "") for column in columns} for row in rows] or [dict.fromkeys(columns, "")], key=key, num_rows="dynamic",
        column_config={
            column: st.column_config.SelectboxColumn(name, options=list(answers[column]), format_func=answers[column].get)
            if column in answers
            else st.column_config.TextColumn(name)
            for column, name in columns.items()
        },
        hide_index=True,
    )  # fmt: skip
    typed = [{column: str(row.get(column) or "") for column in columns} for row in edited]
    written = [row for row in typed if any(row.values())]
    if written != [row for row in rows if any(row.values())]:
        put(page.report_id, field.id, written, revision(page.shown, field.id))
        st.rerun()
    _below(page, field.id)


def evidence(page: Page, field: str, label: str) -> None:
    """One file for one checkpoint: the stored one with its download, or a place to upload it."""
    stored = page.shown.state.documents.get(page.shown.state.value(field) or 0)
    if stored is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"{label}: {download(stored.id, stored.filename)}")
            st.button(
                page.screen.t("Remove"), key=slot("drop", page.report_id, field), icon=":material/delete:", type="tertiary",
                on_click=put, args=(page.report_id, field, ""),
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
                on_click=put, args=(page.report_id, field, [i for i in ids if i != document_id]),
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
    most = MAX_BYTES // 1024 // 1024
    st.file_uploader(
        label, key=key, type=list(ALLOWED), accept_multiple_files=many, on_change=upload, args=(page.report_id, field, key),
        max_upload_size=most,
        help=page.screen.t("At most {megabytes} MB a file. Accepted are: {allowed}.", megabytes=most, allowed=", ".join(ALLOWED)),
    )  # fmt: skip


def _prepared(page: Page, field: str) -> str:
    """The widget's key, with what is stored put in where the widget is new on this page."""
    key = slot("w", page.report_id, field)
    if key not in st.session_state:
        st.session_state[key] = page.shown.state.value(field)
        st.session_state[slot("seen", page.report_id, field)] = revision(page.shown, field)
    return key


# --- Below a field ------------------------------------------------------------------------------------------------------------


def _below(page: Page, field: str) -> None:
    """When it was saved and by whom, what stands against it, and a colleague's change."""
    t, draft = page.screen.t, page.shown.state.drafts.get(field)
    error = st.session_state.get(slot("problem", page.report_id, field))
    if error is not None:
        label = label_text(page.screen, page.shown.state.fields[field].label)
        _refused(page, label, error)
    elif draft is not None:
        saved = {"time": _when(page, draft.saved_at), "author": c.escape(draft.author)}
        st.caption(t(":material/cloud_done: Saved {time} · {author}", **saved))
    for problem in page.problems.get(field, ()):
        shown = problem_text(page.screen, problem)
        colour, icon = ("red", "error") if problem.severity == "error" else ("orange", "warning")
        st.markdown(f":{colour}[:material/{icon}: {shown}]")
    _colleague(page, field)


def _when(page: Page, at: datetime) -> str:
    """The time of day; with its date where that is not today."""
    local = at.astimezone(TAIPEI)
    return f"{local:%H:%M}" if local.date() == page.screen.ctx.today else c.instant_text(at)


def _refused(page: Page, label: str, error: Exception) -> None:
    """Why a field was not saved, by name. What was typed is still in it."""
    t = page.screen.t
    if isinstance(error, Invalid):
        reasons = [problem_text(page.screen, problem) for problem in error.problems]
        st.error(t("**{label}** was not saved: {reason}", label=label, reason=" ".join(reasons)))
    elif isinstance(error, ServiceError):
        st.error(
            t(
                "**{label}** was not saved: {reason}",
                label=label,
                reason=t(error.msgid, **safe(page.screen, error.params)),
            )
        )
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
