"""The words of one mail, from what the database holds at the moment before it goes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Row

from tracker.domain.reasons import Reason
from tracker.notify import links, mail
from tracker.notify.wording import AlertText


@dataclass(frozen=True)
class MailSettings:
    """Whose name mails bear, and where their links lead."""

    sender: str
    public_url: str


def rendered_mail(row: Row, today: date, settings: MailSettings) -> mail.Rendered:
    """Subject and bodies of the mail of `q_alerts.mail`, as of `today` (Asia/Taipei)."""
    role = row.payload_json["role"]
    page, query = links.page_of(
        row.kind,
        role,
        obligation_id=row.obligation_id,
        parent_id=row.parent_id,
        project_id=row.project_id,
        project_code=row.code,
        origin=row.origin,
    )
    link = links.full_address(settings.public_url, page, query)
    return mail.render(alert_text(row, role, today), language=row.language, name=row.name, link=link)


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
