"""What would make a person lose a grant: dates that would be wrong, duties that would not be shown, alerts that would reach nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select, update

from tests.cast import key
from tests.integration.alerts.support import change, deliver_on, fate, look_on, outbox_rows, raised, told
from tests.integration.services.support_documents import put_document
from tests.integration.services.test_approvals import add as add_irb
from tests.integration.services.test_approvals import approve
from tests.integration.services.test_planning import entry, rows
from tests.integration.services.test_project_changes import extend
from tracker.domain.statuses import Lateness
from tracker.notify.transport import LocalOutbox
from tracker.services.anchors import confirm_anchor
from tracker.services.approval_reviews import return_approval
from tracker.services.conditions import set_aside
from tracker.services.date_entries import DateEntry
from tracker.services.discharge import record_discharge
from tracker.services.document_dates import enter_document_date, withdraw_document_date
from tracker.services.errors import Forbidden, Invalid
from tracker.services.memberships import end_membership
from tracker.services.must_do import Group, must_do
from tracker.services.planning import plan_project
from tracker.services.portfolio import Filters
from tracker.services.portfolio_rows import View, portfolio_rows
from tracker.services.projects import enter_project
from tracker.services.recalculation import recalculate
from tracker.store import tables as t
from tracker.store.q_portfolio import open_between

INTERIM_Y1 = "DEMO-OWN-01/interim_report/Y1"


def by_letter(cast, **changes) -> DateEntry:
    """An official date for the first interim report of `own`, which the call puts on 2027-03-31 (Wednesday)."""
    own = cast.project("own")
    entry = DateEntry(
        own.programme_id, own.id, "interim_report", "interim_report", "Y1", "official", put_document(cast, "own", "letter.pdf"),
        letter_number="示範字第1號",
    )  # fmt: skip
    return replace(entry, **changes)


def enter(cast, on="2026-09-01", **changes):
    return enter_document_date(cast.ctx("officer", on=on), by_letter(cast, **changes), key=key())


# --- dates


def test_a_wrong_letter_withdrawn_after_the_report_came_in_takes_its_accusation_back(cast):
    wrong = enter(cast, given_on="2027-03-01")
    row = cast.by_key(INTERIM_Y1)
    change(cast, t.obligation, row.id, status="submitted", first_submitted_on=date(2027, 3, 15))
    withdraw_document_date(cast.ctx("officer", on="2027-03-20"), document_date_id=wrong.document_date_id, reason="誤植", key=key())
    assert cast.by_key(INTERIM_Y1).due_on == date(2027, 3, 31)


def test_a_letter_to_the_whole_programme_asks_nothing_of_a_project_without_that_period(cast):
    short = entry(code="DEMO-SHORT-01", programme="demo-sister-ai", start_on=date(2026, 6, 1), end_on=date(2027, 5, 31))
    enter_project(cast.ctx(), short, key=key())
    before = set(rows(cast, "DEMO-SHORT-01"))
    enter(cast, project_id=None, kind="quarterly_report", rule="quarterly_report", period_label="Y3Q1", given_on="2028-09-15")
    assert set(rows(cast, "DEMO-SHORT-01")) == before


def test_a_project_entered_later_without_the_day_a_programme_letter_counts_from_is_still_entered(cast):
    at = cast.ctx().now
    signed = {"name": "signed_on", "value_on": date(2026, 5, 20), "confirmed": False, "recorded_by": None, "recorded_at": at}
    cast.desk.store.write_quiet(at, lambda tx: tx.insert(t.project_fact, project_id=cast.project("own").id, **signed))
    guarantee = {"kind": "contract_item", "rule": "guarantee", "title_zh": "履約保證", "title_en": "Guarantee"}
    enter(cast, project_id=None, period_label="-", direction="after", anchor="signed_on", months=1, **guarantee)
    late = entry(code="DEMO-LATE-01", programme="demo-sister-ai", start_on=date(2026, 6, 1), end_on=date(2030, 5, 31))
    enter_project(cast.ctx(), late, key=key())
    row = rows(cast, "DEMO-LATE-01")["guarantee/project"]
    assert (row.date_status, row.due_on) == ("on_notice", None)


def test_what_waits_for_the_funders_receipt_moves_with_an_extension(cast):
    row = cast.obligation("expenditure_closing")
    assert (row.discharged_by, row.due_on) == ("external", date(2030, 9, 2))
    change(cast, t.obligation, row.id, status="submitted", first_submitted_on=date(2030, 5, 1))
    extend(cast, "2031-05-31")
    assert cast.obligation("expenditure_closing").due_on == date(2031, 9, 1)


def test_an_anchor_confirmed_on_a_closed_project_opens_nothing_again(cast):
    foreign = cast.project("foreign")
    change(cast, t.project, foreign.id, status="closed")
    others = t.obligation.c.project_id == foreign.id, t.obligation.c.rule != "approval_catch_up"
    closed = update(t.obligation).where(*others).values(status="closed")
    cast.desk.store.write_quiet(cast.ctx().now, lambda tx: tx.conn.execute(closed))
    catch_up, paper = cast.obligation("approval_catch_up", which="foreign"), put_document(cast, "foreign", "letter.pdf")
    confirm_anchor(
        cast.ctx("other_officer", on="2027-02-01"),
        obligation_id=catch_up.id,
        anchor_on="2025-08-20",
        letter_number="示範字第2號",
        document_id=paper,
        key=key(),
    )
    with cast.desk.store.read() as conn:
        opened = conn.scalars(select(t.obligation.c.rule).where(*others, t.obligation.c.status == "open")).all()
    assert opened == []


def test_an_approval_that_outlasts_the_project_is_never_called_overdue_unless_the_project_is_extended(cast):
    # the project ends on 2026-12-31
    saved = approve(cast, add_irb(cast), put_document(cast, "foreign", "irb.pdf"), expires_on="2027-02-08")
    look_on(cast, "2027-02-28")
    name = f"DEMO-FOREIGN-01/approval_renewal/irb-{saved.approval_id}-2027-02-08"
    assert {"due", "+1", "+7", "+14"}.isdisjoint(raised(cast, name))
    before = cast.by_key(name)
    extend(cast, "2027-06-30", who="other_officer", which="foreign", document=put_document(cast, "foreign", "letter.pdf"))
    assert (before.duty, cast.by_key(name).duty) == (False, True)


def test_what_the_funder_has_in_time_is_called_late_nowhere(cast):
    closing, paper = cast.obligation("expenditure_closing"), put_document(cast, "own", "receipt.pdf")  # due 2030-09-02
    receipt = {"received_on": "2030-08-20", "receipt_number": "收文第1號", "document_id": paper}
    record_discharge(cast.ctx("pi", on="2030-08-20"), obligation_id=closing.id, **receipt, key=key())
    (item,) = [one for one in must_do(cast.ctx("pi", on="2030-09-10")) if one.key == closing.key]
    assert (item.group, item.lateness) == (Group.LATER, Lateness.SUBMITTED_ON_TIME)
    late = portfolio_rows(cast.ctx("chief", on="2030-09-10"), Filters(), View.LATE)
    assert "expenditure_closing" not in {row.kind for row in late.rows}
    with cast.desk.store.read() as conn:
        counted = sum(band.n for band in open_between(conn, t.obligation.c.kind == "expenditure_closing", None, date(2030, 9, 9)))
    assert counted == 0


def test_a_calendar_issued_anew_moves_the_dates_that_rest_on_it(cast):
    # Monday 2030-09-02 was the last day of the final report; a re-issued table gives that day off.
    issued = replace(cast.desk.calendar, version="re-issued", days_off=cast.desk.calendar.days_off | {date(2030, 9, 2)})
    ctx = replace(cast.ctx(), calendar=issued)
    assert "DEMO-OWN-01/final_report/project" in recalculate(ctx)
    assert cast.obligation("final_report").due_on == date(2030, 9, 3)
    assert recalculate(ctx) == ()
    with pytest.raises(Forbidden):
        recalculate(cast.ctx("admin"))


def set_route_aside(cast, who="other_officer", on="2026-09-01", rule="product_route"):
    row = cast.obligation(rule, which="foreign")
    return set_aside(cast.ctx(who, on=on), obligation_id=row.id, reason="屬伍-一之產品開發", expected_version=row.version, key=key())


def test_a_duty_of_other_projects_is_set_aside_and_nobody_is_called_late_for_it(cast):
    set_route_aside(cast)
    extend(cast, "2027-06-30", who="other_officer", which="foreign", document=put_document(cast, "foreign", "letter.pdf"))
    look_on(cast, "2027-07-31")
    row = cast.obligation("product_route", which="foreign")
    assert (row.status, raised(cast, row.key)) == ("waived", [])
    assert "屬伍-一之產品開發" in row.because_json[0]["zh"]


def test_a_document_that_names_it_brings_a_duty_back_that_was_set_aside(cast):
    set_route_aside(cast)
    foreign, letter = cast.project("foreign"), put_document(cast, "foreign", "letter.pdf")
    place = {"programme_id": foreign.programme_id, "project_id": foreign.id, "document_id": letter}
    named = by_letter(cast, kind="checkpoint", rule="product_route", period_label="-", given_on="2026-11-30", **place)
    enter_document_date(cast.ctx("other_officer"), named, key=key())
    row = cast.obligation("product_route", which="foreign")
    assert (row.status, row.due_on) == ("open", date(2026, 11, 30))


def test_only_what_the_call_asks_of_some_is_set_aside(cast):
    with pytest.raises(Forbidden):
        set_route_aside(cast, rule="final_report")


def test_an_approval_sent_back_still_climbs_towards_the_funders_own_day(cast):
    paper = put_document(cast, "own", "irb.pdf")
    approval = add_irb(cast, who="pi", which="own", on="2026-06-10")
    approve(cast, approval, paper, who="pi", on="2026-06-20", approved_on="2026-06-15", expires_on=None)
    row = cast.obligation("approval_catch_up", f"irb-{approval.approval_id}")
    assert (row.discharged_by, row.status) == ("external", "submitted")
    sent_back = {"remark": "請補件", "reply_by": "2026-06-29", "expected_version": row.version}
    return_approval(cast.ctx("officer", on="2026-06-22"), obligation_id=row.id, **sent_back, key=key())
    assert cast.by_key(row.key).next_look_on == row.next_look_on


# --- who is told


def test_whoever_left_before_the_mail_goes_out_gets_none(cast):
    look_on(cast, "2027-01-29")
    with cast.desk.store.read() as conn:
        m = conn.execute(select(t.membership).where(t.membership.c.person_id == cast.person("assistant").id)).one()
    change(cast, t.membership, m.id, until_on=date(2027, 1, 28))
    deliver_on(cast, LocalOutbox(), "2027-01-29")
    assert {r.status for r in outbox_rows(cast) if r.address == cast.person("assistant").email} == {"cancelled"}


def test_an_alert_for_which_there_is_no_officer_either_goes_to_the_chief(cast):
    for who in ("pi", "assistant", "company_pi", "officer"):
        change(cast, t.person, cast.person(who).id, active=False)
    look_on(cast, "2027-01-29")
    assert {line.address for line in told(cast, INTERIM_Y1)} == {cast.person("chief").email}


def test_an_alert_that_reaches_nobody_at_all_goes_to_the_administrators(cast):
    for who in ("pi", "assistant", "company_pi", "officer", "chief"):
        change(cast, t.person, cast.person(who).id, active=False)
    look_on(cast, "2027-01-29")
    assert deliver_on(cast, LocalOutbox(), "2027-01-29").sent
    assert {(line.address, fate(line)) for line in told(cast, INTERIM_Y1)} == {(cast.person("admin").email, "sent")}


def test_a_date_that_came_back_is_told_again_where_nobody_got_the_mail(cast):
    look_on(cast, "2027-01-29")
    wrong = enter(cast, on="2027-01-29", given_on="2028-03-31")
    look_on(cast, "2027-01-29", "10:00")
    withdraw_document_date(cast.ctx("officer", on="2027-01-29"), document_date_id=wrong.document_date_id, reason="誤植", key=key())
    look_on(cast, "2027-01-29", "11:00")
    deliver_on(cast, LocalOutbox(), "2027-01-29", "11:05")
    assert {fate(line) for line in told(cast, INTERIM_Y1)} == {"sent"}


def test_what_was_given_up_while_the_mail_server_was_away_goes_out_when_it_is_back(cast):
    look_on(cast, "2027-01-29")  # Friday
    given_up = sorted({line.id for line in told(cast, INTERIM_Y1)})
    refused = [row.id for row in outbox_rows(cast) if row.id not in given_up][:1]
    for row_id in given_up:
        change(cast, t.outbox, row_id, status="failed", attempts=16)
    for row_id in refused:
        change(cast, t.outbox, row_id, status="failed", attempts=1)
    deliver_on(cast, LocalOutbox(), "2027-02-01")  # Monday
    assert {row.id for row in outbox_rows(cast, "failed")} == set(refused)
    assert set(given_up) <= {row.id for row in outbox_rows(cast, "sent")}


def membership_of(cast, who) -> int:
    with cast.desk.store.read() as conn:
        return conn.scalars(select(t.membership.c.id).where(t.membership.c.person_id == cast.person(who).id)).one()


def test_an_assistant_taken_off_the_project_sees_and_hears_nothing_of_it_from_that_day_on(cast):
    end_membership(cast.ctx("admin", on="2027-01-29"), membership_id=membership_of(cast, "assistant"), key=key())
    look_on(cast, "2027-01-29")
    assert cast.person("assistant").email not in {row.address for row in outbox_rows(cast)}
    assert must_do(cast.ctx("assistant", on="2027-01-29")) == []
    assert must_do(cast.ctx("assistant", on="2027-01-28")), "the day before she was still on it"


def test_the_last_principal_investigator_is_replaced_before_she_goes(cast):
    with pytest.raises(Invalid):
        end_membership(cast.ctx("admin"), membership_id=membership_of(cast, "stranger_pi"), key=key())
    assert must_do(cast.ctx("stranger_pi"))


def test_a_quarter_dated_moved_and_withdrawn_leaves_no_date_and_no_mail_behind(cast):
    enter_project(cast.ctx(), entry(end_on=date(2027, 5, 31), extended_from=date(2024, 5, 31)), key=key())  # a 109 project, extended
    with cast.desk.store.read() as conn:
        project = conn.execute(select(t.project).where(t.project.c.code == "DEMO-109-01")).one()
    ctx, name = cast.ctx(), "DEMO-109-01/quarterly_report/Y4Q9"
    place = {"programme_id": project.programme_id, "project_id": project.id, "kind": "quarterly_report", "rule": "quarterly_report"}
    dated = {**place, "period_label": "Y4Q9", "basis": "official", "letter_number": "示範字第1號", "recorded_at": ctx.now}
    assert cast.by_key(name).date_status == "on_notice"
    stages = []
    for day, withdrawn in ((date(2026, 9, 8), None), (date(2026, 9, 15), None), (date(2026, 9, 15), ctx.now)):
        values = {**dated, "given_on": day, "withdrawn_at": withdrawn}

        def body(tx, values=values):
            tx.conn.execute(t.document_date.delete())
            tx.insert(t.document_date, **values)
            plan_project(tx, ctx, project.id)

        cast.desk.store.write_quiet(ctx.now, body)
        look_on(cast, "2026-09-01")
        stages.append((cast.by_key(name).due_on, [fate(line) for line in told(cast, name)]))
    assert stages[0] == (date(2026, 9, 8), ["pending"])
    assert stages[1] == (date(2026, 9, 15), ["cancelled", "pending"])
    assert stages[2] == (None, ["cancelled", "cancelled"])
    assert cast.by_key(name).date_status == "on_notice"
