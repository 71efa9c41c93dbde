"""Action items and meetings for tests, made by the services themselves."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from tests.cast import Cast, key
from tracker.services import action_items, meetings
from tracker.services.meeting_entries import MeetingEntry
from tracker.services.projects import MemberEntry, ProjectEntry, enter_project
from tracker.store import q_meetings
from tracker.store import tables as t


def put_item(
    cast: Cast, *, which: str = "own", side: str = "project", owner: str | None = None, due: str = "2026-10-15", body: str = "補齊標註說明",
    on: str = "2026-09-01", who: str = "officer", **more,
) -> int:  # fmt: skip
    """An action item of a project, recorded by the office on a day (2026-09-01 is a Tuesday, 2026-10-15 a Thursday)."""
    ctx, project = cast.ctx(who, on=on), cast.project(which)
    owner_id = cast.person(owner).id if owner else None

    def write(tx):
        item_id = action_items.add_item(
            tx, ctx, project_id=project.id, programme_id=project.programme_id, body=body, side=side, owner_id=owner_id,
            due_on=date.fromisoformat(due), **more,
        )  # fmt: skip
        tx.record("action_item", item_id, {})
        return {"item_id": item_id}

    return cast.desk.store.write(ctx.request("test.item", key()), write)["item_id"]


def item(cast: Cast, item_id: int):
    """The item as the screens read it, with its duty."""
    with cast.desk.store.read() as conn:
        return q_meetings.item_row(conn, item_id)


def duty(cast: Cast, item_id: int):
    """The obligation beside an item, or None."""
    with cast.desk.store.read() as conn:
        o = t.obligation
        query = select(o).join(t.action_item, t.action_item.c.obligation_id == o.c.id).where(t.action_item.c.id == item_id)
        return conn.execute(query).one_or_none()


def entry(cast: Cast, which: str = "own", **values) -> MeetingEntry:
    """A results presentation of a project on Wednesday 2026-10-14 at two, with slides to be uploaded by Friday 2026-10-09 (a holiday)."""
    project = cast.project(which)
    given = {
        "programme_id": project.programme_id, "kind": "presentation", "title_zh": "示範成果發表會", "held_on": "115-10-14",
        "title_en": "Sample presentation", "starts_at": "14:00", "place": "示範會議室", "letter_number": "示範字第11號",
        "preparation": "上傳簡報", "prepare_by": "2026-10-09", "project_ids": (project.id,),
    }  # fmt: skip
    return MeetingEntry(**(given | values))


def put_meeting(cast: Cast, which: str = "own", on: str = "2026-09-01", who: str = "", **values) -> int:
    """A meeting as the office of that project enters it."""
    officer = who or ("officer" if which == "own" else "other_officer")
    return meetings.plan_meeting(cast.ctx(officer, on=on), entry(cast, which, **values), key=key()).meeting_id


def second_project(cast: Cast, code: str = "DEMO-OWN-02") -> int:
    """Another project of the programme of `own`, whose principal investigator is nobody else of the cast."""
    project = ProjectEntry(
        code=code, programme="demo-sister-ai", title_zh=f"示範另一計畫 {code}", organisation="示範學院", start_on=date(2026, 6, 1),
        end_on=date(2030, 5, 31), members=(MemberEntry(f"pi@{code.lower()}.invalid", f"主持人{code}", "pi"),),
        officer_email="officer@office.invalid", officer_name="示範承辦人",
    )  # fmt: skip
    return enter_project(cast.ctx("system", on="2026-06-01"), project, key=key()).project_id


def meeting(cast: Cast, meeting_id: int):
    """The meeting as the screens read it."""
    with cast.desk.store.read() as conn:
        return q_meetings.meeting_row(conn, meeting_id)


def items_of(cast: Cast, meeting_id: int):
    """The action items of a meeting."""
    with cast.desk.store.read() as conn:
        return q_meetings.items(conn, meeting_id=meeting_id)
