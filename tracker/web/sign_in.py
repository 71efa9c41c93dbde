"""Signing in and out: plain forms, since a widget of Streamlit cannot set an HttpOnly cookie."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from html import escape
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tracker.bootstrap import Desk
from tracker.clock import civil_day
from tracker.config import Settings
from tracker.i18n import LANGUAGES, Translator
from tracker.services import sessions
from tracker.services.accounts import SignedIn, SignInRefused, TooManyTries, sign_in
from tracker.services.errors import ServiceError
from tracker.services.viewer import SYSTEM
from tracker.web import forms
from tracker.web.cookies import clear_cookie, form_cookie, session_cookie, set_cookie, token_of
from tracker.web.origins import local_path

#: Why somebody is here again; anything else in the address says nothing.
REASONS = {
    "expired": "Your session ended after a long pause. Please sign in again.",
    "signed_out": "You are signed out.",
    "rights": "What you may do has changed. Please sign in again.",
    "password": "Your password was changed. Please sign in again.",
    "off": "Your session was ended.",
}


#: After signing out, no copy of unsaved text stays in a browser that others may use (`data/web/autosave.js`).
FORGET = {"Clear-Site-Data": '"storage"'}


class Doors:
    """The endpoints of `/sign-in`, `/sign-out` and `/auth/logout`."""

    def __init__(self, desk: Callable[[], Desk], now: Callable[[], datetime]) -> None:
        self.desk = desk
        self.now = now

    async def sign_in(self, request: Request) -> Response:
        """GET shows the form; POST checks it, opens a session and goes on to `next`."""
        settings = self.desk().settings
        if request.method != "POST":
            return self._sign_in_form(request, settings)
        sent = await forms.fields(request)
        if sent is None:
            return Response("bad form", 400)
        if not forms.is_from_our_form(request, settings, sent):
            message = "This form was opened in another window or too long ago. Please try again."
            return _form(request, settings, sent, message, status=403)
        try:
            signed_in = await run_in_threadpool(self._open, request, sent)
        except ServiceError as refused:
            return _refused(request, settings, sent, refused)
        response = RedirectResponse(local_path(sent.get("next", "/")), 303, {"Cache-Control": "no-store"})
        set_cookie(response, settings, session_cookie(settings), signed_in.session.token)
        clear_cookie(response, settings, form_cookie(settings))  # a new form gets a new token
        return response

    async def sign_out(self, request: Request) -> Response:
        """GET asks; POST ends the session."""
        settings = self.desk().settings
        if request.method != "POST":
            t = _language(request, settings, "")

            def asking(token: str) -> str:
                return (
                    f'<form method="post" action="/sign-out">{token}<p>{escape(t("Drafts are saved already."))}</p>'
                    f'<button type="submit">{escape(t("Sign out"))}</button></form>'
                    f'<p class="aside"><a href="/">{escape(t("Back"))}</a></p>'
                )

            return forms.page(request, settings, t, title=t("Sign out?"), body=asking, address="/sign-out")
        sent = await forms.fields(request)
        if sent is None or not forms.is_from_our_form(request, settings, sent):
            return RedirectResponse("/sign-out", 303)  # asks again, with a fresh token
        return await self._leave(request, settings)

    async def logout_link(self, request: Request) -> Response:
        """Where `st.logout()` goes: ends the session if our own page asked, else asks the person first."""
        settings = self.desk().settings
        if request.headers.get("sec-fetch-site") != "same-origin":
            return RedirectResponse("/sign-out", 303)
        return await self._leave(request, settings)

    async def _leave(self, request: Request, settings: Settings) -> Response:
        await run_in_threadpool(self._end, token_of(request, settings))
        response = RedirectResponse("/sign-in?reason=signed_out", 303, {"Cache-Control": "no-store", **FORGET})
        clear_cookie(response, settings, session_cookie(settings))
        return response

    def _sign_in_form(self, request: Request, settings: Settings) -> Response:
        asked = {"next": request.query_params.get("next", "/"), "lang": request.query_params.get("lang", "")}
        message = REASONS.get(request.query_params.get("reason", ""), "")
        response = _form(request, settings, asked, message, is_error=False)
        token = token_of(request, settings)
        signed_in = bool(token) and sessions.sid_of_token(self.desk().store, token, self.now()) is not None
        if token and not signed_in:
            clear_cookie(response, settings, session_cookie(settings))
        if not signed_in and request.query_params.get("reason") == "signed_out":
            response.headers.update(FORGET)  # also where another tab of hers was sent away
        return response

    def _open(self, request: Request, sent: dict[str, str]) -> SignedIn:
        desk = self.desk()
        signed_in = sign_in(
            desk.context(SYSTEM),
            email=sent.get("email", ""),
            password=sent.get("password", ""),
            origin=request.client.host if request.client else "",
            user_agent=request.headers.get("user-agent", ""),
            at=self.now(),
        )
        self._end(token_of(request, desk.settings))  # whoever was signed in at this browser is not any more
        return signed_in

    def _end(self, token: str) -> None:
        desk = self.desk()
        sid = sessions.sid_of_token(desk.store, token, self.now())
        if sid is None:
            return
        viewer = sessions.viewer_of(desk.store, sid, at=self.now(), today=civil_day(desk.clock.now()))
        if viewer is not None:
            sessions.sign_out(desk.context(viewer), sid, key=uuid4().hex)


def _refused(request: Request, settings: Settings, sent: dict[str, str], refused: ServiceError) -> Response:
    if isinstance(refused, TooManyTries):
        response = _form(request, settings, sent, refused.msgid, status=429, **refused.params)
        response.headers["Retry-After"] = str(refused.seconds)
        return response
    status = 401 if isinstance(refused, SignInRefused) else 503
    return _form(request, settings, sent, refused.msgid, status=status, **refused.params)


def _form(
    request: Request,
    settings: Settings,
    sent: dict[str, str],
    message: str,
    *,
    status: int = 200,
    is_error: bool = True,
    **params: object,
) -> Response:
    t = _language(request, settings, sent.get("lang", ""))
    email, after = sent.get("email", "")[:254], local_path(sent.get("next", "/"))
    shown = forms.notice(t(message, **params), is_error=is_error) if message else ""
    invalid = ' aria-invalid="true"' if status == 401 else ""
    focus_email, focus_password = ("", " autofocus") if email else (" autofocus", "")

    def body(token: str) -> str:
        return (
            f'{shown}<form method="post" action="/sign-in">{token}{forms.hidden("next", after)}'
            f"{forms.hidden('lang', t.language)}"
            f'<label for="email">{escape(t("E-mail address"))}</label>'
            f'<input id="email" name="email" type="email" autocomplete="username" required maxlength="254" '
            f'autocapitalize="none" spellcheck="false" value="{escape(email)}"{invalid}{focus_email}>'
            f'<label for="password">{escape(t("Password"))}</label>'
            f'<input id="password" name="password" type="password" autocomplete="current-password" required '
            f'maxlength="1024"{invalid}{focus_password}>'
            f'<button type="submit">{escape(t("Sign in"))}</button></form>'
            f'<p class="aside">{escape(t("No account, or no password any more? Your administrator helps."))}</p>'
        )

    return forms.page(
        request, settings, t, title=t("Sign in"), body=body, address="/sign-in", status=status, next=after if after != "/" else ""
    )


def _language(request: Request, settings: Settings, chosen: str) -> Translator:
    asked = chosen or request.query_params.get("lang", "")
    return Translator(asked if asked in LANGUAGES else settings.default_language)
