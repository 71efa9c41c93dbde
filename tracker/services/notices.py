"""Telling people once of what happened: into the inbox at once, by mail through the outbox, both in the write that did it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, or_, select, update

from tracker.domain.statuses import DischargedBy
from tracker.notify import links, mail
from tracker.notify import notice_wording as wording
from tracker.notify.notice_wording import RECEIPT, NoticeText
from tracker.services import policy
from tracker.services.alert_mail import MailSettings
from tracker.services.alerts import mailed_at, message_id
from tracker.services.context import Context
from tracker.services.policy import Target
from tracker.services.recipients import Recipient
from tracker.services.viewer import Role, Viewer
from tracker.store import q_alerts, q_notices
from tracker.store import tables as t
from tracker.store.writing import Tx

_MEMBERS = frozenset({Role.PI, Role.CO_PI, Role.ASSISTANT})


@dataclass(frozen=True)
class NoticeItem:
    """One notice to the viewer; `page` and `query` lead to what it is about."""

    id: int
    text: NoticeText
    placed_at: datetime
    read_at: datetime | None
    page: str
    query: dict[str, int | str]


def tell(
    tx: Tx,
    ctx: Context,
    *,
    kind: str,
    people: Iterable[Recipient],
    once: str,
    obligation: Row | Mapping[str, Any] | None = None,
    project: Target | None = None,
    params: Mapping[str, Any] | None = None,
    version_id: int | None = None,
) -> int:
    """Put a notice into each person's inbox and a mail into the outbox; inside the write that it is about. Returns how many were told.

    It is about an obligation, or about a project as a whole, or (neither) about the person herself. `once` names the thing told of (a
    version, a change): the same person is never told of it twice. A receipt goes out at once, anything else from eight in the morning.
    """
    about = _about(obligation, project)
    told = 0
    for person in people:
        dedup = f"{kind}|{once}|{person.person_id}"
        if tx.conn.execute(select(t.outbox.c.id).where(t.outbox.c.dedup_key == dedup)).first() is not None:
            continue
        notice_id = tx.insert(
            t.notice, person_id=person.person_id, **about,
            report_version_id=version_id, kind=kind, role=person.role, params_json=dict(params or {}), placed_at=ctx.now,
        )  # fmt: skip
        tx.insert(
            t.outbox, dedup_key=dedup, notice_id=notice_id, person_id=person.person_id, channel="mail", address=person.email,
            language=person.language, payload_json={"role": person.role, "notice": kind}, message_id=message_id(dedup), status="pending",
            available_at=ctx.now if kind == RECEIPT else mailed_at(ctx.now), created_at=tx.at,
        )  # fmt: skip
        told += 1
    if told:
        tx.touch("alerts")
    return told


def _about(obligation: Row | Mapping[str, Any] | None, project: Target | None) -> dict[str, int | None]:
    if obligation is None:
        where = project or Target()
        return {"project_id": where.project_id, "programme_id": where.programme_id, "obligation_id": None}
    row = obligation if isinstance(obligation, Mapping) else obligation._mapping
    return {"project_id": row["project_id"], "programme_id": row["programme_id"], "obligation_id": row["id"]}


def everybody(conn: Connection, project_ids: Collection[int], today: date) -> dict[int, list[Recipient]]:
    """By project: everybody who is on it today and whose account is on."""
    found: dict[int, list[Recipient]] = {number: [] for number in project_ids}
    for p in q_alerts.members(conn, project_ids, today):
        found[p.project_id].append(Recipient(p.id, p.email, p.language, p.role))
    return found


def investigators(conn: Connection, project_id: int, today: date) -> list[Recipient]:
    """The principal investigators of a project whose accounts are on; where there is none, whoever is on it."""
    members = [Recipient(p.id, p.email, p.language, p.role) for p in q_alerts.members(conn, [project_id], today)]
    return [one for one in members if one.role == Role.PI] or members


def office(conn: Connection, project_id: int, programme_id: int) -> list[Recipient]:
    """The officer in charge; where there is none whose account is on, every officer of the programme, else its chiefs."""
    in_charge = conn.execute(select(t.project.c.officer_id).where(t.project.c.id == project_id)).scalar_one_or_none()
    staff = [Recipient(p.id, p.email, p.language, p.role) for p in q_alerts.staff(conn, [programme_id])]
    officers = [one for one in staff if one.role == Role.OFFICER]
    return [one for one in officers if one.person_id == in_charge] or officers or [one for one in staff if one.role == Role.CHIEF]


def herself(conn: Connection, person_id: int, role: str) -> Recipient:
    """A person as somebody to tell, in a role."""
    p = conn.execute(select(t.person).where(t.person.c.id == person_id)).one()
    return Recipient(p.id, p.email, p.language, role)


def readable(viewer: Viewer) -> ColumnElement[bool]:
    """Which of her notices somebody may read: of projects that she sees, of reports that she was given, and those about herself."""
    herself_alone = t.notice.c.project_id.is_(None)
    return or_(policy.scope(viewer, t.notice), q_notices.of_reports(viewer.assigned_reports), herself_alone)


def notice_list(ctx: Context, *, unread_only: bool = False, limit: int = 50) -> list[NoticeItem]:
    """The viewer's own notices, newest first. One about a project she no longer sees is left out."""
    if ctx.viewer.person_id is None:
        return []
    with ctx.store.read() as conn:
        rows = q_notices.of_person(conn, ctx.viewer.person_id, readable(ctx.viewer), unread_only=unread_only, limit=limit)
    return [NoticeItem(r.item_id, text_of(r), r.placed_at, r.read_at, *page_of(r)) for r in rows]


