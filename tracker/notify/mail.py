"""Puts an alert into a mail: text and HTML, both calendars, in the reader's language.

Headers are built from parsed addresses and from text without control characters, so that no title or name can add a
header; everything in the HTML part is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address, HeaderRegistry, UniqueAddressHeader, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime
from html import escape
from string import Template

from tracker.i18n import Translator
from tracker.notify import frame, notice_wording, wording
from tracker.notify.notice_wording import NoticeText
from tracker.notify.templates import NONE_OF_ITS_OWN, OwnWords
from tracker.notify.wording import AlertText


class _AsItIs(UnstructuredHeader):
    """A header that programs read: folded, a long address would become an encoded word, which they do not decode (RFC 8058, RFC 2047)."""

    def fold(self, *, policy: Policy) -> str:
        """The whole header on one line."""
        return f"{self.name}: {self}{policy.linesep}"


class _OneAddress(UniqueAddressHeader):
    """A header with one address. A name that is more than letters is encoded whole: where Python folds a long quoted one it loses the
    quotes (until 3.11.9), and a comma or an @ in a name would become further addresses.
    """

    def fold(self, *, policy: Policy) -> str:
        """The name, then the address, each on lines of their own where they are long."""
        one, end = self.addresses[0], policy.linesep
        name = one.display_name
        if not name:
            return f"{self.name}: {one.addr_spec}{end}"
        said = name if _ATOMS.fullmatch(name) else Header(name, "utf-8", header_name=self.name).encode(linesep=end)
        return f"{self.name}: {said}{end if len(said) > _SHORT else ''} <{one.addr_spec}>{end}"


_ATOMS = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")
_SHORT = 40
_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _AsItIs)
for _name in ("from", "to"):
    _HEADERS.map_to_type(_name, _OneAddress)
_POLICY = SMTP.clone(header_factory=_HEADERS)

_BREAKS = re.compile(r"[\s\x00-\x1f\x7f\u0085\u2028\u2029]+")
LONGEST_SUBJECT = 180
_WHOLE = re.compile(
    r"[0-9]{2,3}-[0-9]{2}-[0-9]{2} \([0-9]{4}-[0-9]{2}-[0-9]{2}\)|[0-9]{4}-[0-9]{2}-[0-9]{2}|星期[一二三四五六日]"
    r"|(?<![\w-])(?=[\w-]{4,20}(?![\w-]))[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)+"
)


Foot = Sequence[tuple[str, str]]
"""Lines below a mail: what is said, and the address that goes with it."""


@dataclass(frozen=True)
class Rendered:
    """The words of one mail; `headers` beside the usual ones, and an iCalendar file that goes with it (empty: none)."""

    subject: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...] = ()
    calendar: bytes = b""


class BadAddress(ValueError):
    """An address that no mail can be sent to."""


def render(
    alert: AlertText, *, language: str, name: str, link: str, act: str = "", foot: Foot = (), own: OwnWords = NONE_OF_ITS_OWN
) -> Rendered:
    """The subject and both bodies of the mail to one person.

    `link` is the full address of the page to open ("": to somebody without an account), `act` that of the form to acknowledge it, put it
    off or hand it on ("": none), `foot` what stands below everything, `own` the office's words.
    """
    t = Translator(language)
    reasons = [t.pick(reason.zh, reason.en) for reason in alert.because]
    headline, opening = wording.headline(t, alert, own), wording.opening(t, alert, own)
    return _rendered(t, headline, _Body(name, opening, wording.facts(t, alert), reasons, link, act, foot))


def render_notice(notice: NoticeText, *, language: str, name: str, link: str, foot: Foot = (), own: OwnWords = NONE_OF_ITS_OWN) -> Rendered:
    """The same for the mail of a notice."""
    t = Translator(language)
    headline, opening = notice_wording.headline(t, notice, own), notice_wording.opening(t, notice, own)
    return _rendered(t, headline, _Body(name, opening, notice_wording.facts(t, notice), [], link, "", foot))


@dataclass(frozen=True)
class _Body:
    """What both parts of a mail say."""

    name: str
    opening: list[str]
    facts: list[tuple[str, str]]
    reasons: list[str]
    link: str
    act: str
    foot: Foot

    def greeting(self, t: Translator) -> str:
        return t("Dear {name},", name=one_line(self.name))

    def footer(self, t: Translator) -> str:
        if self.link:
            return t("Sent by Milepost. Every alert is also in your inbox there; please do not answer this mail.")
        return t("Sent by Milepost to your institution; please do not answer this mail, but ask the programme office.")


def _rendered(t: Translator, headline: str, body: _Body) -> Rendered:
    headline = one_line(headline)[:LONGEST_SUBJECT]
    return Rendered(subject=headline, text=_text(t, body), html=_html(t, headline, body))


def compose(rendered: Rendered, *, sender: str, name: str, address: str, message_id: str, at: datetime, language: str) -> EmailMessage:
    """The message as it goes over the wire, to exactly one person. `at` is an aware instant.

    Raises BadAddress where `address` or `sender` is not an e-mail address.
    """
    message = EmailMessage(policy=_POLICY)
    message["From"] = _address("Milepost", sender)
    message["To"] = _address(name, address)
    message["Subject"] = rendered.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = "zh-TW" if language == "zh_TW" else "en"
    message.set_content(rendered.text, cte="base64")
    message.add_alternative(rendered.html, subtype="html", cte="base64")
    for header, value in rendered.headers:
        message[header] = value
    if rendered.calendar:
        message.add_attachment(
            rendered.calendar.decode(), subtype="calendar", cte="base64", filename="milepost.ics", params={"method": "PUBLISH"}
        )
    return message


def linked(foot: Foot) -> list[str]:
    """Lines of a footer as HTML: what is said is the link itself, for an address with a signature is long."""
    return [f'<a href="{escape(to)}" style="color:#45525f">{escape(said.rstrip(" ：:"))}</a>' for said, to in foot]


def _address(name: str, address: str) -> Address:
    if any(ord(character) < 33 or ord(character) == 127 for character in address):
        raise BadAddress("the address holds spaces or control characters")
    try:
        return Address(display_name=one_line(name), addr_spec=address)
    except Exception as error:  # the parser raises its own errors, ValueError and IndexError
        raise BadAddress(str(error)) from error


def one_line(text: str) -> str:
    return _BREAKS.sub(" ", text).encode("utf-8", "replace").decode().strip()


def _text(t: Translator, body: _Body) -> str:
    colon = t.pick("：", ": ")
    lines = [body.greeting(t), "", *body.opening, "", *(f"{label}{colon}{one_line(text)}" for label, text in body.facts), ""]
    if body.reasons:
        lines += [t("Why this day:"), *(f"- {one_line(reason)}" for reason in body.reasons), ""]
    if body.link:
        lines += [t("Open the page:"), body.link, ""]
    if body.act:
        lines += [t("Acknowledge, be reminded again or hand on:"), body.act, ""]
    below = [part for said, address in body.foot for part in (said, address)]
    return "\n".join([*lines, "-- ", body.footer(t), *below, ""])


_FACTS = Template(
    '<table role="presentation" style="border-collapse:collapse;table-layout:fixed;width:100%;margin:14px 0;font-size:14px">$facts</table>'
)
_BUTTON = Template(
    '<p style="margin:18px 0"><a href="$link" style="display:inline-block;background:#14532d;color:#ffffff;'
    'text-decoration:none;padding:10px 18px;border-radius:6px">$title</a></p>'
)
_ACT = Template('<p style="margin:0 0 14px;font-size:14px"><a href="$link" style="color:#45525f">$title</a></p>')
_FACT = Template(
    '<tr><th scope="row" style="text-align:left;vertical-align:top;width:112px;font-weight:600;color:#45525f;'
    'padding:5px 12px 5px 0;border-top:1px solid #e6eaee">$label</th>'
    '<td style="padding:5px 0;border-top:1px solid #e6eaee;overflow-wrap:anywhere">$text</td></tr>'
)
_REASONS = Template(
    '<p style="margin:0 0 4px;font-weight:600;font-size:14px">$title</p>'
    '<ul style="margin:0;padding-left:20px;font-size:14px;color:#45525f">$items</ul>'
)


def whole_days(text: str) -> str:
    """The text escaped for the HTML part, where no day and no short code is torn at its hyphens by a narrow screen."""
    return _WHOLE.sub(r'<span style="white-space:nowrap">\g<0></span>', escape(text))


def _html(t: Translator, title: str, body: _Body) -> str:
    items = "".join(f"<li>{whole_days(reason)}</li>" for reason in body.reasons)
    acts = _ACT.substitute(link=escape(body.act), title=escape(t("Acknowledge · remind me again · hand on"))) if body.act else ""
    facts = "".join(_FACT.substitute(label=escape(label), text=whole_days(text)) for label, text in body.facts)
    parts = [
        *(f'<p style="margin:0 0 8px">{whole_days(line)}</p>' for line in body.opening),
        _FACTS.substitute(facts=facts),
        (_BUTTON.substitute(link=escape(body.link), title=escape(t("Open the page"))) if body.link else "") + acts,
        _REASONS.substitute(title=escape(t("Why this day:")), items=items) if body.reasons else "",
    ]
    footer = "<br>".join([*(escape(line) for line in (body.footer(t), body.link) if line), *linked(body.foot)])
    words = {"title": title, "heading": whole_days(title), "greeting": body.greeting(t), "footer": footer}
    return frame.page(chinese=t.is_chinese, body="\n".join(parts), **words)
