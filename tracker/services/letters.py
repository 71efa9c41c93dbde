"""One mail in the last moment before it goes out: what of it still holds, what has to wait, and its words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Connection, Row

from tracker.domain import ladder, quiet
from tracker.notify import mail
from tracker.notify.copies import copy_of
from tracker.services import digest_mail, mail_language, silences
from tracker.services.alert_mail import MailSettings, rendered_mail
from tracker.services.notices import rendered_notice, why_not_mailed
from tracker.services.own_words import WordsInForce
from tracker.services.telling import DIGEST_OFF, choices_of
from tracker.store import digests, q_alerts, q_contacts, q_mails, q_notices, q_reminders
from tracker.store.q_unheard import READER_GONE

AGAIN = "again"
"""The sort of a copy that the office sends of a mail that went out: word for word, whatever has changed since."""

GONE_FOR_GOOD = ("done", "moved")
"""Why an alert says nothing any more; where nobody got it, the ledger says so."""


@dataclass(frozen=True)
class About:
    """One thing that somebody is about to be told, as silences look at it."""

    project_id: int | None
    programme_id: int | None
    kind: str | None
    stage: str
    role: str
    person_id: int | None
    notice_kind: str


@dataclass
class Letter:
    """One claimed mail as it stands now.

    `why`: the code of the reason for which it must not go out any more. `silence` (id) holds all of it back. Of a digest, `fallen` and
    `fallen_news` are the items and notices that it does not tell (with the reason), `gone` their alerts that say nothing any more,
    `unheard` the alerts that fell away because the reader was gone, and `silenced` the lines and news that a silence (id) takes out of it.
    """

    row: Row
    why: str | None = None
    silence: int | None = None
    lines: list[Row] = field(default_factory=list)
    news: list[Row] = field(default_factory=list)
    fallen: dict[int, str] = field(default_factory=dict)
    fallen_news: dict[int, str] = field(default_factory=dict)
    gone: list[int] = field(default_factory=list)
    unheard: list[int] = field(default_factory=list)
    silenced: dict[int, tuple[list[Row], list[Row]]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether a digest has nothing to tell."""
        tells_itself = self.row.alert_id is not None or self.row.notice_id is not None or self.row.sort == AGAIN
        return not (tells_itself or self.lines or self.news)


def read_letter(conn: Connection, row_id: int, *, today: date, now: datetime) -> Letter:
    """A claimed mail with everything it is about. `today` is the civil day in Asia/Taipei, `now` an aware instant."""
    row = q_mails.mail(conn, row_id)
    if row.channel == "chat":  # read and worded by `chat_delivery`
        return Letter(row)
    if row.sort == AGAIN:
        return Letter(row, _why_no_copy(conn, row))
    if row.notice_id is not None:
        return _of_notice(conn, row_id, today, now)
    if row.alert_id is not None and not row.payload_json.get("with"):
        return _of_alert(conn, row, today, now)
    letter = _of_several(conn, row, today, now)
    letter.row = mail_language.spoken(conn, row, letter.lines, letter.news)
    return letter


def _of_several(conn: Connection, row: Row, today: date, now: datetime) -> Letter:
    if row.payload_json.get("with"):
        return _reminders(conn, row, today, now)
    return _digest(conn, row, today, now) if row.contact_id is None else _to_contact(conn, row, now)


def rendered(letter: Letter, settings: MailSettings, words: WordsInForce, *, conn: Connection, today: date, at: datetime) -> mail.Rendered:
    """Its words, as of `today` (Asia/Taipei)."""
    row = letter.row
    if row.sort == AGAIN:
        told = row.payload_json
        return copy_of(told["subject"], told["text"], sent_on=date.fromisoformat(told["sent_on"]), language=row.language)
    if row.notice_id is not None:
        return rendered_notice(row, settings, own=words.of(row.programme_id))
    if row.alert_id is not None and not letter.lines:
        return rendered_mail(row, row.payload_json["role"], row, today, settings, at=at, own=words.of(row.programme_id))
    return digest_mail.rendered_digest(conn, row, letter.lines, letter.news, settings, words, today=today, at=at)


def why_cancel(row: Row, raised: set[str]) -> str | None:
    """Why the mail of an alert must not go out any more, seen in the last moment; None: it must. `raised`: the stages of its date."""
    if row.due_on != row.alert_due_on or row.alert_state != "raised":
        return "moved"
    if not ladder.runs(row.obligation_status, row.discharged_by, row.discharged_on):
        return "done"
    if not row.active:
        return "account_off"
    if any(ladder.overtakes(stage, row.stage) for stage in raised):
        return "overtaken"
    return None


def _why_no_copy(conn: Connection, row: Row) -> str | None:
    if not row.active:
        return "account_off"
    if row.contact_id is not None and not q_contacts.may_be_told(conn, row.contact_id, q_mails.alerts_told(conn, row.resent_of_id)):
        return "left"
    return None


def _of_notice(conn: Connection, row_id: int, today: date, now: datetime) -> Letter:
    row = q_notices.mail(conn, row_id)
    why = why_not_mailed(conn, row, today)
    about = About(row.project_id, row.programme_id, row.kind, "", row.role, row.told_id, row.notice_kind)
    return Letter(row, why, None if why else _silence(conn, about, now))


