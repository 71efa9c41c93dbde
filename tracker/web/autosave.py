"""Puts our scripts into Streamlit's page: they save a report while it is typed, count, paste plainly, keep what was not saved, and see to
it that a double click is one. And a little style of ours, which keeps days on one line.

Streamlit offers no such setting (1.67). They are files of ours under the strict policy `'self'`; without them everything still works,
and a text is saved when its field is left. The words of the scripts come from the catalogues, as a script of their own.
"""

from __future__ import annotations

import json
from functools import cache

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tracker.config import data_dir
from tracker.i18n import Translator
from tracker.store.filetypes import MAX_BYTES

FOLDER = "/milepost/"
WORDS = f"{FOLDER}words.js"
FILES = ("clicks.js", "autosave.js", "writing.js")  # in this order: what was not meant is not passed on
STYLE = "screens.css"
_SCRIPTS = "".join(f'<script src="{path}" defer></script>' for path in (WORDS, *(FOLDER + name for name in FILES)))
_TAGS = f'<link rel="stylesheet" href="{FOLDER}{STYLE}">{_SCRIPTS}'.encode()
_BEFORE = b"</head>"


def routes() -> list[Route]:
    """The addresses of the scripts and of the style."""
    return [Route(WORDS, _words, methods=["GET"]), Route(FOLDER + "{name}", _file, methods=["GET"])]


async def _file(request) -> Response:
    name = request.path_params["name"]
    if name not in (*FILES, STYLE):
        return Response("not found", 404)
    kind = "text/css" if name == STYLE else "text/javascript"
    return FileResponse(data_dir() / "web" / name, media_type=kind, headers={"Cache-Control": "no-cache"})


async def _words(_request: object) -> Response:
    return Response(words_script(), media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@cache
def words_script() -> str:
    """The script that holds the words in both languages and the largest size of a file."""
    languages = {short: _said(Translator(language)) for short, language in (("zh", "zh_TW"), ("en", "en"))}
    return f"globalThis.milepostWords = {json.dumps(languages)};\nglobalThis.milepostMostBytes = {MAX_BYTES};\n"


def _said(t: Translator) -> dict[str, str]:
    """What the scripts say in one language; the `{places}` are filled in the browser."""
    return {
        "unsaved": t.text("Not saved yet…"),
        "offline": t.text("The connection is lost. Your text is kept in this browser and is saved when the connection is back."),
        "offline_not_kept": t.text("The connection is lost, and this browser keeps nothing. Copy your text before you leave this page."),
        "offer": t.text("Text of {time} that did not reach the system was kept in this browser:"),
        "offer_use": t.text("Put it back"),
        "offer_add": t.text("Add it below"),
        "offer_drop": t.text("Throw it away"),
        "count": t.text("{words} words · {used} of {most} characters"),
        "count_free": t.text("{words} words · {used} characters"),
        "near": t.text("{left} characters left"),
        "over": t.text("{over} characters too many: {used}, at most {most}"),
        "too_large": t.text("“{name}” has {size} MB and was not sent: at most {most} MB a file. Make it smaller or split it."),
        "close": t.text("Close"),
    }


class AutosaveScript:
    """Adds the tags of the style and the scripts to Streamlit's page. Every other answer goes through untouched."""

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
        page = page.replace(_BEFORE, _TAGS + _BEFORE, 1)
    headers = MutableHeaders(scope=started)
    headers["content-length"] = str(len(page))
    if "etag" in headers:
        headers["etag"] = f'W/"{headers["etag"].removeprefix("W/").strip(chr(34))}-milepost"'
    await send(started)
    await send({"type": "http.response.body", "body": page})
