"""Approvals: proof, the clock with its assumed anchor, the approval itself, its renewal, and the office's side."""

from datetime import date

import pytest

from tests.cast import key
from tests.integration.services.support_documents import put_document
from tracker.domain.approvals import ApprovalState
from tracker.domain.statuses import Lateness
from tracker.services.anchors import confirm_anchor, items_for_queue, preview_anchor
from tracker.services.approval_reviews import accept_approval, grant_exception, return_approval
from tracker.services.approval_views import approval_desk, approvals_running_out
from tracker.services.approvals import ApprovalPaper, add_approval, record_approval, record_proof
from tracker.services.errors import Forbidden, Invalid, NotFound, Stale

# `foreign` runs under the 115 call: six months from 2025-09-01 (assumed) end on 2026-03-01 (Sunday), so 2026-03-02 (Monday).
CALL_DUE = date(2026, 3, 2)


@pytest.fixture
def paper(cast):
    return put_document(cast, "foreign", "irb.pdf")


def add(cast, kind="irb", on="2026-01-05", who="stranger_pi", which="foreign"):
    return add_approval(cast.ctx(who, on=on), project_id=cast.project(which).id, kind=kind, title="示範試驗", board="示範 IRB", key=key())


def approve(cast, approval, paper, on="2026-02-10", who="stranger_pi", approved_on="115-02-09", expires_on="116-02-08", **changes):
    given = ApprovalPaper(changes.pop("number", "IRB-1"), approved_on, expires_on, paper)
    return record_approval(
        cast.ctx(who, on=on),
        approval_id=approval.approval_id,
        paper=given,
        expected_version=changes.pop("expected_version", approval.version),
        key=changes.pop("key", key()),
    )


def catch_up(cast, rule="approval_catch_up"):
    return cast.obligation(rule, which="foreign")


def fields(refused):
    return [problem.field for problem in refused.value.problems]


def desk(cast, who="stranger_pi", on="2026-02-10", which="foreign"):
    return approval_desk(cast.ctx(who, on=on), cast.project(which).id)


# --- the member's side


def test_a_listed_irb_shows_both_clauses_and_points_to_the_stricter(cast):
    add(cast)
    (view,) = desk(cast, on="2026-01-05").approvals
    assert [(clock.clause, clock.due_on, clock.confidence) for clock in view.clocks] == [
        ("捌-八-(二)", CALL_DUE, "assumed"),
        ("伍-二-(二)註", CALL_DUE, "assumed"),
    ]
    assert [bool(clock.exception_clause) for clock in view.clocks] == [True, False]


def test_proof_of_submission_is_kept_with_its_day(cast, paper):
    added = add(cast)
    record_proof(
        cast.ctx("stranger_pi", on="2026-01-06"),
        approval_id=added.approval_id,
        submitted_on="114-12-30",
        document_id=paper,
        expected_version=1,
        key=key(),
    )
    (view,) = desk(cast, on="2026-01-06").approvals
    assert (view.state, view.proof_submitted_on, view.proof_filename) == (ApprovalState.UNDER_REVIEW, date(2025, 12, 30), "irb.pdf")


def test_an_approval_hands_in_the_duties_it_answers_and_starts_the_ladder_of_its_last_day(cast, paper):
    saved = approve(cast, add(cast), paper)
    general, irb = catch_up(cast), catch_up(cast, "irb_approval_catch_up")
    renewal = cast.by_key(f"DEMO-FOREIGN-01/approval_renewal/irb-{saved.approval_id}-2027-02-08")
    assert set(saved.handed_in) == {general.id, irb.id}
    assert [(row.status, row.first_submitted_on, row.next_look_on) for row in (general, irb)] == [
        ("submitted", date(2026, 2, 10), None)
    ] * 2
    # 2027-02-08 is the Monday of the new-year holidays: the last working day before them is 2027-02-03
    assert (renewal.nominal_on, renewal.due_on, renewal.file_by_on, renewal.confidence) == (
        date(2027, 2, 8),
        date(2027, 2, 8),
        cast.desk.calendar.previous_working(date(2027, 2, 8)),
        "stated",
    )
    assert (renewal.status, renewal.next_look_on) == ("open", date(2026, 2, 10))


def test_the_general_duty_waits_for_every_approval_of_the_project(cast, paper):
    irb, animals = add(cast), add(cast, kind="iacuc")
    assert approve(cast, irb, paper).handed_in == (catch_up(cast, "irb_approval_catch_up").id,)
    assert approve(cast, animals, paper).handed_in == (catch_up(cast).id,)


