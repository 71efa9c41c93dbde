"""Telling people once of what happened: into the inbox at once, by mail through the outbox, both in the write that did it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, or_, select, update

from tracker.domain.quiet import urgent_at
from tracker.domain.statuses import DischargedBy
from tracker.notify import links, mail
from tracker.notify import notice_wording as wording
from tracker.notify.notice_wording import RECEIPT, NoticeText
from tracker.notify.templates import NONE_OF_ITS_OWN, OwnWords
from tracker.services import policy
from tracker.services.alert_mail import MailSettings
from tracker.services.context import Context
from tracker.services.own_words import words_in_force
from tracker.services.policy import Target
from tracker.services.recipients import Recipient
from tracker.services.telling import choices_of, message_id, tell_news
from tracker.services.viewer import Role, Viewer
from tracker.store import q_alerts, q_notices
from tracker.store import tables as t
from tracker.store.bulk import among
from tracker.store.writing import Tx, Unchanged

_MEMBERS = frozenset({Role.PI, Role.CO_PI, Role.ASSISTANT})
_ALONE = frozenset(
    {RECEIPT, wording.REVIEW_GIVEN, wording.RIGHT_GIVEN, wording.RIGHT_TAKEN, wording.HANDED_TO_YOU, wording.HANDED_ON, wording.MASS_HELD}
) | {"delegated"}
_SOON = timedelta(days=3)
"""What is told about a day that is no further away does not wait for the next digest."""


@dataclass(frozen=True)
class NoticeItem:
    """One notice to the viewer; `page` and `query` lead to what it is about, `own` are the office's words, as its mail has them."""

    id: int
    text: NoticeText
    placed_at: datetime
    read_at: datetime | None
    page: str
    query: dict[str, int | str]
    own: OwnWords = field(default_factory=dict)


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
    at_once: bool | None = None,
    signal_id: int | None = None,
    together: dict[int, Recipient] | None = None,
) -> int:
    """Put a notice into each person's inbox and a mail into the outbox; inside the write that it is about. Returns how many were told.

    It is about an obligation, or about a project as a whole, or (neither) about the person herself. `once` names the thing told of (a
    version, a change): the same person is never told of it twice. What hands her work or a right, is about a day that is near or says
    `at_once` has a mail of its own (a receipt and `at_once` in quiet hours too); anything else is told in her next digest. What a
    signal tells (`signal_id`) is cancelled where it no longer holds when it would be sent. `together` takes what has no mail of its own,
    by notice, for a caller that tells several urgent things in one mail (`telling.tell_urgent_news`).
    """
    about = _about(obligation, project)
    alone = goes_alone(ctx, kind, at_once, obligation, params or {})
    told = 0
    news: dict[int, Recipient] = {}
    for person in people:
        dedup = f"{kind}|{once}|{person.person_id}"
        if tx.conn.execute(select(t.notice.c.id).where(t.notice.c.dedup_key == dedup)).first() is not None:
            continue
        more = {"report_version_id": version_id, "signal_id": signal_id}
        notice_id = tx.insert(t.notice, **notice_row(ctx, kind, person, about, params or {}, dedup), **more)
        told += 1
        if not alone:
            news[notice_id] = person
            continue
        now = (bool(at_once) and signal_id is None) or kind == RECEIPT  # the urgent step of a signal waits for the end of the night
        available_at = ctx.now if now else urgent_at(ctx.now, choices_of(tx.conn, [person.person_id])[person.person_id])
        tx.insert(t.outbox, **mail_row(tx, ctx, kind, person, notice_id, dedup, available_at))
    if together is not None:
        together |= news
    elif news:
        tell_news(tx, ctx, news)
    if told:
        tx.touch("alerts")
    return told


def notice_row(
    ctx: Context, kind: str, person: Recipient, about: Mapping[str, Any], params: Mapping[str, Any], dedup: str
) -> dict[str, Any]:
    """A notice to one person, for her inbox."""
    return {
        "person_id": person.person_id, **about, "kind": kind, "role": person.role, "params_json": dict(params), "placed_at": ctx.now,
        "dedup_key": dedup,
    }  # fmt: skip


def mail_row(tx: Tx, ctx: Context, kind: str, person: Recipient, notice_id: int, dedup: str, available_at: datetime) -> dict:
    """The mail of a notice that has one of its own."""
    return {
        "dedup_key": dedup, "notice_id": notice_id, "person_id": person.person_id, "channel": "mail", "address": person.email,
        "language": person.language, "payload_json": {"role": person.role, "notice": kind}, "message_id": message_id(dedup, ctx.now),
        "status": "pending", "available_at": available_at, "created_at": tx.at, "waits_for": "quiet" if available_at > ctx.now else "",
    }  # fmt: skip


