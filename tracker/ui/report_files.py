"""The files of a report in writing: uploaded, looked at in the page, taken out again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import streamlit as st

from tracker.i18n import Translator
from tracker.store.filetypes import ALLOWED, MAX_BYTES
from tracker.store.q_reports import DocumentRow
from tracker.ui import components as c
from tracker.ui.report_page import Page
from tracker.ui.report_saving import slot, take_out, turn, upload

PICTURES, SHOWN = ("png", "jpg", "jpeg"), ("png", "jpg", "jpeg", "pdf")


def one_file(page: Page, field: str, label: str) -> None:
    """The one file of a field, or a place to upload it."""
    stored = page.shown.state.documents.get(page.shown.state.value(field) or 0)
    if stored is None:
        _uploader(page, field, label, many=False)
        return
    st.markdown(label)
    _file(page, field, stored)


def files(page: Page, field: str, most: int) -> None:
    """Any number of files up to `most`."""
    ids = page.shown.state.value(field, []) or []
    for document_id in ids:
        stored = page.shown.state.documents.get(document_id)
        if stored is not None:
            _file(page, field, stored)
    if len(ids) < most:
        _uploader(page, field, page.screen.t("Add files"), many=True)
    else:
        st.caption(page.screen.t("There are {most} files, as many as this field takes.", most=most))


def download(document_id: int, filename: str) -> str:
    """A markdown link to a stored file."""
    return f"[:material/attach_file: {c.escape(filename)}](/download/{document_id})"


def look(t: Translator, document_id: int, filename: str) -> None:
    """A picture small in the page, a PDF behind a link; a click shows it over the page. Nothing for other files."""
    extension = filename.rpartition(".")[2].lower()
    if extension in PICTURES:
        with st.container(width=220):
            st.markdown(f"[![{c.escape(filename)}](/preview/{document_id})](/preview/{document_id})")
    elif extension in SHOWN:
        st.markdown(f"[:material/visibility: {t('Look at it here')}](/preview/{document_id})")


def listed(page: Page, ids: Iterable[Any]) -> None:
    """Files by their names, to read."""
    known = page.shown.state.documents
    names = [download(i, known[i].filename) if i in known else page.screen.t("a file that was taken out") for i in ids if i]
    st.markdown("\n".join(f"- {name}" for name in names) or "—")


def _file(page: Page, field: str, stored: DocumentRow) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"file-{stored.id}-{field}"):
        st.markdown(f"{download(stored.id, stored.filename)} :gray[{_size(stored.size)}]", width="content")
        look(page.screen.t, stored.id, stored.filename)
        st.button(
            page.screen.t("Remove"), key=slot(f"drop{stored.id}", page.report_id, field), icon=":material/delete:", type="tertiary",
            on_click=take_out, args=(page.report_id, field, stored.id),
        )  # fmt: skip


def _size(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB" if size >= 1024 * 1024 else f"{max(size // 1024, 1)} KB"


def _uploader(page: Page, field: str, label: str, *, many: bool) -> None:
    key = slot(f"file{turn(page.report_id, field)}", page.report_id, field)
    most = MAX_BYTES // 1024 // 1024
    st.file_uploader(
        label, key=key, type=list(ALLOWED), accept_multiple_files=many, on_change=upload,
        args=(page.report_id, field, key, many), max_upload_size=most,
        help=page.screen.t("At most {megabytes} MB a file. Accepted are: {allowed}.", megabytes=most, allowed=", ".join(ALLOWED)),
    )  # fmt: skip
