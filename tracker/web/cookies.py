"""The two cookies: the session's token and the form token. Names and flags follow from whether TLS stands in front."""

from __future__ import annotations

from starlette.requests import HTTPConnection
from starlette.responses import Response

from tracker.config import Settings


def session_cookie(settings: Settings) -> str:
    """`__Host-milepost` over TLS: the browser then insists on Secure, this host and Path=/. Plain on loopback HTTP, where
    browsers refuse that prefix."""
    return "__Host-milepost" if settings.tls else "milepost"


def form_cookie(settings: Settings) -> str:
    """The other half of the token in our own forms (double submit)."""
    return "__Host-milepost-form" if settings.tls else "milepost-form"


def token_of(connection: HTTPConnection, settings: Settings) -> str:
    """The session token that the client sent, or the empty text."""
    return connection.cookies.get(session_cookie(settings), "")


def set_cookie(response: Response, settings: Settings, name: str, value: str) -> None:
    """Give the browser a cookie that ends with it, that no script can read and no other site can send along."""
    response.set_cookie(name, value, path="/", httponly=True, samesite="lax", secure=settings.tls)


def clear_cookie(response: Response, settings: Settings, name: str) -> None:
    """Take a cookie back."""
    response.delete_cookie(name, path="/", httponly=True, samesite="lax", secure=settings.tls)
