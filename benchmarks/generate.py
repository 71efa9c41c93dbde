"""Makes a large home with invented rows: `python -m benchmarks.generate FOLDER [--projects N]`.

The rows go straight into the tables through the store's own connection, in one transaction and without events: this is a
portfolio to measure on, not a record. The seed and the day are fixed, so that two runs measure the same rows.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Table

from tracker.config import Settings
from tracker.store import tables as t
from tracker.store.engine import Store
from tracker.store.migrations import migrate

TODAY = date(2026, 11, 20)  # a Friday
NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)  # nine in the morning in Taipei
SEED = 7
PROJECTS = 30_000
EACH = 20
PROGRAMMES = 40
OFFICERS = 200
DUE_ALERTS = 2_000
KINDS = (
    "quarterly_report",
    "interim_report",
    "expenditure_closing",
    "final_report",
    "contract_item",
    "evaluation",
    "checkpoint",
    "approval_renewal",
)
CHUNK = 20_000


@dataclass(frozen=True)
class Award:
    """What the rows of one invented project share."""

    id: int
    programme_id: int
    start_on: date
    end_on: date


def main() -> None:
    """Read the command line and make the home."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--projects", type=int, default=PROJECTS)
    given = parser.parse_args()
    begun = time.perf_counter()
    make_home(given.folder, given.projects)
    print(f"{given.projects:,} projects, {given.projects * EACH:,} obligations in {time.perf_counter() - begun:.1f} s")


def make_home(folder: Path, projects: int = PROJECTS) -> Path:
    """Create the database of a new home in `folder`; returns its path. Raises FileExistsError where there is one."""
    settings = Settings(home=folder)
    path = Path(settings.database)
    if path.exists():
        raise FileExistsError(path)
    store = Store.open(path)
    migrate(store)
    with store.transaction() as conn:
        fill(conn, projects)
    raw = store.engine.raw_connection()
    cursor = raw.cursor()
    cursor.execute("PRAGMA query_only=0")
    cursor.execute("ANALYZE")
    cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    cursor.close()
    raw.close()
    store.dispose()
    return path


def fill(conn: Connection, projects: int) -> None:
    """Insert everything inside one open transaction."""
    chance = random.Random(SEED)
    insert(conn, t.person, people(projects))
    insert(conn, t.programme, programmes())
    insert(
        conn,
        t.programme_version,
        (
            {"id": n, "programme_id": n, "label": "1", "sha256": f"{n:064x}", "resolved_text": "", "recorded_at": NOW}
            for n in range(1, PROGRAMMES + 1)
        ),
    )
    insert(conn, t.role_grant, grants())
    awards = list(draw_awards(chance, projects))
    insert(conn, t.project, (project_row(chance, award) for award in awards))
    insert(conn, t.membership, members(awards, projects))
    insert(conn, t.obligation, obligations(chance, awards))
    insert(conn, t.checkpoint, checkpoints(chance, awards))
    insert(conn, t.checkpoint_verdict, verdicts(chance, awards))
    insert(conn, t.approval, approvals(chance, awards))


def insert(conn: Connection, table: Table, rows: Iterable[dict]) -> None:
    """Bulk insert: one prepared statement, the values in their stored form."""
    rows = iter(rows)
    first = next(rows)
    columns = list(first)
    marks = ", ".join("?" for _ in columns) if conn.dialect.paramstyle == "qmark" else ", ".join("%s" for _ in columns)
    statement = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})"
    batch = [stored(first)]
    for row in rows:
        batch.append(stored(row))
        if len(batch) == CHUNK:
            conn.exec_driver_sql(statement, batch)
            batch = []
    if batch:
        conn.exec_driver_sql(statement, batch)


def stored(row: dict) -> tuple:
    """A row's values as the column types would store them."""
    return tuple(_text(value) for value in row.values())


