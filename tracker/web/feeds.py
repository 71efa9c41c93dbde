"""`GET /calendar/{token}.ics`: a calendar feed, to whoever brings its token; by the rights that its owner has now.

What was worked out once is kept in this process until something changes that it depends on, so a program that asks every few minutes
costs a few short reads. One feed is worked out at a time: many programs that ask at once do not multiply the work.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from tracker.bootstrap import Desk
from tracker.services.calendar_reading import FeedGone, OpenFeed, feed_content, note_read, open_feed
from tracker.services.errors import NotFound
from tracker.services.viewer import SYSTEM
from tracker.store.writing import StoreError

SUFFIX = ".ics"
_MOST_KEPT = 24_000_000
"""Bytes of finished calendars that one process keeps."""

_HEADERS = {"Cache-Control": "private, no-cache", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}
_POLICY = "sandbox; default-src 'none'"


@dataclass(frozen=True)
class Finished:
    """A calendar as it is sent. `since`: when this content was first seen here (the machine's clock, whole seconds)."""

    state: tuple
    packed: bytes
    etag: str
    since: datetime


class Feeds:
    """The endpoint. `now` is the machine's clock, by which HTTP dates go."""

    def __init__(self, desk: Callable[[], Desk], now: Callable[[], datetime]) -> None:
        self.desk = desk
        self.now = now
        self._kept: OrderedDict[int, Finished] = OrderedDict()
        self._lock = threading.Lock()

    async def __call__(self, request: Request) -> Response:
        response = await run_in_threadpool(self._answer, request)
        response.headers.update({**_HEADERS, "Content-Security-Policy": _POLICY})
        return response

    def _answer(self, request: Request) -> Response:
        name = request.path_params["token"]
        try:
            feed = open_feed(self.desk().context(SYSTEM), name.removesuffix(SUFFIX) if name.endswith(SUFFIX) else "")
            found = self._finished(feed)
            note_read(feed)
        except FeedGone:
            return PlainTextResponse("gone", 410)
        except NotFound:
            return PlainTextResponse("not found", 404)
        except StoreError:
            return PlainTextResponse("try again later", 503, {"Retry-After": "600"})
        headers = {"ETag": found.etag, "Last-Modified": format_datetime(found.since, usegmt=True), "Vary": "Accept-Encoding"}
        if _is_known(request, found):
            return Response(status_code=304, headers=headers)
        headers["Content-Disposition"] = 'inline; filename="milepost.ics"'
        body = found.packed
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
        else:
            body = gzip.decompress(body)
        return Response(body, media_type="text/calendar; charset=utf-8", headers=headers)

    def _finished(self, feed: OpenFeed) -> Finished:
        number = feed.row.id
        before = self._kept.get(number)
        if before is not None and before.state == feed.state:
            return before
        with self._lock:
            before = self._kept.get(number)
            if before is not None and before.state == feed.state:  # somebody else did it meanwhile
                return before
            content = feed_content(feed.ctx, feed.row, self.desk().settings.public_url)
            etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
            same = before is not None and before.etag == etag
            since = before.since if same else self.now().astimezone(UTC).replace(microsecond=0)
            made = Finished(feed.state, before.packed if same else gzip.compress(content, 5, mtime=0), etag, since)
            self._kept[number] = made
            self._kept.move_to_end(number)
            while sum(len(one.packed) for one in self._kept.values()) > _MOST_KEPT and len(self._kept) > 1:
                self._kept.popitem(last=False)
            return made


def _is_known(request: Request, found: Finished) -> bool:
    """Whether the program holds this very content (RFC 9110, 13.1): its tag decides, the date only where it sent no tag."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        wanted = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return found.etag in wanted or "*" in wanted
    since = request.headers.get("if-modified-since")
    try:
        return since is not None and parsedate_to_datetime(since) >= found.since
    except (TypeError, ValueError):
        return False
