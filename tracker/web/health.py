"""`GET /healthz`: is the web process up, does the database answer, and how old is the worker's last good look.

200 as long as web and database work: a dead worker must not make a load balancer take the screens away. The age is in the body for
whoever watches it, by the machine's clock, also in a demo.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import func, select
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from tracker.bootstrap import Desk
from tracker.services.heartbeat import RAISES
from tracker.store.tables import heartbeat
from tracker.store.types import instant_text

_log = logging.getLogger("tracker.web")


class Health:
    """The endpoint."""

    def __init__(self, desk: Callable[[], Desk], now: Callable[[], datetime]) -> None:
        self.desk = desk
        self.now = now

    async def __call__(self, request: Request) -> JSONResponse:
        try:
            last = await run_in_threadpool(self._last_ok)
        except Exception:  # whatever it is, the answer is that the database does not answer
            _log.exception("health check: the database does not answer")
            return _answer(503, "failed", None, None)
        age = None if last is None else max(0, int((self.now() - last).total_seconds()))
        return _answer(200, "ok", age, None if last is None else instant_text(last))

    def _last_ok(self) -> datetime | None:
        with self.desk().store.read() as conn:
            newest = select(func.max(heartbeat.c.last_ok_at, type_=heartbeat.c.last_ok_at.type))
            return conn.execute(newest.where(heartbeat.c.name == RAISES)).scalar_one()


def _answer(status: int, database: str, age: int | None, last: str | None) -> JSONResponse:
    body = {"web": "ok", "database": database, "worker": {"age_seconds": age, "last_ok_at": last}}
    return JSONResponse(body, status, {"Cache-Control": "no-store"})
