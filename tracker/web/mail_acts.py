"""`/act/{token}`: what a link in a mail leads to. Looking at it shows a form and changes nothing; only sending the form does.

Programs that check mails open every link, so a GET or HEAD must never act. The one POST without a form of ours is the one-click
unsubscribe of mail programs (RFC 8058), which can end digests and nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, datetime
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from tracker.bootstrap import Desk
from tracker.clock import civil_day
from tracker.i18n import LANGUAGES, Translator
from tracker.services import alert_acts
from tracker.services.alert_choices import my_alert_choice, stop_digests
from tracker.services.errors import Invalid, ServiceError
from tracker.services.mail_links import LinkAct, LinkRefused, OpenedLink, open_link
from tracker.services.sessions import sid_of_token, viewer_of
from tracker.services.viewer import SYSTEM
from tracker.store.writing import StoreError
from tracker.web import forms, mail_act_pages
from tracker.web.cookies import token_of
from tracker.web.mail_act_pages import Shown

_MOST = 16_384
_FIELDS = {LinkAct.SNOOZE: ("until_on", "reason"), LinkAct.DELEGATE: ("to_person_id",)}
_ONE_CLICK = ("List-Unsubscribe", "One-Click")

#: The origin still goes along, since a browser that hides it sends "Origin: null" with our own form; the address, which is a key, never.
HEADERS = {"Referrer-Policy": "strict-origin", "X-Robots-Tag": "noindex, nofollow"}


class MailActs:
    """The endpoint. `now` is the machine's clock, by which sessions live."""

    def __init__(self, desk: Callable[[], Desk], now: Callable[[], datetime]) -> None:
        self.desk = desk
        self.now = now

    async def __call__(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD", "POST"):
            response = PlainTextResponse("method not allowed", 405, {"Allow": "GET, HEAD, POST"})
        elif request.method != "POST":
            response = await run_in_threadpool(self._looked_at, request)
        elif request.headers.get("content-type", "").startswith("multipart/form-data"):
            response = await self._one_click(request, _is_one_click(await _body(request)))
        else:
            sent = await forms.fields(request)
            if sent is None:
                response = PlainTextResponse("bad form", 400)
            elif sent.get(_ONE_CLICK[0]) == _ONE_CLICK[1]:
                response = await self._one_click(request, True)
            else:
                response = await run_in_threadpool(self._sent, request, sent)
        response.headers.update(HEADERS)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _looked_at(self, request: Request) -> Response:
        try:
            opened = self._open(request)
            shown = self._shown(request, opened, {})
        except ServiceError as refused:
            return self._refusal(request, refused)
        return mail_act_pages.form(shown)

    def _sent(self, request: Request, sent: dict[str, str]) -> Response:
        try:
            opened = self._open(request)
            shown = self._shown(request, opened, sent)
            if not forms.is_from_our_form(request, self.desk().settings, sent):
                msgid = "This form was opened in another window or too long ago. Please try again."
                return mail_act_pages.form(shown, shown.t(msgid), 403)
            if forms.SWITCH_FIELD in sent:
                return mail_act_pages.form(shown)
            act = next((one for one in opened.link.acts if one == sent.get("act")), None)
            if act is None:
                return mail_act_pages.form(shown, shown.t("Choose what to do."), 400)
        except ServiceError as refused:
            return self._refusal(request, refused)
        try:
            done = _do(opened, act, sent)
        except Invalid as wrong:
            return mail_act_pages.form(shown, " ".join(mail_act_pages.problem_text(shown.t, one) for one in wrong.problems), 422)
        except ServiceError as refused:
            return self._refusal(request, refused)
        except StoreError:
            return mail_act_pages.form(shown, shown.t("The system is busy. Nothing was saved; please try again in a moment."), 503)
        return mail_act_pages.done(shown, act, done)

    async def _one_click(self, request: Request, is_one: bool) -> Response:
        try:
            opened = await run_in_threadpool(self._open, request, False)
            if not is_one or LinkAct.UNSUBSCRIBE not in opened.link.acts:
                return PlainTextResponse("bad form", 400)
            await run_in_threadpool(stop_digests, opened.ctx, key=uuid4().hex)
        except LinkRefused as refused:
            return PlainTextResponse("no such link", refused.status)
        except (ServiceError, StoreError):
            return PlainTextResponse("try again later", 503, {"Retry-After": "60"})
        return PlainTextResponse("unsubscribed")

    def _open(self, request: Request, of_browser: bool = True) -> OpenedLink:
        desk = self.desk()
        return open_link(
            desk.context(SYSTEM),
            request.path_params["token"],
            public_url=desk.settings.public_url,
            signed_in_as=self._signed_in_as(request) if of_browser else None,
        )

    def _signed_in_as(self, request: Request) -> int | None:
        desk = self.desk()
        sid = sid_of_token(desk.store, token_of(request, desk.settings), self.now())
        viewer = viewer_of(desk.store, sid, at=self.now(), today=civil_day(desk.clock.now())) if sid else None
        return viewer.person_id if viewer else None

    def _shown(self, request: Request, opened: OpenedLink, sent: dict[str, str]) -> Shown:
        t = _language(request, sent, opened.ctx.viewer.language)
        found = digest = None
        if opened.link.alert_id is not None:
            found = alert_acts.acts_on(opened.ctx, opened.link.alert_id)
        else:
            digest = my_alert_choice(opened.ctx).choice.digest
        return Shown(request, self.desk().settings, t, opened, found, digest, sent)

    def _refusal(self, request: Request, refused: ServiceError) -> Response:
        settings = self.desk().settings
        t = _language(request, {}, settings.default_language)
        return mail_act_pages.refusal(request, settings, t, refused)


def _do(opened: OpenedLink, act: LinkAct, sent: dict[str, str]) -> dict[str, str]:
    """Do one act; the form's own number makes a second sending of it, filled in alike, the same act."""
    ctx, alert_id = opened.ctx, opened.link.alert_id
    filled = repr([sent.get(name, "") for name in ("form", *_FIELDS.get(act, ()))])
    key = f"mail-{opened.link.person_id}-{alert_id}-{act.value}-{hashlib.sha256(filled.encode()).hexdigest()[:32]}"
    if act == LinkAct.UNSUBSCRIBE:
        stop_digests(ctx, key=uuid4().hex)
        return {}
    if act == LinkAct.ACKNOWLEDGE:
        alert_acts.acknowledge(ctx, alert_id=alert_id, via="mail", key=key)
        return {}
    if act == LinkAct.SNOOZE:
        until_on = _day(sent.get("until_on", ""))
        alert_acts.snooze(ctx, alert_id=alert_id, until_on=until_on, reason=sent.get("reason", ""), via="mail", key=key)
        return {"until_on": until_on.isoformat()}
    to = sent.get("to_person_id", "")
    number = int(to) if to.isascii() and to.isdigit() and len(to) < 16 else 0
    alert_acts.delegate_alert(ctx, alert_id=alert_id, to_person_id=number, via="mail", key=key)
    return {"to_person_id": str(number)}


def _day(text: str) -> date:
    """The chosen day; what is none is a day long gone, which the service refuses by name."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return date.min


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST:
            return b""
    return body


def _is_one_click(body: bytes) -> bool:
    """Whether a small multipart body says `List-Unsubscribe=One-Click` and nothing else that counts."""
    name, value = (part.encode() for part in _ONE_CLICK)
    head, _, rest = body.partition(b"\r\n\r\n")
    return b'name="' + name + b'"' in head and rest.split(b"\r\n", 1)[0].strip() == value


def _language(request: Request, sent: dict[str, str], own: str) -> Translator:
    asked = sent.get(forms.SWITCH_FIELD) or sent.get("lang") or request.query_params.get("lang", "")
    return Translator(asked if asked in LANGUAGES else own)
