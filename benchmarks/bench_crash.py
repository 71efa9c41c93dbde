"""The long storm: `python -m benchmarks.bench_crash [--projects N] [--seconds S] [--seeds 1 2 3] [--database URL] [--check]`.

Three workers under random SIGKILLs, an outage in the middle of each day and over the days between them, and a mail server that refuses,
stalls after the dot, and takes and hangs up. Without `--database` on a SQLite file; `--database postgres` starts a server from the wheel.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.cast import at, build_cast, make_desk, shipped_calendar, shipped_registry
from tests.integration.alerts.chaos.storm import Account, Plan, blow
from tests.postgres import PostgresServer
from tracker.store.engine import Store
from tracker.store.migrations import migrate


def main() -> int:
    """One storm a seed; 1 where anything was lost, wrong, or said twice unasked and `--check` was given."""
    given = _arguments()
    server = PostgresServer() if given.database == "postgres" else None
    accounts = []
    try:
        for seed in given.seeds:
            with tempfile.TemporaryDirectory() as folder:
                database = server.migrated_database() if server else given.database or str(Path(folder) / "storm.sqlite3")
                account = _one(database, Path(folder), Plan(projects=given.projects, storm_seconds=given.seconds, seed=seed))
                accounts.append(account)
                print(_line(seed, account), flush=True)
                for fault in [*account.lost, *account.ledger_faults][:10]:
                    print(f"    {fault}")
    finally:
        if server:
            server.close()
    print(_total(accounts))
    return 1 if given.check and not all(_good(one) for one in accounts) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--projects", type=int, default=120)
    parser.add_argument("--seconds", type=float, default=20.0, help="of storm on each of the four days")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--database", help='"postgres", or nothing for SQLite')
    parser.add_argument("--check", action="store_true")
    return parser.parse_args()


def _one(database: str, folder: Path, plan: Plan) -> Account:
    store = Store.open(database)
    migrate(store)
    cast = build_cast(make_desk(store, folder / "home", shipped_calendar(), shipped_registry(), at("2026-09-01")))
    try:
        return blow(cast, database, folder, plan)
    finally:
        store.dispose()


def _good(account: Account) -> bool:
    return not (account.lost or account.ledger_faults or account.unsent or account.strangers or account.unasked)


def _line(seed: int, a: Account) -> str:
    return (
        f"seed {seed}: {a.kills} kills, {a.mails} mails, {a.mishaps}; "
        f"lost {len(a.lost)}, ledger wrong {len(a.ledger_faults)}, unsent {a.unsent}, "
        f"extra copies {a.extra} ({a.undecidable} undecidable), beyond one a kill {a.unasked}; {a.seconds:.0f} s"
    )


def _total(accounts: list[Account]) -> str:
    kills, mails = sum(one.kills for one in accounts), sum(one.mails for one in accounts)
    lost, extra = sum(len(one.lost) for one in accounts), sum(one.extra for one in accounts)
    return f"together: {kills} kills, {mails} mails, lost {lost}, extra copies {extra}: {'good' if all(map(_good, accounts)) else 'BAD'}"


if __name__ == "__main__":
    sys.exit(main())