def goes_alone(
    ctx: Context, kind: str, at_once: bool | None, obligation: Row | Mapping[str, Any] | None, params: Mapping[str, Any]
) -> bool:
    """Whether a notice has a mail of its own: what hands somebody work or a right, and what is about a day that is near."""
    if at_once is not None:
        return at_once
    if kind in _ALONE:
        return True
    row = obligation if obligation is None or isinstance(obligation, Mapping) else obligation._mapping
    days = [date.fromisoformat(params[name]) for name in ("old_due_on", "new_due_on") if params.get(name)]
    days += [row["due_on"]] if row is not None and row.get("due_on") is not None else []
    return any(ctx.today <= day <= ctx.today + _SOON for day in days)


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
    return offices_of(conn, {project_id: programme_id})[project_id]


def offices_of(conn: Connection, programme_of: Mapping[int, int]) -> dict[int, list[Recipient]]:
    """The same for many projects, of which the programme is given."""
    p = t.project.c
    in_charge = {row.id: row.officer_id for row in conn.execute(select(p.id, p.officer_id).where(among(p.id, programme_of)))}
    staff: dict[int, list[Recipient]] = {number: [] for number in programme_of.values()}
    for one in q_alerts.staff(conn, staff):
        staff[one.programme_id].append(Recipient(one.id, one.email, one.language, one.role))
    found = {}
    for number, programme_id in programme_of.items():
        officers = [one for one in staff[programme_id] if one.role == Role.OFFICER]
        responsible = [one for one in officers if one.person_id == in_charge.get(number)]
        found[number] = responsible or officers or [one for one in staff[programme_id] if one.role == Role.CHIEF]
    return found


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
        words = words_in_force(conn)
    return [NoticeItem(r.item_id, text_of(r), r.placed_at, r.read_at, *page_of(r), words.of(r.programme_id)) for r in rows]


def mark_notices_read(ctx: Context, *, notice_ids: Collection[int] | None = None, key: str) -> int:
    """Mark these notices of the viewer as read, or all of them (None), and return how many were unread. Others' ids change nothing."""
    n, person_id = t.notice, ctx.viewer.person_id

    def body(tx: Tx) -> dict:
        mine = update(n).where(n.c.person_id == person_id, n.c.read_at.is_(None))
        if notice_ids is not None:
            mine = mine.where(n.c.id.in_(sorted(notice_ids)))
        ids = sorted(tx.conn.scalars(mine.values(read_at=ctx.now).returning(n.c.id)))
        if not ids:
            raise Unchanged(read=0)
        tx.record("inbox", person_id or 0, {"notices": ids})
        return {"read": len(ids)}

    chosen = None if notice_ids is None else sorted(notice_ids)
    return ctx.store.write(ctx.request("notice.read", key, chosen), body)["read"]


def rendered_notice(
    row: Row, settings: MailSettings, *, reader: Row | None = None, foot: mail.Foot = (), own: OwnWords = NONE_OF_ITS_OWN
) -> mail.Rendered:
    """Subject and bodies of the mail of `q_notices.mail`; `own` are the office's words. A line of a digest has its `reader` beside it."""
    to = reader or row
    page, query = page_of(row)
    link = links.full_address(settings.public_url, page, query)
    return mail.render_notice(text_of(row), language=to.language, name=to.name, link=link, foot=foot, own=own)


def why_not_mailed(conn: Connection, row: Row, today: date) -> str | None:
    """Why the mail of a notice must not go out any more; None: it must. A receipt is its owner's, wherever she went, and so is what is
    about herself."""
    if not row.active:
        return "account_off"
    if row.signal_state is not None and row.signal_state != "raised":
        return "done"
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
        submitted_at=row.submitted_at, submitter=row.submitter or "", sha256=row.content_sha256 or "", obligation_kind=row.kind or "",
    )  # fmt: skip


def page_of(row: Row) -> tuple[str, dict[str, int | str]]:
    """The page that a notice leads to: the receipt itself, else where the reader works on what it is about."""
    if row.notice_kind.startswith(wording.SIGNAL):
        return signal_page(row.params_json, row.role in _MEMBERS, row.code)
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
        case wording.MASS_HELD:
            return "deliveries", {"view": "held"}
        case wording.AUDIT_FOUND:
            return "health", {}
        case wording.CHAT_BROKEN:
            return ("channels" if row.role == Role.ADMINISTRATOR else "account"), {}
    if row.obligation_id is None:
        return "project", {"project": row.code}
    return links.page_of(
        row.kind, row.role, obligation_id=row.obligation_id, parent_id=row.parent_id, project_id=row.project_id, project_code=row.code,
        origin=row.origin,
    )  # fmt: skip


def signal_page(params: Mapping[str, Any], of_project: bool, code: str | None) -> tuple[str, dict[str, int | str]]:
    """The page that a signal leads to: what its condition named, the project for staff who have no such page."""
    if params["page"] == "project" or (params["page"] == "report" and not of_project):
        return "project", {"project": code or ""}
    return params["page"], dict(params["query"])
