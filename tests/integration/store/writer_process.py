"""A process of its own that writes to a store until it is killed: `python -m … FILE MODE`.

It prints one line for every write that was acknowledged, at once. `steady`: migrate, one dashboard read, 100 writes one
after the other, then `done`. `stray`: the same, but another SQLite library opens and closes the file in between: the
mistake that the store's one driver exists to prevent. `crowd`: four threads write until the end.
"""

import sys
import threading
import time
import uuid
from itertools import count

import pandas as pd
from sqlalchemy import text

from tests.integration.store.people import add_person, request
from tracker.store.engine import Store
from tracker.store.migrations import migrate


def say(line: str) -> None:
    sys.stdout.write(line + "\n")  # one call, so that threads do not mix their lines
    sys.stdout.flush()


def steady(store: Store, *, stray: bool) -> None:
    migrate(store)
    with store.read() as conn:
        frame = pd.read_sql_query(text("SELECT status, count(*) AS n FROM obligation GROUP BY status"), conn)
    assert list(frame.columns) == ["status", "n"]
    if stray:
        import sqlite3

        other = sqlite3.connect(store.path)
        other.execute("SELECT count(*) FROM obligation").fetchall()
        other.close()
    for n in range(100):
        store.write(request(f"ack-{n}"), add_person(f"p{n}"))
        say(f"ack-{n}")
    say("done")


def crowd(store: Store) -> None:
    migrate(store)
    me = uuid.uuid4().hex[:8]

    def write_on(thread: int) -> None:
        for n in count():
            key = f"{me}-{thread}-{n}"
            say(f"try {key}")
            store.write(request(key), add_person(key))
            say(f"ack {key}")

    for thread in range(4):
        threading.Thread(target=write_on, args=(thread,), daemon=True).start()


if __name__ == "__main__":
    opened = Store.open(sys.argv[1])
    if sys.argv[2] == "crowd":
        crowd(opened)
    else:
        steady(opened, stray=sys.argv[2] == "stray")
    time.sleep(60)  # it is killed long before
