"""What the table of things done twice has no object for: on either engine, with what was there before the second time put up by hand."""

from __future__ import annotations

from datetime import date

import pytest

from tests.cast import Cast, at, key
from tests.integration.alerts.support import deliver_on, look_on, outbox_rows
from tests.integration.services.done_twice_table import ELSEWHERE
from tests.integration.services.support_reports import accepted, submitted
from tests.integration.services.test_alert_acts import REPORT, T60, alert_of
from tests.integration.services.test_alert_templates import edit as write_words
from tests.integration.services.test_done_twice import verdict
from tests.integration.services.test_obligation_changes import released
from tests.integration.services.test_signal_courses import UNTOUCHED
from tests.integration.services.test_signal_courses import edit as set_course
from tests.integration.services.test_working_days import close, day_off_on, import_table
from tracker.notify.transport import LocalOutbox
from tracker.services import closures, working_days
from tracker.services.alert_acts import acknowledge, delegate_alert, snooze
from tracker.services.alert_templates import take_back_template
from tracker.services.calendar_feeds import make_feed, revoke_feed
from tracker.services.chat_channels import add_channel, change_channel
from tracker.services.delivery_acts import send_again
from tracker.services.errors import Invalid
from tracker.services.obligation_changes import reinstate, skip
from tracker.services.outcomes import declare_nil
from tracker.services.report_corrections import abandon_correction, open_correction
from tracker.services.signal_courses import take_back_course
from tracker.services.silence_changes import SilenceEntry, make_silence

ON = "2026-09-01"  # a Tuesday


def test_every_test_that_the_table_names_is_here():
    here = {name for name in globals() if name.startswith("test_")}
    assert {one for one in ELSEWHERE.values() if one.startswith("test_")} <= here


# --- Alerts ----------------------------------------------------------------------------------------------------------------


def test_putting_off_to_the_same_day_again_writes_nothing(cast: Cast):
    look_on(cast, T60)
    ctx, alert_id = cast.ctx("pi", on=T60), alert_of(cast, "pi", T60)

    def until(day: int, reason: str = "") -> None:
        snooze(ctx, alert_id=alert_id, until_on=date(2027, 2, day), reason=reason, key=key())

    assert [verdict(cast, lambda day=day: until(day)) for day in (8, 8, 9, 8)] == ["+", "=", "+", "+"]
    assert verdict(cast, lambda: until(8, "另有會議")) == "+", "the reason is another one"
    acknowledge(ctx, alert_id=alert_id, key=key())
    assert verdict(cast, lambda: until(8, "另有會議")) == "+", "she had seen it, and wants to be reminded all the same"


def test_asking_the_same_colleague_again_writes_and_tells_nothing(cast: Cast):
    look_on(cast, T60)
    ctx, alert_id = cast.ctx("pi", on=T60), alert_of(cast, "pi", T60)
    asked = [delegate_alert(ctx, alert_id=alert_id, to_person_id=cast.person("assistant").id, key=key())]

    def again() -> None:
        asked.append(delegate_alert(ctx, alert_id=alert_id, to_person_id=cast.person("assistant").id, key=key()))

    assert verdict(cast, again) == "="
    assert asked[0] == asked[1]


def test_a_copy_that_waits_or_has_just_gone_is_not_made_again(cast: Cast):
    look_on(cast, T60)
    deliver_on(cast, LocalOutbox(), T60)
    first, second = [row.id for row in outbox_rows(cast, "sent")][:2]

    def copy(clock: str, *ids: int):
        return send_again(cast.ctx("admin", on=T60, clock=clock), delivery_ids=ids, key=key())

    assert copy("10:00", first).ids == (first,)
    assert verdict(cast, lambda: copy("12:00", first)) == "x", "the first copy waits still"
    done = copy("12:00", first, second)
    assert (done.ids, done.left) == ((second,), 1)
    deliver_on(cast, LocalOutbox(), T60, "12:01")
    assert verdict(cast, lambda: copy("12:01", second)) == "x", "the worker was quicker than the second click"
    assert copy("12:10", second).ids == (second,), "it did not arrive, and is wanted once more"


def test_what_was_taken_back_is_not_taken_back_again(cast: Cast):
    admin = cast.ctx("admin", on=ON)
    words = write_words(cast).version
    take_back_template(admin, name="before", programme_id=None, expected=words, key=key())
    assert verdict(cast, lambda: take_back_template(admin, name="before", programme_id=None, expected=words, key=key())) == "x"
    course = set_course(cast).version
    given = {"kind": UNTOUCHED, "programme_id": None, "reason": "恢復", "expected_version": course}
    take_back_course(admin, **given, key=key())
    assert verdict(cast, lambda: take_back_course(admin, **given, key=key())) == "x"


def test_a_calendar_that_was_revoked_is_not_revoked_again(cast: Cast):
    feed = make_feed(cast.ctx("pi"), scope="person", key=key()).feed_id
    revoke_feed(cast.ctx("pi"), feed_id=feed, key=key())
    assert verdict(cast, lambda: revoke_feed(cast.ctx("pi"), feed_id=feed, key=key())) == "x"