def test_a_renewal_answers_the_running_out_and_sets_the_next_one(cast, paper):
    first = approve(cast, add(cast), paper)
    second = approve(cast, first, paper, on="2027-01-20", number="IRB-1R", approved_on="116-01-19", expires_on="117-02-08")
    old = cast.by_key(f"DEMO-FOREIGN-01/approval_renewal/irb-{first.approval_id}-2027-02-08")
    assert (old.status, second.handed_in) == ("submitted", (old.id,))
    assert cast.by_key(f"DEMO-FOREIGN-01/approval_renewal/irb-{first.approval_id}-2028-02-08").status == "open"


def test_a_corrected_last_day_closes_the_renewal_that_rested_on_the_wrong_one(cast, paper):
    first = approve(cast, add(cast), paper, expires_on="115-12-31")
    second = approve(cast, first, paper, expires_on="116-02-08")
    assert cast.by_key(f"DEMO-FOREIGN-01/approval_renewal/irb-{first.approval_id}-2026-12-31").status == "closed"
    third = approve(cast, second, paper, expires_on="115-12-31")
    assert cast.by_key(f"DEMO-FOREIGN-01/approval_renewal/irb-{first.approval_id}-2026-12-31").status == "open"
    approve(cast, third, paper, expires_on="")
    assert {clock.status for clock in desk(cast).approvals[0].clocks if clock.kind == "approval_renewal"} == set()


def test_after_acceptance_only_a_later_approval_replaces_it(cast, paper):
    first = approve(cast, add(cast), paper)
    accept_approval(
        cast.ctx("other_officer", on="2026-02-11"), obligation_id=catch_up(cast).id, expected_version=catch_up(cast).version, key=key()
    )
    with pytest.raises(Invalid) as refused:
        approve(cast, first, paper, expires_on="116-03-31")
    assert fields(refused) == ["approved_on"]
    assert approve(cast, first, paper, on="2026-03-02", approved_on="115-03-01").version == 3


def test_an_approval_under_the_general_rule_gets_a_clock_of_its_own(cast):
    saved = add(cast, who="pi", on="2026-06-02", which="own")
    row = cast.by_key(f"DEMO-OWN-01/approval_catch_up/irb-{saved.approval_id}")
    # by the end of the month in which the project starts: 2026-06-30 is a Tuesday
    assert (row.due_on, row.confidence, row.discharged_by) == (date(2026, 6, 30), "derived", "external")
    done = approve(
        cast, saved, put_document(cast, "own", "irb.pdf"), who="assistant", on="2026-06-25", approved_on="2026-06-20", expires_on=None
    )
    after = cast.by_key(row.key)
    assert (done.handed_in, after.status, after.next_look_on) == ((row.id,), "submitted", row.next_look_on)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"number": " "}, ["number"]),
        ({"approved_on": "115/2/29"}, ["approved_on"]),
        ({"approved_on": "115-02-11"}, ["approved_on"]),
        ({"expires_on": "115-02-08"}, ["expires_on"]),
        ({"expires_on": "someday"}, ["expires_on"]),
    ],
)
def test_a_wrong_paper_names_its_field(cast, paper, wrong, named):
    with pytest.raises(Invalid) as refused:
        approve(cast, add(cast), paper, **wrong)
    assert fields(refused) == named


def test_the_file_must_be_one_of_the_project(cast):
    added = add(cast)
    with pytest.raises(Invalid) as refused:
        approve(cast, added, put_document(cast, "own", "other.pdf"))
    assert fields(refused) == ["document_id"]


def test_two_people_editing_one_approval_do_not_overwrite_each_other(cast, paper):
    added = add(cast)
    approve(cast, added, paper)
    with pytest.raises(Stale):
        approve(cast, added, paper, expires_on="117-02-08", expected_version=1)


def test_a_click_repeated_changes_nothing(cast, paper):
    added, once = add(cast), key()
    assert approve(cast, added, paper, key=once) == approve(cast, added, paper, key=once)
    assert len(desk(cast).approvals) == 1


@pytest.mark.parametrize(
    ("who", "refusal"), [("officer", NotFound), ("pi", NotFound), ("other_officer", Forbidden), ("auditor", Forbidden)]
)
def test_only_members_write_approvals(cast, who, refusal):
    with pytest.raises(refusal):
        add(cast, who=who)


def test_the_company_side_may_hand_in_its_approval(cast):
    assert add(cast, who="company_pi", on="2026-06-02", which="own").approval_id


