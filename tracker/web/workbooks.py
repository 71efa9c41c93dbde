"""`GET /download/call/{call_id}`: the answers to a call as a workbook, to the office of its programme and to auditors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from tracker.bootstrap import Desk
from tracker.clock import civil_day
from tracker.i18n import Translator
from tracker.services.data_call_answers import AnswersFile, answers_workbook
from tracker.services.errors import ServiceError
from tracker.services.sessions import viewer_of
from tracker.web.gate import SID_HEADER

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LARGEST_ID = 2**62


class Workbooks:
    """The endpoint. What is foreign and what does not exist answer alike: 404."""

    def __init__(self, desk: Callable[[], Desk], now: Callable[[], datetime]) -> None:
        self.desk = desk
        self.now = now

    async def __call__(self, request: Request) -> Response:
        number = request.path_params["call_id"]
        found = await run_in_threadpool(self._workbook, request.headers.get(SID_HEADER.decode(), ""), number)
        if found is None:
            return PlainTextResponse("not found", 404, {"Cache-Control": "no-store"})
        return Response(found.content, media_type=MEDIA_TYPE, headers=_headers(found.filename))

    def _workbook(self, sid: str, call_id: int) -> AnswersFile | None:
        desk = self.desk()
        viewer = viewer_of(desk.store, sid, at=self.now(), today=civil_day(desk.clock.now()))
        if viewer is None or not 0 < call_id < _LARGEST_ID:
            return None
        try:
            return answers_workbook(desk.context(viewer), call_id, Translator(viewer.language))
        except ServiceError:
            return None


def _headers(filename: str) -> dict[str, str]:
    return {
        "Content-Disposition": f"attachment; filename=\"answers.xlsx\"; filename*=UTF-8''{quote(filename, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
    }
