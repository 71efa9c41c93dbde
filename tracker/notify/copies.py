"""A copy of a mail that was sent before: word for word, with a line above that says so."""

from __future__ import annotations

from datetime import date
from html import escape

from tracker.domain.minguo import both
from tracker.i18n import Translator
from tracker.notify.frame import language_tag
from tracker.notify.mail import Rendered


def copy_of(subject: str, text: str, *, sent_on: date, language: str) -> Rendered:
    """The words of the copy. `sent_on` is the civil day (Asia/Taipei) on which the first one went out."""
    t = Translator(language)
    note = t("This is a copy, sent again by the office. The mail first went out on {day} and says what held then.", day=both(sent_on))
    whole = f"{note}\n\n{text}"
    body = f'<pre style="font-family:inherit;white-space:pre-wrap;overflow-wrap:anywhere;margin:16px">{escape(whole)}</pre>'
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(subject)}</title>'
    page = f'<!DOCTYPE html><html lang="{language_tag(t.is_chinese)}"><head>{head}</head><body>{body}</body></html>'
    return Rendered(subject=subject, text=whole, html=page)
