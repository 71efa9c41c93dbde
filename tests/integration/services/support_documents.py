"""A stored document for tests of services that only need its id."""

import hashlib

from tests.cast import Cast, at
from tracker.store import tables as t


def put_document(cast: Cast, which: str, filename: str, purpose: str = "letter") -> int:
    """The id of a document of a project, put straight into the store."""
    content = filename.encode()

    def body(tx):
        return tx.insert(
            t.document, project_id=cast.project(which).id, sha256=hashlib.sha256(content).hexdigest(), filename=filename,
            media_type="application/pdf", size=len(content), purpose=purpose, uploaded_by=None, uploaded_at=at("2026-06-02"),
        )  # fmt: skip

    return cast.desk.store.write_quiet(at("2026-06-02"), body)
