"""Our own two forms, drawn on the server: no script, no third party, a token that only this browser has."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from html import escape
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse

from tracker.config import Settings
from tracker.i18n import Translator
from tracker.web.cookies import form_cookie, set_cookie
from tracker.web.headers import BARE_POLICY
from tracker.web.origins import origin_is_ours

TOKEN_FIELD = "form_token"  # noqa: S105  (the field's name)
LARGEST_BODY = 16_384
SWITCH_FIELD = "switch"

_PAGE = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Milepost</title>
<link rel="icon" href="/favicon.png">
<link rel="stylesheet" href="/sign-in/style.css">
</head>
<body>
<main>
<header>
<p class="mark" aria-hidden="true"></p>
<p class="name">Milepost</p>
<p class="what">{what}</p>
</header>
<section aria-labelledby="title">
<h1 id="title">{title}</h1>
{body}
</section>
<footer>{switch}</footer>
</main>
</body>
</html>
"""


async def fields(request: Request) -> dict[str, str] | None:
    """The fields of a posted form, the first value of each; None where the body is no small urlencoded form."""
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/x-www-form-urlencoded":
        return None
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    try:
        parsed = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=20, strict_parsing=bool(body))
    except ValueError:
        return None
    return {name: values[0] for name, values in parsed.items()}


def is_from_our_form(request: Request, settings: Settings, sent: dict[str, str]) -> bool:
    """Whether a post comes from a form that this browser got from us: origin, and the token in cookie and field."""
    kept = request.cookies.get(form_cookie(settings), "")
    given = sent.get(TOKEN_FIELD, "")
    return origin_is_ours(request.headers, settings) and bool(kept) and hmac.compare_digest(kept.encode(), given.encode())


def page(
    request: Request,
    settings: Settings,
    t: Translator,
    *,
    title: str,
    body: Callable[[str], str],
    address: str,
    status: int = 200,
    typed_in: str = "",
    **keep: str,
) -> HTMLResponse:
    """A page of ours. `body` makes finished HTML from the hidden field with the token; `keep` are parameters that the
    switch of language carries along. `typed_in`: the id of a form whose fields it is to bring along: it then posts that form with the
    language in `SWITCH_FIELD`."""
    token = request.cookies.get(form_cookie(settings), "") or secrets.token_urlsafe(32)
    html = _PAGE.format(
        lang="zh-Hant-TW" if t.is_chinese else "en",
        switch=_switch(t, address, typed_in, keep),
        title=escape(title),
        what=escape(t("What every funded project owes, when, and why.")),
        body=body(hidden(TOKEN_FIELD, token)),
    )
    response = HTMLResponse(html, status, {"Content-Security-Policy": BARE_POLICY, "Cache-Control": "no-store"})
    set_cookie(response, settings, form_cookie(settings), token)
    return response


def _switch(t: Translator, address: str, typed_in: str, keep: dict[str, str]) -> str:
    other, tag, words = ("en", "en", "English") if t.is_chinese else ("zh_TW", "zh-Hant-TW", "中文")
    if typed_in:
        sends = f'form="{escape(typed_in)}" name="{SWITCH_FIELD}" value="{other}"'
        return f'<button type="submit" class="link" {sends} formnovalidate lang="{tag}">{words}</button>'
    to = escape(f"{address}?{urlencode({'lang': other, **{k: v for k, v in keep.items() if v}})}")
    return f'<a href="{to}" lang="{tag}" hreflang="{tag}">{words}</a>'


def hidden(name: str, value: str) -> str:
    """A hidden field."""
    return f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'


def notice(text: str, *, is_error: bool) -> str:
    """A message above a form, read out by a screen reader."""
    kind, role = ("error", "alert") if is_error else ("note", "status")
    return f'<p class="{kind}" role="{role}">{escape(text)}</p>'
