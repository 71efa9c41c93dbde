"""Meetings and events: on whose desk they lie, and what moving, cancelling and holding them does there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from tests.cast import Cast, key
from tests.integration.alerts.support import fate, told
from tests.integration.services.support_meetings import duty, entry, items_of, meeting, put_meeting, second_project
from tracker.i18n import Translator
from tracker.notify import notice_wording
from tracker.services import meeting_views, meetings
from tracker.services.action_life import say_done
from tracker.services.alerts import look
from tracker.services.documents import document_bytes, store_document
from tracker.services.errors import Forbidden, Invalid, NotFound, Stale
from tracker.services.meeting_entries import like
from tracker.services.must_do import Group, must_do
from tracker.services.notices import notice_list
from tracker.services.policy import Act
from tracker.store import tables as t

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def reminder(cast: Cast, meeting_id: int, code: str = "DEMO-OWN-01"):
    return cast.by_key(f"{code}/meeting/{meeting(cast, meeting_id).label}")


def alert_states(cast: Cast, obligation_id: int) -> list[str]:
    with cast.desk.store.read() as conn:
        a = t.alert
        return list(conn.scalars(select(a.c.state).where(a.c.obligation_id == obligation_id, a.c.state != "superseded").order_by(a.c.id)))


def move(cast: Cast, meeting_id: int, who: str = "officer", on: str = "2026-09-02", version: int = 1, **values):
    given = {"held_on": "2026-10-21", "starts_at": "10:00", "prepare_by": "2026-10-16", "reason": "場地整修", "key": key(), **values}
    return meetings.reschedule_meeting(cast.ctx(who, on=on), meeting_id=meeting_id, expected_version=version, **given)


def cancel(cast: Cast, meeting_id: int, on: str = "2026-09-02", version: int = 1, **values):
    given = {"reason": "併入期末審查", "key": key(), **values}
    return meetings.cancel_meeting(cast.ctx("officer", on=on), meeting_id=meeting_id, expected_version=version, **given)


# --- Entering --------------------------------------------------------------------------------------------------------------------


def test_a_meeting_is_a_reminder_that_is_never_late_and_its_preparation_a_duty(cast):
    meeting_id = put_meeting(cast)
    row = reminder(cast, meeting_id)
    assert (row.kind, row.origin, row.duty, row.due_on, row.file_by_on) == (
        "meeting",
        "meeting",
        False,
        date(2026, 10, 14),
        date(2026, 10, 14),
    )
    assert (row.confidence, row.letter_number, row.title_zh) == ("official", "示範字第11號", "示範成果發表會")
    assert "示範會議室" in row.because_json[0]["zh"]
    assert "14:00" in row.because_json[0]["en"]
    (item,) = items_of(cast, meeting_id)
    owed = duty(cast, item.id)
    # Friday 2026-10-09 is the substitute of National Day: the Thursday before is the last safe day.
    assert (item.sort, owed.duty, owed.due_on, owed.file_by_on) == ("preparation", True, date(2026, 10, 9), date(2026, 10, 8))
    assert owed.confidence == "official"
    assert "示範成果發表會" in owed.because_json[0]["zh"]


def test_nothing_to_prepare_is_only_a_reminder(cast):
    meeting_id = put_meeting(cast, preparation="", prepare_by=None)
    assert items_of(cast, meeting_id) == []
    assert reminder(cast, meeting_id).status == "open"


def test_it_stands_in_what_the_projects_people_have_before_them(cast):
    put_meeting(cast)
    mine = {one.kind: one for one in must_do(cast.ctx("pi")) if one.kind in ("meeting", "action_item")}
    assert mine["meeting"].group is Group.NOTICE
    assert mine["action_item"].due_on == date(2026, 10, 9)
    assert all(one.kind != "meeting" for one in must_do(cast.ctx("pi", on="2026-10-15")))  # over
    assert all(one.kind != "meeting" for one in must_do(cast.ctx("stranger_pi")))


def test_the_ladder_reminds_of_the_day_before_it_and_never_after(cast):
    meeting_id = put_meeting(cast, preparation="", prepare_by=None)
    for day in ("2026-09-14", "2026-09-30", "2026-10-07", "2026-10-13", "2026-10-15", "2026-10-28"):
        look(cast.ctx("system", on=day))
    with cast.desk.store.read() as conn:
        a = t.alert
        stages = conn.scalars(
            select(a.c.stage).where(a.c.obligation_id == reminder(cast, meeting_id).id, a.c.state == "raised").order_by(a.c.id)
        ).all()
    assert stages == ["T-30", "T-14", "T-7", "T-1"]


def test_a_whole_programme_takes_part_and_no_other(cast):
    other = second_project(cast)
    saved = meetings.plan_meeting(cast.ctx("officer"), entry(cast, project_ids=None), key=key())
    assert saved.projects == 2
    assert {item.project_id for item in items_of(cast, saved.meeting_id)} == {cast.project("own").id, other}
    with pytest.raises(NotFound):
        meetings.plan_meeting(cast.ctx("officer"), entry(cast, project_ids=(cast.project("foreign").id,)), key=key())


def test_a_meeting_that_was_is_entered_as_held_and_nobody_is_reminded(cast):
    saved = meetings.plan_meeting(cast.ctx("officer"), entry(cast, held_on="2026-08-20", preparation="", prepare_by=None), key=key())
    assert saved.state == "held"
    with cast.desk.store.read() as conn:
        assert conn.execute(select(t.meeting_project.c.obligation_id)).scalars().all() == [None]


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("kind", {"kind": "party"}),
        ("title_zh", {"title_zh": " \u200b\u202e "}),
        ("title_zh", {"title_zh": "長" * 201}),
        ("held_on", {"held_on": "115年13月1日"}),
        ("held_on", {"held_on": ""}),
        ("starts_at", {"starts_at": "25:00"}),
        ("starts_at", {"starts_at": "下午兩點"}),
        ("prepare_by", {"prepare_by": None}),
        ("prepare_by", {"prepare_by": "2026-08-31"}),
        ("prepare_by", {"prepare_by": "2026-10-15"}),
        ("preparation", {"preparation": ""}),
        ("project_ids", {"project_ids": ()}),
        ("notice_document_id", {"notice_document_id": 999_999}),
        ("held_on", {"held_on": "2999-01-01", "preparation": "", "prepare_by": None}),
    ],
)
def test_wrong_fields_are_named(cast, field, values):
    with pytest.raises(Invalid) as refused:
        put_meeting(cast, **values)
    assert field in [problem.field for problem in refused.value.problems]


@pytest.mark.parametrize(("typed", "stored"), [("1400", "14:00"), ("９：０５", "09:05"), ("9:05", "09:05"), (" ", None)])
def test_a_time_is_read_as_people_write_it(cast, typed, stored):
    assert meeting(cast, put_meeting(cast, starts_at=typed)).starts_at == stored


def test_a_double_click_enters_one(cast):
    same, ctx = key(), cast.ctx("officer")
    assert meetings.plan_meeting(ctx, entry(cast), key=same) == meetings.plan_meeting(ctx, entry(cast), key=same)
    assert len(meeting_views.meeting_list(ctx)) == 1


# --- Moving and cancelling ---------------------------------------------------------------------------------------------------------


def test_moved_the_reminder_and_the_preparation_follow_and_the_old_day_stays_readable(cast):
    meeting_id = put_meeting(cast)
    look(cast.ctx("system", on="2026-09-14"))
    before = reminder(cast, meeting_id)
    assert alert_states(cast, before.id) == ["raised"]
    move(cast, meeting_id, on="2026-09-14", prepare_by="2026-10-18")
    row = reminder(cast, meeting_id)
    assert (row.due_on, row.next_look_on) == (date(2026, 10, 21), date(2026, 9, 14))
    assert "115-10-14 (2026-10-14) 14:00" in row.because_json[0]["zh"]
    assert "場地整修" in row.because_json[0]["zh"]
    assert alert_states(cast, row.id) == ["cancelled"]
    (item,) = items_of(cast, meeting_id)
    owed = duty(cast, item.id)
    assert (owed.due_on, owed.file_by_on) == (date(2026, 10, 18), date(2026, 10, 16))  # a Sunday; the Friday before
    history = meeting(cast, meeting_id).history_json[0]
    assert (history["what"], history["old"]) == ("moved", "115-10-14 (2026-10-14) 14:00")


def test_what_was_prepared_already_stays_prepared(cast):
    meeting_id = put_meeting(cast)
    (item,) = items_of(cast, meeting_id)
    say_done(cast.ctx("pi", on="2026-09-02"), item_id=item.id, note="已上傳", document_id=None, expected_version=1, key=key())
    move(cast, meeting_id, on="2026-09-03")
    (item,) = items_of(cast, meeting_id)
    assert (item.state, item.due_on) == ("done", date(2026, 10, 9))


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("held_on", {"held_on": "2026-09-01"}),
        ("held_on", {"held_on": "2026-10-14", "starts_at": "14:00", "prepare_by": "2026-10-09"}),
        ("reason", {"reason": " "}),
        ("prepare_by", {"prepare_by": "2026-10-22"}),
        ("prepare_by", {"prepare_by": ""}),
        ("starts_at", {"starts_at": "noon"}),
    ],
)
def test_a_move_names_what_is_wrong(cast, field, values):
    with pytest.raises(Invalid) as refused:
        move(cast, put_meeting(cast), **values)
    assert field in [problem.field for problem in refused.value.problems]


def test_cancelled_nothing_is_owed_and_nobody_is_reminded(cast):
    meeting_id = put_meeting(cast)
    look(cast.ctx("system", on="2026-09-14"))
    row = reminder(cast, meeting_id)
    cancel(cast, meeting_id, on="2026-09-14")
    assert (reminder(cast, meeting_id).status, reminder(cast, meeting_id).next_look_on) == ("closed", None)
    assert "併入期末審查" in reminder(cast, meeting_id).because_json[0]["zh"]
    (item,) = items_of(cast, meeting_id)
    assert (item.state, duty(cast, item.id).status) == ("dropped", "waived")
    assert alert_states(cast, row.id) == ["cancelled"]
    assert alert_states(cast, item.obligation_id) == ["cancelled"]
    assert {fate(line) for line in (*told(cast, row.key), *told(cast, duty(cast, item.id).key))} == {"cancelled"}
    assert look(cast.ctx("system", on="2026-10-13")).raised >= 0
    assert alert_states(cast, row.id) == ["cancelled"]


def test_what_is_cancelled_or_held_is_neither_moved_nor_cancelled_again(cast):
    cancelled = put_meeting(cast)
    cancel(cast, cancelled)
    for act in (move, cancel):
        with pytest.raises(Stale):
            act(cast, cancelled, version=2)
    held = put_meeting(cast, held_on="2026-08-20", preparation="", prepare_by=None)
    with pytest.raises(Stale):
        cancel(cast, held)


def test_two_officers_at_once_the_second_is_told(cast):
    meeting_id = put_meeting(cast)
    move(cast, meeting_id)
    with pytest.raises(Stale):
        cancel(cast, meeting_id, version=1)


# --- Putting right -----------------------------------------------------------------------------------------------------------------


def edit(cast: Cast, meeting_id: int, version: int = 1, on: str = "2026-09-02", **values):
    given = replace(like(meeting(cast, meeting_id), (cast.project("own").id,)), **values)
    return meetings.edit_meeting(cast.ctx("officer", on=on), meeting_id=meeting_id, entry=given, expected_version=version, key=key())


def test_another_title_reaches_the_desks_and_the_day_stays(cast):
    meeting_id = put_meeting(cast)
    edit(cast, meeting_id, title_zh="示範期中座談", held_on="2027-01-01", place="線上")
    assert reminder(cast, meeting_id).title_zh == "示範期中座談"
    assert (meeting(cast, meeting_id).held_on, meeting(cast, meeting_id).place) == (date(2026, 10, 14), "線上")


def test_a_project_that_joins_gets_it_and_one_that_leaves_loses_it_and_may_come_back(cast):
    other, meeting_id = second_project(cast), put_meeting(cast)
    edit(cast, meeting_id, project_ids=(other,))
    assert reminder(cast, meeting_id).status == "closed"
    assert reminder(cast, meeting_id, "DEMO-OWN-02").status == "open"
    assert {(one.project_code, one.state) for one in items_of(cast, meeting_id)} == {("DEMO-OWN-01", "dropped"), ("DEMO-OWN-02", "open")}
    edit(cast, meeting_id, version=2, project_ids=None)
    assert reminder(cast, meeting_id).status == "open"
    open_ones = [one.project_code for one in items_of(cast, meeting_id) if one.state == "open"]
    assert sorted(open_ones) == ["DEMO-OWN-01", "DEMO-OWN-02"]


def test_a_cancelled_meeting_is_not_edited(cast):
    meeting_id = put_meeting(cast)
    cancel(cast, meeting_id)
    with pytest.raises(Invalid):
        edit(cast, meeting_id, version=2, title_zh="示範")


# --- Holding, minutes --------------------------------------------------------------------------------------------------------------


def test_held_the_reminder_ends_and_what_was_not_prepared_stays_owed(cast):
    meeting_id = put_meeting(cast)
    officer = cast.ctx("officer", on="2026-10-14")
    with pytest.raises(Invalid):
        meetings.mark_held(cast.ctx("officer", on="2026-10-13"), meeting_id=meeting_id, expected_version=1, key=key())
    assert meetings.mark_held(officer, meeting_id=meeting_id, expected_version=1, key=key()).state == "held"
    assert reminder(cast, meeting_id).status == "closed"
    (item,) = items_of(cast, meeting_id)
    assert duty(cast, item.id).status == "open"
    with pytest.raises(Stale):
        meetings.mark_held(officer, meeting_id=meeting_id, expected_version=2, key=key())


def test_minutes_are_a_text_or_a_file_and_hold_the_meeting(cast):
    meeting_id = put_meeting(cast)
    officer = cast.ctx("officer", on="2026-10-15")
    with pytest.raises(Invalid):
        meetings.record_minutes(officer, meeting_id=meeting_id, minutes=" ", document_id=None, expected_version=1, key=key())
    saved = meetings.record_minutes(
        officer, meeting_id=meeting_id, minutes="一、<b>通過</b>", document_id=None, expected_version=1, key=key()
    )
    assert (saved.state, meeting(cast, meeting_id).minutes) == ("held", "一、<b>通過</b>")


def test_files_of_a_meeting_are_read_by_those_who_take_part_and_by_nobody_else_of_the_programme(cast):
    second_project(cast)
    officer, own = cast.ctx("officer", on="2026-10-15"), cast.project("own")
    file_id = store_document(
        officer, filename="minutes.pdf", content=PDF, purpose="meeting", programme_id=own.programme_id, act=Act.RUN_MEETING, key=key()
    )
    with pytest.raises(NotFound):  # nobody's yet
        document_bytes(cast.ctx("pi"), file_id)
    meeting_id = put_meeting(cast)
    meetings.record_minutes(officer, meeting_id=meeting_id, minutes="", document_id=file_id, expected_version=1, key=key())
    with cast.desk.store.read() as conn:
        cast.people["other_pi"] = replace(
            cast.person("pi"), id=conn.execute(select(t.person.c.id).where(t.person.c.email == "pi@demo-own-02.invalid")).scalar_one()
        )
    assert document_bytes(cast.ctx("pi"), file_id).content == PDF
    assert document_bytes(cast.ctx("officer"), file_id).content == PDF
    for who in ("other_pi", "stranger_pi", "other_officer"):
        with pytest.raises(NotFound):
            document_bytes(cast.ctx(who), file_id)


# --- Who sees what -----------------------------------------------------------------------------------------------------------------


def test_a_member_sees_her_own_project_of_a_joint_meeting_and_no_other(cast):
    second_project(cast)
    meeting_id = put_meeting(cast, project_ids=None)
    hers = meeting_views.meeting_page(cast.ctx("pi"), meeting_id)
    assert [one.code for one in hers.projects] == ["DEMO-OWN-01"]
    assert [one.row.project_code for one in hers.items] == ["DEMO-OWN-01"]
    assert "DEMO-OWN-02" not in repr(hers)
    assert "DEMO-OWN-02" not in repr(meeting_views.my_agenda(cast.ctx("pi")))
    assert len(meeting_views.meeting_page(cast.ctx("officer"), meeting_id).projects) == 2
    assert len(meeting_views.meeting_page(cast.ctx("auditor"), meeting_id).projects) == 2


def test_nobody_else_sees_or_runs_it(cast):
    meeting_id = put_meeting(cast)
    for who in ("stranger_pi", "other_officer"):
        with pytest.raises(NotFound):
            meeting_views.meeting_page(cast.ctx(who), meeting_id)
        with pytest.raises(NotFound):
            meetings.cancel_meeting(cast.ctx(who), meeting_id=meeting_id, reason="x", expected_version=1, key=key())
        assert meeting_views.meeting_list(cast.ctx(who)) == ()
    for who in ("pi", "auditor", "admin"):
        with pytest.raises(Forbidden):
            meetings.cancel_meeting(cast.ctx(who), meeting_id=meeting_id, reason="x", expected_version=1, key=key())


def test_the_list_is_narrowed_by_month_kind_and_state(cast):
    october = put_meeting(cast)
    november = put_meeting(cast, held_on="2026-11-30", kind="inspection", preparation="", prepare_by=None)
    ctx = cast.ctx("officer")
    listed = lambda **by: [line.row.id for line in meeting_views.meeting_list(ctx, **by)]  # noqa: E731
    assert listed() == [october, november]
    assert listed(month=date(2026, 11, 5)) == [november]
    assert listed(kind="presentation") == [october]
    assert listed(state="held") == []


def test_a_passed_meeting_waits_for_the_office_until_somebody_says_that_it_was_held(cast):
    meeting_id = put_meeting(cast)
    programmes = frozenset({cast.project("own").programme_id})
    with cast.desk.store.read() as conn:
        waiting = {
            day: [row.id for row in meeting_views.meetings_for_queue(cast.ctx("officer", on=day), conn, programmes)]
            for day in ("2026-10-14", "2026-10-15")
        }
    assert waiting == {"2026-10-14": [], "2026-10-15": [meeting_id]}


# --- Telling -----------------------------------------------------------------------------------------------------------------------


def headlines(cast: Cast, who: str, on: str) -> list[str]:
    return [notice_wording.headline(Translator("zh_TW"), one.text) for one in notice_list(cast.ctx(who, on=on))]


def test_everybody_of_the_project_is_told_once_of_a_move_and_of_a_cancellation(cast):
    meeting_id = put_meeting(cast)
    move(cast, meeting_id, on="2026-09-02")
    cancel(cast, meeting_id, on="2026-09-03", version=2)
    for who in ("pi", "assistant", "company_pi"):
        assert headlines(cast, who, "2026-09-03") == [
            "已取消：示範成果發表會（DEMO-OWN-01）",
            "改期至 115-10-21 (2026-10-21)：示範成果發表會（DEMO-OWN-01）",
        ]
    assert headlines(cast, "stranger_pi", "2026-09-03") == []
    told = notice_list(cast.ctx("pi", on="2026-09-03"))[1]
    assert "場地整修" in dict(notice_wording.facts(Translator("zh_TW"), told.text)).values()
