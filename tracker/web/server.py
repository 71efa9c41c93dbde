"""One web server put together: routes, middleware from the outside in, and what happens at start and end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from starlette.middleware import Middleware
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from tracker.bootstrap import Desk
from tracker.clock import SystemClock
from tracker.config import ROOT, data_dir
from tracker.logs import hide_tokens
from tracker.web import autosave, warm
from tracker.web.downloads import Downloads
from tracker.web.feeds import Feeds
from tracker.web.gate import SessionGate
from tracker.web.headers import SecurityHeaders, screen_policy
from tracker.web.health import Health
from tracker.web.live import LiveSocketGate, LiveSockets
from tracker.web.mail_acts import MailActs
from tracker.web.metrics import MetricsPage
from tracker.web.prints import Prints
from tracker.web.sign_in import Doors
from tracker.web.workbooks import Workbooks

#: The entry script. It must have no neighbour called `pages`: see `refuse_neighbour`.
ENTRY = str(ROOT / "tracker" / "ui" / "entry.py")


class Site:
    """The web server's own part around Streamlit.

    `desk` opens the installation when first asked; `frame` makes the message that sends an open page to an address; `check` raises
    where Streamlit's settings are not ours. `now` is the machine's clock: sessions never live by a demo's standing one.
    """

    def __init__(
        self,
        desk: Callable[[], Desk],
        frame: Callable[[str], bytes],
        check: Callable[[], None],
        now: Callable[[], datetime] = SystemClock().now,
    ) -> None:
        self.desk, self.check, self.now = desk, check, now
        self.live = LiveSockets(desk, now, frame)

    def routes(self) -> list[Route]:
        """Our own addresses; they come before Streamlit's."""
        doors = Doors(self.desk, self.now)
        return [
            Route("/sign-in", doors.sign_in, methods=["GET", "POST"]),
            Route("/sign-in/style.css", _style, methods=["GET"]),
            Route("/favicon.png", _icon, methods=["GET"]),
            Route("/sign-out", doors.sign_out, methods=["GET", "POST"]),
            Route("/auth/logout", doors.logout_link, methods=["GET"]),
            Route("/healthz", Health(self.desk, self.now).__call__, methods=["GET"]),
            Route("/metrics", MetricsPage(self.desk, self.now).__call__, methods=["GET"]),
            *autosave.routes(),
            Route("/calendar/{token:path}", Feeds(self.desk, self.now).__call__, methods=["GET"]),
            Route("/act/{token:path}", MailActs(self.desk, self.now).__call__, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
            Route("/download/{document_id:int}", Downloads(self.desk, self.now).__call__, methods=["GET"]),
            Route("/download/call/{call_id:int}", Workbooks(self.desk, self.now).__call__, methods=["GET"]),
            Route("/print/{what}/{number:int}", Prints(self.desk, self.now).__call__, methods=["GET"]),
            Route("/preview/{document_id:int}", Downloads(self.desk, self.now, shown=True).__call__, methods=["GET"]),
        ]

    def middleware(self) -> list[Middleware]:
        """From the outside in: headers on everything, the gate, and the watch over open sockets."""
        return [
            Middleware(SecurityHeaders, is_tls=lambda: self.desk().settings.tls),
            Middleware(SessionGate, desk=self.desk, now=self.now),
            Middleware(LiveSocketGate, live=self.live),
            Middleware(autosave.AutosaveScript),
        ]

    @asynccontextmanager
    async def lifespan(self, app: Any) -> AsyncIterator[None]:
        """Check, open and warm up; watch for ended sessions until the end."""
        self.check()
        hide_tokens()
        refuse_neighbour(ENTRY)
        screen_policy()
        self.desk()
        warm.import_heavy_modules()
        warm.send_small_answers_at_once()
        warm.freeze_memory()
        watch = asyncio.create_task(self.live.watch())
        try:
            yield
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch


def refuse_neighbour(entry: str) -> None:
    """Raise RuntimeError where a folder called `pages` lies beside the entry script.

    Streamlit would serve its files without the entry, hence without any check, until somebody had opened the start page.
    """
    if (Path(entry).parent / "pages").exists():
        raise RuntimeError(f"a folder called pages beside {entry} would be served without its checks")


async def _style(_request: Any) -> Response:
    return FileResponse(data_dir() / "web" / "style.css", media_type="text/css", headers={"Cache-Control": "max-age=3600"})


async def _icon(_request: Any) -> Response:
    return FileResponse(data_dir() / "web" / "favicon.png", media_type="image/png", headers={"Cache-Control": "max-age=86400"})
