"""The gate: nothing but the way in is answered without a living session, over HTTP and over the websocket alike.

Pure ASGI, since Starlette's convenience class for middleware never sees a websocket. It removes every `X-Milepost-*`
header that a client sends and puts in its own:
Streamlit hands `X-Milepost-Sid` to the script run and compares it when a browser resumes a session, so nobody
can take over another person's session by its id.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tracker.bootstrap import Desk
from tracker.services.sessions import sid_of_token
from tracker.web.cookies import token_of
from tracker.web.headers import BARE_POLICY
from tracker.web.origins import host_is_ours, origin_is_ours

SID_HEADER = b"x-milepost-sid"
_OWN_HEADERS = b"x-milepost-"

#: Answered to everybody. The bundle under /static/ is the same in every Streamlit installation.
OPEN_PATHS = frozenset(
    {"/sign-in", "/sign-in/style.css", "/sign-out", "/auth/logout", "/healthz", "/metrics", "/favicon.png", "/favicon.ico"}
)
OPEN_PREFIX = "/static/"

#: Answered to whoever brings the token that is in the address; each address of these is ours, whatever follows.
TOKEN_PREFIXES = ("/act/", "/calendar/")

#: Answered to nobody: what an operator's tools would want is in /healthz.
CLOSED_PREFIXES = ("/_stcore/metrics", "/_stcore/agent", "/_stcore/script-health-check", "/app/static", "/oauth2callback", "/auth/login")


class SessionGate:
    """Lets requests with a living session through, under their session's handle."""

    def __init__(self, app: ASGIApp, *, desk: Callable[[], Desk], now: Callable[[], datetime]) -> None:
        self.app = app
        self.desk = desk
        self.now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        settings = self.desk().settings
        headers, path = Headers(scope=scope), scope["path"]
        if path not in ("/healthz", "/metrics") and not host_is_ours(headers, settings):
            await _refuse(scope, receive, send, PlainTextResponse("unknown host", 421))
            return
        if path.startswith(CLOSED_PREFIXES):
            await _refuse(scope, receive, send, PlainTextResponse("not found", 404))
            return
        if scope["type"] == "websocket" and not origin_is_ours(headers, settings):
            await _refuse(scope, receive, send, PlainTextResponse("foreign origin", 403))
            return
        if scope["type"] == "http" and _is_open(path):
            await self.app(_under(scope, None), receive, send)
            return
        token = token_of(HTTPConnection(scope), settings)
        sid = await run_in_threadpool(sid_of_token, self.desk().store, token, self.now()) if token else None
        if sid is None:
            await _refuse(scope, receive, send, _way_in(scope, headers))
            return
        await self.app(_under(scope, sid), receive, send)


def _is_open(path: str) -> bool:
    return path in OPEN_PATHS or path.startswith(TOKEN_PREFIXES) or (path.startswith(OPEN_PREFIX) and ".." not in path)


def _way_in(scope: Scope, headers: Headers) -> Response:
    """Sign-in for somebody who opens a page; a bare refusal for everything that a program asks for."""
    wants_page = scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and "text/html" in headers.get("accept", "")
    if not wants_page or scope["path"].startswith(("/_stcore/", "/media/")):
        return PlainTextResponse("sign in first", 401, {"Cache-Control": "no-store"})
    query = scope["query_string"].decode("latin-1")
    wanted = scope["path"] + (f"?{query}" if query else "")
    address = "/sign-in" if wanted == "/" else f"/sign-in?next={quote(wanted, safe='/')}"
    return RedirectResponse(address, 303, {"Cache-Control": "no-store"})


def _under(scope: Scope, sid: str | None) -> Scope:
    """The request without any header of ours that the client made up, and with the session's handle."""
    kept = [(name, value) for name, value in scope["headers"] if not name.lower().replace(b"_", b"-").startswith(_OWN_HEADERS)]
    if sid is not None:
        kept.append((SID_HEADER, sid.encode()))
    return {**scope, "headers": kept}


async def _refuse(scope: Scope, receive: Receive, send: Send, response: Response) -> None:
    if scope["type"] == "websocket":
        await receive()  # the connect event; closing before accepting answers 403
        await send({"type": "websocket.close", "code": 4403})
        return
    response.headers.setdefault("Content-Security-Policy", BARE_POLICY)
    await response(scope, receive, send)
