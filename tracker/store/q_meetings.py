"""Meetings and action items as they are stored. Every list takes its scope or its project from the caller."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, func, or_, select

from tracker.store import tables as t

_OWNER, _DOER, _CLOSER = t.person.alias("owner"), t.person.alias("doer"), t.person.alias("closer")

#: An action item's duty that was waived or closed from outside takes the item with it.
_RELEASED = ("waived", "closed")
_UNSETTLED = ("open", "done")


def _items() -> Any:
    """Action items with their project, owner, meeting and duty. `state` and `due_on` follow the duty where there is one."""
    a, o, m, p = t.action_item, t.obligation, t.meeting, t.project
    own = [column for column in a.c if column.name not in ("state", "due_on")]
    dropped = and_(a.c.state.in_(_UNSETTLED), o.c.status.in_(_RELEASED))
    return (
        select(
            *own,
            case((dropped, "dropped"), else_=a.c.state).label("state"),
            func.coalesce(o.c.due_on, a.c.due_on).label("due_on"),
            p.c.code.label("project_code"),
            p.c.title_zh.label("project_zh"),
            p.c.title_en.label("project_en"),
            p.c.organisation,
            p.c.officer_id,
            t.programme.c.code.label("programme_code"),
            _OWNER.c.name.label("owner_name"),
            _DOER.c.name.label("doer_name"),
            _CLOSER.c.name.label("closer_name"),
            t.document.c.filename.label("done_filename"),
            m.c.title_zh.label("meeting_zh"),
            m.c.title_en.label("meeting_en"),
            m.c.held_on,
            m.c.letter_number.label("meeting_letter"),
            o.c.key.label("obligation_key"),
            o.c.status.label("obligation_status"),
            o.c.version.label("obligation_version"),
            o.c.file_by_on,
            o.c.confidence,
            o.c.because_json,
            o.c.calendar_version,
            o.c.provisional,
            o.c.first_submitted_on,
            o.c.first_submitted_at,
        )
        .join(p, p.c.id == a.c.project_id)
        .join(t.programme, t.programme.c.id == a.c.programme_id)
        .outerjoin(o, o.c.id == a.c.obligation_id)
        .outerjoin(m, m.c.id == a.c.meeting_id)
        .outerjoin(_OWNER, _OWNER.c.id == a.c.owner_id)
        .outerjoin(_DOER, _DOER.c.id == a.c.done_by)
        .outerjoin(_CLOSER, _CLOSER.c.id == a.c.closed_by)
        .outerjoin(t.document, t.document.c.id == a.c.done_document_id)
    )


def _unsettled() -> ColumnElement[bool]:
    released = t.obligation.c.status.in_(_RELEASED)
    return t.action_item.c.state.in_(_UNSETTLED) & or_(t.obligation.c.id.is_(None), ~released)


def item_row(conn: Connection, item_id: int) -> Row | None:
    """One action item, or None."""
    return conn.execute(_items().where(t.action_item.c.id == item_id)).one_or_none()


def items(
    conn: Connection,
    *,
    scope: ColumnElement[bool] | None = None,
    project_id: int | None = None,
    meeting_id: int | None = None,
    owner_id: int | None = None,
    ids: Collection[int] | None = None,
    unsettled: bool = False,
    project_ids: Collection[int] | None = None,
) -> list[Row]:
    """Action items by due day, narrowed to what is given; `unsettled`: neither closed nor dropped."""
    a = t.action_item
    query = _items()
    if scope is not None:
        query = query.where(scope)
    for column, value in ((a.c.project_id, project_id), (a.c.meeting_id, meeting_id), (a.c.owner_id, owner_id)):
        if value is not None:
            query = query.where(column == value)
    for column, values in ((a.c.id, ids), (a.c.project_id, project_ids)):
        if values is not None:
            query = query.where(column.in_(sorted(values)))
    if unsettled:
        query = query.where(_unsettled())
    return list(conn.execute(query.order_by(func.coalesce(t.obligation.c.due_on, a.c.due_on), a.c.id)))


def waiting_items(conn: Connection, scope: ColumnElement[bool], programme_ids: Collection[int], without: Collection[int]) -> list[Row]:
    """What waits for the office of some programmes: its own open items, and the project's that are said to be done."""
    a = t.action_item
    query = _items().where(scope, a.c.programme_id.in_(sorted(programme_ids)), _unsettled())
    query = query.where(or_(a.c.side == "office", a.c.state == "done"))
    if without:
        query = query.where(a.c.project_id.not_in(sorted(without)))
    return list(conn.execute(query.order_by(a.c.id)))


def next_number(conn: Connection, project_id: int) -> int:
    """The number of the project's next action item; the project's row is locked so that two writers never take one."""
    conn.execute(select(t.project.c.id).where(t.project.c.id == project_id).with_for_update())
    a = t.action_item
    return 1 + conn.execute(select(func.coalesce(func.max(a.c.number), 0)).where(a.c.project_id == project_id)).scalar_one()


