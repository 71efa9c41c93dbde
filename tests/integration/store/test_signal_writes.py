"""Series of signals are settled and taken up as a whole, many of them by as many statements as one."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import event, select

from tests.cast import at
from tracker.store import signal_writes
from tracker.store import tables as t

SINCE, BEFORE = date(2026, 9, 1), date(2026, 8, 3)  # a Tuesday, a Monday


@pytest.fixture
def ledger(cast):
    """Forty series of two conditions, each with a step that was raised and one that was overtaken; one began on another day before."""

    def body(tx):
        for kind in ("review_waiting", "silent_project"):
            for number in range(20):
                for since in (SINCE, BEFORE) if number == 0 else (SINCE,):
                    for stage, state in (("+0", "superseded"), ("+7", "raised")):
                        tx.insert(
                            t.signal, kind=kind, subject=f"report:{number}", since_on=since, stage=stage, state=state, raised_at=tx.at,
                            programme_id=cast.project().programme_id, params_json={}, recipients_json=[],
                        )  # fmt: skip

    cast.desk.store.write_quiet(at("2026-09-08"), body)
    return cast


def states(cast, kind: str = "review_waiting", since: date = SINCE) -> set[tuple[str, bool]]:
    s = t.signal.c
    with cast.desk.store.read() as conn:
        rows = conn.execute(select(s.state, s.settled_at).where(s.kind == kind, s.since_on == since))
        return {(row.state, row.settled_at is not None) for row in rows}


def asked(cast, work) -> tuple[int, int]:
    """What a write returns, and how many statements it took."""
    statements: list[str] = []

    def remember(_conn, _cursor, statement, *_):
        statements.append(statement)

    def body(tx):
        event.listen(tx.conn, "before_cursor_execute", remember)
        done = work(tx.conn)
        event.remove(tx.conn, "before_cursor_execute", remember)
        return done

    return cast.desk.store.write_quiet(at("2026-09-09"), body), len(statements)


@pytest.mark.parametrize("number", [1, 20])
def test_series_are_settled_and_taken_up_by_three_statements_however_many(ledger, number):
    series = [(f"report:{n}", SINCE) for n in range(number)]
    now = at("2026-09-09")
    assert asked(ledger, lambda conn: signal_writes.settle(conn, "review_waiting", series, now)) == (number, 3)
    assert asked(ledger, lambda conn: signal_writes.settle(conn, "review_waiting", series, now))[0] == 0
    assert states(ledger) >= {("settled", True), ("superseded", True)}
    assert (("raised", False) in states(ledger)) is (number < 20)
    assert asked(ledger, lambda conn: signal_writes.take_up(conn, "review_waiting", series)) == (number, 3)
    assert states(ledger) == {("raised", False), ("superseded", False)}


def test_a_series_of_another_day_or_condition_stays_as_it_is(ledger):
    asked(ledger, lambda conn: signal_writes.settle(conn, "review_waiting", [("report:0", SINCE)], at("2026-09-09")))
    assert states(ledger, since=BEFORE) == states(ledger, "silent_project") == {("raised", False), ("superseded", False)}
    assert asked(ledger, lambda conn: signal_writes.settle(conn, "review_waiting", [], at("2026-09-09"))) == (0, 0)
