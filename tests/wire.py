"""Whether a page of Streamlit's still waits for its server: read off the socket between them.

What a page shows does not tell. For a moment after a click nothing is sent yet; then the server, where it is busy, has not begun; and all
that time the page says that no run is under way.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from google.protobuf.message import DecodeError
from playwright.sync_api import Error, Page, WebSocket
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

#: Longer than the page itself waits before it passes on what was clicked (`data/web/autosave.js`). Counted by the page, so that a slow page
#: counts slowly.
_PASSED_ON_MS = 150
#: So long the page takes to draw the last of an answer, counted by itself: Streamlit gathers what it draws for 10 ms.
_DRAWN_MS = 50
#: What a page asks while it is being answered may get an answer of its own, be answered already, or be dropped (the second of two clicks:
#: `tracker/ui/unbroken.py`). An answer of its own begins within this after the end of the one before, or within twice the time that the
#: slowest answer of this page took to begin.
_NEXT_ANSWER_SECONDS, _NEXT_ANSWER_AT_MOST = 2.0, 12.0


@dataclass
class Wire:
    """What one page asked of its server, and what came back."""

    asked: bool = False  # it asked something while nothing else was under way: a run will begin
    is_running: bool = False
    asked_meanwhile: int = 0  # so often it asked while something else was under way: a run may begin after that, or one for several
    asked_at: float = 0.0
    ended_at: float = 0.0
    slowest: float = 0.0  # so many seconds the slowest answer took to begin

    @staticmethod
    def of(page: Page) -> Wire:
        """The wire of this page; one that is quiet where nobody listened."""
        return _wires.setdefault(page, Wire())

    @staticmethod
    def listen(page: Page) -> None:
        """Read along from now on."""
        wire = Wire.of(page)
        page.on("websocket", wire._opened)

    @property
    def is_quiet(self) -> bool:
        """Whether all that was asked is answered."""
        return not (self.asked or self.is_running or self._may_begin)

    @property
    def _may_begin(self) -> bool:
        longest = min(max(_NEXT_ANSWER_SECONDS, 2 * self.slowest), _NEXT_ANSWER_AT_MOST)
        return self.asked_meanwhile > 0 and time.monotonic() < self.ended_at + longest

    def _opened(self, socket: WebSocket) -> None:
        self._closed()
        socket.on("framesent", self._sent)
        socket.on("framereceived", self._received)
        socket.on("close", lambda _socket: self._closed())

    def _closed(self) -> None:
        self.asked, self.is_running, self.asked_meanwhile = False, False, 0

    def _sent(self, frame: bytes | str) -> None:
        message = _read(BackMsg(), frame)
        if message is not None and message.WhichOneof("type") == "rerun_script":
            if self.asked or self.is_running:
                self.asked_meanwhile += 1
            else:  # what may still begin is of what was asked before; this comes after it
                self.asked, self.asked_meanwhile, self.asked_at = True, int(self._may_begin), time.monotonic()

    def _received(self, frame: bytes | str) -> None:
        message = _read(ForwardMsg(), frame)
        kind = message.WhichOneof("type") if message is not None else None
        if kind == "new_session":
            if self.asked:
                self.slowest = max(self.slowest, time.monotonic() - self.asked_at)
            else:  # the answer of its own, to one or to several
                self.asked_meanwhile = max(0, self.asked_meanwhile - 1)
            self.asked, self.is_running = False, True
        elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            self.is_running, self.ended_at = False, time.monotonic()


_wires: WeakKeyDictionary[Page, Wire] = WeakKeyDictionary()


def answered(page: Page, until: float) -> None:
    """Wait until the server has answered all that the page asked, or until this moment of the monotonic clock."""
    began = time.monotonic()
    _pause(page, _PASSED_ON_MS)
    while not Wire.of(page).is_quiet and time.monotonic() < until:
        page.wait_for_timeout(50)
    if Wire.of(page).ended_at >= began:
        _pause(page, _DRAWN_MS)


def _pause(page: Page, milliseconds: int) -> None:
    with suppress(Error):  # it went to another page in that moment, which asks anew
        page.evaluate("pause => new Promise(done => setTimeout(done, pause))", milliseconds)


def _read(message: BackMsg | ForwardMsg, frame: bytes | str) -> BackMsg | ForwardMsg | None:
    try:
        message.ParseFromString(frame if isinstance(frame, bytes) else frame.encode())
    except DecodeError:
        return None
    return message
