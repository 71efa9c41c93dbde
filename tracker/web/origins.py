"""Which host names this installation answers to, and whether a request comes from its own pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers

from tracker.config import Settings

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def host_is_ours(headers: Headers, settings: Settings) -> bool:
    """Whether `Host` names loopback or the public address. Else a foreign name was pointed at us (DNS rebinding)."""
    return _asked(headers) in LOOPBACK | {urlsplit(settings.public_url).hostname}


def asks_loopback(headers: Headers) -> bool:
    """Whether `Host` names this very machine: what came through a proxy names the public address."""
    return _asked(headers) in LOOPBACK


def _asked(headers: Headers) -> str:
    try:
        return (urlsplit(f"//{headers.get('host', '')}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def origin_is_ours(headers: Headers, settings: Settings) -> bool:
    """Whether `Origin` is this very host, or `Sec-Fetch-Site` says so. True where a client sends neither: no browser is like that,
    and without a browser there is nobody's cookie to misuse."""
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    netloc = urlsplit(origin).netloc
    return bool(netloc) and netloc in (headers.get("host"), urlsplit(settings.public_url).netloc)


def local_path(wanted: str) -> str:
    """Where to go after signing in: a path of this site, else "/". Never another host, and never back to the way in or out."""
    if not wanted.startswith("/") or wanted.startswith(("//", "/\\")) or len(wanted) > 2000:
        return "/"
    if "\\" in wanted or any(ord(c) < 33 or ord(c) == 127 for c in wanted):
        return "/"
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc or parts.path.startswith(("/sign-", "/auth/", "/_stcore/", "/media/", "/healthz")):
        return "/"
    return wanted