def unread_notices(ctx: Context) -> int:
    """How many of them the viewer has not marked as read."""
    if ctx.viewer.person_id is None:
        return 0
    with ctx.store.read() as conn:
        return q_notices.unread(conn, ctx.viewer.person_id, readable(ctx.viewer))


def mark_notices_read(ctx: Context, *, notice_ids: Collection[int] | None = None, key: str) -> int:
    """Mark these notices of the viewer as read, or all of them (None), and return how many were unread. Others' ids change nothing."""
    n, person_id = t.notice, ctx.viewer.person_id

    def body(tx: Tx) -> dict:
        mine = update(n).where(n.c.person_id == person_id, n.c.read_at.is_(None))
        if notice_ids is not None:
            mine = mine.where(n.c.id.in_(sorted(notice_ids)))
        ids = sorted(tx.conn.scalars(mine.values(read_at=ctx.now).returning(n.c.id)))
        tx.record("inbox", person_id or 0, {"notices": ids})
        return {"read": len(ids)}

    chosen = None if notice_ids is None else sorted(notice_ids)
    return ctx.store.write(ctx.request("notice.read", key, chosen), body)["read"]


def rendered_notice(row: Row, settings: MailSettings) -> mail.Rendered:
    """Subject and bodies of the mail of `q_notices.mail`."""
    page, query = page_of(row)
    link = links.full_address(settings.public_url, page, query)
    return mail.render_notice(text_of(row), language=row.language, name=row.name, link=link)


def why_not_mailed(conn: Connection, row: Row, today: date) -> str | None:
    """Why the mail of a notice must not go out any more; None: it must. A receipt is its owner's, wherever she went, and so is what is
    about herself."""
    if not row.active:
        return "account_off"
    if row.notice_kind == RECEIPT or row.project_id is None:
        return None
    if row.role == Role.REVIEWER:
        return None if q_notices.still_given(conn, row.told_id, row.report_id) else "left"
    if row.role in _MEMBERS:
        return None if q_notices.on_project(conn, row.told_id, row.project_id, today) else "left"
    return None if q_alerts.still_in_role(conn, row, row.role, today) else "left"


def text_of(row: Row) -> NoticeText:
    """What a row of `q_notices` speaks of."""
    return NoticeText(
        kind=row.notice_kind, project_code=row.code or "", project_zh=row.project_zh or "", project_en=row.project_en or "",
        title_zh=row.title_zh or "", title_en=row.title_en or "", period_label=row.period_label or "", due_on=row.due_on,
        file_by_on=row.file_by_on, params=row.params_json,
        to_file_elsewhere=row.discharged_by == DischargedBy.EXTERNAL and row.discharged_on is None,
        authority_zh=row.authority_zh or "", authority_en=row.authority_en or "", receipt_number=row.receipt_number, version=row.number,
        submitted_at=row.submitted_at, submitter=row.submitter or "", sha256=row.content_sha256 or "",
    )  # fmt: skip


def page_of(row: Row) -> tuple[str, dict[str, int | str]]:
    """The page that a notice leads to: the receipt itself, else where the reader works on what it is about."""
    match row.notice_kind:
        case wording.RECEIPT if row.report_version_id is not None:
            return "receipt", {"version": row.report_version_id}
        case wording.REVIEW_GIVEN:
            return "review", {"report": row.report_id}
        case wording.OUTCOME_WANTING:
            return "outcomes", {"project": row.project_id}
        case wording.HANDED_TO_YOU:
            return ("must_do" if row.role in _MEMBERS else "waiting"), {}
        case wording.HANDED_ON:
            return "inbox", {}
    if row.obligation_id is None:
        return "project", {"project": row.code}
    return links.page_of(
        row.kind, row.role, obligation_id=row.obligation_id, parent_id=row.parent_id, project_id=row.project_id, project_code=row.code,
        origin=row.origin,
    )  # fmt: skip
