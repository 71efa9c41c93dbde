"""`GET /download/{document_id}` and `GET /preview/{document_id}`: one file, to whoever may see what it belongs to.

Never through Streamlit's /media. A preview is shown in the page instead of being saved: pictures and PDF only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from tracker.bootstrap import Desk
from tracker.clock import civil_day
from tracker.services.documents import StoredDocument, document_bytes
from tracker.services.errors import ServiceError
from tracker.services.sessions import viewer_of
from tracker.web.gate import SID_HEADER

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")
_LARGEST_ID = 2**62

#: What a browser may show, and under which policy. A picture runs nothing. A PDF is drawn by the browser's own viewer, which a sandbox
#: would switch off; its type is fixed by us and never guessed, and only our own pages may frame it.
SHOWN: dict[str, str] = {
    "image/png": "sandbox; default-src 'none'; frame-ancestors 'self'",
    "image/jpeg": "sandbox; default-src 'none'; frame-ancestors 'self'",
    "application/pdf": (
        "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
}


class Downloads:
    """The endpoint; `shown` in the page instead of saved. What is foreign, what does not exist and what cannot be shown: 404."""

    def __init__(self, desk: Callable[[], Desk], now: Callable[[], datetime], *, shown: bool = False) -> None:
        self.desk = desk
        self.now = now
        self.shown = shown

    async def __call__(self, request: Request) -> Response:
        number = request.path_params["document_id"]
        document = await run_in_threadpool(self._document, request.headers.get(SID_HEADER.decode(), ""), number)
        if document is None or (self.shown and document.media_type not in SHOWN):
            return PlainTextResponse("not found", 404, {"Cache-Control": "no-store"})
        return Response(document.content, media_type=document.media_type, headers=_headers(document, shown=self.shown))

    def _document(self, sid: str, document_id: int) -> StoredDocument | None:
        desk = self.desk()
        viewer = viewer_of(desk.store, sid, at=self.now(), today=civil_day(desk.clock.now()))
        if viewer is None or not 0 < document_id < _LARGEST_ID:
            return None
        try:
            return document_bytes(desk.context(viewer), document_id)
        except ServiceError:
            return None


def _headers(document: StoredDocument, *, shown: bool) -> dict[str, str]:
    plain = _NOT_PLAIN.sub("_", document.filename).strip("._") or "file"
    kind = "inline" if shown else "attachment"
    headers = {
        "Content-Disposition": f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(document.filename, safe='')}",
        "Content-Security-Policy": SHOWN[document.media_type] if shown else "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
    }
    return {**headers, "X-Frame-Options": "SAMEORIGIN"} if shown else headers
