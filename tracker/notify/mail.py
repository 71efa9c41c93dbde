"""Puts an alert into a mail: text and HTML, both calendars, in the reader's language.

Headers are built from parsed addresses and from text without control characters, so that no title or name can add a
header; everything in the HTML part is escaped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from string import Template

from tracker.i18n import Translator
from tracker.notify import notice_wording, wording
from tracker.notify.notice_wording import NoticeText
from tracker.notify.wording import AlertText

_BREAKS = re.compile(r"[\s\x00-\x1f\x7f\u0085\u2028\u2029]+")
_LONGEST_SUBJECT = 180


@dataclass(frozen=True)
class Rendered:
    """The words of one mail."""

    subject: str
    text: str
    html: str


class BadAddress(ValueError):
    """An address that no mail can be sent to."""


def render(alert: AlertText, *, language: str, name: str, link: str) -> Rendered:
    """The subject and both bodies of the mail to one person. `link` is the full address of the page to open."""
    t = Translator(language)
    reasons = [t.pick(reason.zh, reason.en) for reason in alert.because]
    return _rendered(t, wording.headline(t, alert), wording.opening(t, alert), wording.facts(t, alert), reasons, name, link)


def render_notice(notice: NoticeText, *, language: str, name: str, link: str) -> Rendered:
    """The same for the mail of a notice."""
    t = Translator(language)
    headline, opening = notice_wording.headline(t, notice), notice_wording.opening(t, notice)
    return _rendered(t, headline, opening, notice_wording.facts(t, notice), [], name, link)


def _rendered(
    t: Translator, headline: str, opening: list[str], facts: list[tuple[str, str]], reasons: list[str], name: str, link: str
) -> Rendered:
    headline = _one_line(headline)[:_LONGEST_SUBJECT]
    greeting = t("Dear {name},", name=_one_line(name))
    footer = t("Sent by Milepost. Every alert is also in your inbox there; please do not answer this mail.")
    return Rendered(
        subject=headline,
        text=_text(t, greeting, opening, facts, reasons, link, footer),
        html=_html(t, headline, greeting, opening, facts, reasons, link, footer),
    )


def compose(rendered: Rendered, *, sender: str, name: str, address: str, message_id: str, at: datetime, language: str) -> EmailMessage:
    """The message as it goes over the wire, to exactly one person. `at` is an aware instant.

    Raises BadAddress where `address` or `sender` is not an e-mail address.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = _address("Milepost", sender)
    message["To"] = _address(name, address)
    message["Subject"] = rendered.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = "zh-TW" if language == "zh_TW" else "en"
    message.set_content(rendered.text, cte="base64")
    message.add_alternative(rendered.html, subtype="html", cte="base64")
    return message


def _address(name: str, address: str) -> Address:
    if any(ord(character) < 33 or ord(character) == 127 for character in address):
        raise BadAddress("the address holds spaces or control characters")
    try:
        return Address(display_name=_one_line(name), addr_spec=address)
    except Exception as error:  # the parser raises its own errors, ValueError and IndexError
        raise BadAddress(str(error)) from error


def _one_line(text: str) -> str:
    return _BREAKS.sub(" ", text).encode("utf-8", "replace").decode().strip()


def _text(
    t: Translator,
    greeting: str,
    opening: list[str],
    facts: list[tuple[str, str]],
    reasons: list[str],
    link: str,
    footer: str,
) -> str:
    colon = t.pick("：", ": ")
    lines = [greeting, "", *opening, "", *(f"{label}{colon}{_one_line(text)}" for label, text in facts), ""]
    if reasons:
        lines += [t("Why this day:"), *(f"- {_one_line(reason)}" for reason in reasons), ""]
    lines += [t("Open the page:"), link, "", "-- ", footer, ""]
    return "\n".join(lines)


_PAGE = Template("""\
<!DOCTYPE html>
<html lang="$lang"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title></head>
<body style="margin:0;background:#f3f5f7;color:#1c2733;\
font-family:'Noto Sans TC','PingFang TC','Microsoft JhengHei','Noto Sans CJK TC',Helvetica,Arial,sans-serif;line-height:1.6">
<div style="max-width:600px;margin:0 auto;padding:20px 16px">
<div style="background:#ffffff;border:1px solid #d8dee4;border-radius:8px;padding:20px">
<h1 style="font-size:19px;line-height:1.45;margin:0 0 14px">$title</h1>
<p style="margin:0 0 8px">$greeting</p>
$opening
<table role="presentation" style="border-collapse:collapse;width:100%;margin:14px 0;font-size:15px">$facts</table>
<p style="margin:18px 0"><a href="$link" style="display:inline-block;background:#14532d;color:#ffffff;\
text-decoration:none;padding:10px 18px;border-radius:6px">$button</a></p>
$reasons
</div>
<p style="font-size:13px;color:#57636f;margin:12px 4px">$footer<br>$link</p>
</div></body></html>
""")
_FACT = Template(
    '<tr><th scope="row" style="text-align:left;vertical-align:top;white-space:nowrap;font-weight:600;color:#45525f;'
    'padding:5px 14px 5px 0;border-top:1px solid #e6eaee">$label</th>'
    '<td style="padding:5px 0;border-top:1px solid #e6eaee">$text</td></tr>'
)
_REASONS = Template(
    '<p style="margin:0 0 4px;font-weight:600;font-size:14px">$title</p>'
    '<ul style="margin:0;padding-left:20px;font-size:14px;color:#45525f">$items</ul>'
)


def _html(
    t: Translator,
    title: str,
    greeting: str,
    opening: list[str],
    facts: list[tuple[str, str]],
    reasons: list[str],
    link: str,
    footer: str,
) -> str:
    items = "".join(f"<li>{escape(reason)}</li>" for reason in reasons)
    return _PAGE.substitute(
        lang="zh-Hant-TW" if t.is_chinese else "en",
        title=escape(title),
        greeting=escape(greeting),
        opening="\n".join(f'<p style="margin:0 0 8px">{escape(line)}</p>' for line in opening),
        facts="".join(_FACT.substitute(label=escape(label), text=escape(text)) for label, text in facts),
        link=escape(link, quote=True),
        button=escape(t("Open the page")),
        reasons=_REASONS.substitute(title=escape(t("Why this day:")), items=items) if reasons else "",
        footer=escape(footer),
    )
