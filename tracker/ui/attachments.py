"""Pieces that several forms share: the file beside a form, links to kept files, and the line that names the project."""

from __future__ import annotations

import hashlib

import streamlit as st

from tracker.services.documents import store_document
from tracker.services.policy import Act
from tracker.services.project_choices import ProjectChoice
from tracker.store.filetypes import ALLOWED, MAX_BYTES
from tracker.ui.components import escape
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key
from tracker.ui.pages import named_link


def file_field(screen: Screen, label_msgid: str, name: str):
    """The uploader of one file; `name` is unique on the page and holds the object's id. Gives the chosen file or None."""
    return st.file_uploader(
        screen.t(label_msgid),
        key=f"file-{name}",
        type=list(ALLOWED),
        max_upload_size=MAX_BYTES // 1024 // 1024,
        help=screen.t(
            "At most {megabytes} MB a file. Accepted are: {allowed}.", megabytes=MAX_BYTES // 1024 // 1024, allowed=", ".join(ALLOWED)
        ),
    )


def keep_file(
    screen: Screen, chosen, name: str, *, purpose: str, act: Act, project_id: int | None = None, programme_id: int | None = None
) -> int | None:
    """Keep the chosen file and give its id; None where none was chosen. The same file under the same form is kept once.

    Raises what `store_document` raises.
    """
    if chosen is None:
        return None
    content = chosen.getvalue()
    digest = hashlib.sha256(content).hexdigest()[:16]
    return store_document(
        screen.ctx, filename=chosen.name, content=content, purpose=purpose, key=form_key(f"keep-{name}-{digest}"), project_id=project_id,
        programme_id=programme_id, act=act,
    )  # fmt: skip


def project_line(screen: Screen, project: ProjectChoice) -> None:
    """Which project a screen is about: its code and title, leading to its page."""
    title = escape(screen.t.pick(project.title_zh, project.title_en))
    named_link(screen, "project", code=escape(project.code), title=title, project=project.code)


def download_link(screen: Screen, document_id: int | None, filename: str) -> None:
    """A link to a kept file, or nothing where there is none."""
    if document_id is not None:
        st.link_button(
            escape(filename) or screen.t("Open the file"), f"/download/{document_id}", icon=":material/download:", type="tertiary"
        )
