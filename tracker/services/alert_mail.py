"""The words of one mail, from what the database holds at the moment before it goes out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Row

from tracker.domain.reasons import Reason
from tracker.notify import links, mail
from tracker.notify.signed import PURPOSE, MailLinks
from tracker.notify.templates import NONE_OF_ITS_OWN, OwnWords
from tracker.notify.wording import AlertText
from tracker.store.secrets import Secrets


@dataclass(frozen=True)
class MailSettings:
    """Whose name mails bear, and where their links lead. `links` None: the mails offer nothing but the page itself."""

    sender: str
    public_url: str
    links: MailLinks | None = None


def links_of(secrets: Secrets, public_url: str) -> MailLinks:
    """What makes and reads the signed links of this installation."""
    return MailLinks(secrets.key_for(PURPOSE), public_url)


def rendered_mail(
    about: Row,
    role: str,
    reader: Row,
    today: date,
    settings: MailSettings,
    *,
    at: datetime,
    foot: mail.Foot = (),
    own: OwnWords = NONE_OF_ITS_OWN,
) -> mail.Rendered:
    """Subject and bodies of the mail of one alert, as of `today` (Asia/Taipei).

    `about` has what it is about (`q_mails.mail`, or a line of `q_mails.lines`), `reader` the mail's language and name. Whoever has no
    account gets no address of a page. `at` is the instant from which signed links are good.
    """
    if reader.person_id is None:
        return mail.render(text_for_outside(about, role, today), language=reader.language, name=reader.name, link="", own=own)
    text = alert_text(about, role, today)
    act = settings.links.act(reader.person_id, about.alert_id, at=at, to=reader.address) if settings.links else ""
    link = address_of(about, role, settings)
    return mail.render(text, language=reader.language, name=reader.name, link=link, act=act, foot=foot, own=own)


def text_for_outside(row: Row, role: str, today: date) -> AlertText:
    """The same to somebody without an account, with the officer whom she can ask: she cannot look for one here."""
    return replace(alert_text(row, role, today), ask=row.officer or "")


def address_of(about: Row, role: str, settings: MailSettings) -> str:
    """The full address of the page that an alert leads to."""
    page, query = links.page_of(
        about.kind,
        role,
        obligation_id=about.obligation_id,
        parent_id=about.parent_id,
        project_id=about.project_id,
        project_code=about.code,
        origin=about.origin,
    )
    return links.full_address(settings.public_url, page, query)


def message(row: Row, rendered: mail.Rendered, settings: MailSettings, at: datetime) -> mail.EmailMessage:
    """The mail as it goes over the wire. Raises `mail.BadAddress`."""
    return mail.compose(
        rendered,
        sender=settings.sender,
        name=row.name,
        address=row.address,
        message_id=row.message_id,
        at=at,
        language=row.language,
    )


def alert_text(row: Row, role: str, today: date) -> AlertText:
    """What the alert of a mail's row speaks of, to a reader of this role, on a day."""
    return AlertText(
        role=role,
        today=today,
        project_code=row.code,
        project_zh=row.project_zh,
        project_en=row.project_en,
        title_zh=row.title_zh,
        title_en=row.title_en,
        period_label=row.period_label,
        duty=row.duty,
        due_on=row.due_on,
        file_by_on=row.file_by_on or row.due_on,
        file_by_time=row.file_by_time,
        confidence=row.confidence,
        status=row.obligation_status,
        discharged_by=row.discharged_by,
        discharged_on=row.discharged_on,
        clause=row.clause,
        letter_number=row.letter_number,
        provisional=row.provisional,
        kind=row.kind,
        stage=row.stage,
        because=tuple(Reason.from_dict(reason) for reason in row.because_json),
    )