def _text(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    return value.isoformat() if isinstance(value, date) else value


def people(projects: int) -> Iterator[dict]:
    """Officers first (1 to 200), an auditor (201), then investigators, one for every three projects, and their assistants."""
    for n in range(1, OFFICERS + 2 + 2 * (projects // 3 + 1)):
        yield {
            "id": n,
            "email": f"person{n}@bench.invalid",
            "name": f"示範人員{n}",
            "language": "zh_TW",
            "active": True,
            "created_at": NOW,
            "version": 1,
        }


def programme_code(number: int) -> str:
    """The code of an invented programme, 1 to 40."""
    return f"bench-{number:02d}"


def programmes() -> Iterator[dict]:
    """Forty programmes."""
    for n in range(1, PROGRAMMES + 1):
        yield {
            "id": n,
            "code": programme_code(n),
            "title_zh": f"示範徵求專案{n}",
            "title_en": f"Sample programme {n}",
            "authority_zh": "示範機關",
            "authority_en": "Sample authority",
            "version": 1,
        }


def grants() -> Iterator[dict]:
    """Five officers a programme, and one auditor of everything."""
    for n in range(1, OFFICERS + 1):
        yield {"id": n, "person_id": n, "role": "officer", "programme_id": (n - 1) % PROGRAMMES + 1, "granted_at": NOW}
    yield {"id": OFFICERS + 1, "person_id": OFFICERS + 1, "role": "auditor", "programme_id": None, "granted_at": NOW}


def draw_awards(chance: random.Random, projects: int) -> Iterator[Award]:
    """Four-year projects that began between 2018 and the day; programmes of very different size."""
    weights = [1 / (n**0.6) for n in range(1, PROGRAMMES + 1)]
    chosen = chance.choices(range(1, PROGRAMMES + 1), weights, k=projects)
    for n in range(1, projects + 1):
        start = date(2018, 1, 1) + timedelta(days=chance.randrange(3_240))
        yield Award(n, chosen[n - 1], start, start + timedelta(days=1460))


def project_row(chance: random.Random, award: Award) -> dict:
    """One project; it is closed ninety days after its end."""
    closed = award.end_on < TODAY - timedelta(days=90)
    return {
        "id": award.id,
        "code": f"BENCH-{award.id:05d}",
        "programme_id": award.programme_id,
        "programme_version_id": award.programme_id,
        "title_zh": f"示範研究計畫第{award.id}號",
        "title_en": f"Sample project {award.id}",
        "organisation": f"示範大學{award.id % 60}",
        "start_on": award.start_on,
        "end_on": award.end_on,
        "original_end_on": award.end_on,
        "status": "closed" if closed else "active",
        "officer_id": award.programme_id + PROGRAMMES * chance.randrange(OFFICERS // PROGRAMMES),
        "entered_on": award.start_on,
        "version": 1,
    }


def members(awards: list[Award], projects: int) -> Iterator[dict]:
    """An investigator and an assistant a project; each has about three projects."""
    pool = projects // 3 + 1
    for award in awards:
        leader = OFFICERS + 2 + award.id % pool
        for offset, (person, role) in enumerate(((leader, "pi"), (min(leader + pool - 1, OFFICERS + 2 * pool), "assistant"))):
            yield {
                "id": award.id * 2 + offset,
                "project_id": award.id,
                "person_id": person,
                "role": role,
                "party": "academic",
                "from_on": award.start_on,
            }


def obligations(chance: random.Random, awards: list[Award]) -> Iterator[dict]:
    """Twenty a project, seventy-three days apart. What lies behind is mostly accepted; 2,000 have an alert stage due."""
    number = alerts = 0
    for award in awards:
        for n in range(EACH):
            number += 1
            due = award.start_on + timedelta(days=73 * (n + 1) + chance.randrange(9))
            state = _state(chance, due)
            looks = state == "open" and due > TODAY + timedelta(days=1)
            look_on = (
                TODAY
                if looks and alerts < DUE_ALERTS and due < TODAY + timedelta(days=59)
                else (max(due - timedelta(days=60), TODAY + timedelta(days=1)) if looks else None)
            )
            alerts += look_on == TODAY
            yield _obligation(number, award, n, due, state, look_on, chance.random() < 0.05)


def _state(chance: random.Random, due: date) -> str:
    if due < TODAY:
        return chance.choices(("accepted", "open", "submitted", "returned"), (96, 3, 0.7, 0.3))[0]
    return chance.choices(("open", "submitted", "accepted"), (96, 2, 2))[0]


def _obligation(number: int, award: Award, n: int, due: date, state: str, look_on: date | None, assumed: bool) -> dict:
    handed_in = min(due, TODAY) if state != "open" else None
    waits = datetime(handed_in.year, handed_in.month, handed_in.day, 3, tzinfo=UTC) if state == "submitted" and handed_in else None
    return {
        "id": number,
        "key": f"BENCH-{award.id:05d}/rule{n}/-",
        "project_id": award.id,
        "programme_id": award.programme_id,
        "rule": f"rule{n}",
        "rule_version": "1",
        "kind": KINDS[n % len(KINDS)],
        "duty": True,
        "period_label": "-",
        "project_year": n // 5 + 1,
        "date_status": "dated",
        "nominal_on": due,
        "due_on": due,
        "file_by_on": due,
        "confidence": "assumed" if assumed else "stated",
        "basis": "call",
        "clause": "示-一",
        "title_zh": f"示範應辦事項{n + 1}",
        "title_en": f"Sample duty {n + 1}",
        "because_json": "[]",
        "calendar_version": "bench",
        "provisional": False,
        "discharged_by": "external" if n % len(KINDS) == 1 else "milepost",
        "status": state,
        "first_submitted_on": handed_in,
        "discharged_on": handed_in if state == "accepted" else None,
        "next_look_on": look_on,
        "waits_since_at": waits,
        "version": 1,
    }


def checkpoints(chance: random.Random, awards: list[Award]) -> Iterator[dict]:
    """Four a project, one a year."""
    for award in awards:
        for n in range(4):
            yield {
                "id": award.id * 4 + n,
                "project_id": award.id,
                "code": f"C{n + 1}",
                "project_year": n + 1,
                "title_zh": f"示範查核點{n + 1}",
                "title_en": "",
                "target": str(chance.choice((1, 3, 10, 200))),
                "unit": "件",
                "weight": str(chance.choice((10, 20, 30))),
                "planned_on": award.start_on + timedelta(days=365 * (n + 1) - 30),
                "success_test": "",
                "evidence_wanted": "",
                "version": 1,
            }


def verdicts(chance: random.Random, awards: list[Award]) -> Iterator[dict]:
    """The officer's verdict on most of the checkpoints that are behind."""
    for award in awards:
        for n in range(4):
            if award.start_on + timedelta(days=365 * (n + 1) - 30) <= TODAY and chance.random() < 0.85:
                yield {
                    "checkpoint_id": award.id * 4 + n,
                    "verdict": "met",
                    "actual": str(chance.choice((0, 1, 3, 8, 200))),
                    "remark": "",
                    "officer_id": 1,
                    "given_at": NOW,
                }


def approvals(chance: random.Random, awards: list[Award]) -> Iterator[dict]:
    """One approval for every sixth project, valid for a year or two."""
    for award in awards:
        if award.id % 6 == 0:
            approved = award.start_on + timedelta(days=chance.randrange(200))
            yield {
                "project_id": award.id,
                "kind": "irb",
                "title": "示範審查",
                "board": "示範委員會",
                "approved_on": approved,
                "expires_on": approved + timedelta(days=chance.choice((365, 730, 1460))),
                "version": 1,
            }


if __name__ == "__main__":
    main()
