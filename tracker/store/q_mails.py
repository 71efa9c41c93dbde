"""Reads of mails with what they tell of, as it stands at the moment before they go out. SQL narrows, Python decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, func, or_, select

from tracker.store import tables as t
from tracker.store.bulk import among
from tracker.store.q_contacts import hers

_OFFICER = t.person.alias("officer_in_charge")
_WHOM_TO_ASK = (
    select(_OFFICER.c.name + " (" + _OFFICER.c.email + ")").where(_OFFICER.c.id == t.project.c.officer_id, _OFFICER.c.active.is_(True))
).scalar_subquery()
_ABOUT = (
    t.alert.c.stage,
    t.alert.c.due_on.label("alert_due_on"),
    t.alert.c.state.label("alert_state"),
    t.alert.c.obligation_id,
    t.obligation.c.key,
    t.obligation.c.kind,
    t.obligation.c.origin,
    t.obligation.c.parent_id,
    t.obligation.c.period_label,
    t.obligation.c.due_on,
    t.obligation.c.file_by_on,
    t.obligation.c.file_by_time,
    t.obligation.c.duty,
    t.obligation.c.confidence,
    t.obligation.c.clause,
    t.obligation.c.letter_number,
    t.obligation.c.title_zh,
    t.obligation.c.title_en,
    t.obligation.c.because_json,
    t.obligation.c.provisional,
    t.obligation.c.discharged_by,
    t.obligation.c.discharged_on,
    t.obligation.c.status.label("obligation_status"),
    t.obligation.c.project_id,
    t.obligation.c.programme_id,
    t.project.c.code,
    t.project.c.title_zh.label("project_zh"),
    t.project.c.title_en.label("project_en"),
    _WHOM_TO_ASK.label("officer"),
)
_NAME = func.coalesce(t.person.c.name, t.institution_contact.c.name).label("name")
_ACTIVE = func.coalesce(t.person.c.active, t.institution_contact.c.active).label("active")


def _to_whom(wanted: Select) -> Select:
    """A person of this installation, or somebody at an institution; a chat channel is neither."""
    return wanted.outerjoin(t.person, t.person.c.id == t.outbox.c.person_id).outerjoin(
        t.institution_contact, t.institution_contact.c.id == t.outbox.c.contact_id
    )


def _mails() -> Select:
    return _to_whom(
        select(t.outbox, *_ABOUT, _NAME, _ACTIVE)
        .join(t.alert, t.alert.c.id == t.outbox.c.alert_id)
        .join(t.obligation, t.obligation.c.id == t.alert.c.obligation_id)
        .join(t.project, t.project.c.id == t.obligation.c.project_id)
    )


def of_outbox_now() -> tuple[ColumnElement, ...]:
    """The columns of a mail with a person's address of today, whatever it was when the mail was put in; `person` must be joined."""
    address = func.coalesce(t.person.c.email, t.outbox.c.address)
    return (*(column for column in t.outbox.c if column.name != "address"), address.label("address"))


# Built once: in the delivery of a mail, making a statement costs more than running it.
_ONE = _to_whom(
    select(*of_outbox_now(), *_ABOUT, _NAME, _ACTIVE)
    .select_from(t.outbox)
    .outerjoin(t.alert, t.alert.c.id == t.outbox.c.alert_id)
    .outerjoin(t.obligation, t.obligation.c.id == t.alert.c.obligation_id)
    .outerjoin(t.project, t.project.c.id == t.obligation.c.project_id)
).where(t.outbox.c.id == bindparam("row_id"))


def mail(conn: Connection, row_id: int) -> Row:
    """One mail as it stands at this moment, with everything its alert is about; these columns are empty where it is not of one alert."""
    return conn.execute(_ONE, {"row_id": row_id}).one()


def mails(conn: Connection, scope: ColumnElement[bool], *, statuses: Collection[str], limit: int) -> Sequence[Row]:
    """The newest mails of alerts in these states, with what they are about."""
    return conn.execute(_mails().where(scope, t.outbox.c.status.in_(statuses)).order_by(t.outbox.c.id.desc()).limit(limit)).all()


def several(conn: Connection, *, statuses: Collection[str], limit: int) -> Sequence[Row]:
    """The newest mails in these states that tell of several things."""
    o = t.outbox.c
    wanted = _to_whom(select(t.outbox, _NAME, _ACTIVE).select_from(t.outbox)).where(o.sort == "digest", o.channel == "mail")
    return conn.execute(wanted.where(o.status.in_(statuses)).order_by(o.id.desc()).limit(limit)).all()


def line_counts(conn: Connection, outbox_ids: Collection[int]) -> dict[int, int]:
    """How many things each of these mails tells of."""
    found: dict[int, int] = defaultdict(int)
    for table in (t.inbox_item, t.digest_notice):
        counted = select(table.c.outbox_id, func.count()).where(table.c.outbox_id.in_(sorted(outbox_ids)), table.c.left_out == "")
        for number, count in conn.execute(counted.group_by(table.c.outbox_id)):
            found[number] += count
    return found


def alerts_told(conn: Connection, outbox_id: int) -> list[int]:
    """The alerts that a mail told of, alone or line by line."""
    i = t.inbox_item.c
    alone = conn.scalar(select(t.outbox.c.alert_id).where(t.outbox.c.id == outbox_id))
    return [alone] if alone is not None else list(conn.scalars(select(i.alert_id).where(i.outbox_id == outbox_id, i.left_out == "")))


