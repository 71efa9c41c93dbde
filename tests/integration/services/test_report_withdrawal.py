"""Taking back what was handed in: how long, by whom, what follows, and that exactly one of writer and reader wins."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from sqlalchemy import select

from tests.cast import key
from tests.integration.alerts.support import deliver_on, look_on, outbox_rows, raised, replan
from tests.integration.services.support_reports import evidence, fill, hand_in, opened, returned, write
from tests.integration.services.windows import handed_in, stating, taken_back
from tracker.domain.statuses import Lateness, lateness
from tracker.i18n import Translator
from tracker.notify.transport import LocalOutbox
from tracker.services.action_items import add_item
from tracker.services.action_life import say_done
from tracker.services.documents import document_bytes
from tracker.services.errors import Forbidden, Invalid, NotFound, Stale
from tracker.services.notices import notice_list
from tracker.services.printed_files import Form
from tracker.services.printed_reports import print_report
from tracker.services.receipts import receipt_page
from tracker.services.report_drafts import report_screen
from tracker.services.report_review import review_screen
from tracker.services.report_withdrawal import withdraw, withdrawal_of
from tracker.services.review_rounds import note_read
from tracker.store import tables as t

KEY = "DEMO-OWN-01/interim_report/Y1"  # due on Wednesday 2027-03-31


@pytest.fixture(autouse=True)
def window(monkeypatch):
    return stating(monkeypatch, opens_days_before_due=None)


def test_a_report_taken_back_is_owed_again_and_can_be_written_on(cast):
    report_id = handed_in(cast)
    done = taken_back(cast, report_id, on="2027-03-02")
    after = cast.by_key(KEY)
    assert (done.number, done.status) == (1, "draft")
    assert (after.status, after.first_submitted_on, after.first_submitted_at, after.waits_since_at) == ("open", None, None, None)
    write(cast, report_id, "progress", "改寫", on="2027-03-02")
    assert hand_in(cast, report_id, on="2027-03-03").version == 2
    assert cast.by_key(KEY).first_submitted_on == date(2027, 3, 3)


def test_the_version_stays_for_ever_and_is_shown_as_withdrawn(cast):
    report_id = handed_in(cast)
    taken_back(cast, report_id, on="2027-03-02")
    with cast.desk.store.read() as conn:
        version = conn.execute(select(t.report_version)).one()
    shown = receipt_page(cast.ctx("officer", on="2027-03-03"), version.id)
    assert shown.withdrawn
    assert (shown.row.withdrawn_reason, shown.newer) == ("附件有誤", None)
    hand_in(cast, report_id, on="2027-03-04")
    assert receipt_page(cast.ctx("pi", on="2027-03-04"), version.id).newer == 2


@pytest.mark.parametrize("who", ["officer", "chief"])
def test_who_reads_it_on_paper_has_opened_it(cast, who):
    report_id = handed_in(cast)
    print_report(cast.ctx("pi", on="2027-03-01"), report_id, None, Form.DOCX, Translator("zh_TW"))
    print_report(cast.ctx("auditor", on="2027-03-01"), report_id, None, Form.DOCX, Translator("zh_TW"))
    assert withdrawal_of(cast.ctx("pi", on="2027-03-02"), report_id).refused is None
    print_report(cast.ctx(who, on="2027-03-02"), report_id, None, Form.DOCX, Translator("zh_TW"))
    with pytest.raises(Forbidden, match="opened"):
        taken_back(cast, report_id, on="2027-03-02")


def test_what_only_this_report_said_was_done_is_open_again(cast):
    own, officer = cast.project("own"), cast.ctx("officer", on="2027-02-01")

    def two(tx):
        put = {"project_id": own.id, "programme_id": own.programme_id, "owner_id": None, "due_on": date(2027, 4, 30)}  # a Friday
        ids = [add_item(tx, officer, body=body, side="project", **put) for body in ("補件", "說明")]
        tx.record("action_item", ids[0], {"items": ids})
        return {"ids": ids}

    said, earlier = cast.desk.store.write(officer.request("test.items", key()), two)["ids"]
    say_done(cast.ctx("pi", on="2027-02-20"), item_id=earlier, note="已說明", document_id=None, expected_version=1, key=key())
    report_id = opened(cast, "interim_report", "Y1", on="2027-03-01")
    fill(cast, report_id, on="2027-03-01", **{f"action:{item}:claimed": "done" for item in (said, earlier)})
    hand_in(cast, report_id, on="2027-03-01")
    taken_back(cast, report_id, on="2027-03-02")
    with cast.desk.store.read() as conn:
        states = conn.execute(select(t.action_item.c.state, t.obligation.c.status).join(t.obligation).order_by(t.action_item.c.id)).all()
    assert [tuple(row) for row in states] == [("open", "open"), ("done", "submitted")]


def test_a_file_that_only_the_version_showed_is_the_members_own_again(cast):
    report_id = opened(cast, "interim_report", "Y1", on="2027-03-01")
    fill(cast, report_id, on="2027-03-01", note="")
    wrong = evidence(cast, on="2027-03-01")
    write(cast, report_id, "attachments", [wrong], on="2027-03-01")
    hand_in(cast, report_id, on="2027-03-01")
    assert document_bytes(cast.ctx("officer", on="2027-03-01"), wrong).document_id == wrong
    taken_back(cast, report_id, on="2027-03-02")
    with pytest.raises(NotFound):
        document_bytes(cast.ctx("officer", on="2027-03-02"), wrong)
    assert document_bytes(cast.ctx("assistant", on="2027-03-02"), wrong).document_id == wrong
    hand_in(cast, report_id, on="2027-03-03")
    assert document_bytes(cast.ctx("officer", on="2027-03-03"), wrong).document_id == wrong


def test_a_day_that_moved_while_it_was_handed_in_holds_at_once(cast):
    report_id = handed_in(cast)
    p = t.project
    later = p.update().where(p.c.id == cast.project("own").id).values(start_on=date(2026, 8, 1))
    cast.desk.store.write_quiet(cast.ctx().now, lambda tx: tx.conn.execute(later))
    replan(cast, "2027-03-02")
    assert cast.by_key(KEY).due_on == date(2027, 3, 31)
    taken_back(cast, report_id, on="2027-03-03")
    assert (cast.by_key(KEY).status, cast.by_key(KEY).due_on) == ("open", date(2027, 5, 31))


def test_only_the_answer_that_is_taken_back_is_owed_again(cast):
    report_id = handed_in(cast)
    first, second = "2027-03-05", "2027-03-20"
    replies = []
    for on, reply_by in (("2027-03-02", first), ("2027-03-04", second)):
        replies.append(returned(cast, report_id, on=on, reply_by=reply_by))
        write(cast, report_id, "remarks:progress", f"{on} 已補正", on=on)
        hand_in(cast, report_id, on=on, clock="11:00")
    taken_back(cast, report_id, on="2027-03-10", clock="12:00")
    assert [cast.by_key(one).status for one in replies] == ["submitted", "open"]


def test_what_was_taken_back_and_what_is_written_since_is_the_members_own(cast):
    report_id = handed_in(cast)
    taken_back(cast, report_id, on="2027-03-02")
    write(cast, report_id, "progress", "尚未送出", on="2027-03-02")
    for who in ("officer", "chief", "auditor"):
        with pytest.raises(NotFound):
            review_screen(cast.ctx(who, on="2027-03-03"), report_id)
    hand_in(cast, report_id, on="2027-03-04")
    shown = review_screen(cast.ctx("officer", on="2027-03-04"), report_id).state
    assert ([one.number for one in shown.versions], dict(shown.drafts)) == ([2], {})


@pytest.mark.parametrize(("on", "clock", "may"), [("2027-03-08", "23:59:59", True), ("2027-03-09", "00:00:00", False)])
def test_it_is_possible_for_seven_days_to_the_last_second(cast, on, clock, may):
    report_id = handed_in(cast, on="2027-03-01")
    shown = withdrawal_of(cast.ctx("pi", on=on, clock=clock), report_id)
    assert (shown.refused is None, shown.until_on) == (may, date(2027, 3, 8))
    if may:
        assert taken_back(cast, report_id, on=on, clock=clock).number == 1
    else:
        with pytest.raises(Forbidden, match="until 116-03-08"):
            taken_back(cast, report_id, on=on, clock=clock)


def test_where_the_programme_says_nothing_it_is_not_possible(cast, monkeypatch):
    stating(monkeypatch, withdraw_days=None)
    with pytest.raises(Forbidden, match="gives no days"):
        taken_back(cast, handed_in(cast), on="2027-03-01")


def test_once_the_office_has_opened_it_it_stays(cast):
    report_id = handed_in(cast)
    note_read(cast.ctx("officer", on="2027-03-01"), report_id)
    assert withdrawal_of(cast.ctx("pi", on="2027-03-01"), report_id).refused is not None
    with pytest.raises(Forbidden, match="has opened this report already"):
        taken_back(cast, report_id, on="2027-03-01")


def test_an_auditor_who_looks_at_it_does_not_count(cast):
    report_id = handed_in(cast)
    with cast.desk.store.read() as conn:
        assert conn.execute(select(t.review_round.c.first_read_at)).scalar_one() is None
    assert taken_back(cast, report_id, on="2027-03-01").number == 1


def test_handed_in_again_after_the_due_day_it_counts_as_late_and_that_is_said_before(cast):
    report_id = handed_in(cast, on="2027-03-30")
    assert withdrawal_of(cast.ctx("pi", on="2027-03-31"), report_id).late_then is False
    assert withdrawal_of(cast.ctx("pi", on="2027-04-01"), report_id).late_then is True
    taken_back(cast, report_id, on="2027-04-01")
    hand_in(cast, report_id, on="2027-04-02", late_reason="重新檢查附件")
    after = cast.by_key(KEY)
    assert lateness(after.status, after.due_on, after.first_submitted_on, date(2027, 5, 1), True) is Lateness.SUBMITTED_LATE


def test_the_reminders_go_on(cast):
    look_on(cast, "2027-01-29")
    report_id = handed_in(cast, on="2027-02-26")
    look_on(cast, "2027-02-28")
    taken_back(cast, report_id, on="2027-03-02")
    look_on(cast, "2027-03-02")
    look_on(cast, "2027-03-31")
    assert raised(cast, KEY) == ["T-60", "T-30", "due"]


def test_an_answer_taken_back_is_owed_again_and_the_first_submission_stays(cast):
    report_id = handed_in(cast)
    reply_key = returned(cast, report_id, on="2027-03-05", reply_by="2027-03-19")
    write(cast, report_id, "progress", "補充", on="2027-03-08")
    hand_in(cast, report_id, on="2027-03-08")
    assert taken_back(cast, report_id, on="2027-03-09").status == "returned"
    assert (cast.by_key(KEY).status, cast.by_key(KEY).first_submitted_on) == ("returned", date(2027, 3, 1))
    reply = cast.by_key(reply_key)
    assert (reply.status, reply.first_submitted_on, reply.next_look_on) == ("open", None, date(2027, 3, 9))
    assert report_screen(cast.ctx("pi", on="2027-03-09"), report_id).state.open_sections == {"progress"}


def test_the_office_is_told_with_the_reason(cast):
    report_id = handed_in(cast)
    taken_back(cast, report_id, on="2027-03-02")
    told = notice_list(cast.ctx("officer", on="2027-03-02"))
    assert [(one.text.kind, one.text.params["reason"]) for one in told] == [("withdrawn", "附件有誤")]
    deliver_on(cast, LocalOutbox(), "2027-03-03", "08:05")
    mail = next(one for one in outbox_rows(cast, "sent") if one.address == "officer@office.invalid" and one.sort == "digest")
    assert "已撤回" in mail.payload_json["subject"]


def test_it_needs_a_reason_and_the_version_that_was_seen(cast):
    report_id = handed_in(cast)
    with pytest.raises(Invalid):
        taken_back(cast, report_id, on="2027-03-01", reason=" ")
    with pytest.raises(Stale):
        withdraw(cast.ctx("pi", on="2027-03-01"), report_id=report_id, expected_version=1, reason="x", key=key())


def test_an_assistant_takes_nothing_back_unless_she_was_let(cast):
    with pytest.raises(Forbidden):
        taken_back(cast, handed_in(cast), on="2027-03-01", who="assistant")


def test_a_double_click_takes_back_once(cast):
    report_id, same = handed_in(cast), key()
    ctx, version = cast.ctx("pi", on="2027-03-01"), report_screen(cast.ctx("pi", on="2027-03-01"), report_id).state.row.version
    again = [withdraw(ctx, report_id=report_id, expected_version=version, reason="x", key=same) for _ in range(2)]
    assert again[0] == again[1]
    with cast.desk.store.read() as conn:
        assert len(conn.execute(select(t.report_withdrawal)).all()) == 1


@pytest.mark.parametrize("turn", range(3))
def test_of_a_writer_and_a_reader_at_one_moment_exactly_one_wins(cast, turn):
    report_id = handed_in(cast)
    pi, officer = cast.ctx("pi", on="2027-03-01", clock="10:00"), cast.ctx("officer", on="2027-03-01", clock="10:00")
    version = report_screen(pi, report_id).state.row.version
    ready, refused = threading.Barrier(2), []

    def take_back():
        ready.wait()
        try:
            withdraw(pi, report_id=report_id, expected_version=version, reason="x", key=key())
        except Forbidden as error:
            refused.append(error)

    def read():
        ready.wait()
        note_read(officer, report_id)

    both = [threading.Thread(target=one) for one in (take_back, read)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    with cast.desk.store.read() as conn:
        found = conn.execute(select(t.review_round)).one()
        withdrawn = conn.execute(select(t.report_withdrawal)).all()
    assert (found.state == "withdrawn") == bool(withdrawn)
    assert (found.first_read_at is not None) != bool(withdrawn)
    assert bool(refused) != bool(withdrawn)
