"""One sister project from the CSV import to a month after its final report, looked at every day: the ledger is the table in
`tests/data/sister_ledger.csv`. Its due days were read off the call and the calendar by hand and its stages counted from them by plain
day arithmetic, both outside the product; the weekday beside each date guards against a misreading."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.cast import at
from tracker.cli_home import write_home_file
from tracker.config import Settings
from tracker.services.alerts import alert_list, look
from tracker.services.project_import import import_projects
from tracker.services.viewer import SYSTEM
from tracker.store import tables as t

SHEET = """code,programme,title_zh,organisation,start_on,end_on,pi_email,pi_name,assistant_email,officer_email
DEMO-S-1,demo-sister-ai,示範四年計畫,示範大學,115/06/01,119/05/31,pi@sister.invalid,示範主持人,assistant@sister.invalid,officer@sister.invalid
""".encode()
LEDGER = Path(__file__).parents[1] / "data" / "sister_ledger.csv"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def expected(until: date) -> dict[tuple[str, str], str]:
    with LEDGER.open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    for row in rows:
        assert WEEKDAYS[date.fromisoformat(row["stage_on"]).weekday()] == row["weekday"], f"misread: {row}"
    return {(row["obligation"], row["stage"]): row["state"] for row in rows if date.fromisoformat(row["stage_on"]) <= until}


@pytest.fixture
def demo(desk):
    """An empty demo home that the sister project was imported into on the day it began (Monday 2026-06-01)."""
    write_home_file(Settings(home=desk.settings.home), kind="demo", demo_day="2026-06-01")
    assert desk.settings.is_demo
    import_projects(replace(desk.context(SYSTEM), now=at("2026-06-01")), SHEET, key="import")
    return desk


def walk(desk, first: date, last: date) -> None:
    day = first
    while day <= last:
        look(replace(desk.context(SYSTEM), now=at(day.isoformat())))
        day += timedelta(days=1)


def ledger(desk) -> dict[tuple[str, str], str]:
    rows = alert_list(desk.context(SYSTEM))
    return {(row.obligation.removeprefix("DEMO-S-1/"), row.stage): row.state for row in rows}


def test_every_alert_of_four_years_is_raised_once_and_on_its_day(demo):
    last = date(2030, 9, 30)
    walk(demo, date(2026, 6, 1), last)
    rows = alert_list(demo.context(SYSTEM))
    assert ledger(demo) == expected(last)
    assert len(rows) == len(expected(last)), "nothing stands twice"
    assert all(row.raised_at.astimezone(at("2026-06-01").tzinfo).date() == row.stage_on for row in rows), "each on its own day"
    told = {row.stage: set(row.recipients) for row in rows if row.obligation == "DEMO-S-1/interim_report/Y1"}
    assert told["+1"] == {"pi@sister.invalid", "assistant@sister.invalid"}
    assert told["+7"] == {"pi@sister.invalid", "assistant@sister.invalid", "officer@sister.invalid"}
    with demo.store.read() as conn:
        items = conn.execute(select(t.inbox_item.c.outbox_id, t.outbox.c.dedup_key).outerjoin(t.outbox)).all()
        digests = conn.execute(select(t.outbox.c.person_id, t.outbox.c.digest_on).where(t.outbox.c.dedup_key.startswith("digest|"))).all()
    assert len(items) == sum(len(row.recipients) for row in rows if row.state == "raised"), "each person and alert once"
    assert all(item.outbox_id is not None for item in items), "and each by a mail"
    assert len(digests) == len(set(digests)), "one digest a person and day"


def test_after_two_months_without_a_worker_only_the_latest_stage_is_raised(demo):
    walk(demo, date(2026, 6, 1), date(2026, 8, 1))
    walk(demo, date(2026, 10, 1), date(2026, 10, 1))
    found = ledger(demo)
    first = {stage: state for (name, stage), state in found.items() if name == "quarterly_report/Y1Q1"}
    assert first == {
        "T-60": "raised",  # 2026-07-17, before the gap
        "T-30": "superseded", "T-14": "superseded", "T-7": "superseded", "T-1": "superseded", "file_by": "superseded",
        "due": "superseded", "+1": "superseded", "+7": "superseded",
        "+14": "raised",  # 2026-09-29, the latest that was reached
    }  # fmt: skip
    walk(demo, date(2026, 10, 2), date(2027, 1, 31))
    again = {stage: state for (name, stage), state in ledger(demo).items() if name == "quarterly_report/Y1Q2"}
    assert again == {stage: state for (name, stage), state in expected(date(2027, 1, 31)).items() if name == "quarterly_report/Y1Q2"}