# --- the office's side


def test_the_office_accepts_what_came_in(cast, paper):
    approve(cast, add(cast), paper)
    row = catch_up(cast)
    accept_approval(cast.ctx("other_officer", on="2026-02-11"), obligation_id=row.id, expected_version=row.version, key=key())
    after = catch_up(cast)
    assert (after.status, after.waits_since_at, after.first_submitted_on) == ("accepted", None, date(2026, 2, 10))


def test_sending_back_opens_a_reply_and_a_new_upload_answers_it(cast, paper):
    first = approve(cast, add(cast), paper)
    row = catch_up(cast)
    reply_key = return_approval(
        cast.ctx("other_officer", on="2026-02-11"),
        obligation_id=row.id,
        remark="頁數不全",
        reply_by="115-02-26",
        expected_version=row.version,
        key=key(),
    )
    assert (catch_up(cast).status, cast.by_key(reply_key).due_on) == ("returned", date(2026, 2, 26))
    approve(cast, first, paper, on="2026-02-12", number="IRB-1 全")
    assert (catch_up(cast).status, catch_up(cast).first_submitted_on, cast.by_key(reply_key).status) == (
        "submitted",
        date(2026, 2, 10),
        "submitted",
    )


@pytest.mark.parametrize(
    ("wrong", "named"), [({"remark": " "}, "remark"), ({"reply_by": "115-02-11"}, "reply_by"), ({"reply_by": ""}, "reply_by")]
)
def test_sending_back_needs_a_remark_and_a_later_day(cast, paper, wrong, named):
    approve(cast, add(cast), paper)
    values = {"remark": "頁數不全", "reply_by": "115-02-26", **wrong}
    with pytest.raises(Invalid) as refused:
        return_approval(
            cast.ctx("other_officer", on="2026-02-11"),
            obligation_id=catch_up(cast).id,
            expected_version=catch_up(cast).version,
            key=key(),
            **values,
        )
    assert fields(refused) == [named]


def test_nothing_is_accepted_that_did_not_come_in(cast):
    add(cast)
    with pytest.raises(Stale):
        accept_approval(cast.ctx("other_officer"), obligation_id=catch_up(cast).id, expected_version=catch_up(cast).version, key=key())


@pytest.mark.parametrize(
    ("who", "refusal"), [("stranger_pi", Forbidden), ("auditor", Forbidden), ("officer", NotFound), ("chief", NotFound)]
)
def test_only_the_office_of_the_programme_accepts(cast, paper, who, refusal):
    approve(cast, add(cast), paper)
    with pytest.raises(refusal):
        accept_approval(cast.ctx(who), obligation_id=catch_up(cast).id, expected_version=catch_up(cast).version, key=key())


def test_a_justified_reason_releases_where_the_clause_allows_it(cast):
    add(cast, kind="iacuc")
    row = catch_up(cast)
    grant_exception(
        cast.ctx("other_officer", on="2026-02-20"),
        obligation_id=row.id,
        reason="委員會停會",
        letter_number="示範字第3號",
        expected_version=row.version,
        key=key(),
    )
    (view,) = desk(cast).approvals
    assert (catch_up(cast).status, view.exception_letter, view.exception_reason) == ("waived", "示範字第3號", "委員會停會")


def test_the_irb_clause_has_no_exception_and_the_refusal_cites_it(cast):
    add(cast)
    row = catch_up(cast, "irb_approval_catch_up")
    with pytest.raises(Forbidden) as refused:
        grant_exception(
            cast.ctx("other_officer"), obligation_id=row.id, reason="x", letter_number="y", expected_version=row.version, key=key()
        )
    assert refused.value.params == {"clause": "伍-二-(二)註"}


def test_an_exception_needs_reason_letter_and_a_listed_approval(cast):
    row = catch_up(cast)
    with pytest.raises(Invalid) as refused:
        grant_exception(
            cast.ctx("other_officer"), obligation_id=row.id, reason=" ", letter_number="", expected_version=row.version, key=key()
        )
    assert fields(refused) == ["reason", "letter_number", "obligation_id"]


# --- the anchor


def test_an_assumed_day_gone_by_is_overdue_without_blame(cast):
    add(cast)
    assert {clock.lateness for clock in desk(cast, on="2026-03-03").approvals[0].clocks} == {Lateness.LATE_ANCHOR_UNCONFIRMED}