def is_member(conn: Connection, project_id: int, person_id: int, today: date) -> bool:
    """Whether she is on the project today, with her account on."""
    return person_id in {row.id for row in members(conn, [project_id], today)}


def members(conn: Connection, project_ids: Collection[int], today: date) -> list[Row]:
    """The people on some projects today whose accounts are on, in the order they joined; each row carries `project_id` and `role`."""
    m, p = t.membership, t.person
    query = (
        select(m.c.project_id, m.c.role, p.c.id, p.c.name)
        .join(p, p.c.id == m.c.person_id)
        .where(m.c.project_id.in_(sorted(project_ids)), m.c.from_on <= today, p.c.active.is_(True))
        .where(or_(m.c.until_on.is_(None), m.c.until_on >= today))
        .order_by(m.c.id)
    )
    return list(conn.execute(query))


def office(conn: Connection, programme_id: int) -> list[Row]:
    """The officers and chiefs of a programme whose accounts are on."""
    g, p = t.role_grant, t.person
    query = (
        select(p.c.id, p.c.name, g.c.role)
        .join(p, p.c.id == g.c.person_id)
        .where(g.c.programme_id == programme_id, g.c.role.in_(("officer", "chief")), g.c.revoked_at.is_(None), p.c.active.is_(True))
        .order_by(g.c.id)
    )
    return list(conn.execute(query))


def acceptance(conn: Connection, review_id: int) -> Row | None:
    """What an acceptance accepted: the report's title and period, its project, and when it was judged."""
    r, v, rep, o = t.review, t.report_version, t.report, t.obligation
    return conn.execute(
        select(o.c.project_id, o.c.title_zh, o.c.title_en, o.c.period_label, r.c.reviewed_at)
        .select_from(r)
        .join(v, v.c.id == r.c.report_version_id)
        .join(rep, rep.c.id == v.c.report_id)
        .join(o, o.c.id == rep.c.obligation_id)
        .where(r.c.id == review_id)
    ).one_or_none()


def raised_alerts(conn: Connection, obligation_ids: Collection[int]) -> list[int]:
    """The alerts of some obligations that were raised."""
    a = t.alert
    query = select(a.c.id).where(a.c.obligation_id.in_(list(obligation_ids)), a.c.state == "raised").order_by(a.c.id)
    return list(conn.scalars(query))


def claims_of(conn: Connection, report_version_id: int) -> list[Row]:
    """What one version of a report says of the action items."""
    c = t.action_item_progress
    return list(conn.execute(select(c).where(c.c.report_version_id == report_version_id).order_by(c.c.id)))


# --- Meetings --------------------------------------------------------------------------------------------------------------------


def is_meeting_file(conn: Connection, document_id: int, programme_id: int) -> bool:
    """Whether a file was brought for a meeting of this programme."""
    d = t.document
    brought = d.c.project_id.is_(None) & (d.c.purpose == "meeting")
    query = select(d.c.id).where(d.c.id == document_id, d.c.programme_id == programme_id, brought)
    return conn.execute(query).first() is not None


def reads_meeting_file(conn: Connection, document_id: int, project_ids: Collection[int]) -> bool:
    """Whether one of these projects takes part in a meeting whose notice or minutes this file is."""
    m, mp = t.meeting, t.meeting_project
    named = or_(m.c.notice_document_id == document_id, m.c.minutes_document_id == document_id)
    query = select(m.c.id).join(mp, mp.c.meeting_id == m.c.id).where(named, mp.c.project_id.in_(sorted(project_ids)))
    return conn.execute(query.limit(1)).first() is not None


def hers(conn: Connection, meeting_id: int, project_ids: Collection[int]) -> list[int]:
    """Those of these projects that take part in a meeting."""
    mp = t.meeting_project
    query = select(mp.c.project_id).where(mp.c.meeting_id == meeting_id, mp.c.project_id.in_(sorted(project_ids)))
    return list(conn.scalars(query.order_by(mp.c.project_id)))


def _meetings() -> Any:
    m, g = t.meeting, t.programme
    notice, minutes = t.document.alias("notice"), t.document.alias("minutes_file")
    return (
        select(
            m,
            g.c.code.label("programme_code"),
            g.c.title_zh.label("programme_zh"),
            g.c.title_en.label("programme_en"),
            notice.c.filename.label("notice_filename"),
            minutes.c.filename.label("minutes_filename"),
        )
        .join(g, g.c.id == m.c.programme_id)
        .outerjoin(notice, notice.c.id == m.c.notice_document_id)
        .outerjoin(minutes, minutes.c.id == m.c.minutes_document_id)
    )


def meeting_row(conn: Connection, meeting_id: int) -> Row | None:
    """One meeting with its programme and the names of its files, or None."""
    return conn.execute(_meetings().where(t.meeting.c.id == meeting_id)).one_or_none()


