"""A database of the first schema, with rows in it, is upgraded and loses none of them."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from tracker.store import audit, migrations
from tracker.store.engine import Store
from tracker.store.migrations import first_tables as old
from tracker.store.migrations import migrate
from tracker.store.migrations.fingerprint import fingerprint

AT = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)
DAY = date(2026, 9, 1)  # a Tuesday


@pytest.fixture
def first(tmp_path, request: pytest.FixtureRequest):
    """A store at revision 0001, as the program of that time left it: one project, one report returned and handed in again."""
    if request.config.getoption("--db") == "postgres":
        where = request.getfixturevalue("postgres_server").new_database()
    else:
        where = str(tmp_path / "first.sqlite3")
    store = Store.open(where)
    with store.transaction() as conn:
        migrations._upgrade(conn, "0001")
        _fill(conn)
    yield store
    store.dispose()
    if store.is_postgres:
        request.getfixturevalue("postgres_server").drop(where)


def _fill(conn: sa.Connection) -> None:
    def put(table: sa.Table, **values) -> None:
        conn.execute(sa.insert(table).values(**values))

    put(old.person, id=1, email="pi@own.invalid", name="示範主持人", active=True, created_at=AT)
    put(old.programme, id=1, code="demo", title_zh="示範", title_en="Demo", authority_zh="示範局", authority_en="Agency")
    put(old.programme_version, id=1, programme_id=1, label="v1", sha256="0" * 64, resolved_text="", recorded_at=AT)
    put(
        old.project, id=1, code="DEMO-1", programme_id=1, programme_version_id=1, title_zh="示範計畫", organisation="示範大學",
        start_on=DAY, end_on=date(2030, 8, 31), original_end_on=date(2030, 8, 31), entered_on=DAY,
    )  # fmt: skip
    put(old.membership, id=1, project_id=1, person_id=1, role="pi", party="academic", from_on=DAY)
    put(old.role_grant, id=1, person_id=1, role="auditor", granted_at=AT)
    for number, kind in ((1, "interim_report"), (2, "reply"), (3, "expenditure_closing")):
        put(
            old.obligation, id=number, key=f"DEMO-1/{kind}/Y{number}", project_id=1, programme_id=1,
            parent_id=1 if kind == "reply" else None, rule=kind, rule_version="v1", kind=kind, duty=True,
            period_label=f"Y{number}", date_status="dated", confidence="stated", basis="call", clause="七-(一)",
            title_zh="報告", title_en="Report", because_json=[], provisional=False,
            discharged_by="milepost", status="accepted" if number == 1 else "submitted",
        )  # fmt: skip
    put(old.report, id=1, obligation_id=1, project_id=1, status="accepted", created_at=AT)
    put(old.report, id=2, obligation_id=3, project_id=1, status="submitted", created_at=AT)
    put(old.report_draft_field, report_id=1, field="progress", value_json="字", rev=1, author_id=1, saved_at=AT)
    for number in (1, 2):
        put(
            old.report_version, id=number, report_id=1, number=number, form_version="progress-1",
            content_json={"texts": {"progress": "字"}}, content_sha256="a" * 64,
            receipt_number=f"MP-{number}", submitted_by=1, submitted_at=AT,
        )  # fmt: skip
    put(old.review, id=1, report_version_id=1, outcome="return", comments_json={}, reopened_json=[], reviewer_id=1, reviewed_at=AT)


def _rows(store: Store, sql: str) -> list[tuple]:
    with store.read() as conn:
        return [tuple(row) for row in conn.execute(sa.text(sql))]


def test_every_row_of_the_first_schema_is_there_after_the_upgrade(first: Store):
    names = sorted(old.metadata.tables)
    before = {name: _rows(first, f"SELECT count(*) FROM {name}") for name in names}
    migrate(first)
    assert {name: _rows(first, f"SELECT count(*) FROM {name}") for name in names} == before
    kept = _rows(first, "SELECT content_sha256, receipt_number FROM report_version ORDER BY id")
    assert kept == [("a" * 64, "MP-1"), ("a" * 64, "MP-2")]


def test_what_the_first_schema_did_not_know_is_worked_out(first: Store):
    migrate(first)
    assert _rows(first, "SELECT kind, origin FROM obligation ORDER BY id") == [
        ("interim_report", "rule"), ("reply", "reply"), ("expenditure_closing", "rule"),
    ]  # fmt: skip
    assert _rows(first, "SELECT accepted_version FROM report ORDER BY id") == [(2,), (None,)]
    forms = _rows(first, "SELECT f.code FROM report r JOIN report_form f ON f.id = r.form_id ORDER BY r.id")
    assert forms == [("progress",), ("document",)], "each report has the form on which it was begun"
    assert _rows(first, "SELECT kind FROM report_version ORDER BY number") == [("first",), ("answer",)]


def test_an_upgraded_schema_equals_a_new_one_and_keeps_its_triggers(first: Store, new_database: Callable[[], str]):
    migrate(first)
    fresh = Store.open(new_database())
    with first.read() as upgraded, fresh.read() as made:
        assert fingerprint(upgraded) == fingerprint(made)
        assert audit.missing_triggers(upgraded) == []
    fresh.dispose()


def test_a_submitted_version_still_refuses_a_change_after_the_upgrade(first: Store):
    migrate(first)
    with pytest.raises(sa.exc.IntegrityError), first.transaction() as conn:
        conn.execute(sa.text("UPDATE report_version SET receipt_number = 'x' WHERE id = 1"))


def test_what_points_nowhere_is_refused_after_the_upgrade(first: Store):
    migrate(first)
    with pytest.raises(sa.exc.IntegrityError), first.transaction() as conn:
        conn.execute(sa.text("UPDATE report SET obligation_id = 99 WHERE id = 1"))