def test_confirming_the_anchor_moves_every_date_that_rests_on_it_as_previewed(cast, paper):
    ctx = cast.ctx("other_officer", on="2026-02-20")
    preview = preview_anchor(ctx, obligation_id=catch_up(cast).id, anchor_on="114-08-20")
    confirmed = confirm_anchor(
        ctx, obligation_id=catch_up(cast).id, anchor_on="114-08-20", letter_number="示範字第4號", document_id=paper, key=key()
    )
    # 2025-08-20 and six months: 2026-02-20 (Friday of the new-year holidays) rolls to 2026-02-23 (Monday)
    assert {change.key: (change.before, change.after) for change in preview.changes} == dict.fromkeys(
        confirmed.keys, (CALL_DUE, date(2026, 2, 23))
    )
    for row in (catch_up(cast), catch_up(cast, "irb_approval_catch_up")):
        assert (row.due_on, row.confidence) == (date(2026, 2, 23), "official")
        assert "示範字第4號" in row.because_json[0]["zh"]


def test_confirming_also_settles_what_was_handed_in(cast, paper):
    approve(cast, add(cast), paper, on="2026-03-04", approved_on="115-03-03")
    confirm_anchor(
        cast.ctx("other_officer", on="2026-03-05"),
        obligation_id=catch_up(cast).id,
        anchor_on="2025-12-31",
        letter_number="示範字第5號",
        document_id=paper,
        key=key(),
    )
    row = catch_up(cast)
    # 2025-12-31 and six months: 2026-06-30 (Tuesday)
    assert (row.due_on, row.confidence, row.status) == (date(2026, 6, 30), "official", "submitted")


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"anchor_on": "115/2/29"}, "anchor_on"),
        ({"anchor_on": "2026-02-21"}, "anchor_on"),
        ({"letter_number": ""}, "letter_number"),
        ({"document_id": None}, "document_id"),
    ],
)
def test_a_wrong_confirmation_names_its_field(cast, paper, wrong, named):
    values = {"anchor_on": "114-08-20", "letter_number": "示範字第4號", "document_id": paper, **wrong}
    with pytest.raises(Invalid) as refused:
        confirm_anchor(cast.ctx("other_officer", on="2026-02-20"), obligation_id=catch_up(cast).id, key=key(), **values)
    assert fields(refused) == [named]
    assert catch_up(cast).confidence == "assumed"


def test_a_date_that_rests_on_no_such_day_is_not_confirmed_this_way(cast):
    row = cast.obligation("interim_report", "Y1")
    with pytest.raises(Invalid) as refused:
        confirm_anchor(cast.ctx("officer"), obligation_id=row.id, anchor_on="2026-01-01", letter_number="x", document_id=None, key=key())
    assert fields(refused) == ["obligation_id"]


@pytest.mark.parametrize(("who", "refusal"), [("stranger_pi", Forbidden), ("auditor", Forbidden), ("officer", NotFound), ("pi", NotFound)])
def test_only_the_office_of_the_programme_confirms(cast, paper, who, refusal):
    with pytest.raises(refusal):
        confirm_anchor(
            cast.ctx(who), obligation_id=catch_up(cast).id, anchor_on="2025-08-20", letter_number="x", document_id=paper, key=key()
        )


def test_the_queue_asks_once_for_the_anchor_and_once_for_each_duty_that_came_in(cast, paper):
    def waiting(who, on="2026-06-02"):
        ctx = cast.ctx(who, on=on)
        with cast.desk.store.read() as conn:
            return [(item.sort, item.row.key) for item in items_for_queue(ctx, conn)]

    assert [sort for sort, _ in waiting("other_officer")] == ["anchor"]
    approve(cast, add(cast), paper)
    assert sorted(sort for sort, _ in waiting("other_officer")) == ["anchor", "approval", "approval"]
    assert (waiting("officer"), waiting("stranger_pi"), waiting("auditor")) == ([], [], [])


def test_what_runs_out_is_listed_to_those_who_see_the_project(cast, paper):
    approve(cast, add(cast), paper)
    on = "2026-12-20"  # 50 days before the last day
    (found,) = approvals_running_out(cast.ctx("other_officer", on=on))
    assert (found.project_code, found.expires_on, found.days) == ("DEMO-FOREIGN-01", date(2027, 2, 8), 50)
    assert approvals_running_out(cast.ctx("other_officer", on=on), within_days=49) == ()
    assert approvals_running_out(cast.ctx("officer", on=on)) == ()
    with pytest.raises(NotFound):
        desk(cast, who="officer")
