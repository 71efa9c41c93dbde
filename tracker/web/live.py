"""Open websockets, so that a session's end reaches every open tab at once instead of at the next reload.

Each process looks once a second whether any session ended before its time (one row, the revision of the topic), and every quarter of a
minute whether one ran out. Whoever ended it, here, in another process or on the command line: the tab goes to the sign-in page.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote

from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tracker.bootstrap import Desk
from tracker.services import sessions
from tracker.store.tables import revision
from tracker.web.gate import SID_HEADER

LOOK_EVERY_SECONDS = 1.0
FULL_LOOK_EVERY = 15
SESSION_ENDED = 4401

_log = logging.getLogger("tracker.web")


class Socket:
    """One accepted connection and, once it has to go, why."""

    def __init__(self, sid: str) -> None:
        self.sid = sid
        self.ended = asyncio.Event()
        self.reason = ""
        self.accepted = False
        self.closed = False

    def end(self, reason: str) -> None:
        self.reason = reason
        self.ended.set()


class LiveSockets:
    """The open sockets of this process."""

    def __init__(self, desk: Callable[[], Desk], now: Callable[[], datetime], frame: Callable[[str], bytes]) -> None:
        self.desk = desk
        self.now = now
        self.frame = frame  # address -> the message that makes Streamlit's page go there
        self.sockets: set[Socket] = set()
        self._seen: int | None = None
        self._looks = 0

    async def watch(self) -> None:
        """Look for ended sessions, for as long as the server runs."""
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            try:
                await self.look()
            except Exception:  # a busy database must not end the watch
                _log.exception("looking for ended sessions failed")

    async def look(self) -> None:
        """One look: end the sockets whose session is no longer good."""
        open_now = {socket.sid for socket in self.sockets}
        if not open_now:
            return
        ended = await run_in_threadpool(self._ended, open_now)
        for socket in list(self.sockets):
            if socket.sid in ended:
                socket.end(ended[socket.sid])

    def _ended(self, open_now: set[str]) -> dict[str, str]:
        store = self.desk().store
        with store.read() as conn:
            changed = conn.execute(select(revision.c.n).where(revision.c.topic == sessions.TOPIC)).scalar_one_or_none()
        self._looks += 1
        if changed == self._seen and self._looks % FULL_LOOK_EVERY:
            return {}
        gone = open_now - sessions.living(store, open_now, self.now())
        self._seen = changed
        return {sid: sessions.why_ended(store, sid) for sid in gone}


class LiveSocketGate:
    """ASGI: registers each websocket and closes it when its session has ended."""

    def __init__(self, app: ASGIApp, *, live: LiveSockets) -> None:
        self.app = app
        self.live = live

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sid = dict(scope.get("headers", ())).get(SID_HEADER, b"").decode()
        if scope["type"] != "websocket" or not sid:
            await self.app(scope, receive, send)
            return
        socket = Socket(sid)

        async def watched_send(message: Message) -> None:
            if socket.closed:
                return  # Streamlit may still be drawing; nobody is there any more
            socket.accepted = socket.accepted or message["type"] == "websocket.accept"
            await send(message)

        async def watched_receive() -> Message:
            message = await _first(receive, socket)
            if message is not None:
                return message
            if socket.accepted and not socket.closed:
                await self._send_away(socket, send)
            return {"type": "websocket.disconnect", "code": SESSION_ENDED}

        self.live.sockets.add(socket)
        try:
            await self.app(scope, watched_receive, watched_send)
        finally:
            self.live.sockets.discard(socket)

    async def _send_away(self, socket: Socket, send: Send) -> None:
        address = f"/sign-in?reason={quote(socket.reason)}"
        await send({"type": "websocket.send", "bytes": self.live.frame(address)})
        socket.closed = True
        await send({"type": "websocket.close", "code": SESSION_ENDED})


async def _first(receive: Receive, socket: Socket) -> Message | None:
    """The client's next message, or None where the session ended first."""
    if socket.ended.is_set():
        return None
    message, end = asyncio.ensure_future(receive()), asyncio.ensure_future(socket.ended.wait())
    try:
        await asyncio.wait({message, end}, return_when=asyncio.FIRST_COMPLETED)
        return None if socket.ended.is_set() else message.result()
    finally:
        end.cancel()
        if not message.done():
            message.cancel()
