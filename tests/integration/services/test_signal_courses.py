"""Courses of signals set on the screen: tried before they are saved, checked by field, taken back, and never twice the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from tests.cast import Cast, key
from tests.integration.alerts.support import deliver_on
from tests.integration.services.support_reports import returned, submitted
from tests.integration.services.test_signals import UNTOUCHED, WAITING, ledger, look, told
from tracker.notify.transport import LocalOutbox
from tracker.services import course_previews, signal_conditions
from tracker.services.audit_trail import event_page
from tracker.services.course_drafts import CourseDraft, StepDraft, may_be_told
from tracker.services.course_previews import preview_course
from tracker.services.errors import Forbidden, Invalid, NotFound, Stale
from tracker.services.signal_courses import course_list, course_programmes, course_view, edit_course, take_back_course
from tracker.store import tables as t

SOON = CourseDraft(True, {"days": 2}, (StepDraft(0, ("pi", "officer"), urgent=True),))


def edit(cast: Cast, draft: CourseDraft = SOON, *, kind: str = UNTOUCHED, who: str = "admin", programme: int | None = None, **more):
    now = course_view(cast.ctx(who, on="2026-09-01"), kind=kind, programme_id=programme)
    values = {"draft": draft, "reason": "縮短天數", "expected_version": now.version, "key": key(), **more}
    return edit_course(cast.ctx(who, on="2026-09-01"), kind=kind, programme_id=programme, **values)


def own_programme(cast: Cast) -> int:
    return cast.project().programme_id


def sent_back(cast: Cast) -> None:
    returned(cast, submitted(cast, on="2026-09-01"), on="2026-09-02", reply_by="2026-10-30")  # Wednesday


def test_a_course_that_was_set_holds_from_the_next_watch_on(cast):
    sent_back(cast)
    assert look(cast, "2026-09-04", UNTOUCHED).raised == 0  # Friday: two working days
    view = edit(cast)
    assert (view.origin, view.course.numbers["days"], view.course.steps[0].urgent) == ("general", 2, True)
    assert look(cast, "2026-09-04", UNTOUCHED).raised == 1
    assert set(told(cast, UNTOUCHED)) == {"pi", "company_pi", "officer"}


def test_a_course_of_one_programme_holds_there_alone(cast):
    edit(cast, programme=own_programme(cast))
    rows = {row.kind: row for row in course_list(cast.ctx("admin"), programme_id=own_programme(cast))}
    assert (rows[UNTOUCHED].origin, rows[UNTOUCHED].course.numbers["days"]) == ("programme", 2)
    assert {row.origin for row in course_list(cast.ctx("admin"))} == {"shipped"}
    other = cast.project("foreign").programme_id
    assert course_view(cast.ctx("admin"), kind=UNTOUCHED, programme_id=other).course.numbers["days"] == 5


def test_what_is_set_for_one_programme_stands_above_what_is_set_for_all(cast):
    edit(cast, programme=own_programme(cast))
    edit(cast, replace(SOON, numbers={"days": 9}))
    assert course_view(cast.ctx("admin"), kind=UNTOUCHED, programme_id=own_programme(cast)).course.numbers["days"] == 2
    other = course_view(cast.ctx("admin"), kind=UNTOUCHED, programme_id=cast.project("foreign").programme_id)
    assert (other.origin, other.course.numbers["days"], other.version) == ("general", 9, None)


def test_switched_off_it_settles_what_is_open_and_tells_nobody(cast):
    sent_back(cast)
    look(cast, "2026-09-09", UNTOUCHED)
    edit(cast, CourseDraft(False, {"days": 5}, SOON.steps))
    assert look(cast, "2026-09-10", UNTOUCHED).settled == 1
    assert ledger(cast, UNTOUCHED) == [("+0", "settled")]


def test_what_waits_for_the_digest_of_a_condition_that_is_switched_off_is_not_told(cast):
    sent_back(cast)
    look(cast, "2026-09-09", UNTOUCHED, clock="21:00")  # Wednesday; the digest goes on Thursday morning
    edit(cast, CourseDraft(False, {"days": 5}, SOON.steps))
    deliver_on(cast, LocalOutbox(), "2026-09-10")
    assert ledger(cast, UNTOUCHED) == [("+0", "settled")]
    with cast.desk.store.read() as conn:
        assert set(conn.scalars(select(t.digest_notice.c.left_out))) == {"done"}


def test_taken_back_the_shipped_course_holds_again_and_the_history_says_who_and_why(cast):
    changed = edit(cast)
    ctx = cast.ctx("admin", on="2026-09-02")
    back = take_back_course(ctx, kind=UNTOUCHED, programme_id=None, reason="試辦結束", expected_version=changed.version, key=key())
    assert (back.origin, back.version, back.course) == ("shipped", None, signal_conditions.plans().default[UNTOUCHED])
    (line,) = back.history
    assert (line.reason, line.back_reason, line.course.numbers["days"]) == ("縮短天數", "試辦結束", 2)
    assert line.editor == line.taker == cast.person("admin").name
    assert [event.action for event in event_page(ctx)[0][:2]] == ["signal_course.take_back", "signal_course.edit"]


def test_what_taking_back_one_programmes_course_leads_to_is_said_before(cast):
    edit(cast, replace(SOON, numbers={"days": 9}))
    view = edit(cast, programme=own_programme(cast))
    assert view.without.numbers["days"] == 9, "the course for all, not the shipped one"


@pytest.mark.parametrize(
    ("draft", "fields"),
    [
        (replace(SOON, numbers={"days": -1}), ["numbers.days"]),
        (replace(SOON, numbers={}), ["numbers.days"]),
        (replace(SOON, numbers={"days": 99_999}), ["numbers.days"]),
        (replace(SOON, steps=()), ["steps"]),
        (replace(SOON, steps=(StepDraft(3, ("pi",)), StepDraft(3, ("officer",)))), ["steps.2.after"]),
        (replace(SOON, steps=(StepDraft(None, ()),)), ["steps.1.after", "steps.1.tells"]),
        (replace(SOON, steps=(StepDraft(0, ("desk",)),)), ["steps.1.tells"]),
    ],
)
def test_what_is_wrong_is_named_by_its_field(cast, draft, fields):
    with pytest.raises(Invalid) as wrong:
        edit(cast, draft)
    assert [problem.field for problem in wrong.value.problems] == fields


def test_everything_that_is_wrong_is_named_at_once_and_the_reason_too(cast):
    with pytest.raises(Invalid) as wrong:
        edit(cast, replace(SOON, numbers={"days": -1}), reason=" ")
    assert [problem.field for problem in wrong.value.problems] == ["numbers.days", "reason"]


def test_a_project_is_never_told_that_the_office_is_late(cast):
    assert may_be_told(WAITING) == ("desk", "officer", "chief")
    draft = CourseDraft(True, {"grace": 0, "unpromised": 20}, (StepDraft(0, ("pi",)),))
    with pytest.raises(Invalid) as wrong:
        edit(cast, draft, kind=WAITING)
    assert [problem.field for problem in wrong.value.problems] == ["steps.1.tells"]


def test_the_same_course_again_is_no_change(cast):
    edit(cast)
    with pytest.raises(Invalid):
        edit(cast)


def test_somebody_who_saw_another_course_changes_nothing(cast):
    seen = edit(cast)
    edit(cast, replace(SOON, numbers={"days": 3}))
    with pytest.raises(Stale):
        edit(cast, expected_version=seen.version)
    ctx = cast.ctx("admin")
    with pytest.raises(Stale):
        take_back_course(ctx, kind=UNTOUCHED, programme_id=None, reason="x", expected_version=seen.version, key=key())


def test_a_request_that_comes_twice_is_done_once(cast):
    again = key()
    for _ in range(2):
        edit(cast, expected_version=None, key=again)
    with cast.desk.store.read() as conn:
        assert len(conn.execute(select(t.signal_course.c.id)).all()) == 1


def test_the_office_reads_its_own_programme_and_changes_nothing(cast):
    for who in ("officer", "chief"):
        assert [one.id for one in course_programmes(cast.ctx(who))] == [own_programme(cast)]
        assert course_view(cast.ctx(who), kind=UNTOUCHED).course.numbers["days"] == 5
        with pytest.raises(Forbidden):
            edit(cast, who=who, programme=own_programme(cast))
        with pytest.raises(NotFound):
            course_list(cast.ctx(who), programme_id=cast.project("foreign").programme_id)
    with pytest.raises(Forbidden):
        course_list(cast.ctx("pi"))


def test_a_course_is_tried_on_what_there_is_before_it_is_saved(cast):
    sent_back(cast)
    ctx = cast.ctx("admin", on="2026-09-04")  # Friday
    tried = preview_course(ctx, kind=UNTOUCHED, programme_id=None, draft=SOON)
    assert (tried.raised, tried.anyway, tried.settled, tried.held) == (1, 0, 0, False)
    (line,) = tried.first
    assert (line.project_code, line.begins_on, line.step.after) == ("DEMO-OWN-01", date(2026, 9, 4), 0)
    assert {(one.name, one.role) for one in line.told} == {
        (cast.person("pi").name, "pi"), (cast.person("company_pi").name, "pi"), (cast.person("officer").name, "officer"),
    }  # fmt: skip
    assert ledger(cast, UNTOUCHED) == []
    elsewhere = preview_course(ctx, kind=UNTOUCHED, programme_id=cast.project("foreign").programme_id, draft=SOON)
    assert (elsewhere.raised, elsewhere.settled) == (0, 0)


def test_a_course_that_waits_longer_says_what_it_would_settle(cast):
    sent_back(cast)
    look(cast, "2026-09-09", UNTOUCHED)
    ctx = cast.ctx("admin", on="2026-09-09")
    tried = preview_course(ctx, kind=UNTOUCHED, programme_id=None, draft=replace(SOON, numbers={"days": 10}))
    assert (tried.raised, tried.settled) == (0, 1)


def test_what_the_next_watch_would_raise_anyway_is_said_apart(cast):
    sent_back(cast)
    tried = preview_course(cast.ctx("admin", on="2026-09-09"), kind=UNTOUCHED, programme_id=None, draft=SOON)
    assert (tried.raised, tried.anyway) == (1, 1)


def test_ten_are_named_and_all_are_counted(cast, monkeypatch):
    sent_back(cast)
    monkeypatch.setattr(course_previews, "FIRST", 0)
    tried = preview_course(cast.ctx("admin", on="2026-09-09"), kind=UNTOUCHED, programme_id=None, draft=SOON)
    assert (tried.raised, tried.first) == (1, ())


def test_a_course_that_cannot_be_read_holds_nowhere_and_stops_nothing(cast):
    def broken(tx):
        tx.insert(t.signal_course, kind=UNTOUCHED, course_json={"on": True}, reason="x", edited_at=cast.ctx().now)
        tx.insert(t.signal_course, kind="of_a_module_that_is_gone", course_json={}, reason="x", edited_at=cast.ctx().now)

    cast.desk.store.write_quiet(cast.ctx().now, broken)
    sent_back(cast)
    assert look(cast, "2026-09-09", UNTOUCHED).raised == 1, "by the shipped course"
    assert course_view(cast.ctx("admin"), kind=UNTOUCHED).history == ()
    assert course_list(cast.ctx("admin"))