@pytest.mark.parametrize(
    ("begins", "ends", "other", "refused"),
    [
        (None, at("2026-09-10"), {}, True),  # pressed again two seconds later: from now on, still
        (at("2026-09-04"), at("2026-09-08"), {}, True),  # inside the first
        (at("2026-09-10"), at("2026-09-12"), {}, False),  # begins where the first ends
        (None, at("2026-09-10"), {"stage": "T-7"}, False),
        (None, at("2026-09-10"), {"role": "pi"}, False),
    ],
)
def test_the_same_mails_are_silenced_once_at_a_time(cast: Cast, begins, ends, other, refused):
    first = SilenceEntry(at("2026-09-10"), "搬遷", programme_id=cast.project().programme_id)
    make_silence(cast.ctx("chief", on=ON), first, key=key())
    again = SilenceEntry(ends, "搬遷", programme_id=cast.project().programme_id, from_at=begins, **other)
    assert verdict(cast, lambda: make_silence(cast.ctx("chief", on=ON, clock="09:01"), again, key=key())) == ("x" if refused else "+")


def test_a_channel_is_not_made_another_ones_double_by_a_change_either(cast: Cast):
    admin = cast.ctx("admin", on=ON)
    about = {"service": "slack", "address": "https://hooks.slack.com/services/T1/B1/abc", "language": "zh_TW"}
    add_channel(admin, name="全部", programme_id=None, **about, key=key())
    own = add_channel(admin, name="本計畫", programme_id=cast.project().programme_id, **about, key=key())

    def change(programme_id: int | None, address: str = "") -> None:
        given = {"name": "本計畫", "language": "zh_TW", "expected_version": 1, "key": key()}
        change_channel(admin, channel_id=own, programme_id=programme_id, address=address, **given)

    assert verdict(cast, lambda: change(None)) == "x"
    assert verdict(cast, lambda: change(cast.project().programme_id)) == "="
    assert verdict(cast, lambda: change(cast.project().programme_id, about["address"])) == "=", "the same address, typed again"


# --- Days and reports --------------------------------------------------------------------------------------------------------


def test_what_was_skipped_is_not_skipped_nor_reinstated_twice(cast: Cast):
    row = cast.by_key(REPORT)
    released(cast, row, skip)
    assert verdict(cast, lambda: released(cast, row, skip)) == "x"
    row = cast.by_key(REPORT)
    assert verdict(cast, lambda: released(cast, row, skip)) == "x", "in the new version too"

    def back() -> None:
        now = cast.by_key(REPORT)
        given = {"reason": "更正", "letter_number": "13", "expected_version": now.version, "key": key()}
        reinstate(cast.ctx("officer", on="2027-02-02"), obligation_id=now.id, **given)

    assert [verdict(cast, back), verdict(cast, back)] == ["+", "x"]


def test_a_year_without_outcomes_is_declared_once(cast: Cast):
    def declare() -> None:
        declare_nil(cast.ctx("pi", on=ON), project_id=cast.project().id, year=2026, key=key())

    assert [verdict(cast, declare), verdict(cast, declare)] == ["+", "x"]


def test_a_correction_is_opened_once_and_abandoned_once(cast: Cast):
    report_id = submitted(cast)
    accepted(cast, report_id, on="2026-09-03")
    ctx = cast.ctx("pi", on="2026-09-10")

    def of_each_version(act) -> str:
        return "".join(verdict(cast, lambda version=version: act(version)) for version in range(1, 7))

    def begin(version: int) -> None:
        open_correction(ctx, report_id=report_id, expected_version=version, reason="誤植", key=key())

    def end(version: int) -> None:
        abandon_correction(ctx, report_id=report_id, expected_version=version, key=key())

    assert of_each_version(begin).count("+") == 1
    assert of_each_version(begin) == "xxxxxx"
    assert of_each_version(end).count("+") == 1
    assert of_each_version(end) == "xxxxxx"


# --- Working days ------------------------------------------------------------------------------------------------------------


def test_a_table_is_withdrawn_once(cast: Cast):
    import_table(cast, day_off_on("2030-09-02"))
    ctx = cast.ctx("admin")
    (line,) = working_days.table_list(ctx)

    def withdraw() -> None:
        seen = working_days.preview_table_withdrawal(ctx, table_id=line.id)
        given = {"expected_calendar": seen.old_version, "confirmed": seen.digest, "key": key()}
        working_days.withdraw_table(ctx, table_id=line.id, reason="誤匯", **given)

    assert [verdict(cast, withdraw), verdict(cast, withdraw)] == ["+", "x"]


def test_a_closure_is_entered_once_and_withdrawn_once(cast: Cast):
    _, done = close(cast, "2026-09-02")
    with pytest.raises(Invalid, match="entered before"):
        close(cast, "2026-09-02")
    ctx = cast.ctx("admin")

    def withdraw() -> None:
        seen = closures.preview_closure_withdrawal(ctx, closure_ids=done.ids)
        given = {"expected_calendar": seen.old_version, "confirmed": seen.digest, "key": key()}
        closures.withdraw_closures(ctx, closure_ids=done.ids, reason="誤登", **given)

    assert [verdict(cast, withdraw), verdict(cast, withdraw)] == ["+", "x"]
