"""What waits, failed or is held back, from the command line: listed, cancelled, tried again, sent again, let go."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.cast import at, key
from tests.integration.alerts.support import deliver_on, outbox_rows
from tests.integration.cli_support import run_tracker
from tracker.cli_home import write_home_file
from tracker.notify.transport import LocalOutbox
from tracker.services.alerts import look
from tracker.services.mass_holds import hold_list, set_thresholds
from tracker.services.restores import put_back
from tracker.store import tables as t

DAY = "2026-09-15"  # Tuesday


@pytest.fixture
def tracker(cast):
    """The command on the home of the cast, on either engine."""
    write_home_file(cast.desk.settings, kind="real")
    url = cast.desk.store.url.render_as_string(hide_password=False)

    def run(*words: str):
        code, out, err = run_tracker("alerts", *words, home=cast.desk.settings.home, TRACKER_DATABASE_URL=url, TRACKER_LANGUAGE="en")
        return code, json.loads(out) if "--json" in words and out else out, err

    return run


@pytest.fixture
def told(cast):
    look(cast.ctx("system", on=DAY, clock="08:30"))
    return cast


def state(cast, number: int) -> str:
    return next(row.status for row in outbox_rows(cast) if row.id == number)


def set_state(cast, number: int, **values) -> None:
    with cast.desk.store.transaction() as conn:
        conn.execute(t.outbox.update().where(t.outbox.c.id == number).values(**values))


def test_what_has_not_gone_is_listed(told, tracker):
    code, rows, _ = tracker("mails", "--json")
    assert code == 0
    assert {row["id"] for row in rows} == {row.id for row in outbox_rows(told) if row.status != "cancelled"}
    assert {row["status"] for row in rows} == {"pending"}
    assert tracker("mails", "--status", "failed", "--json")[1] == []
    assert "mails shown" in tracker("mails")[1]
    assert tracker("mails", "--project", "NO-SUCH")[0] == 1


def test_a_mail_is_cancelled_with_a_reason_once(told, tracker):
    number = outbox_rows(told, "pending")[0].id
    assert tracker("cancel", str(number))[0] == 2, "a reason is asked for"
    assert tracker("cancel", str(number), "--reason", "  ")[0] == 1
    code, done, _ = tracker("cancel", str(number), "--reason", "寄錯對象", "--json")
    assert (code, done) == (0, {"ids": [number], "left": 0})
    (row,) = tracker("mails", "--status", "cancelled", "--json")[1]
    assert (row["id"], row["reason"]) == (number, "寄錯對象")
    code, _, err = tracker("cancel", str(number), "--reason", "再一次")
    assert code == 1
    assert "state" in err


def test_of_several_those_that_had_gone_on_are_named_as_left(told, tracker):
    deliver_on(told, LocalOutbox(), DAY, "09:00")
    sent = outbox_rows(told, "sent")[0].id
    look(told.ctx("system", on="2026-12-15", clock="08:30"))
    waiting = outbox_rows(told, "pending")[0].id
    code, done, _ = tracker("cancel", str(waiting), str(sent), "--reason", "重複", "--json")
    assert (code, done) == (1, {"ids": [waiting], "left": 1})
    assert state(told, sent) == "sent"


def test_what_failed_is_tried_again_and_what_went_is_sent_again_as_a_copy(told, tracker):
    deliver_on(told, LocalOutbox(), DAY, "09:00")
    sent = outbox_rows(told, "sent")
    set_state(told, sent[0].id, status="failed", attempts=13)
    assert tracker("retry", str(sent[0].id), "--json")[:2] == (0, {"ids": [sent[0].id], "left": 0})
    assert state(told, sent[0].id) == "pending"
    assert tracker("retry", str(sent[0].id))[0] == 1, "it waits already"
    assert tracker("resend", str(sent[1].id))[0] == 0
    (copy,) = [row for row in outbox_rows(told) if row.sort == "again"]
    assert (copy.resent_of_id, copy.status) == (sent[1].id, "pending")


def test_what_is_held_is_shown_let_go_or_dropped(cast, tracker):
    assert tracker("hold")[0] == 0
    set_thresholds(cast.ctx("admin", on="2026-06-01"), share=1, least=1, key=key())
    look(cast.ctx("system", on=DAY, clock="08:30"))
    code, holds, _ = tracker("hold", "--json")
    assert code == 1, "somebody has to decide"
    (hold,) = holds
    assert (hold["why"], hold["mails"]) == ("mass", len(outbox_rows(cast, "held")))
    assert tracker("hold", "release")[0] == 1, "without a reason"
    code, done, _ = tracker("hold", "release", str(hold["id"]), "--reason", "已確認", "--json")
    assert (code, done) == (0, {"hold": hold["id"], "let_go": hold["mails"], "dropped": 0})
    decided = hold_list(replace(cast.ctx("admin"), now=at("2027-01-01")))[0]
    assert (decided.decision, decided.decided_by, decided.reason) == ("released", "", "已確認")
    assert tracker("hold", "drop", "999", "--reason", "x")[0] == 1


def test_what_a_restore_held_is_dropped_from_the_command_line(told, tracker):
    put_back(told.ctx("system", on=DAY, clock="12:00"), made_at=at(DAY, "08:40"), key=key())
    held = len(outbox_rows(told, "held"))
    assert held
    code, done, _ = tracker("hold", "drop", "--reason", "皆已寄出", "--json")
    assert (code, done["dropped"] + done["let_go"]) == (0, held)


def test_the_limits_of_brake_and_audit_are_shown_and_set(told, tracker):
    code, now, _ = tracker("limits", "--json")
    assert (code, now) == (0, {"share": 20, "least": 200, "late_minutes": 60, "held_hours": 24, "back_days": 400})
    assert tracker("limits", "--late-minutes", "90", "--least", "50", "--json")[1] == now | {"late_minutes": 90, "least": 50}
    assert tracker("limits", "--held-hours", "0")[0] == 1
    assert tracker("limits", "--json")[1]["held_hours"] == 24


def test_the_audit_says_of_each_finding_what_mends_it(told, tracker):
    number = outbox_rows(told, "pending")[0].id
    set_state(told, number, status="failed", attempts=13)
    code, out, _ = tracker("audit")
    assert code == 1
    assert "tracker alerts retry ID" in out
    given_up = next(one for one in tracker("audit", "--json")[1]["found"] if one["kind"] == "given_up")
    assert "tracker alerts retry ID" in given_up["mend"]


def test_without_a_home_each_says_so(tmp_path):
    for words in (("mails",), ("cancel", "1", "--reason", "x"), ("retry", "1"), ("resend", "1"), ("hold",)):
        assert run_tracker("alerts", *words, home=tmp_path / "none")[0] == 2
