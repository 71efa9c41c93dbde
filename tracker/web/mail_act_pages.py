"""The pages behind a link in a mail: who acts on what, what each button does, and what was done. No script, two languages, any width."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from html import escape
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import HTMLResponse

from tracker.config import Settings
from tracker.domain.minguo import both, weekday_zh
from tracker.i18n import Translator
from tracker.services.alert_acts import LONGEST_REASON, AlertActs
from tracker.services.errors import NotFound, Problem, ServiceError
from tracker.services.mail_links import LinkAct, OpenedLink, words_of
from tracker.services.viewer import Role
from tracker.web import forms

_DONE = {
    LinkAct.ACKNOWLEDGE: "Noted: you have seen it. This stage is not repeated to you; the next one comes on its day.",
    LinkAct.SNOOZE: "Noted: you are reminded again on {day}.",
    LinkAct.DELEGATE: "Noted: {name} was asked and is told now. The duty stays with the project.",
    LinkAct.UNSUBSCRIBE: "Noted: no more digests are mailed to you. Everything still appears in your inbox here.",
}
_FIELDS = {"until_on": "Remind me again on", "reason": "Why it can wait", "to_person_id": "Ask a colleague to see to it"}
_FORM = "acts"
_ROLES = {Role.PI: "Principal investigator", Role.CO_PI: "Co-principal investigator", Role.ASSISTANT: "Assistant"}


@dataclass(frozen=True)
class Shown:
    """One request for one link: `found` where it is about an alert, `digest` (whether she gets digests) where it is not."""

    request: Request
    settings: Settings
    t: Translator
    opened: OpenedLink
    found: AlertActs | None
    digest: bool | None
    sent: dict[str, str]

    @property
    def address(self) -> str:
        """The link itself, without the host."""
        return self.request.url.path


def form(shown: Shown, problem: str = "", status: int = 200) -> HTMLResponse:
    """What the link can do, each with its button and its consequence; above it what was wrong."""
    t = shown.t
    title = t("Digests by mail") if shown.found is None else words_of(t, shown.found, shown.opened.ctx).headline

    def body(token: str) -> str:
        said = forms.notice(problem, is_error=True) if problem else ""
        who = f'<p class="who">{escape(t("You act as {name}. Nothing happens before you press a button.", name=_name(shown)))}</p>'
        acts = _unsubscribing(shown) if shown.found is None else _acts(shown, shown.found)
        return said + who + _facts(shown) + _form(shown, token, acts) + _way_in(t)

    has_form = shown.found is None or not shown.found.item.settled
    return _page(shown, title, body, status, _FORM if has_form else "")


def problem_text(t: Translator, problem: Problem) -> str:
    """What is wrong, beginning with the name of the field."""
    words = t(problem.msgid, **{name: t.said(value) for name, value in problem.params.items()})
    label = _FIELDS.get(problem.field)
    return f"{t(label)}{t.pick('：', ': ')}{words}" if label else words


def done(shown: Shown, act: LinkAct, what: dict[str, str]) -> HTMLResponse:
    """What was done, in one sentence, and what can be done besides."""
    t, params = shown.t, {}
    if act == LinkAct.SNOOZE:
        params = {"day": _day_words(t, what["until_on"])}
    if act == LinkAct.DELEGATE and shown.found is not None:
        people = {str(one.person_id): one.name for one in shown.found.colleagues}
        params = {"name": people.get(what["to_person_id"], "")}
    said = forms.notice(t(_DONE[act], **params), is_error=False)
    again = f'<p class="aside"><a href="{escape(shown.address)}">{escape(t("Do something else with it"))}</a></p>' if shown.found else ""

    def body(_token: str) -> str:
        return said + _facts(shown) + again + _way_in(t)

    return _page(shown, t("Done"), body, 200)


def refusal(request: Request, settings: Settings, t: Translator, refused: ServiceError) -> HTMLResponse:
    """Why the link does nothing, and that signing in helps."""
    gone = isinstance(refused, NotFound)
    msgid = "This is no longer yours to act on: you have left the project, or it is not there any more." if gone else refused.msgid

    def body(_token: str) -> str:
        said = forms.notice(t(msgid, **({} if gone else refused.params)), is_error=True)
        helps = t("Sign in: your inbox holds every alert, with the same choices.")
        return f'{said}<p>{escape(helps)}</p><p><a class="button" href="/sign-in?next=/inbox">{escape(t("Sign in"))}</a></p>'

    status = 403 if gone else getattr(refused, "status", 400)
    return forms.page(request, settings, t, title=t("This link does nothing"), body=body, address=request.url.path, status=status)


def _page(shown: Shown, title: str, body, status: int, typed_in: str = "") -> HTMLResponse:
    return forms.page(
        shown.request, shown.settings, shown.t, title=title, body=body, address=shown.address, status=status, typed_in=typed_in
    )


def _name(shown: Shown) -> str:
    return shown.opened.ctx.viewer.name


def _facts(shown: Shown) -> str:
    if shown.found is None:
        return ""
    rows = words_of(shown.t, shown.found, shown.opened.ctx).facts
    return '<dl class="facts">' + "".join(f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>" for label, text in rows) + "</dl>"


def _acts(shown: Shown, found: AlertActs) -> str:
    drawn = {LinkAct.ACKNOWLEDGE: _acknowledging, LinkAct.SNOOZE: _snoozing, LinkAct.DELEGATE: _delegating}
    if found.item.settled:
        return f"<p>{escape(shown.t('It is settled: nothing is asked any more.'))}</p>"
    return "".join(drawn[act](shown, found) for act in shown.opened.link.acts if act in drawn)


def _acknowledging(shown: Shown, found: AlertActs) -> str:
    t = shown.t
    if found.item.acknowledged_at is not None:
        return f'<p class="note">{escape(t("You have seen it already."))}</p>'
    means = t(
        "This stage is not repeated to you; the next one comes on its day. It hands nothing in. The office sees that you have seen it."
    )
    return _act(LinkAct.ACKNOWLEDGE, "", means, t("I have seen it"))


def _snoozing(shown: Shown, found: AlertActs) -> str:
    t, today = shown.t, shown.opened.ctx.today
    if found.snooze_until is None:
        return f'<p class="aside">{escape(t(found.no_snooze))}</p>'
    chosen = shown.sent.get("until_on", "")
    options = "".join(_option(day.isoformat(), _day_words(t, day.isoformat()), chosen) for day in found.snooze_days(today))
    inputs = f'<label for="until_on">{escape(t("Remind me again on"))}</label><select id="until_on" name="until_on">{options}</select>'
    if found.needs_reason:
        said = escape(shown.sent.get("reason", ""))
        inputs += (
            f'<label for="reason">{escape(t("Why it can wait"))}</label>'
            f'<textarea id="reason" name="reason" rows="2" required maxlength="{LONGEST_REASON}">{said}</textarea>'
        )
    means = t("You get this alert once more in the morning of that day. It moves no date: the legal last day stays.")
    return _act(LinkAct.SNOOZE, inputs, means, t("Remind me again"))


def _delegating(shown: Shown, found: AlertActs) -> str:
    t = shown.t
    free = [one for one in found.colleagues if found.asked is None or one.person_id != found.asked.to_person_id]
    if not free:
        return ""
    options = "".join(
        _option(str(one.person_id), t("{name}, {role}", name=one.name, role=t(_ROLES[one.role])), shown.sent.get("to_person_id", ""))
        for one in free
    )
    inputs = f'<label for="to">{escape(t("Ask a colleague to see to it"))}</label><select id="to" name="to_person_id">{options}</select>'
    means = t("She is told now and of every further stage. You are told again on the last days. The duty stays with the project.")
    return _act(LinkAct.DELEGATE, inputs, means, t("Ask this colleague"))


def _option(value: str, words: str, chosen: str) -> str:
    return f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(words)}</option>'


def _unsubscribing(shown: Shown) -> str:
    t = shown.t
    if not shown.digest:
        return forms.notice(t("No digests are mailed to you. You can have them again on your account page."), is_error=False)
    means = t("Everything still appears in your inbox here. What is urgent or overdue is mailed all the same; that cannot be switched off.")
    return _act(LinkAct.UNSUBSCRIBE, "", means, t("Stop the digests"))


def _form(shown: Shown, token: str, acts: str) -> str:
    """All acts are one form: whatever she does first, or a switch of the language, takes along what she typed and chose."""
    hidden = token + forms.hidden("form", uuid4().hex) + forms.hidden("lang", shown.t.language)
    return f'<form id="{_FORM}" method="post" action="{escape(shown.address)}">{hidden}{acts}</form>'


def _act(act: LinkAct, inputs: str, means: str, button: str) -> str:
    needs = "" if act == LinkAct.SNOOZE else " formnovalidate"  # the reason is asked for by what needs it
    return (
        f'<div class="act">{inputs}<p class="means">{escape(means)}</p>'
        f'<button type="submit" name="act" value="{act.value}"{needs}>{escape(button)}</button></div>'
    )


def _way_in(t: Translator) -> str:
    return f'<p class="aside"><a href="/inbox">{escape(t("Open my inbox"))}</a></p>'


def _day_words(t: Translator, text: str) -> str:
    day = date.fromisoformat(text)
    return f"{both(day)} {t.pick(weekday_zh(day), f'{day:%A}')}"
