"""A mistyped end of a project is put right, and nothing shows that it was ever wrong but the history."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from tests.cast import key
from tests.integration.alerts.support import change, deliver_on, fate, look_on, told
from tests.integration.services.support_documents import put_document
from tests.integration.services.test_approvals import add as add_irb
from tests.integration.services.test_approvals import approve
from tests.integration.services.test_planning import entry, rows
from tests.integration.services.test_project_changes import extend
from tracker.notify.transport import LocalOutbox
from tracker.services.errors import Forbidden, Invalid, NotFound, Stale
from tracker.services.project_changes import correct_end, preview_end
from tracker.services.projects import enter_project
from tracker.store import tables as t

START, ORIGINAL = date(2026, 6, 1), date(2030, 5, 31)  # Monday to Friday
NOT_COMPARED = {"id", "key", "project_id", "version"}


def correct(cast, end, *, who="officer", project=None, version=2, **changes):
    given = {"letter_number": "示範字第 2 號", "reason": "誤植", "expected_version": version, "key": key(), **changes}
    return correct_end(cast.ctx(who), project_id=project or cast.project().id, end_on=end, **given)


def entered(cast, code: str, end: date) -> int:
    made = entry(code=code, programme="demo-sister-ai", start_on=START, end_on=end, extended_from=ORIGINAL)
    return enter_project(cast.ctx(), made, key=key()).project_id


def owed(cast, code: str) -> dict[str, dict]:
    """What stands, without what tells two projects apart."""
    found = rows(cast, code)
    return {
        name: {column: value for column, value in row._mapping.items() if column not in NOT_COMPARED}
        for name, row in found.items()
        if row.status != "closed"
    }


@pytest.mark.parametrize(
    "end",
    [
        ORIGINAL,  # the boundary: never extended at all (Friday)
        date(2030, 6, 1),  # the day after it (Saturday)
        date(2031, 8, 31),  # before the one entered (Sunday)
        date(2037, 5, 31),  # after it (Sunday)
    ],
)
def test_a_corrected_project_owes_what_one_entered_with_that_end_owes(cast, end):
    wrong = entered(cast, "DEMO-WRONG", date(2035, 5, 31))
    entered(cast, "DEMO-RIGHT", end)
    correct(cast, end, project=wrong, version=1)
    assert owed(cast, "DEMO-WRONG") == owed(cast, "DEMO-RIGHT")
    with cast.desk.store.read() as conn:
        y = t.project_year
        years = select(y.c.number, y.c.start_on, y.c.end_on).join(t.project).order_by(y.c.number)
        assert (
            conn.execute(years.where(t.project.c.code == "DEMO-WRONG")).all()
            == conn.execute(years.where(t.project.c.code == "DEMO-RIGHT")).all()
        )


def test_a_correction_there_and_back_leaves_everything_as_it_was(cast):
    wrong = entered(cast, "DEMO-WRONG", date(2035, 5, 31))
    before = owed(cast, "DEMO-WRONG")
    correct(cast, ORIGINAL, project=wrong, version=1)
    correct(cast, "124-05-31", project=wrong, version=2)
    assert owed(cast, "DEMO-WRONG") == before


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"end": "2030-05-30"}, {"end_on"}),  # the day before the original end, 2030-05-31 (Friday)
        ({"end": "2031-05-31"}, {"end_on"}),  # the end in force
        ({"end": "2031-02-30"}, {"end_on"}),
        ({"end": "2199-05-31"}, {"end_on"}),
        ({"letter_number": " "}, {"letter_number"}),
        ({"reason": "\n"}, {"reason"}),
        ({"document_id": 999_999}, {"document_id"}),
        ({"end": "someday", "reason": "", "letter_number": ""}, {"end_on", "reason", "letter_number"}),
    ],
)
def test_a_wrong_correction_names_its_fields_and_changes_nothing(cast, wrong, named):
    extend(cast)
    before = owed(cast, cast.project().code)
    values = {"end": "2030-08-31", **wrong}
    with pytest.raises(Invalid) as refused:
        correct(cast, values.pop("end"), **values)
    assert {problem.field for problem in refused.value.problems} == named
    assert owed(cast, cast.project().code) == before


def test_the_preview_says_what_the_correction_then_does(cast):
    extend(cast, "2041-05-31")
    preview = preview_end(cast.ctx("officer"), project_id=cast.project().id, end_on="120-05-31")
    done = correct(cast, "120-05-31")
    assert {one.key for one in preview.changes} == set(done.changed)
    (final,) = [one for one in preview.changes if "/final_report/" in one.key]
    assert (final.before.due_on, final.after.due_on) == (date(2041, 9, 2), date(2031, 9, 1))  # Monday, Monday
    assert cast.obligation("final_report").due_on == final.after.due_on


def test_what_was_handed_in_stays_and_only_untouched_rows_are_closed_with_the_reason(cast):
    extend(cast, "2031-05-31")
    handed_in, untouched = cast.obligation("quarterly_report", "Y4Q5"), cast.obligation("quarterly_report", "Y4Q6")
    change(cast, t.obligation, handed_in.id, status="submitted", first_submitted_on=date(2030, 9, 1))
    before = cast.by_key(handed_in.key)
    correct(cast, "2030-05-31")
    after = cast.by_key(untouched.key)
    assert cast.by_key(handed_in.key) == before
    assert (after.status, after.next_look_on) == ("closed", None)
    assert "誤植" in after.because_json[0]["zh"]
    assert "示範字第 2 號" in after.because_json[0]["en"]


def test_no_mail_goes_out_for_a_date_that_was_corrected(cast):
    extend(cast, "2030-11-30", version=1)
    final = cast.obligation("final_report")
    look_on(cast, final.due_on.isoformat())
    assert {fate(line) for line in told(cast, final.key)} == {"pending"}
    correct(cast, "2031-05-31")
    deliver_on(cast, LocalOutbox(), final.due_on.isoformat())
    assert {fate(line) for line in told(cast, final.key)} == {"cancelled"}


def test_a_renewal_that_only_the_wrong_end_asked_for_is_a_notice_again(cast):
    # the project ends on 2026-12-31 (Thursday), the approval on 2027-02-08 (Monday)
    saved = approve(cast, add_irb(cast), put_document(cast, "foreign", "irb.pdf"), expires_on="2027-02-08")
    name = f"DEMO-FOREIGN-01/approval_renewal/irb-{saved.approval_id}-2027-02-08"
    office = {"who": "other_officer"}
    extend(cast, "2027-06-30", which="foreign", document=put_document(cast, "foreign", "letter.pdf"), **office)
    duty = [cast.by_key(name).duty]
    for version, end in ((2, "2027-02-09"), (3, "2027-02-08"), (4, "2027-02-07")):
        correct(cast, end, project=cast.project("foreign").id, version=version, **office)
        duty.append(cast.by_key(name).duty)
    assert duty == [True, True, False, False]


def test_two_people_cannot_correct_one_project_at_once_and_a_repeated_click_is_one(cast):
    extend(cast)
    once = key()
    assert correct(cast, "2030-08-31", key=once) == correct(cast, "2030-08-31", key=once)
    with pytest.raises(Stale):
        correct(cast, "2030-09-30")


@pytest.mark.parametrize(("who", "refusal"), [("pi", Forbidden), ("auditor", Forbidden), ("other_officer", NotFound)])
def test_only_the_office_of_the_programme_corrects(cast, who, refusal):
    with pytest.raises(refusal):
        correct(cast, "2030-08-31", who=who, version=1)
    with pytest.raises(refusal):
        preview_end(cast.ctx(who), project_id=cast.project().id, end_on="2030-08-31")
