"""The words of a mail that tells of several things, and the calendar file that goes with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row

from tracker.exchange import ical
from tracker.i18n import Translator
from tracker.notify import digest, links, mail, wording
from tracker.services.alert_mail import MailSettings, address_of, alert_text, rendered_mail, text_for_outside
from tracker.services.notices import page_of, rendered_notice, text_of
from tracker.services.own_words import WordsInForce
from tracker.store import q_mails

_IN_CALENDARS = ("T-30", "T-7")
"""At these stages a calendar file is worth having: early enough to plan by, and once more when it comes near."""

MOST_EVENTS = 200
"""So many days, the nearest, a calendar file holds: a mail that grew with the portfolio would be refused for its size. A feed holds all."""


def role_of(line: Row) -> str:
    """In which role the person of a line was told."""
    return next((told["role"] for told in line.recipients_json if told["person_id"] == line.person_id), "")


def rendered_digest(
    conn: Connection,
    row: Row,
    lines: Sequence[Row],
    news: Sequence[Row],
    settings: MailSettings,
    words: WordsInForce,
    *,
    today: date,
    at: datetime,
) -> mail.Rendered:
    """Subject and bodies of a digest (or of several urgent things) as of `today` (Asia/Taipei), with its headers and its calendar file.

    One that tells of a single thing reads like the mail of that thing.
    """
    if row.contact_id is not None:
        return _to_institution(row, lines, settings, words, today, at)
    t, urgent = Translator(row.language), bool(row.payload_json.get("urgent"))
    unsubscribe = settings.links.unsubscribe(row.person_id, at=at, to=row.address) if settings.links and not urgent else ""
    addresses = digest.Addresses(
        inbox=links.full_address(settings.public_url, "inbox", {}),
        choices=links.full_address(settings.public_url, "account", {}),
        unsubscribe=unsubscribe,
    )
    foot = digest.footer(t, addresses, urgent=urgent)
    if len(lines) + len(news) == 1:
        found = (
            rendered_mail(lines[0], role_of(lines[0]), row, today, settings, at=at, foot=foot, own=words.of(lines[0].programme_id))
            if lines
            else rendered_notice(news[0], settings, reader=row, foot=foot, own=words.of(news[0].programme_id))
        )
    else:
        told = [_line(one, row.address, settings, words, today, at) for one in lines] + [_news(one, settings, words) for one in news]
        found = digest.render(told, language=row.language, name=row.name, urgent=urgent, addresses=addresses, own=words.of(None))
    headers = (("List-Unsubscribe", f"<{unsubscribe}>"), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")) if unsubscribe else ()
    return replace(found, headers=headers, calendar=_calendar(conn, row, lines, settings, today))


def _to_institution(
    row: Row, lines: Sequence[Row], settings: MailSettings, words: WordsInForce, today: date, at: datetime
) -> mail.Rendered:
    """To somebody without an account: no address of a page, and nothing to set."""
    if len(lines) == 1:
        return rendered_mail(lines[0], role_of(lines[0]), row, today, settings, at=at, own=words.of(lines[0].programme_id))
    told = [digest.Line(text_for_outside(one, role_of(one), today), "", own=words.of(one.programme_id)) for one in lines]
    return digest.render(told, language=row.language, name=row.name, urgent=True, addresses=None, own=words.of(None))


def _line(line: Row, to: str, settings: MailSettings, words: WordsInForce, today: date, at: datetime) -> digest.Line:
    role = role_of(line)
    act = settings.links.act(line.person_id, line.alert_id, at=at, to=to) if settings.links else ""
    return digest.Line(alert_text(line, role, today), address_of(line, role, settings), act, words.of(line.programme_id))


def _news(one: Row, settings: MailSettings, words: WordsInForce) -> digest.Line:
    page, query = page_of(one)
    return digest.Line(text_of(one), links.full_address(settings.public_url, page, query), own=words.of(one.programme_id))


def _calendar(conn: Connection, row: Row, lines: Sequence[Row], settings: MailSettings, today: date) -> bytes:
    """An event for each duty that is at one of the stages for it; nothing where none is."""
    dated = [line for line in lines if line.stage in _IN_CALENDARS and line.duty]
    dated = sorted(dated, key=lambda line: (line.file_by_on or line.due_on, line.obligation_id))[:MOST_EVENTS]
    if not dated:
        return b""
    t = Translator(row.language)
    host = urlsplit(settings.public_url).hostname or "milepost.invalid"
    known = q_mails.calendar_entries(conn, {line.obligation_id for line in dated})
    events = []
    for line in dated:
        text, fed = alert_text(line, role_of(line), today), known.get(line.obligation_id)
        entry = ical.Entry(
            obligation_id=line.obligation_id,
            summary=t("Hand in: {what} ({code})", what=wording.what(t, text), code=text.project_code),
            on=text.file_by_on,
            changed_at=line.raised_at if fed is None else max(fed.changed_at, line.raised_at),
            description=t("Legal last day: {day}", day=wording.day_text(t, text.due_on)),
            url=address_of(line, role_of(line), settings),
            sequence=0 if fed is None else fed.sequence,
        )
        events.append(ical.event_of(entry, host))
    return ical.calendar_of(events)
