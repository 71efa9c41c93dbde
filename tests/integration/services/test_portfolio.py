"""What the portfolio counts, against tables written by hand, and whose it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, insert, select, update

from tests.cast import Cast
from tracker.domain.statuses import Kind, Lateness, is_late, lateness
from tracker.i18n import Translator
from tracker.services.errors import Forbidden, NotFound
from tracker.services.portfolio import AT_RISK_BELOW, Filters, portfolio
from tracker.services.portfolio_rows import View, belongs, inert, portfolio_csv, portfolio_rows
from tracker.services.project_page import project_list, project_page
from tracker.store import tables as t

CANARY = "CANARY-7f3a"
NOW = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)


def change(cast: Cast, body):
    """Bring rows into a state without going through the services that lead there."""
    return cast.desk.store.write_quiet(NOW, lambda tx: body(tx.conn))


def clear(cast: Cast, *keep: str) -> None:
    """Close everything of `own` but the named keys, so that a table of a few rows says it all."""
    o = t.obligation
    change(
        cast, lambda conn: conn.execute(update(o).where(o.c.project_id == cast.project().id, o.c.key.not_in(keep)).values(status="closed"))
    )


def set_row(cast: Cast, key: str, **values) -> None:
    change(cast, lambda conn: conn.execute(update(t.obligation).where(t.obligation.c.key == key).values(**values)))


@pytest.fixture
def few(cast: Cast) -> Cast:
    """`own` with three quarterly duties: due on Tuesday 2026-09-15, Tuesday 2026-12-15 and Monday 2027-03-15."""
    keys = [f"DEMO-OWN-01/quarterly_report/Y1Q{n}" for n in (1, 2, 3)]
    with cast.desk.store.read() as conn:
        rows = conn.execute(
            select(t.obligation).where(t.obligation.c.project_id == cast.project().id, t.obligation.c.kind == "quarterly_report")
        ).all()
    keys = [row.key for row in sorted(rows, key=lambda row: row.due_on or date.max)[:3]]
    clear(cast, *keys)
    for key, due in zip(keys, (date(2026, 9, 15), date(2026, 12, 15), date(2027, 3, 15)), strict=True):
        set_row(cast, key, due_on=due, file_by_on=due, confidence="stated", date_status="dated")
    cast.keys = keys
    return cast


#: day, owed, late, due in 30 days, due in 60 days
BY_DAY = [
    ("2026-07-01", 3, 0, 0, 0),  # a Wednesday, 76 days before
    ("2026-07-17", 3, 0, 0, 1),  # exactly 60 days before
    ("2026-08-16", 3, 0, 1, 1),  # exactly 30 days before
    ("2026-09-14", 3, 0, 1, 1),  # the day before
    ("2026-09-15", 3, 0, 1, 1),  # the day itself: due, not late
    ("2026-09-16", 3, 1, 0, 0),  # the day after
    ("2026-12-16", 3, 2, 0, 0),
    ("2027-04-01", 3, 3, 0, 0),
]


@pytest.mark.parametrize(("on", "owed", "late", "due_30", "due_60"), BY_DAY)
def test_the_figures_of_a_day_equal_the_table(few: Cast, on, owed, late, due_30, due_60):
    seen = portfolio(few.ctx("officer", on=on), Filters()).figures
    assert (seen.owed, seen.late, seen.due_30, seen.due_60, seen.unconfirmed) == (owed, late, due_30, due_60, 0)


@pytest.mark.parametrize(("on", "owed", "late", "due_30", "due_60"), BY_DAY)
def test_every_figure_opens_as_many_rows(few: Cast, on, owed, late, due_30, due_60):
    ctx = few.ctx("officer", on=on)
    expected = {View.OWED: owed, View.LATE: late, View.DUE_30: due_30, View.DUE_60: due_60, View.UNCONFIRMED: 0}
    for view, n in expected.items():
        page = portfolio_rows(ctx, Filters(), view)
        assert (page.total, len(page.rows)) == (n, n), view


def test_an_assumed_anchor_is_counted_apart_and_never_as_late(few: Cast):
    set_row(few, few.keys[0], confidence="assumed")
    ctx = few.ctx("officer", on="2026-09-16")
    seen = portfolio(ctx, Filters())
    assert (seen.figures.late, seen.figures.unconfirmed) == (0, 1)
    assert [(p.late, p.unconfirmed) for p in seen.programmes] == [(0, 1)]
    assert portfolio_rows(ctx, Filters(), View.UNCONFIRMED).rows[0].stands is Lateness.LATE_ANCHOR_UNCONFIRMED


def test_a_reminder_is_never_owed_nor_late(few: Cast):
    set_row(few, few.keys[0], duty=False)
    seen = portfolio(few.ctx("officer", on="2026-09-16"), Filters()).figures
    assert (seen.owed, seen.late) == (2, 0)


def test_waiting_and_returned_count_the_report_and_not_its_reply(few: Cast):
    with few.desk.store.read() as conn:
        row = conn.execute(select(t.obligation).where(t.obligation.c.key == few.keys[0])).one()._asdict()
    waits = datetime(2026, 9, 10, 2, 30, tzinfo=UTC)
    set_row(few, few.keys[0], status="submitted", waits_since_at=waits, first_submitted_on=date(2026, 9, 10))
    reply = {**row, "key": f"{row['key']}/reply-1", "kind": "reply", "parent_id": row["id"], "status": "submitted"}
    del reply["id"]
    change(few, lambda conn: conn.execute(insert(t.obligation).values(**reply)))
    seen = portfolio(few.ctx("officer", on="2026-09-20"), Filters()).figures
    assert (seen.waiting, seen.waiting_since) == (1, waits)
    set_row(few, few.keys[0], status="returned")
    set_row(few, f"{row['key']}/reply-1", status="open", due_on=date(2026, 9, 25))
    seen = portfolio(few.ctx("officer", on="2026-09-20"), Filters()).figures
    assert (seen.waiting, seen.returned, seen.owed, seen.due_30, seen.late) == (0, 1, 3, 1, 0)


def test_what_is_not_yet_at_the_funder_is_counted_until_its_receipt(few: Cast):
    set_row(few, few.keys[0], status="accepted", discharged_by="external", first_submitted_on=date(2026, 9, 1))
    ctx = few.ctx("officer", on="2026-09-20")
    assert portfolio(ctx, Filters()).figures.undischarged == 1
    assert portfolio_rows(ctx, Filters(), View.UNDISCHARGED).total == 1
    set_row(few, few.keys[0], discharged_on=date(2026, 9, 18))
    assert portfolio(ctx, Filters()).figures.undischarged == 0


def test_undated_duties_come_after_all_dated_ones(few: Cast):
    set_row(few, few.keys[0], due_on=None, file_by_on=None, date_status="on_notice")
    ctx = few.ctx("officer")
    assert portfolio(ctx, Filters()).figures.undated == 1
    assert [row.due_on for row in portfolio_rows(ctx, Filters(), View.OWED).rows] == [date(2026, 12, 15), date(2027, 3, 15), None]
    assert [row.due_on for row in portfolio_rows(ctx, Filters(), View.OWED, 2, size=2).rows] == [None]


def test_the_load_holds_every_duty_of_the_next_half_year_once(few: Cast):
    weeks = portfolio(few.ctx("officer", on="2026-09-01"), Filters()).load
    assert len(weeks) == 26
    assert weeks[0].monday == date(2026, 8, 31)
    assert {week.monday: dict(week.by_kind) for week in weeks if week.by_kind} == {
        date(2026, 9, 14): {"quarterly_report": 1},
        date(2026, 12, 14): {"quarterly_report": 1},
    }


def test_each_duty_of_a_programme_stands_in_one_part(few: Cast):
    [status] = portfolio(few.ctx("officer", on="2026-09-16"), Filters()).programmes
    assert (status.late, status.soon, status.later, status.undated, status.waiting, status.returned, status.accepted) == (
        1,
        0,
        2,
        0,
        0,
        0,
        0,
    )


#: verdict of C1 (weight 2 of 1000), day -> share: C1 is planned for 2026-08-31, C2 (weight 1) for 2026-11-30
@pytest.mark.parametrize(
    ("actual", "on", "share"),
    [
        (None, "2026-08-30", None),
        (None, "2026-08-31", Decimal(0)),
        ("500", "2026-09-01", Decimal("0.5")),
        ("2000", "2026-09-01", Decimal(1)),
        ("1000", "2026-12-01", Decimal(2) / 3),
    ],
)
def test_attainment_is_the_share_of_what_was_planned_by_the_day(cast: Cast, actual, on, share):
    if actual is not None:
        with cast.desk.store.read() as conn:
            number = conn.execute(select(t.checkpoint.c.id).where(t.checkpoint.c.code == "C1")).scalar_one()
        verdict = {
            "checkpoint_id": number,
            "verdict": "met",
            "actual": Decimal(actual),
            "officer_id": cast.person("officer").id,
            "given_at": NOW,
        }
        change(cast, lambda conn: conn.execute(insert(t.checkpoint_verdict).values(remark="", **verdict)))
    seen = portfolio(cast.ctx("officer", on=on), Filters())
    assert seen.figures.attainment == share
    assert seen.figures.at_risk == (share is not None and share < AT_RISK_BELOW)
    assert portfolio_rows(cast.ctx("officer", on=on), Filters(), View.AT_RISK).total == seen.figures.at_risk


@pytest.mark.parametrize(("on", "counted"), [("2026-10-31", 0), ("2026-11-01", 1), ("2026-12-31", 1), ("2027-01-01", 0)])
def test_an_approval_runs_out_within_sixty_days_until_its_last_day(cast: Cast, on, counted):
    values = {
        "project_id": cast.project().id,
        "kind": "irb",
        "title": "示範審查",
        "approved_on": date(2026, 1, 1),
        "expires_on": date(2026, 12, 31),
    }
    change(cast, lambda conn: conn.execute(insert(t.approval).values(**values)))
    ctx = cast.ctx("officer", on=on)
    assert portfolio(ctx, Filters()).figures.approvals == counted
    assert portfolio_rows(ctx, Filters(), View.APPROVALS).total == counted


# --- Whose it is -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["officer", "chief"])
@pytest.mark.parametrize("view", list(View))
def test_nothing_of_a_foreign_programme_is_counted_or_listed(cast: Cast, who, view):
    ctx = cast.ctx(who, on="2027-03-01")
    assert {p.code for p in portfolio(ctx, Filters()).programmes} == {"demo-sister-ai"}
    assert CANARY not in repr(portfolio_rows(ctx, Filters(), view))
    assert CANARY not in portfolio_csv(ctx, Filters(), view, Translator("zh_TW")).decode("utf-8-sig")


@pytest.mark.parametrize("who", ["pi", "assistant", "company_pi", "stranger_pi", "admin"])
def test_who_oversees_nothing_is_refused(cast: Cast, who):
    for call in (lambda ctx: portfolio(ctx, Filters()), lambda ctx: portfolio_rows(ctx, Filters(), View.OWED)):
        with pytest.raises(Forbidden):
            call(cast.ctx(who))


def test_a_foreign_programme_in_the_filter_is_not_found(cast: Cast):
    with pytest.raises(NotFound):
        portfolio(cast.ctx("officer"), Filters(programme="hsp-115-smart-health"))


def test_an_officer_on_a_project_elsewhere_does_not_see_that_programme(cast: Cast):
    values = {
        "project_id": cast.project("foreign").id,
        "person_id": cast.person("officer").id,
        "role": "pi",
        "party": "academic",
        "from_on": date(2026, 1, 1),
    }
    change(cast, lambda conn: conn.execute(insert(t.membership).values(**values)))
    ctx = cast.ctx("officer")
    assert [p.code for p in portfolio(ctx, Filters()).programmes] == ["demo-sister-ai"]
    assert CANARY not in repr(portfolio_rows(ctx, Filters(), View.OWED))
    assert {line.code for line in project_list(ctx).lines} == {"DEMO-OWN-01", "DEMO-FOREIGN-01"}  # her own project is still hers


def test_the_filters_narrow_to_programme_officer_and_kind(cast: Cast):
    ctx = cast.ctx("auditor")
    everything = portfolio(ctx, Filters()).figures.owed
    parts = [portfolio(ctx, Filters(programme=code)).figures.owed for code in ("demo-sister-ai", "hsp-115-smart-health")]
    assert sum(parts) == everything
    assert portfolio(ctx, Filters(officer=cast.person("officer").id)).figures.owed == parts[0]
    assert portfolio(ctx, Filters(officer=999_999)).figures.owed == 0
    by_kind = [portfolio(ctx, Filters(kind=kind)).figures.owed for kind in Kind]
    assert sum(by_kind) == everything


# --- One rule, in one place ----------------------------------------------------------------------------------------------------

STATUSES = ("open", "submitted", "returned", "accepted", "waived", "closed")
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "status": st.sampled_from(STATUSES),
            "due_on": st.none() | st.dates(date(2026, 8, 1), date(2026, 12, 31)),
            "duty": st.booleans(),
            "confidence": st.sampled_from(("stated", "assumed", "contract")),
            "discharged_by": st.sampled_from(("milepost", "external")),
        }
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, today=st.dates(date(2026, 9, 1), date(2026, 12, 31)))
def test_the_database_narrows_to_exactly_what_the_rules_call_late_and_due(cast: Cast, rows, today):
    _replace(cast, rows)
    ctx = replace(cast.ctx("officer"), now=datetime(today.year, today.month, today.day, 4, tzinfo=UTC))
    open_rows = [row for row in rows if row["status"] == "open"]
    late = [row for row in open_rows if is_late("open", row["due_on"], None, today, row["duty"])]
    figures = portfolio(ctx, Filters()).figures
    assert figures.late + figures.unconfirmed == len(late)
    assert figures.unconfirmed == sum(row["confidence"] == "assumed" for row in late)
    assert figures.owed == sum(row["duty"] for row in open_rows)
    stands = [lateness("open", row["due_on"], None, today, row["duty"], row["confidence"]) for row in open_rows]
    ahead = [row for row, s in zip(open_rows, stands, strict=True) if s in (Lateness.NOT_DUE, Lateness.DUE_TODAY)]
    assert figures.due_60 == sum(row["due_on"] <= today + timedelta(days=60) for row in ahead)
    for view, n in (
        (View.LATE, figures.late),
        (View.UNCONFIRMED, figures.unconfirmed),
        (View.DUE_30, figures.due_30),
        (View.OWED, figures.owed),
    ):
        page = portfolio_rows(ctx, Filters(), view)
        assert page.total == len(page.rows) == n
        assert all(belongs(view, row, today) for row in page.rows)


def _replace(cast: Cast, rows) -> None:
    with cast.desk.store.read() as conn:
        like = conn.execute(select(t.obligation).where(t.obligation.c.project_id == cast.project().id).limit(1)).one()._asdict()
    del like["id"]

    def body(conn):
        conn.execute(t.obligation.delete().where(t.obligation.c.project_id == cast.project().id))
        conn.execute(insert(t.obligation), [{**like, "parent_id": None, "key": f"DEMO-OWN-01/x/{n}", **row} for n, row in enumerate(rows)])

    change(cast, body)


@pytest.mark.sqlite
@pytest.mark.parametrize("who", ["officer", "auditor"])
def test_no_figure_reads_the_whole_table_of_duties(cast: Cast, who):
    ctx, asked = cast.ctx(who), []
    engine = cast.desk.store.engine

    def remember(_conn, _cursor, statement, parameters, _context, _many):
        asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", remember)
    portfolio(ctx, Filters())
    event.remove(engine, "before_cursor_execute", remember)
    plans = []
    with cast.desk.store.read() as conn:
        for statement, parameters in asked:
            if "FROM obligation" in statement:
                plans.append([row[-1] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)])
    assert len(plans) == 7
    assert [plan for plan in plans if not any("INDEX ix_obligation" in line for line in plan)] == []


# --- The file -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "＝1", "\t=1", "\r=1"])
def test_a_cell_that_a_spreadsheet_would_run_is_made_inert(cell):
    assert inert(cell).startswith("'")


@pytest.mark.parametrize("cell", ["", "DEMO-1", "115-08-31", "示範"])
def test_an_ordinary_cell_is_left_alone(cell):
    assert inert(cell) == cell


def test_the_file_begins_with_a_byte_order_mark_and_has_a_row_for_each_duty(few: Cast):
    content = portfolio_csv(few.ctx("officer"), Filters(), View.OWED, Translator("zh_TW"))
    lines = content.decode("utf-8-sig").splitlines()
    assert content.startswith(b"\xef\xbb\xbf")
    assert len(lines) == 4
    assert lines[0].startswith("計畫,名稱")


# --- The project's file -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["pi", "assistant", "company_pi", "officer", "chief"])
def test_the_file_of_a_foreign_project_is_not_found(cast: Cast, who):
    with pytest.raises(NotFound):
        project_page(cast.ctx(who), "DEMO-FOREIGN-01")


@pytest.mark.parametrize(
    ("who", "sees"), [("pi", False), ("assistant", False), ("officer", True), ("chief", True), ("auditor", True), ("admin", True)]
)
def test_the_history_is_for_the_office_and_who_audits(cast: Cast, who, sees):
    events = project_page(cast.ctx(who), "DEMO-OWN-01").events
    assert (events is not None) == sees
    if events is not None:
        assert {row.object_type for row in events} == {"project"}


def test_a_search_takes_percent_and_underscore_as_they_are(cast: Cast):
    ctx = cast.ctx("auditor")
    assert [project_list(ctx, text).total for text in ("%", "_", "demo-", "ＯＷＮ", CANARY)] == [0, 0, 2, 1, 1]
    assert project_list(cast.ctx("pi"), CANARY).total == 0
