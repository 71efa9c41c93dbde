"""Ad hoc calls: who is asked, what each owes, issued once, moved, ended, joined later, reminded of once a day."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select, update

from tests.cast import at, key
from tests.integration.alerts.support import deliver_on, fate, ledger, look_on, outbox_rows, replan, told, why
from tests.integration.services.support_calls import (
    FORM,
    another_project,
    answer_draft,
    answered,
    entry,
    issued,
    row_of,
)  # fmt: skip
from tests.integration.services.support_documents import put_document
from tests.integration.services.support_reports import PDF, accepted, hand_in, returned
from tests.integration.services.test_receipts import Away
from tests.integration.services.windows import stating, taken_back
from tests.integration.store.test_races import all_at_once
from tracker.domain.statuses import Lateness
from tracker.notify.transport import LocalOutbox
from tracker.services.data_call_board import Answer, BoardFilters, call_board, call_list, call_notice
from tracker.services.data_call_changes import add_projects, end_call, joinable, move_call, nudge, preview_move
from tracker.services.data_call_forms import FormEntry, SectionEntry
from tracker.services.data_call_selection import Selection
from tracker.services.data_calls import issue_call, preview_call
from tracker.services.documents import CALL_PURPOSE, document_bytes, store_document
from tracker.services.errors import Forbidden, Invalid, NotFound, ServiceError, Stale
from tracker.services.inbox import inbox_list
from tracker.services.must_do import must_do
from tracker.services.notices import notice_list
from tracker.services.obligation_changes import extend
from tracker.services.policy import Act
from tracker.services.queue import waiting_for_me
from tracker.services.report_drafts import open_report
from tracker.store import tables as t

KEY = "DEMO-OWN-01/data_call/call-1"
MEMBERS = ["assistant@own.invalid", "co-pi@own.invalid", "company-pi@own.invalid", "pi@own.invalid"]


def count(cast, table) -> int:
    with cast.desk.store.read() as conn:
        return conn.execute(select(func.count()).select_from(table)).scalar_one()


def fields_of(refused) -> set[str]:
    return {problem.field for problem in refused.value.problems}


# --- before issuing ---------------------------------------------------------------------------------------------------------


def test_a_preview_names_the_projects_the_day_and_the_mails_and_writes_nothing(cast):
    another_project(cast)
    before = count(cast, t.obligation)
    seen = preview_call(cast.ctx("officer"), entry(cast))
    assert [one.code for one in seen.projects] == ["DEMO-OWN-01", "DEMO-OWN-02"]
    assert (seen.due_on, seen.working_day, seen.day.en) == (date(2026, 9, 30), True, "Wednesday")
    assert [stage for stage, _ in seen.later] == ["T-14", "T-7", "T-1", "file_by", "due", "+1", "+7", "+14"]
    assert seen.mails == sum(len(one.told) for one in seen.projects)
    assert count(cast, t.obligation) == before


def test_a_day_off_shows_the_last_working_day_before_it(cast):
    seen = preview_call(cast.ctx("officer"), entry(cast, due_on="115-10-04"))  # a Sunday
    assert not seen.working_day
    assert {one.file_by for one in seen.projects} == {date(2026, 10, 2)}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"due_on": "2026-09-01"}, "due_on"),  # today
        ({"due_on": "2026-08-31"}, "due_on"),
        ({"due_on": "115/2/30"}, "due_on"),
        ({"due_on": "2059-12-31"}, "due_on"),
        ({"title_zh": " \u202e"}, "title_zh"),
        ({"title_zh": "字" * 201}, "title_zh"),
        ({"letter_number": ""}, "letter_number"),
        ({"label": "Y1 Q3"}, "label"),
        ({"label": "project"}, "label"),
        ({"note": "字" * 4001}, "note"),
        ({"form": FormEntry()}, "form"),
        ({"form": FormEntry((SectionEntry("空"),))}, "form"),
        ({"selection": Selection(organisations=("沒有這間",))}, "selection"),
    ],
)
def test_what_is_not_ready_is_named(cast, changed, field):
    with pytest.raises(Invalid) as refused:
        preview_call(cast.ctx("officer"), entry(cast, **changed))
    assert field in fields_of(refused)


def test_no_working_day_before_the_day_is_refused(cast):
    with pytest.raises(Invalid) as refused:  # asked on Friday 2026-09-04 for Sunday
        preview_call(cast.ctx("officer", on="2026-09-04"), entry(cast, due_on=date(2026, 9, 6)))
    assert fields_of(refused) == {"due_on"}


@pytest.mark.parametrize(
    ("selection", "codes"),
    [
        (Selection(), ["DEMO-OWN-01", "DEMO-OWN-02", "DEMO-OWN-03"]),
        (Selection(organisations=("示範第二大學",)), ["DEMO-OWN-02", "DEMO-OWN-03"]),
        (Selection(counties=("新竹市",)), ["DEMO-OWN-02"]),
        (Selection(counties=("新竹市", "高雄市")), ["DEMO-OWN-02", "DEMO-OWN-03"]),
        (Selection(years=(1,)), ["DEMO-OWN-01", "DEMO-OWN-02", "DEMO-OWN-03"]),
        (Selection(years=(1,), counties=("高雄市",)), ["DEMO-OWN-03"]),
        (Selection(states=("running",)), ["DEMO-OWN-01", "DEMO-OWN-02", "DEMO-OWN-03"]),
        (Selection(checkpoints=("behind",)), ["DEMO-OWN-01"]),  # C1 was planned for 2026-08-31
        (Selection(checkpoints=("none",)), ["DEMO-OWN-02", "DEMO-OWN-03"]),
    ],
)
def test_filters_choose_the_projects(cast, selection, codes):
    another_project(cast)
    another_project(cast, "DEMO-OWN-03", county="高雄市")
    assert [one.code for one in preview_call(cast.ctx("officer"), entry(cast, selection=selection)).projects] == codes


def test_some_projects_by_name_and_an_officers_own_desk(cast):
    second = another_project(cast, officer_email="second@office.invalid", officer_name="示範第二承辦人")
    ctx = cast.ctx("officer")
    assert [one.code for one in preview_call(ctx, entry(cast, selection=Selection(projects=(second,)))).projects] == ["DEMO-OWN-02"]
    mine = Selection(officers=(cast.person("officer").id,))
    assert [one.code for one in preview_call(ctx, entry(cast, selection=mine)).projects] == ["DEMO-OWN-01"]


def test_nothing_fits_a_foreign_project_of_another_programme(cast):
    foreign = Selection(projects=(cast.project("foreign").id,))
    with pytest.raises(Invalid) as refused:
        preview_call(cast.ctx("officer"), entry(cast, selection=foreign))
    assert fields_of(refused) == {"selection"}


def test_closed_and_terminated_projects_are_never_asked(cast):
    second = another_project(cast)
    for status in ("closed", "terminated"):
        cast.desk.store.write_quiet(
            at("2026-09-01"), lambda tx, s=status: tx.conn.execute(update(t.project).where(t.project.c.id == second).values(status=s))
        )
        assert [one.code for one in preview_call(cast.ctx("officer"), entry(cast)).projects] == ["DEMO-OWN-01"]


def test_a_foreign_programme_does_not_exist_for_an_officer(cast):
    foreign = replace(entry(cast), programme_id=cast.project("foreign").programme_id)
    with pytest.raises(NotFound):
        preview_call(cast.ctx("officer"), foreign)
    with pytest.raises(NotFound):
        issue_call(cast.ctx("officer"), foreign, project_ids=[cast.project("foreign").id], key=key())


# --- issuing ----------------------------------------------------------------------------------------------------------------


def test_each_project_owes_one_answer_by_the_letters_day_with_its_reasons(cast):
    call = issued(cast)
    assert call.keys == (KEY,)
    row = cast.by_key(KEY)
    assert (row.kind, row.origin, row.status, row.confidence, row.basis) == ("data_call", "call", "open", "official", "official")
    assert (row.due_on, row.file_by_on, row.letter_number) == (date(2026, 9, 30), date(2026, 9, 30), "示範字第115001號")
    assert "示範字第115001號" in row.because_json[0]["zh"]
    assert "2026-09-30" in row.because_json[0]["en"]
    assert KEY in [one.key for one in must_do(cast.ctx("pi"))]


def test_a_double_click_issues_one_call_and_gives_the_same_answer_twice(cast):
    ctx, typed, same = cast.ctx("officer"), entry(cast), key()
    ids = preview_call(ctx, typed).project_ids
    first = issue_call(ctx, typed, project_ids=ids, key=same)
    assert issue_call(ctx, typed, project_ids=ids, key=same) == first
    assert count(cast, t.data_call) == 1


def test_the_same_letter_title_and_day_is_not_issued_from_a_second_window(cast):
    issued(cast)
    with pytest.raises(Invalid) as refused:
        issued(cast)
    assert fields_of(refused) == {"letter_number"}
    assert [problem.field for problem in preview_call(cast.ctx("officer"), entry(cast)).warnings] == ["letter_number"]


def test_projects_that_came_after_the_preview_are_not_asked_unseen(cast):
    ctx = cast.ctx("officer")
    ids = preview_call(ctx, entry(cast)).project_ids
    another_project(cast)
    with pytest.raises(Stale):
        issue_call(ctx, entry(cast), project_ids=ids, key=key())
    assert count(cast, t.data_call) == 0


def test_the_announcement_goes_out_at_once_and_the_ladder_follows(cast):
    issued(cast, due_on=date(2026, 9, 15))  # T-14 falls on the day of issue itself
    assert ledger(cast, KEY) == [("issued", "raised")]
    assert {row.address for row in outbox_rows(cast)} >= {cast.person("pi").email, cast.person("assistant").email}
    assert cast.person("officer").email not in {row.address for row in outbox_rows(cast)}
    look_on(cast, "2026-09-01")
    assert "raised" not in {state for stage, state in ledger(cast, KEY) if stage != "issued"}, "one mail a day is enough"
    look_on(cast, "2026-09-08")  # Tuesday, seven days before
    assert ledger(cast, KEY)[-1] == ("T-7", "raised")


def test_the_announcement_says_what_is_asked_in_the_readers_language(cast):
    issued(cast)
    deliver_on(cast, LocalOutbox(), "2026-09-01", clock="09:30")
    subjects = {row.address: row.payload_json["subject"] for row in outbox_rows(cast, "sent")}
    assert subjects[cast.person("pi").email] == "填報通知：請於 115-09-30 (2026-09-30) 前填報，還有 29 天：第三季進度調查（DEMO-OWN-01）"
    assert subjects[cast.person("assistant").email].startswith("The office asks for an answer by 115-09-30 (2026-09-30), 29 days left")


def test_a_label_of_its_own_stands_in_the_key(cast):
    assert issued(cast, label="115-q3").keys == ("DEMO-OWN-01/data_call/115-q3",)
    assert issued(cast, title_zh="另一件").label == "call-2"


def test_planning_again_leaves_a_call_alone(cast):
    issued(cast)
    another_project(cast)  # plans
    replan(cast, "2026-09-02")
    assert cast.by_key(KEY).status == "open"


# --- the board ---------------------------------------------------------------------------------------------------------------


def test_the_board_counts_who_has_answered_and_tells_of_drafts_only_that_they_are_there(cast):
    for number in (2, 3, 4):
        another_project(cast, f"DEMO-OWN-0{number}")
    call = issued(cast)
    answer_draft(cast, KEY, text="秘密草稿")
    assert row_of(cast, call.call_id).answer is Answer.DRAFT
    assert "秘密草稿" not in repr(call_board(cast.ctx("officer", on="2026-09-02"), call.call_id))
    hand_in_now(cast)
    counts = call_board(cast.ctx("officer", on="2026-10-01"), call.call_id).call.counts
    assert (counts.asked, counts.answered, counts.waited_for, counts.late, counts.answered_late) == (4, 1, 3, 3, 0)
    row = row_of(cast, call.call_id, on="2026-10-01")
    assert (row.answer, row.stands, row.answered_by) == (Answer.HANDED_IN, Lateness.SUBMITTED_ON_TIME, cast.person("pi").name)
    assert row.receipt_number
    late = call_board(cast.ctx("officer", on="2026-10-01"), call.call_id, BoardFilters(answer="late"))
    assert [one.code for one in late.rows] == ["DEMO-OWN-02", "DEMO-OWN-03", "DEMO-OWN-04"]


def hand_in_now(cast) -> None:
    report_id = open_report(cast.ctx("pi", on="2026-09-02"), obligation_id=cast.by_key(KEY).id, key=key()).report_id
    hand_in(cast, report_id, on="2026-09-02")


def test_the_list_is_for_the_office_and_the_auditor(cast):
    issued(cast)
    for who in ("officer", "chief", "auditor"):
        assert [call.title_en for call in call_list(cast.ctx(who))] == ["Progress of the third quarter"]
    assert call_list(cast.ctx("other_officer")) == ()
    for who in ("pi", "admin"):
        with pytest.raises(Forbidden):
            call_list(cast.ctx(who))


def test_the_notice_is_read_by_its_projects_and_by_nobody_elses(cast):
    issued(cast, note="請依附件格式填列。")
    notice = call_notice(cast.ctx("pi"), cast.by_key(KEY).id)
    assert (notice.note, notice.letter_number) == ("請依附件格式填列。", "示範字第115001號")
    assert call_notice(cast.ctx("pi"), cast.obligation("final_report").id) is None
    with pytest.raises(NotFound):
        call_notice(cast.ctx("stranger_pi"), cast.by_key(KEY).id)


# --- another day, the end, who joins later ----------------------------------------------------------------------------------


def moved(cast, call_id: int, due_on="115-10-15", *, on: str = "2026-09-02", who: str = "officer", version: int = 1):
    return move_call(
        cast.ctx(who, on=on), call_id=call_id, due_on=due_on, letter_number="示範字第115002號", reason="資料尚未齊備",
        expected_version=version, key=key(),
    )  # fmt: skip


def test_another_day_moves_what_is_open_keeps_what_came_in_and_tells_everybody_again(cast):
    another_project(cast)
    call = issued(cast)
    answered(cast, KEY)
    seen = preview_move(cast.ctx("officer", on="2026-09-02"), call_id=call.call_id, due_on="115-10-15")
    assert (seen.old, seen.new, seen.moved, seen.kept, seen.earlier) == (date(2026, 9, 30), date(2026, 10, 15), 1, 1, False)
    second = "DEMO-OWN-02/data_call/call-1"
    assert moved(cast, call.call_id).changed == (second,)
    row = cast.by_key(second)
    assert (row.due_on, row.letter_number) == (date(2026, 10, 15), "示範字第115002號")
    assert "2026-09-30" in row.because_json[0]["en"], "the old day stays visible"
    assert cast.by_key(KEY).due_on == date(2026, 9, 30)
    assert [stage for stage, _ in ledger(cast, second)] == ["issued", "issued"]
    assert call_board(cast.ctx("officer"), call.call_id).call.history[0]["old"] == "2026-09-30"


def test_a_day_over_the_old_one_takes_lateness_back(cast):
    call = issued(cast)
    assert row_of(cast, call.call_id, on="2026-10-02").stands is Lateness.LATE
    moved(cast, call.call_id, on="2026-10-02")
    assert row_of(cast, call.call_id, on="2026-10-02").stands is Lateness.NOT_DUE


@pytest.mark.parametrize("due_on", ["115-09-30", "115-09-02", "", "9999"])
def test_a_wrong_new_day_is_refused(cast, due_on):
    call = issued(cast)
    with pytest.raises(Invalid) as refused:
        moved(cast, call.call_id, due_on)
    assert fields_of(refused) == {"due_on"}


def test_closing_takes_the_duty_from_who_has_not_answered_and_keeps_the_answers(cast):
    another_project(cast)
    call = issued(cast)
    answered(cast, KEY)
    done = end_call(
        cast.ctx("officer", on="2026-10-05"), call_id=call.call_id, how="closed", reason="已足供彙整", expected_version=1, key=key()
    )
    assert done.changed == ("DEMO-OWN-02/data_call/call-1",)
    assert (cast.by_key(KEY).status, cast.by_key("DEMO-OWN-02/data_call/call-1").status) == ("submitted", "closed")
    look_on(cast, "2026-10-20")
    assert [stage for stage, _ in ledger(cast, "DEMO-OWN-02/data_call/call-1")] == ["issued"]
    with pytest.raises(Forbidden):
        moved(cast, call.call_id, version=2)
    with pytest.raises(NotFound):
        open_report(cast.ctx("pi"), obligation_id=cast.by_key("DEMO-OWN-02/data_call/call-1").id, key=key())


def test_cancelling_also_frees_the_office_of_what_came_in(cast):
    call = issued(cast)
    answered(cast, KEY)
    end_call(cast.ctx("chief", on="2026-09-03"), call_id=call.call_id, how="cancelled", reason="誤發", expected_version=1, key=key())
    assert cast.by_key(KEY).status == "closed"
    assert call_board(cast.ctx("officer"), call.call_id).call.state == "cancelled"


def test_what_came_in_for_a_cancelled_call_waits_for_nobody_and_cannot_be_taken_back(cast, monkeypatch):
    stating(monkeypatch, opens_days_before_due=None, kinds=("interim_report", "data_call"))
    call = issued(cast)
    report_id = answered(cast, KEY)
    assert waiting_for_me(cast.ctx("officer", on="2026-09-03"))
    ctx = cast.ctx("officer", on="2026-09-03")
    end_call(ctx, call_id=call.call_id, how="cancelled", reason="重複發文", expected_version=1, key=key())
    assert waiting_for_me(cast.ctx("officer", on="2026-09-04")) == []
    for refused in (lambda: taken_back(cast, report_id, on="2026-09-04"), lambda: accepted(cast, report_id, on="2026-09-04")):
        with pytest.raises(ServiceError):
            refused()
    assert cast.by_key(KEY).status == "closed"


def test_another_day_for_all_takes_away_no_later_day_that_one_project_was_granted(cast):
    another_project(cast)
    call, row = issued(cast), cast.by_key(KEY)
    extend(cast.ctx("officer", on="2026-09-03"), obligation_id=row.id, new_due_on="2026-11-30", reason="停電", letter_number="12",
           expected_version=row.version, key=key())  # fmt: skip
    ctx = cast.ctx("officer", on="2026-09-04")
    assert preview_move(ctx, call_id=call.call_id, due_on="2026-10-15").moved == 1
    move_call(ctx, call_id=call.call_id, due_on="2026-10-15", letter_number="13", reason="延後", expected_version=1, key=key())
    assert cast.by_key(KEY).due_on == date(2026, 11, 30)
    assert cast.by_key(KEY.replace("OWN-01", "OWN-02")).due_on == date(2026, 10, 15)


def test_of_a_cancelled_call_only_the_cancellation_is_mailed_each_once_also_after_an_outage(cast):
    call = issued(cast)
    end_call(cast.ctx("officer"), call_id=call.call_id, how="cancelled", reason="誤發", expected_version=1, key=key())
    for clock in ("09:10", "09:20"):
        assert deliver_on(cast, Away(), "2026-09-01", clock=clock).sent == 0
    for clock in ("11:30", "11:40"):
        deliver_on(cast, LocalOutbox(), "2026-09-01", clock=clock)
    assert {why(line) for line in told(cast, KEY)} == {"done"}
    assert outbox_rows(cast, "sent") == [], "the cancellation stands in tomorrow's digest"
    for clock in ("08:00", "08:05"):
        deliver_on(cast, LocalOutbox(), "2026-09-02", clock=clock)
    sent = outbox_rows(cast, "sent")
    assert sorted(row.address for row in sent) == MEMBERS
    assert "誤發" in sent[0].payload_json["text"]
    assert sent[0].payload_json["subject"] == "已撤銷，無須填報：第三季進度調查（DEMO-OWN-01）"


def test_of_a_closed_call_only_who_has_not_answered_is_told(cast):
    another_project(cast)
    call = issued(cast)
    answered(cast, KEY, on="2026-09-02")
    for _ in range(2):
        with suppress(Forbidden):
            end_call(cast.ctx("officer", on="2026-09-03"), call_id=call.call_id, how="closed", reason="已足", expected_version=1, key=key())
    deliver_on(cast, LocalOutbox(), "2026-09-04")
    closed = [row for row in outbox_rows(cast, "sent") if row.sort == "digest" and "第三季進度調查" in row.payload_json["subject"]]
    assert [row.address for row in closed] == ["pi-demo-own-02@own.invalid"]
    assert [one.text.kind for one in notice_list(cast.ctx("pi"))] == ["receipt"]


@pytest.mark.parametrize(("how", "reason", "field"), [("closed", " ", "reason"), ("deleted", "因故", "how")])
def test_an_end_needs_its_reason(cast, how, reason, field):
    call = issued(cast)
    with pytest.raises(Invalid) as refused:
        end_call(cast.ctx("officer"), call_id=call.call_id, how=how, reason=reason, expected_version=1, key=key())
    assert fields_of(refused) == {field}


def test_two_officers_do_not_change_a_call_over_each_other(cast):
    call = issued(cast)
    moved(cast, call.call_id)
    with pytest.raises(Stale):
        moved(cast, call.call_id, "115-10-16", who="chief")


def test_a_project_that_joins_later_is_asked_only_when_the_office_says_so(cast):
    call = issued(cast)
    second = another_project(cast, on="2026-09-03")
    ctx = cast.ctx("officer", on="2026-09-03")
    assert len(call_board(ctx, call.call_id).every) == 1
    assert [one.code for one in joinable(ctx, call.call_id)] == ["DEMO-OWN-02"]
    done = add_projects(ctx, call_id=call.call_id, project_ids=[second], key=key())
    assert done.changed == ("DEMO-OWN-02/data_call/call-1",)
    assert joinable(ctx, call.call_id) == ()
    with pytest.raises(Stale):
        add_projects(ctx, call_id=call.call_id, project_ids=[cast.project("foreign").id], key=key())


def test_a_call_whose_day_is_over_asks_nobody_new_by_it(cast):
    call = issued(cast)
    second = another_project(cast, on="2026-10-05")
    with pytest.raises(Invalid):
        add_projects(cast.ctx("officer", on="2026-10-05"), call_id=call.call_id, project_ids=[second], key=key())


# --- reminders ---------------------------------------------------------------------------------------------------------------


def test_a_nudge_is_recorded_once_a_day_and_lands_in_mail_and_inbox(cast):
    call = issued(cast)
    ctx = cast.ctx("officer", on="2026-09-10")
    first = nudge(ctx, call_id=call.call_id, key=key())
    assert (first.projects, first.left_out) == (1, 0)
    again = nudge(ctx, call_id=call.call_id, key=key())
    assert (again.projects, again.left_out, again.mails) == (0, 1, 0)
    assert ledger(cast, KEY)[-1] == ("nudge:2026-09-10", "raised")
    assert inbox_list(cast.ctx("pi", on="2026-09-10"))[0].stage == "nudge:2026-09-10"
    assert nudge(cast.ctx("chief", on="2026-09-11"), call_id=call.call_id, key=key()).projects == 1
    row = row_of(cast, call.call_id, on="2026-09-11")
    assert (row.nudged_on, row.nudges) == (date(2026, 9, 11), 2)


def test_a_nudge_says_so_in_both_languages(cast):
    call = issued(cast)
    deliver_on(cast, LocalOutbox(), "2026-09-01", clock="09:30")
    nudge(cast.ctx("officer", on="2026-09-10"), call_id=call.call_id, key=key())
    deliver_on(cast, LocalOutbox(), "2026-09-10", clock="09:30")
    subjects = {row.address: row.payload_json["subject"] for row in outbox_rows(cast, "sent")[-3:]}
    assert subjects[cast.person("pi").email].startswith("催辦：尚未收到貴計畫填報，還有 20 天：第三季進度調查")
    assert subjects[cast.person("assistant").email].startswith("The office still waits for your answer, 20 days left")


def test_nobody_who_has_answered_is_nudged(cast):
    another_project(cast)
    call = issued(cast)
    answered(cast, KEY)
    done = nudge(cast.ctx("officer", on="2026-09-10"), call_id=call.call_id, key=key())
    assert (done.projects, done.left_out) == (1, 1)
    assert "nudge:2026-09-10" not in [stage for stage, _ in ledger(cast, KEY)]
    alone = nudge(cast.ctx("officer", on="2026-09-10"), call_id=call.call_id, project_ids=[cast.project().id], key=key())
    assert (alone.projects, alone.mails) == (0, 0)


def test_a_nudge_that_waits_is_cancelled_when_the_answer_comes_before_it_goes_out(cast):
    call = issued(cast)
    deliver_on(cast, LocalOutbox(), "2026-09-01", clock="09:30")
    nudge(cast.ctx("officer", on="2026-09-10"), call_id=call.call_id, key=key())
    answered(cast, KEY, on="2026-09-10")
    deliver_on(cast, LocalOutbox(), "2026-09-10", clock="09:30")
    assert {fate(line) for line in told(cast, KEY) if line.stage.startswith("nudge:")} == {"cancelled"}
    assert ledger(cast, KEY)[-1] == ("nudge:2026-09-10", "cancelled")


def test_a_nudge_and_the_ladder_do_not_disturb_each_other(cast):
    call = issued(cast)
    nudge(cast.ctx("officer", on="2026-09-16"), call_id=call.call_id, key=key())
    look_on(cast, "2026-09-16")  # Wednesday, fourteen days before
    stages = [stage for stage, state in ledger(cast, KEY) if state == "raised"]
    assert stages == ["issued", "nudge:2026-09-16", "T-14"]
    look_on(cast, "2026-09-16", clock="12:00")
    assert [stage for stage, state in ledger(cast, KEY) if state == "raised"] == stages
    deliver_on(cast, LocalOutbox(), "2026-09-16", clock="12:30")
    assert {(line.stage, fate(line)) for line in told(cast, KEY)} == {
        ("issued", "cancelled"),
        ("nudge:2026-09-16", "sent"),
        ("T-14", "sent"),
    }


def test_a_project_that_is_not_asked_is_not_nudged(cast):
    call = issued(cast)
    with pytest.raises(NotFound):
        nudge(cast.ctx("officer"), call_id=call.call_id, project_ids=[cast.project("foreign").id], key=key())


@pytest.mark.parametrize("who", ["pi", "auditor", "admin", "other_officer"])
def test_only_the_programmes_office_nudges(cast, who):
    call = issued(cast)
    with pytest.raises(Forbidden if who in ("auditor", "admin") else NotFound):
        nudge(cast.ctx(who), call_id=call.call_id, key=key())


def test_an_officer_never_asks_or_nudges_a_project_of_her_own(cast):
    another_project(cast)
    first = issued(cast)
    cast.desk.store.write_quiet(
        at("2026-09-01"),
        lambda tx: tx.insert(
            t.membership, project_id=cast.project().id, person_id=cast.person("officer").id, role="assistant", party="academic",
            from_on=date(2026, 6, 1),
        ),
    )  # fmt: skip
    seen = preview_call(cast.ctx("officer"), entry(cast, title_zh="另一件"))
    assert [one.code for one in seen.projects] == ["DEMO-OWN-02"]
    assert [one.code for one in seen.left_out] == ["DEMO-OWN-01"]
    with pytest.raises(Forbidden):
        nudge(cast.ctx("officer"), call_id=first.call_id, project_ids=[cast.project().id], key=key())
    assert nudge(cast.ctx("officer"), call_id=first.call_id, key=key()).projects == 1


def test_the_form_of_a_call_is_kept_as_it_was_typed(cast):
    call = issued(cast)
    form = call_board(cast.ctx("auditor"), call.call_id).call.form
    assert [field.label.zh for field in form.fields.values()] == [FORM.sections[0].fields[0].zh]


def test_the_letter_of_a_call_is_read_by_the_projects_that_are_asked_and_by_no_other(cast):
    second = another_project(cast)
    document_id = store_document(
        cast.ctx("officer"), programme_id=cast.project().programme_id, filename="a.pdf", content=PDF, purpose=CALL_PURPOSE,
        act=Act.ISSUE_CALL, key=key(),
    )  # fmt: skip
    issued(cast, document_id=document_id, selection=Selection(projects=(second,)))
    for who in ("officer", "auditor"):
        assert document_bytes(cast.ctx(who), document_id).filename == "a.pdf"
    with pytest.raises(NotFound):
        document_bytes(cast.ctx("pi"), document_id)
    issued(cast, title_zh="全體", document_id=document_id)
    assert document_bytes(cast.ctx("pi"), document_id).filename == "a.pdf"


def test_a_file_of_another_programme_is_refused(cast):
    foreign = put_document(cast, "foreign", "別人的.pdf")
    with pytest.raises(Invalid) as refused:
        issued(cast, document_id=foreign)
    assert fields_of(refused) == {"document_id"}


# --- many at once --------------------------------------------------------------------------------------------------------------


def test_answers_and_reminders_at_the_same_moment_leave_no_reminder_after_an_answer(cast):
    codes = [f"DEMO-RACE-{number}" for number in range(4)]
    projects = {code: another_project(cast, code) for code in codes}
    call = issued(cast)
    with cast.desk.store.read() as conn:
        members = conn.execute(select(t.membership.c.project_id, t.membership.c.person_id)).all()
    people = {row.project_id: row.person_id for row in members}
    drafts = {}
    for code in codes:
        cast.people[code] = replace(cast.person("pi"), id=people[projects[code]])
        drafts[code] = answer_draft(cast, f"{code}/data_call/call-1", who=code, on="2026-09-10")

    def act(number: int) -> None:
        if number < 4:
            hand_in(cast, drafts[codes[number]], who=codes[number], on="2026-09-10")
        else:
            nudge(cast.ctx("officer", on="2026-09-10"), call_id=call.call_id, key=key())

    all_at_once(8, act)
    deliver_on(cast, LocalOutbox(), "2026-09-10", clock="09:30")
    for code in codes:
        assert cast.by_key(f"{code}/data_call/call-1").status == "submitted"
        assert ledger(cast, f"{code}/data_call/call-1").count(("nudge:2026-09-10", "raised")) == 0
    assert ledger(cast, KEY).count(("nudge:2026-09-10", "raised")) == 1, "four reminders at once are one"
    for code in codes:
        assert not [line for line in told(cast, f"{code}/data_call/call-1") if line.stage.startswith("nudge:") and fate(line) == "sent"]
    assert {fate(line) for line in told(cast, KEY) if line.stage.startswith("nudge:")} == {"sent"}


def test_eight_clicks_from_two_windows_issue_one_call(cast):
    ctx, typed = cast.ctx("officer"), entry(cast)
    ids, keys = preview_call(ctx, typed).project_ids, [key(), key()]

    def click(number: int) -> str:
        try:
            return issue_call(ctx, typed, project_ids=ids, key=keys[number % 2]).label
        except Invalid:
            return "refused"

    said = all_at_once(8, click)
    assert count(cast, t.data_call) == 1
    assert set(said) == {"call-1", "refused"}


@pytest.mark.parametrize("how", ["closed", "cancelled"])
def test_a_draft_cannot_be_handed_in_once_the_call_is_over(cast, how):
    call = issued(cast)
    report_id = answer_draft(cast, KEY)
    end_call(cast.ctx("officer", on="2026-09-03"), call_id=call.call_id, how=how, reason="已足", expected_version=1, key=key())
    with pytest.raises(ServiceError):
        hand_in(cast, report_id, on="2026-09-03")
    assert cast.by_key(KEY).status == "closed"


def test_a_returned_answer_counts_as_answered_and_is_not_nudged(cast):
    call = issued(cast)
    report_id = answered(cast, KEY)
    returned(cast, report_id, on="2026-09-03", reply_by="2026-09-15", sections=("s1",))
    row = row_of(cast, call.call_id, on="2026-09-03")
    assert (row.answer, row.stands) == (Answer.RETURNED, Lateness.SUBMITTED_ON_TIME)
    assert nudge(cast.ctx("officer", on="2026-09-03"), call_id=call.call_id, key=key()).projects == 0
    assert call_board(cast.ctx("officer", on="2026-09-03"), call.call_id).call.counts.returned == 1


def test_an_answer_is_reviewed_and_accepted_like_any_report(cast):
    call = issued(cast)
    accepted(cast, answered(cast, KEY), on="2026-09-04")
    assert row_of(cast, call.call_id, on="2026-09-04").answer is Answer.ACCEPTED
