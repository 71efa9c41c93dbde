"""A database of the second schema, with alerts, mails, inboxes and notices in it, is upgraded and loses none of them."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from tracker.store import audit, migrations
from tracker.store import tables as now
from tracker.store.engine import Store
from tracker.store.migrations import migrate
from tracker.store.migrations import second_tables as old
from tracker.store.migrations.fingerprint import fingerprint

AT = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)
DAY = date(2026, 9, 1)  # a Tuesday
STATES = ("pending", "sent", "failed", "cancelled")


@pytest.fixture
def second(tmp_path, request: pytest.FixtureRequest):
    """A store at revision 0002, as the program of that time left it."""
    if request.config.getoption("--db") == "postgres":
        where = request.getfixturevalue("postgres_server").new_database()
    else:
        where = str(tmp_path / "second.sqlite3")
    store = Store.open(where)
    with store.transaction() as conn:
        migrations._upgrade(conn, "0002")
        _fill(conn)
    yield store
    store.dispose()
    if store.is_postgres:
        request.getfixturevalue("postgres_server").drop(where)


def _fill(conn: sa.Connection) -> None:
    def put(table: sa.Table, **values) -> None:
        conn.execute(sa.insert(table).values(**values))

    for number, who in ((1, "pi"), (2, "assistant")):
        put(old.person, id=number, email=f"{who}@own.invalid", name=f"示範{who}", active=True, created_at=AT)
    put(
        old.programme, id=1, code="demo", title_zh="示範", title_en="Demo", authority_zh="示範局", authority_en="Agency",
        ladder_json={"usual": {"stages": ["T-7", "due"]}},
    )  # fmt: skip
    put(old.programme_version, id=1, programme_id=1, label="v1", sha256="0" * 64, resolved_text="", recorded_at=AT)
    put(
        old.project, id=1, code="DEMO-1", programme_id=1, programme_version_id=1, title_zh="示範計畫", organisation="示範大學",
        start_on=DAY, end_on=date(2030, 8, 31), original_end_on=date(2030, 8, 31), entered_on=DAY,
    )  # fmt: skip
    for number, role in ((1, "pi"), (2, "assistant")):
        put(old.membership, id=number, project_id=1, person_id=number, role=role, party="academic", from_on=DAY)
    put(
        old.obligation, id=1, key="DEMO-1/final_report/project", project_id=1, programme_id=1, rule="final_report", rule_version="v1",
        kind="final_report", duty=True, period_label="project", date_status="dated", due_on=date(2026, 9, 8), file_by_on=date(2026, 9, 8),
        nominal_on=date(2026, 9, 8), confidence="stated", basis="call", clause="七-(一)", title_zh="報告", title_en="Report",
        because_json=[], calendar_version="tw-old", provisional=False, discharged_by="milepost", status="open", origin="rule",
        next_look_on=date(2026, 9, 8),
    )  # fmt: skip
    _put_alerts(put)


def _put_alerts(put: Callable[..., None]) -> None:
    for number, stage in enumerate(("T-60", "T-30", "T-14", "T-7"), start=1):
        state = "superseded" if number < 3 else "raised"
        put(
            old.alert, id=number, obligation_id=1, due_on=date(2026, 9, 8), stage=stage, stage_on=DAY, state=state,
            recipients_json=[{"person_id": 1, "email": "pi@own.invalid", "role": "pi"}], raised_at=AT,
        )  # fmt: skip
    number = 0
    for alert_id in (3, 4):
        for person_id in (1, 2):
            number += 1
            put(
                old.outbox, id=number, dedup_key=f"alert-{alert_id}-{person_id}", alert_id=alert_id, person_id=person_id, channel="mail",
                address="pi@own.invalid", language="zh_TW", payload_json={"role": "pi"}, message_id=f"<{number}@milepost.invalid>",
                status=STATES[number - 1], available_at=AT, created_at=AT, sent_at=AT if number == 2 else None, attempts=number,
                last_error="moved" if number == 4 else "",
            )  # fmt: skip
            put(old.inbox_item, id=number, person_id=person_id, alert_id=alert_id, placed_at=AT, read_at=AT if number == 1 else None)
    put(
        old.notice, id=1, person_id=1, project_id=1, programme_id=1, obligation_id=1, kind="extended", role="pi",
        params_json={"new_due_on": "2026-09-08"}, placed_at=AT,
    )  # fmt: skip
    put(
        old.outbox, id=5, dedup_key="extended|change-1|1", notice_id=1, person_id=1, channel="mail", address="pi@own.invalid",
        language="en", payload_json={"role": "pi", "notice": "extended"}, message_id="<5@milepost.invalid>", status="pending",
        available_at=AT, created_at=AT,
    )  # fmt: skip
    put(old.heartbeat, name="raises", host="示範主機", last_look_at=AT, last_ok_at=AT, counts_json={"looked": 3})
    put(old.setting, key="示範", value_json={"a": 1})


def _rows(store: Store, sql: str) -> list[tuple]:
    with store.read() as conn:
        return [tuple(row) for row in conn.execute(sa.text(sql))]


def test_every_row_and_every_old_column_is_there_after_the_upgrade(second: Store):
    names = sorted(old.metadata.tables)
    before = {name: _content(second, old.metadata.tables[name], name) for name in names}
    migrate(second)
    for name in names:
        kept = [column.name for column in old.metadata.tables[name].c if column.name in now.metadata.tables[name].c]
        assert _content(second, now.metadata.tables[name], name, kept) == [{key: row[key] for key in kept} for row in before[name]], name
    assert sum(len(rows) for rows in before.values()) > 20


def _content(store: Store, table: sa.Table, name: str, columns: list[str] | None = None) -> list[dict]:
    wanted = [table.c[column] for column in columns] if columns else list(table.c)
    with store.read() as conn:
        return [dict(row) for row in conn.execute(sa.select(*wanted).order_by(*table.primary_key.columns)).mappings()]


def test_each_line_of_an_inbox_knows_the_mail_that_told_it(second: Store):
    migrate(second)
    assert _rows(second, "SELECT id, outbox_id FROM inbox_item ORDER BY id") == [(1, 1), (2, 2), (3, 3), (4, 4)]
    assert _rows(second, "SELECT dedup_key FROM notice") == [("extended|change-1|1",)]


def test_a_mail_that_waited_waits_and_what_was_sent_is_not_sent_again(second: Store):
    migrate(second)
    assert _rows(second, "SELECT id, status, attempts FROM outbox ORDER BY id") == [
        (1, "pending", 1), (2, "sent", 2), (3, "failed", 3), (4, "cancelled", 4), (5, "pending", 0),
    ]  # fmt: skip
    assert {sort for (sort,) in _rows(second, "SELECT sort FROM outbox")} == {"one"}


def test_nothing_new_is_invented(second: Store):
    migrate(second)
    for name in sorted(set(now.metadata.tables) - set(old.metadata.tables)):
        assert _rows(second, f"SELECT count(*) FROM {name}") == [(0,)], name


def test_the_upgraded_schema_equals_a_new_one_and_keeps_its_triggers(second: Store, new_database: Callable[..., str]):
    migrate(second)
    fresh = Store.open(new_database())
    with second.read() as upgraded, fresh.read() as made:
        assert fingerprint(upgraded) == fingerprint(made)
        assert audit.missing_triggers(upgraded) == []
    fresh.dispose()


def test_a_stage_recorded_before_the_upgrade_cannot_be_recorded_again(second: Store):
    migrate(second)
    with pytest.raises(sa.exc.IntegrityError), second.transaction() as conn:
        conn.execute(
            sa.insert(now.alert).values(
                obligation_id=1, due_on=date(2026, 9, 8), stage="T-7", stage_on=DAY, state="raised", recipients_json=[], raised_at=AT
            )
        )
