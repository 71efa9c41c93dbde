"""A later day, a waiver or a skip of one obligation: what is refused, what stands afterwards, and who is told."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, update

from tests.cast import Cast, key
from tests.integration.alerts.support import deliver_on, ledger, look_on, outbox_rows, replan, told, why
from tests.integration.services.support_reports import accepted, evidence, returned, submitted
from tests.integration.services.support_reviews import staff
from tracker.notify.transport import LocalOutbox
from tracker.services.date_entries import DateEntry
from tracker.services.document_dates import enter_document_date
from tracker.services.errors import Forbidden, Invalid, Stale
from tracker.services.notices import notice_list
from tracker.services.obligation_changes import extend, reinstate, skip, waive
from tracker.services.obligation_previews import changes_made, choices, owed_days, preview_extension, preview_release
from tracker.services.viewer import Role
from tracker.store import tables as t

Y1 = ("interim_report", "Y1")  # due on Wednesday 2027-03-31, to be filed by Tuesday 2027-03-30


def given(cast: Cast, rule: str = "interim_report", period: str = "Y1"):
    return cast.obligation(rule, period)


def extended(cast: Cast, row, day: str = "2027-05-10", *, on: str = "2027-02-01", who: str = "officer", **more):
    return extend(
        cast.ctx(who, on=on), obligation_id=row.id, new_due_on=day, reason="颱風停班", letter_number="示範字第11號",
        expected_version=row.version, key=key(), **more,
    )  # fmt: skip


def released(cast: Cast, row, verb=waive, *, on: str = "2027-02-01", who: str = "officer"):
    return verb(
        cast.ctx(who, on=on),
        obligation_id=row.id,
        reason="併入期末報告",
        letter_number="示範字第12號",
        expected_version=row.version,
        key=key(),
    )


def problems(error) -> dict[str, str]:
    return {one.field: one.msgid for one in error.value.problems}


def letter(cast: Cast, given_on: str, *, project: bool, on: str):
    """A date from a letter to the project or to the whole programme."""
    from tracker.services.documents import store_document
    from tracker.services.policy import Act

    own, ctx = cast.project("own"), cast.ctx("officer", on=on)
    where = {"project_id": own.id} if project else {"programme_id": own.programme_id}
    document_id = store_document(ctx, filename="a.pdf", content=b"%PDF-1.7\n%%EOF", purpose="date", act=Act.ENTER_DATE, key=key(), **where)
    entry = DateEntry(
        own.programme_id, own.id if project else None, "interim_report", "interim_report", "Y1", "official", document_id,
        given_on=given_on, letter_number="示範字第20號",
    )  # fmt: skip
    return enter_document_date(ctx, entry, key=key())


# --- extension ------------------------------------------------------------------------------------------------------------------


def test_an_extension_moves_the_last_day_and_the_safe_day_and_keeps_the_old_one_readable(cast):
    before = given(cast)
    done = extended(cast, before, "116-05-08")  # a Saturday, in the other calendar
    after = given(cast)
    assert (after.due_on, after.file_by_on) == (date(2027, 5, 8), date(2027, 5, 7)) == (done.due_on, date(2027, 5, 7))
    assert (after.confidence, after.letter_number) == ("official", "示範字第11號")
    said = " ".join(reason["zh"] for reason in after.because_json)
    assert "116-03-31" in said
    assert "示範字第11號" in said
    assert "颱風停班" in said
    made = changes_made(cast.ctx("pi", on="2027-02-02"), cast.project("own").id)[after.id]
    assert [(one.kind, one.old_due_on, one.new_due_on, one.decided_by) for one in made] == [
        ("extend", date(2027, 3, 31), date(2027, 5, 8), "示範承辦人")
    ]


@pytest.mark.parametrize(
    ("on", "day", "why"),
    [
        ("2027-02-01", "2027-02-01", "The new day lies after today"),  # today
        ("2027-02-01", "2027-03-31", "The new day lies after the one in force"),  # the same day
        ("2027-02-01", "2027-03-30", "The new day lies after the one in force"),
        ("2027-02-01", "2026-01-01", "The new day lies after today"),
        ("2027-02-01", "下個月", "is not a date"),
        ("2027-02-01", "2040-01-01", "is too far away to be meant"),
        ("2027-04-01", "2027-05-10", "a day that has passed is not put off"),  # due yesterday
    ],
)
def test_only_days_to_come_are_given(cast, on, day, why):
    row = given(cast)
    with pytest.raises(Invalid) as error:
        extended(cast, row, day, on=on)
    assert why in problems(error)["new_due_on"]
    assert given(cast).due_on == date(2027, 3, 31)


def test_on_the_due_day_itself_an_extension_is_still_possible(cast):
    extended(cast, given(cast), "2027-04-01", on="2027-03-31")
    assert given(cast).due_on == date(2027, 4, 1)


def test_a_reason_and_a_letter_are_needed(cast):
    row = given(cast)
    with pytest.raises(Invalid) as error:
        extend(cast.ctx("officer", on="2027-02-01"), obligation_id=row.id, new_due_on="2027-05-10", reason=" ", letter_number="",
               expected_version=row.version, key=key())  # fmt: skip
    assert set(problems(error)) == {"reason", "letter_number"}


def test_a_double_click_extends_once_and_a_second_officer_is_told_that_it_changed(cast):
    row, same = given(cast), key()
    ctx = cast.ctx("officer", on="2027-02-01")
    content = {"obligation_id": row.id, "new_due_on": "2027-05-10", "reason": "理由", "letter_number": "1", "expected_version": row.version}
    assert extend(ctx, **content, key=same) == extend(ctx, **content, key=same)
    with pytest.raises(Stale):
        extended(cast, row, "2027-06-10", who="chief")
    assert len(changes_made(ctx, cast.project("own").id)[row.id]) == 1


def test_planning_anew_keeps_the_extension(cast):
    extended(cast, given(cast))
    stands = given(cast)
    replan(cast, "2027-02-02")
    assert given(cast) == stands


@pytest.mark.parametrize(
    ("project", "day", "stands"),
    [
        (False, "2027-04-15", "2027-05-10"),  # a later letter to everybody takes nothing away
        (False, "2027-06-01", "2027-06-01"),  # but may give more
        (True, "2027-04-15", "2027-04-15"),  # a newer letter to this project wins
    ],
)
def test_a_newer_letter_does_not_silently_undo_an_extension(cast, project, day, stands):
    extended(cast, given(cast))
    letter(cast, day, project=project, on="2027-02-03")
    assert given(cast).due_on == date.fromisoformat(stands)
    assert "116-05-10" in " ".join(reason["zh"] for reason in given(cast).because_json)


def test_an_older_letter_of_the_project_does_not_win_over_an_extension(cast):
    letter(cast, "2027-04-15", project=True, on="2027-01-20")
    extended(cast, given(cast))
    replan(cast, "2027-02-02")
    assert given(cast).due_on == date(2027, 5, 10)


def test_the_ladder_begins_anew_and_mails_for_the_old_day_are_not_sent(cast):
    look_on(cast, "2027-01-29")  # T-60 of the day in force; its mails wait
    row = given(cast)
    shown = preview_extension(cast.ctx("officer", on="2027-01-29"), obligation_id=row.id, new_due_on="2027-05-10")
    assert shown.mails == 3
    assert shown.before.due_on == date(2027, 3, 31)
    assert shown.after.due_on == date(2027, 5, 10)
    assert [step.stage for step in shown.coming][:2] == ["T-60", "T-30"]
    assert "T-7" in [step.stage for step in shown.ending]
    extended(cast, row, on="2027-01-29")
    assert ledger(cast, row.key) == [("T-60", "cancelled")]
    deliver_on(cast, LocalOutbox(), "2027-01-29", "08:05")
    assert {why(line) for line in told(cast, row.key)} == {"moved"}
    look_on(cast, "2027-03-31")  # the old day: nothing is due
    assert ledger(cast, row.key)[1:] == [("T-60", "raised")]
    look_on(cast, "2027-05-10")
    assert ledger(cast, row.key)[-1] == ("due", "raised")


def test_the_investigators_are_told_of_it_once(cast):
    row = given(cast)
    extended(cast, row)
    notices = notice_list(cast.ctx("pi", on="2027-02-01"))
    assert [(one.text.kind, one.text.params["old_due_on"], one.text.due_on) for one in notices] == [
        ("extended", "2027-03-31", date(2027, 5, 10))
    ]
    deliver_on(cast, LocalOutbox(), "2027-02-01", "09:30")
    assert outbox_rows(cast, "sent") == [], "news of the day stand in tomorrow's digest"
    deliver_on(cast, LocalOutbox(), "2027-02-02", "08:00")
    deliver_on(cast, LocalOutbox(), "2027-02-02", "08:01")
    sent = outbox_rows(cast, "sent")
    assert [one.address for one in sent] == ["pi@own.invalid", "company-pi@own.invalid"]
    assert sent[0].payload_json["subject"].startswith("已展延至 116-05-10")
    assert "颱風停班" in sent[0].payload_json["text"]


def test_the_day_of_an_answer_is_extended_too(cast):
    report_id = submitted(cast)
    reply = cast.by_key(returned(cast, report_id, on="2026-09-02", reply_by="2026-09-16"))
    extended(cast, reply, "2026-09-30", on="2026-09-10")
    after = cast.by_key(reply.key)
    assert (after.due_on, after.status) == (date(2026, 9, 30), "open")
    replan(cast, "2026-09-11")
    assert cast.by_key(reply.key).due_on == date(2026, 9, 30)
    assert cast.obligation("quarterly_report", "Y1Q1").first_submitted_on == date(2026, 9, 1)


def test_a_file_of_another_project_is_no_letter(cast):
    foreign = evidence(cast, who="stranger_pi", which="foreign")
    with pytest.raises(Invalid) as error:
        extended(cast, given(cast), document_id=foreign)
    assert set(problems(error)) == {"document_id"}


def test_nobody_extends_on_her_own_project_and_members_never(cast):
    for who in ("pi", "assistant", "admin", "auditor"):
        with pytest.raises(Forbidden):
            extended(cast, given(cast), who=who)


# --- waiver and skip ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", [waive, skip])
def test_what_is_released_is_owed_by_nobody_and_stays_so(cast, verb):
    look_on(cast, "2027-01-29")
    row = given(cast)
    released(cast, row, verb, on="2027-01-29")
    after = given(cast)
    assert (after.status, after.next_look_on, after.due_on) == ("waived", None, date(2027, 3, 31))
    assert ledger(cast, row.key) == [("T-60", "cancelled")]
    replan(cast, "2027-01-30")
    letter(cast, "2027-06-01", project=False, on="2027-02-03")  # to the whole programme: does not bring it back
    assert given(cast).status == "waived"
    assert "併入期末報告" in after.because_json[0]["zh"]


def test_only_a_period_of_a_series_is_skipped(cast):
    row = cast.obligation("final_report")
    with pytest.raises(Invalid, match="waive it instead"):
        released(cast, row, skip)
    released(cast, row, waive)
    assert cast.obligation("final_report").status == "waived"


def test_what_waits_for_the_office_is_not_waived(cast):
    submitted(cast)
    with pytest.raises(Invalid, match="accept it or return it first"):
        released(cast, cast.obligation("quarterly_report", "Y1Q1"), on="2026-09-02")


def test_a_returned_period_that_is_skipped_takes_its_answer_along_and_brings_it_back(cast):
    reply_key = returned(cast, submitted(cast), on="2026-09-02", reply_by="2026-09-16")
    released(cast, cast.obligation("quarterly_report", "Y1Q1"), skip, on="2026-09-03")
    assert (cast.obligation("quarterly_report", "Y1Q1").status, cast.by_key(reply_key).status) == ("waived", "waived")
    row = cast.obligation("quarterly_report", "Y1Q1")
    back = date(2026, 10, 30) if row.due_on is not None and row.due_on <= date(2026, 9, 4) else None
    reinstate(cast.ctx("officer", on="2026-09-04"), obligation_id=row.id, reason="更正", letter_number="13", expected_version=row.version,
              new_due_on=back, key=key())  # fmt: skip
    assert (cast.obligation("quarterly_report", "Y1Q1").status, cast.by_key(reply_key).status) == ("returned", "open")


def test_who_was_on_the_project_once_waives_nothing_of_it_as_an_officer(cast):
    staff(cast, "company_pi", Role.OFFICER)
    m = t.membership
    ended = update(m).where(m.c.person_id == cast.person("company_pi").id).values(until_on=date(2026, 8, 31))
    cast.desk.store.write_quiet(cast.ctx().now, lambda tx: tx.conn.execute(ended))
    with pytest.raises(Forbidden):
        released(cast, given(cast), who="company_pi")


def test_taking_up_a_returned_period_again_makes_its_answer_not_late(cast):
    reply_key = returned(cast, submitted(cast, *Y1, on="2027-03-01"), on="2027-03-02", reply_by="2027-03-10")
    released(cast, given(cast), on="2027-03-03")
    row, ctx = given(cast), cast.ctx("officer", on="2027-03-20")  # due on 03-31 still, its answer was due on 03-10
    content = {"obligation_id": row.id, "reason": "更正", "letter_number": "13", "expected_version": row.version}
    with pytest.raises(Invalid, match="give a new one after today"):
        reinstate(ctx, **content, key=key())
    reinstate(ctx, **content, new_due_on="2027-04-30", key=key())
    assert (cast.by_key(reply_key).status, cast.by_key(reply_key).due_on) == ("open", date(2027, 4, 30))


def test_an_answer_that_was_waived_by_its_own_letter_stays_so(cast):
    reply_key = returned(cast, submitted(cast, *Y1, on="2027-03-01"), on="2027-03-02", reply_by="2027-03-10")
    released(cast, cast.by_key(reply_key), on="2027-03-03")
    released(cast, given(cast), on="2027-03-04")
    row = given(cast)
    reinstate(cast.ctx("officer", on="2027-03-05"), obligation_id=row.id, reason="更正", letter_number="13", expected_version=row.version,
              key=key())  # fmt: skip
    assert (given(cast).status, cast.by_key(reply_key).status) == ("returned", "waived")


def test_a_waiver_is_taken_back_with_a_new_day_where_its_own_has_passed(cast):
    released(cast, given(cast))
    row, ctx = given(cast), cast.ctx("officer", on="2027-04-05")
    content = {"obligation_id": row.id, "reason": "更正", "letter_number": "13", "expected_version": row.version}
    with pytest.raises(Invalid, match="give a new one after today"):
        reinstate(ctx, **content, key=key())
    reinstate(ctx, **content, new_due_on="2027-04-30", key=key())
    replan(cast, "2027-04-06")
    assert (given(cast).status, given(cast).due_on, given(cast).next_look_on) == ("open", date(2027, 4, 30), date(2027, 4, 5))


def test_an_extension_is_taken_back_while_the_day_before_it_is_still_to_come(cast):
    extended(cast, given(cast))
    row = given(cast)
    content = {"obligation_id": row.id, "reason": "誤植", "letter_number": "13", "expected_version": row.version}
    with pytest.raises(Invalid, match="the later day stays"):
        reinstate(cast.ctx("officer", on="2027-03-31"), **content, key=key())
    reinstate(cast.ctx("officer", on="2027-03-30"), **content, key=key())
    replan(cast, "2027-03-30")
    assert given(cast).due_on == date(2027, 3, 31)
    made = changes_made(cast.ctx("pi", on="2027-03-30"), cast.project("own").id)[row.id]
    assert [one.kind for one in made] == ["extend", "reinstate"]


def test_the_preview_of_a_skip_names_the_periods_that_wait_for_it(cast):
    row = given(cast)
    shown = preview_release(cast.ctx("officer", on="2027-02-01"), obligation_id=row.id, kind="skip")
    assert [one.period_label for one in shown.later] == ["Y2", "Y3"]
    assert shown.after is None
    now = choices(cast.ctx("officer", on="2027-04-01"), row.id)
    assert [bool(now.extend), bool(now.waive), bool(now.skip)] == [True, False, False]


def test_what_is_not_dated_yet_cannot_be_extended(cast):
    row = cast.obligation("quarterly_report", "Y1Q2")
    cast.desk.store.write_quiet(
        cast.ctx("system").now, lambda tx: tx.conn.execute(update(t.obligation).where(t.obligation.c.id == row.id).values(due_on=None))
    )
    with pytest.raises(Invalid, match="has no date yet"):
        extended(cast, row, on="2026-09-01")


def late_office(cast: Cast) -> None:
    """The office answers the first quarterly report on 2026-09-18 (Friday), though it had promised 2026-09-11 (Friday)."""
    submitted(cast)
    promised = {"office_due_on": date(2026, 9, 11)}
    cast.desk.store.write_quiet(cast.ctx("system").now, lambda tx: tx.conn.execute(update(t.review_round).values(**promised)))
    accepted(cast, cast_report(cast), on="2026-09-18")


def cast_report(cast: Cast) -> int:
    with cast.desk.store.read() as conn:
        return conn.execute(select(t.report.c.id)).scalar_one()


def test_what_the_office_owes_for_its_own_delay_is_offered_once(cast):
    late_office(cast)
    row, ctx = given(cast), cast.ctx("officer", on="2027-02-01")
    offer = owed_days(ctx, row.id)
    assert (offer.days, offer.new_due_on) == (5, date(2027, 4, 9))  # five working days after 2027-03-31, two days off in between
    extended(cast, row, offer.new_due_on.isoformat(), owed_days=offer.days)
    assert owed_days(ctx, cast.obligation("interim_report", "Y2").id) is None
    made = changes_made(ctx, cast.project("own").id)[row.id]
    assert made[0].owed_days == 5


def test_nothing_is_offered_where_the_office_was_in_time_or_the_day_has_passed(cast):
    assert owed_days(cast.ctx("officer", on="2027-02-01"), given(cast).id) is None
    late_office(cast)
    assert owed_days(cast.ctx("officer", on="2027-04-01"), given(cast).id) is None


def test_every_change_leaves_one_event_without_anybodys_words(cast):
    extended(cast, given(cast))
    with cast.desk.store.read() as conn:
        events = conn.execute(select(t.event).where(t.event.c.action == "obligation.extend")).all()
    assert len(events) == 1
    assert "颱風" not in events[0].payload_json
    assert "示範字第11號" in events[0].payload_json
