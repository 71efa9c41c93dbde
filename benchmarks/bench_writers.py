"""A report's writing page under many writers at once, over real websockets: `python -m benchmarks.bench_writers [--check]`.

Every writer is the investigator of her own project and types into the first text of a quarterly report; each save is a run of the page,
a write, and an answer. The bound is a Streamlit page with one text area and nothing else, under the same writers in the same run.
Afterwards every text that was answered is looked up in the database. One server process; the writers share its machine.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median

from sqlalchemy import select

from benchmarks.bench_cold_start import first_page, free_port, serving
from benchmarks.writers import THINK_SECONDS, Seat, Taken, crowd
from tracker.bootstrap import Desk, open_desk
from tracker.cli_home import write_home_file
from tracker.clock import SystemClock
from tracker.config import ROOT, Settings
from tracker.services.projects import MemberEntry, ProjectEntry, enter_project
from tracker.services.report_drafts import open_report
from tracker.services.sessions import new_session
from tracker.services.viewer import SYSTEM, load_viewer
from tracker.store import tables as t
from tracker.store.migrations import migrate

DAY = date(2026, 9, 1)  # a Tuesday; the first quarter of every project has just ended
SAVE_BUDGET = 0.5
"""Seconds within which 95 of 100 saves of 200 writers have to be answered on two shared cores."""
EMPTY = 'import streamlit as st\nst.text_area("Text", key="report-w-empty")\n'


def make_writers(home: Path, writers: int) -> list[tuple[int, str]]:
    """A home with one project, one investigator and one open report each: (report id, session token) by writer."""
    settings = Settings(home=home)
    write_home_file(settings, kind="demo", demo_day=DAY.isoformat())
    desk = open_desk(settings)
    migrate(desk.store)
    seats = [_writer(desk, number) for number in range(writers)]
    desk.store.dispose()
    return seats


def _writer(desk: Desk, number: int) -> tuple[int, str]:
    email = f"writer-{number}@bench.invalid"
    entry = ProjectEntry(
        code=f"BENCH-{number:04d}", programme="demo-sister-ai", title_zh=f"示範計畫 {number}", title_en="", organisation="示範大學",
        start_on=date(2026, 6, 1), end_on=date(2030, 5, 31), members=(MemberEntry(email, f"示範主持人 {number}", "pi"),),
    )  # fmt: skip
    entered = enter_project(desk.context(SYSTEM), entry, key=f"bench-project-{number}")
    with desk.store.read() as conn:
        person_id = conn.execute(select(t.person.c.id).where(t.person.c.email == email)).scalar_one()
        o = t.obligation
        quarters = select(o.c.id).where(o.c.project_id == entered.project_id, o.c.kind == "quarterly_report").order_by(o.c.period_end_on)
        obligation_id = conn.execute(quarters.limit(1)).scalar_one()
        viewer = load_viewer(conn, person_id, DAY)
    report_id = open_report(desk.context(viewer), obligation_id=obligation_id, key=f"bench-open-{number}").report_id
    at = SystemClock().now()
    return report_id, desk.store.write_quiet(at, lambda tx: new_session(tx, person_id, at=at)).token


def lost_words(home: Path, reports: Sequence[int], acknowledged: dict[int, str]) -> int:
    """How many writers' last answered text is not what the database holds."""
    desk = open_desk(Settings(home=home))
    d = t.report_draft_field
    with desk.store.read() as conn:
        kept = {(row.report_id, row.value_json) for row in conn.execute(select(d.c.report_id, d.c.value_json))}
    desk.store.dispose()
    return sum((reports[number], text) not in kept for number, text in acknowledged.items())


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of the values lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def _line(name: str, writers: int, taken: Taken) -> str:
    if not taken.saves:
        return f"{name:8} {writers:4} writers: nobody was answered; {taken.failed} broke"
    figures = [median(taken.saves), percentile(taken.saves, 0.95), percentile(taken.saves, 0.99), percentile(taken.first, 0.95)]
    said = "  ".join(
        f"{label} {value * 1e3:7.0f} ms" for label, value in zip(("p50", "p95", "p99", "first page p95"), figures, strict=True)
    )
    return f"{name:8} {writers:4} writers  {len(taken.saves):5} saves  {said}  broke {taken.failed}"


def measure(home: Path, seats: list[tuple[int, str]], given: argparse.Namespace) -> float:
    """Print the curve; the p95 of the saves with the most writers. Raises SystemExit where an answered text is not in the database."""
    worst = 0.0
    empty = home.parent / "empty" / "app.py"
    empty.parent.mkdir(exist_ok=True)
    empty.write_text(EMPTY, "utf-8")
    for writers in given.writers:
        ours, port = seats[:writers], free_port()
        with serving(ROOT / "app.py", port, {"TRACKER_HOME": str(home), "TRACKER_PUBLIC_URL": f"http://127.0.0.1:{port}"}):
            first_page(port, f"milepost={ours[0][1]}")
            places = [Seat(port, "report", f"report={report_id}", f"milepost={token}", "report-w-") for report_id, token in ours]
            taken = asyncio.run(crowd(places, given.seconds))
        print(_line("ours", writers, taken), flush=True)
        worst = percentile(taken.saves, 0.95) if taken.saves else float("inf")
        lost = lost_words(home, [report_id for report_id, _ in ours], taken.acknowledged)
        if lost or taken.failed:
            sys.exit(f"{lost} answered texts are not in the database; {taken.failed} writers broke")
        with serving(empty, port := free_port(), {}):
            first_page(port, "")
            bound = asyncio.run(crowd([Seat(port, "", "", "", "report-w-")] * writers, given.seconds))
        print(_line("bound", writers, bound), flush=True)
    return worst


def main() -> None:
    """Measure each size with a server of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--writers", type=int, nargs="+", default=[25, 50, 100, 200])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--check", action="store_true", help="exit with 1 where the p95 of the largest crowd is above its budget")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        seats = make_writers(home, max(given.writers))
        now = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
        print(f"{now}; {THINK_SECONDS:.0f} s between two saves of a writer; {given.seconds:.0f} s a crowd")
        worst = measure(home, seats, given)
    if given.check and worst > SAVE_BUDGET:
        sys.exit(f"p95 {worst:.2f} s is above {SAVE_BUDGET} s")


if __name__ == "__main__":
    main()
