"""`GET /print/{what}/{id}?as=pdf|docx`: a dossier, a report, a draft or a receipt on paper, to whoever may see it.

The id is the project's, the report's (`version=` for an earlier one), or of a receipt the version's. A PDF opens in the browser, a Word
file is saved. `in=zh_TW|en` chooses the language; without it the reader's own is used.
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
from tracker.i18n import LANGUAGES, Translator
from tracker.services.context import Context
from tracker.services.errors import NotFound, ServiceError
from tracker.services.printed_files import PrintedFile, form_of, print_dossier
from tracker.services.printed_receipt import print_receipt
from tracker.services.printed_reports import print_draft, print_report
from tracker.services.sessions import viewer_of
from tracker.web.downloads import SHOWN
from tracker.web.gate import SID_HEADER

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")
_VERSION = re.compile(r"[1-9][0-9]{0,5}")
_LARGEST_ID = 2**62


class Prints:
    """The endpoint. What is foreign, what does not exist and what cannot be printed answer alike: 404."""

    def __init__(self, desk: Callable[[], Desk], now: Callable[[], datetime]) -> None:
        self.desk = desk
        self.now = now

    async def __call__(self, request: Request) -> Response:
        printed = await run_in_threadpool(self._printed, request)
        if printed is None:
            return PlainTextResponse("not found", 404, {"Cache-Control": "no-store"})
        return Response(printed.content, media_type=printed.media_type, headers=_headers(printed))

    def _printed(self, request: Request) -> PrintedFile | None:
        desk, number = self.desk(), request.path_params["number"]
        sid = request.headers.get(SID_HEADER.decode(), "")
        viewer = viewer_of(desk.store, sid, at=self.now(), today=civil_day(desk.clock.now()))
        if viewer is None or not 0 < number < _LARGEST_ID:
            return None
        wanted = request.query_params
        t = Translator(wanted["in"] if wanted.get("in") in LANGUAGES else viewer.language)
        try:
            version = _version(wanted.get("version", ""))
            return _made(desk.context(viewer), request.path_params["what"], number, wanted.get("as", ""), version, t)
        except ServiceError:
            return None


def _made(ctx: Context, what: str, number: int, form: str, version: int | None, t: Translator) -> PrintedFile:
    if what == "report":
        return print_report(ctx, number, version, form_of(form), t)
    by_number = {"dossier": print_dossier, "draft": print_draft, "receipt": print_receipt}
    if what not in by_number:
        raise NotFound()
    return by_number[what](ctx, number, form_of(form), t)


def _version(text: str) -> int | None:
    """The version of a report that is asked for; None: the newest. Raises NotFound for what is no number."""
    if not text:
        return None
    if not _VERSION.fullmatch(text):
        raise NotFound()
    return int(text)


def _headers(printed: PrintedFile) -> dict[str, str]:
    plain = _NOT_PLAIN.sub("_", printed.filename).strip("._") or "print"
    shown = printed.media_type in SHOWN
    kind = "inline" if shown else "attachment"
    headers = {
        "Content-Disposition": f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(printed.filename, safe='')}",
        "Content-Security-Policy": SHOWN.get(printed.media_type, "sandbox; default-src 'none'"),
        "Cache-Control": "private, no-store",
    }
    return {**headers, "X-Frame-Options": "SAMEORIGIN"} if shown else headers