def _of_alert(conn: Connection, row: Row, today: date, now: datetime) -> Letter:
    role = row.payload_json.get("role", "")
    why = why_cancel(row, q_alerts.later_stages(conn, row.obligation_id, row.alert_due_on))
    if why is None and not _still_told(conn, row, role, today):
        why = "left"
    about = About(row.project_id, row.programme_id, row.kind, row.stage, role, row.person_id, "")
    unheard = [row.alert_id] if why in READER_GONE else []
    return Letter(row, why, None if why else _silence(conn, about, now), unheard=unheard)


def _still_told(conn: Connection, row: Row, role: str, today: date) -> bool:
    if row.contact_id is not None:
        return q_contacts.may_be_told(conn, row.contact_id, [row.alert_id])
    return q_alerts.still_in_role(conn, row, role, today)


def silence_of(conn: Connection, alert: Row, now: datetime, role: str = "", person_id: int | None = None) -> int | None:
    """The silence (id) that holds back an alert to this person, or to nobody in particular; None: none does."""
    return _silence(conn, About(alert.project_id, alert.programme_id, alert.kind, alert.stage, role, person_id, ""), now)


def _silence(conn: Connection, about: About, now: datetime) -> int | None:
    held = silences.held_until(conn, about, now)
    return None if held is None else held[1]


def _digest(conn: Connection, row: Row, today: date, now: datetime) -> Letter:
    letter = Letter(row)
    told_by = row.resent_of_id or row.id
    lines, news = q_mails.lines(conn, told_by), q_notices.lines(conn, told_by)
    unwanted = not choices_of(conn, [row.person_id])[row.person_id].digest
    off = silences.of_digests(row.payload_json, [one.item_id for one in news]) if unwanted else ()
    places = q_mails.places(conn, row.person_id, today)
    raised = q_mails.stages_raised(conn, {line.obligation_id for line in lines}) if lines else {}
    for line in lines:
        role = digest_mail.role_of(line)
        why = why_cancel(line, raised.get((line.obligation_id, line.alert_due_on), set()))
        why = why or (None if places.has(role, line.project_id, line.programme_id) else "left")
        if why is None and unwanted and not quiet.is_urgent(line.stage):  # what a silence gathered goes in one mail, urgent or not
            why = DIGEST_OFF
        about = About(line.project_id, line.programme_id, line.kind, line.stage, role, row.person_id, "")
        if why:
            letter.fallen[line.item_id] = why
            letter.gone += [line.alert_id] if why in GONE_FOR_GOOD else []
            letter.unheard += [line.alert_id] if why in READER_GONE else []
        else:
            _lines_for(conn, letter, about, now)[0].append(line)
    for one in news:
        why = why_not_mailed(conn, one, today) or (DIGEST_OFF if one.item_id in off else None)
        about = About(one.project_id, one.programme_id, one.kind, "", one.role, row.person_id, one.notice_kind)
        if why:
            letter.fallen_news[one.item_id] = why
        else:
            _lines_for(conn, letter, about, now)[1].append(one)
    if letter.is_empty and not letter.silenced:
        reasons = {*letter.fallen.values(), *letter.fallen_news.values()}
        letter.why = reasons.pop() if len(reasons) == 1 else digests.EMPTY
    return letter


def _reminders(conn: Connection, row: Row, today: date, now: datetime) -> Letter:
    """Several things that she put off to the same day. A silence of one of them holds the mail; their own mails went long ago."""
    letter, reasons = Letter(row), {q_reminders.SEEN}
    lines = q_mails.lines_of_person(conn, row.person_id, [row.alert_id, *row.payload_json["with"]])
    places = q_mails.places(conn, row.person_id, today)
    raised = q_mails.stages_raised(conn, {line.obligation_id for line in lines}) if lines else {}
    for line in q_reminders.still_wanted(lines, today):
        role = digest_mail.role_of(line)
        why = why_cancel(line, raised.get((line.obligation_id, line.alert_due_on), set()))
        if why := why or (None if places.has(role, line.project_id, line.programme_id) else "left"):
            reasons.add(why)
        else:
            letter.lines.append(line)
            letter.silence = letter.silence or silence_of(conn, line, now, role, row.person_id)
    if not letter.lines:
        letter.why = min(reasons - {q_reminders.SEEN}, default=q_reminders.SEEN)
    return letter


def _to_contact(conn: Connection, row: Row, now: datetime) -> Letter:
    """Several alerts to a contact at an institution: each falls away, waits for a silence or is told by itself."""
    letter, reasons = Letter(row), set()
    lines = q_mails.lines_to_contact(conn, row.id)
    raised = q_mails.stages_raised(conn, {line.obligation_id for line in lines}) if lines else {}
    for line in lines:
        why = why_cancel(line, raised.get((line.obligation_id, line.alert_due_on), set()))
        if why is None:
            held = silence_of(conn, line, now, role=digest_mail.role_of(line))
            (letter.lines if held is None else letter.silenced.setdefault(held, ([], []))[0]).append(line)
            continue
        letter.fallen[line.item_id] = why = "left" if why == "account_off" else why
        reasons.add(why)
        letter.unheard += [line.alert_id] if why in READER_GONE else []
        letter.gone += [line.alert_id] if why in GONE_FOR_GOOD else []
    if letter.is_empty and not letter.silenced:
        letter.why = reasons.pop() if len(reasons) == 1 else digests.EMPTY
    return letter


def _lines_for(conn: Connection, letter: Letter, about: About, now: datetime) -> tuple[list[Row], list[Row]]:
    """Where a thing of a digest belongs: to what it tells, or to what a silence takes out of it."""
    silence = _silence(conn, about, now)
    return (letter.lines, letter.news) if silence is None else letter.silenced.setdefault(silence, ([], []))