def meetings(
    conn: Connection,
    seen: ColumnElement[bool],
    *,
    programme_id: int | None = None,
    kind: str | None = None,
    first: date | None = None,
    last: date | None = None,
    project_id: int | None = None,
    state: str | None = None,
    ids: Collection[int] | None = None,
) -> list[Row]:
    """Meetings by day, narrowed to what is given; `first` and `last` are included."""
    m, mp = t.meeting, t.meeting_project
    query = _meetings().where(seen)
    for column, value in ((m.c.programme_id, programme_id), (m.c.kind, kind), (m.c.state, state)):
        if value is not None:
            query = query.where(column == value)
    if first is not None:
        query = query.where(m.c.held_on >= first)
    if last is not None:
        query = query.where(m.c.held_on <= last)
    if project_id is not None:
        query = query.where(m.c.id.in_(select(mp.c.meeting_id).where(mp.c.project_id == project_id)))
    if ids is not None:
        query = query.where(m.c.id.in_(sorted(ids)))
    return list(conn.execute(query.order_by(m.c.held_on, m.c.starts_at, m.c.id)))


def with_projects(project_ids: Collection[int]) -> ColumnElement[bool]:
    """Meetings in which one of these projects takes part."""
    mp = t.meeting_project
    return t.meeting.c.id.in_(select(mp.c.meeting_id).where(mp.c.project_id.in_(sorted(project_ids))))


def taking_part(conn: Connection, meeting_ids: Collection[int]) -> list[Row]:
    """The projects of some meetings, by code; each row carries `meeting_id` and the notice's obligation."""
    mp, p = t.meeting_project, t.project
    columns = (p.c.id, p.c.code, p.c.title_zh, p.c.title_en, p.c.organisation, p.c.officer_id, p.c.county)
    query = (
        select(mp.c.meeting_id, mp.c.obligation_id, *columns)
        .join(p, p.c.id == mp.c.project_id)
        .where(mp.c.meeting_id.in_(sorted(meeting_ids)))
        .order_by(p.c.code)
    )
    return list(conn.execute(query))


def next_meeting_label(conn: Connection, programme_id: int) -> str:
    """The short name of the programme's next meeting; its row is locked so that two writers never take one."""
    conn.execute(select(t.programme.c.id).where(t.programme.c.id == programme_id).with_for_update())
    taken = conn.execute(select(func.count()).where(t.meeting.c.programme_id == programme_id)).scalar_one()
    return f"m-{taken + 1}"


def is_entered(conn: Connection, values: Mapping[str, Any], project_ids: Collection[int]) -> bool:
    """Whether a meeting of this programme, kind, title, day and time with just these projects stands and was not cancelled."""
    m, mp = t.meeting.c, t.meeting_project.c
    same = [m[name] == values[name] for name in ("programme_id", "kind", "title_zh", "held_on", "starts_at")]
    found: dict[int, set[int]] = {}
    joined = t.meeting.outerjoin(t.meeting_project, mp.meeting_id == m.id)
    for row in conn.execute(select(m.id, mp.project_id).select_from(joined).where(m.state != "cancelled", *same)):
        found.setdefault(row.id, set()).add(row.project_id)
    return any(ids - {None} == set(project_ids) for ids in found.values())


def passed_meetings(conn: Connection, scope: ColumnElement[bool], programme_ids: Collection[int], today: date) -> list[Row]:
    """Meetings of some programmes whose day has passed and of which nobody has said that they were held."""
    m = t.meeting
    seen = and_(scope, m.c.programme_id.in_(sorted(programme_ids)), m.c.held_on < today)
    return meetings(conn, seen, state="planned")


def reminders(conn: Connection, meeting_id: int) -> list[Row]:
    """The open reminders of a meeting on the desks of its projects."""
    o, mp = t.obligation, t.meeting_project
    query = (
        select(o.c.id, o.c.project_id, o.c.because_json)
        .join(mp, mp.c.obligation_id == o.c.id)
        .where(mp.c.meeting_id == meeting_id, o.c.status == "open")
        .order_by(o.c.id)
    )
    return list(conn.execute(query))


def unsettled_places(conn: Connection, meeting_ids: Collection[int]) -> dict[tuple[int, int], int]:
    """How many items of each meeting are unsettled, by (meeting, project)."""
    a = t.action_item
    query = (
        select(a.c.meeting_id, a.c.project_id, func.count())
        .outerjoin(t.obligation, t.obligation.c.id == a.c.obligation_id)
        .where(a.c.meeting_id.in_(sorted(meeting_ids)), _unsettled())
        .group_by(a.c.meeting_id, a.c.project_id)
    )
    return {(meeting_id, project_id): n for meeting_id, project_id, n in conn.execute(query)}


def place_of(conn: Connection, obligation_id: int) -> Row | None:
    """The project of an obligation, with the action item or the meeting that it belongs to; None where it belongs to neither."""
    o, a, mp = t.obligation, t.action_item, t.meeting_project
    query = (
        select(o.c.project_id, a.c.id.label("item_id"), mp.c.meeting_id)
        .outerjoin(a, a.c.obligation_id == o.c.id)
        .outerjoin(mp, mp.c.obligation_id == o.c.id)
        .where(o.c.id == obligation_id, or_(a.c.id.is_not(None), mp.c.meeting_id.is_not(None)))
    )
    return conn.execute(query).first()