def lines(conn: Connection, outbox_id: int) -> Sequence[Row]:
    """The alerts that one mail tells of, oldest first, each with everything it is about as it stands at this moment."""
    i, a = t.inbox_item.c, t.alert.c
    return conn.execute(
        _of_alerts(i.id.label("item_id"), i.person_id, t.person.c.active)
        .join(t.inbox_item, i.alert_id == a.id)
        .join(t.person, t.person.c.id == i.person_id)
        .where(i.outbox_id == outbox_id, i.left_out == "")
        .order_by(i.id)
    ).all()


def lines_of_person(conn: Connection, person_id: int, alert_ids: Collection[int]) -> Sequence[Row]:
    """The same of these alerts to one person, whichever mail told them, with what she did with each."""
    i = t.inbox_item.c
    hers = i.id.label("item_id"), i.person_id, t.person.c.active, i.acknowledged_at, i.snoozed_until_on
    wanted = _of_alerts(*hers).join(t.inbox_item, i.alert_id == t.alert.c.id).join(t.person, t.person.c.id == i.person_id)
    return conn.execute(wanted.where(i.person_id == person_id, t.alert.c.id.in_(sorted(alert_ids))).order_by(i.id)).all()


def lines_to_contact(conn: Connection, outbox_id: int) -> Sequence[Row]:
    """The same of a mail to a contact at an institution: `active` while she is the contact for what a line tells."""
    i = t.inbox_item.c
    wanted = _of_alerts(i.id.label("item_id"), i.person_id, hers().label("active")).join(t.inbox_item, i.alert_id == t.alert.c.id)
    of_mail = wanted.join(t.institution_contact, t.institution_contact.c.id == i.contact_id).where(
        i.outbox_id == outbox_id, i.left_out == ""
    )
    return conn.execute(of_mail.order_by(i.id)).all()


def policies_of(conn: Connection, alert_ids: Collection[int]) -> dict[int, dict]:
    """The policy by which each of these alerts was raised, as it is stored, by the alert's id."""
    wanted = select(t.alert.c.id, t.alert_policy.c.policy_json).join(t.alert_policy, t.alert_policy.c.id == t.alert.c.policy_id)
    return {row.id: row.policy_json for row in conn.execute(wanted.where(among(t.alert.c.id, alert_ids)))}


def own_language(conn: Connection, person_id: int | None, contact_id: int | None) -> str:
    """The language that a person chose, or that a contact at an institution was entered with."""
    table, number = (t.person, person_id) if contact_id is None else (t.institution_contact, contact_id)
    return conn.execute(select(table.c.language).where(table.c.id == number)).scalar_one()


def _of_alerts(*columns: ColumnElement) -> Select:
    a = t.alert.c
    return (
        select(*columns, a.id.label("alert_id"), a.recipients_json, a.raised_at, *_ABOUT)
        .select_from(t.alert)
        .join(t.obligation, t.obligation.c.id == a.obligation_id)
        .join(t.project, t.project.c.id == t.obligation.c.project_id)
    )


def stages_raised(conn: Connection, obligation_ids: Collection[int]) -> dict[tuple[int, date], set[str]]:
    """The stages raised for each due date of these obligations."""
    a = t.alert.c
    found: dict[tuple[int, date], set[str]] = defaultdict(set)
    raised = select(a.obligation_id, a.due_on, a.stage).where(a.obligation_id.in_(sorted(obligation_ids)), a.state == "raised")
    for row in conn.execute(raised):
        found[row.obligation_id, row.due_on].add(row.stage)
    return found


@dataclass(frozen=True)
class Places:
    """Where a person stands today: on which projects, and in which offices (role, programme; None: the whole installation)."""

    projects: frozenset[int]
    offices: frozenset[tuple[str, int | None]]

    def has(self, role: str, project_id: int, programme_id: int) -> bool:
        """Whether she still has the role in which she was to be told."""
        if role in ("pi", "co_pi", "assistant"):
            return project_id in self.projects
        return (role, None if role == "administrator" else programme_id) in self.offices


def places(conn: Connection, person_id: int, today: date) -> Places:
    """The places of one person on a day."""
    m, g = t.membership.c, t.role_grant.c
    on = select(m.project_id).where(m.person_id == person_id, m.from_on <= today, or_(m.until_on.is_(None), m.until_on >= today))
    offices = select(g.role, g.programme_id).where(g.person_id == person_id, g.revoked_at.is_(None))
    return Places(frozenset(conn.scalars(on)), frozenset((row.role, row.programme_id) for row in conn.execute(offices)))


def calendar_entries(conn: Connection, obligation_ids: Collection[int]) -> dict[int, Row]:
    """What the calendar feeds last said of these obligations."""
    c = t.calendar_entry.c
    return {row.obligation_id: row for row in conn.execute(select(t.calendar_entry).where(c.obligation_id.in_(sorted(obligation_ids))))}


def waiting(conn: Connection, obligation_id: int) -> int:
    """How many people wait to be mailed about an obligation, by a mail of their own or in one with other things."""
    o, a, i = t.outbox.c, t.alert.c, t.inbox_item.c
    raised = select(a.id).where(a.obligation_id == obligation_id, a.state == "raised")
    own = select(func.count()).select_from(t.outbox).where(o.alert_id.in_(raised), o.status.in_(("pending", "held")))
    lines_ = (
        select(func.count())
        .select_from(t.inbox_item)
        .join(t.outbox, o.id == i.outbox_id)
        .where(i.alert_id.in_(raised), i.left_out == "", o.sort == "digest", o.status.in_(("pending", "held")))
    )
    return conn.execute(own).scalar_one() + conn.execute(lines_).scalar_one()
