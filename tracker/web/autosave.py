"""Puts our one script into Streamlit's page: it commits a report's text while it is being typed, not only when the field is left.

Streamlit offers no such setting for text areas (1.67). The script is a file of ours under the strict policy `script-src 'self'`;
without it everything still works, and a text is saved when its field is left.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import FileResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tracker.config import data_dir

PATH = "/milepost/autosave.js"
_TAG = f'<script src="{PATH}" defer></script>'.encode()
_BEFORE = b"</head>"


def route() -> Route:
    """The address of the script."""

    async def script(_request: object) -> FileResponse:
        return FileResponse(data_dir() / "web" / "autosave.js", media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    return Route(PATH, script, methods=["GET"])


class AutosaveScript:
    """Adds the script's tag to Streamlit's page. Every other answer goes through untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self.app(scope, receive, send)
            return
        # Asked for plainly: a compressed page could not be added to. It has eight kilobytes.
        scope = {**scope, "headers": [(name, value) for name, value in scope["headers"] if name.lower() != b"accept-encoding"]}
        started: Message | None = None
        parts: list[bytes] = []

        async def adding(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start" and _is_page(message):
                started = message
            elif message["type"] == "http.response.body" and started is not None:
                parts.append(message.get("body", b""))
                if not message.get("more_body", False):
                    await _send_whole(started, b"".join(parts), send)
            else:
                await send(message)

        await self.app(scope, receive, adding)


def _is_page(message: Message) -> bool:
    headers = MutableHeaders(scope=message)
    plain = "content-encoding" not in headers
    return message["status"] == 200 and plain and headers.get("content-type", "").startswith("text/html")


async def _send_whole(started: Message, page: bytes, send: Send) -> None:
    if b'id="root"' in page:  # Streamlit's page, not one of our own forms
        page = page.replace(_BEFORE, _TAG + _BEFORE, 1)
    headers = MutableHeaders(scope=started)
    headers["content-length"] = str(len(page))
    if "etag" in headers:
        headers["etag"] = f'W/"{headers["etag"].removeprefix("W/").strip(chr(34))}-milepost"'
    await send(started)
    await send({"type": "http.response.body", "body": page})
