"""The demo home that is photographed, and who looks at it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import Connection, or_, select, update

from tests.cast import key
from tests.serving_support import give_everyone_the_password
from tracker.bootstrap import Desk, open_desk
from tracker.config import ROOT, Settings
from tracker.services.viewer import SYSTEM, Role, Viewer, load_viewer
from tracker.store import tables as t
from tracker.ui.pages import screens_of

WITHOUT_ID = {"call_new"}  # in no menu, reached by a button, and about nothing that is there already


@dataclass(frozen=True)
class Seat:
    """Somebody to look as, and the screens of her menu as (name, address)."""

    role: Role
    email: str
    person_id: int
    screens: tuple[tuple[str, str], ...]


def demo_home(home: Path) -> Desk:
    """A demo made by the command itself, in which everyone may sign in with the tests' password."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")}
    subprocess.run(
        [sys.executable, "-m", "tracker.cli", "demo", "--no-serve"], cwd=ROOT, env={**environ, "TRACKER_HOME": str(home)},
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    desk = open_desk(Settings(home=home))
    give_everyone_the_password(desk)
    return desk


def seats(desk: Desk, wanted: set[str]) -> list[Seat]:
    """One person for each role: with as few other roles as possible and, of those, the one with the most going on."""
    today = desk.context(SYSTEM).today
    best: dict[Role, tuple[tuple[int, int], Seat]] = {}
    with desk.store.read() as conn:
        for row in conn.execute(select(t.person.c.id, t.person.c.email).where(t.person.c.active).order_by(t.person.c.id)):
            viewer = load_viewer(conn, row.id, today)
            if viewer is None:
                continue
            rank = (-len(viewer.roles), _going_on(conn, viewer, today))
            screens = tuple(
                (spec.url_path, f"/{spec.url_path}") for spec in screens_of(viewer) if not spec.hidden or spec.url_path in WITHOUT_ID
            )
            for role in viewer.roles:
                if role.value in wanted and (role not in best or rank > best[role][0]):
                    best[role] = (rank, Seat(role, row.email, row.id, screens))
    return [best[role][1] for role in Role if role in best]


def _going_on(conn: Connection, viewer: Viewer, today: date) -> int:
    """How many duties of hers, or of her office, are unsettled and due about now; those with the office count double."""
    mine = or_(
        t.project.c.id.in_({member.project_id for member in viewer.memberships}),
        t.project.c.programme_id.in_({programme_id for programme_id, _ in viewer.programmes}),
    )
    soon = t.obligation.c.due_on.between(today - timedelta(days=60), today + timedelta(days=60))
    statuses = conn.scalars(
        select(t.obligation.c.status)
        .join(t.project, t.obligation.c.project_id == t.project.c.id)
        .where(mine, soon, t.obligation.c.status.in_(("open", "submitted", "returned")))
    ).all()
    return sum(1 if status == "open" else 2 for status in statuses)


def set_languages(desk: Desk, people: list[Seat], language: str) -> None:
    """Switch the language of these people, as their own button would."""
    ids = [seat.person_id for seat in people]

    def body(tx):
        tx.conn.execute(update(t.person).where(t.person.c.id.in_(ids)).values(language=language))
        tx.record("person", 0, {"language": language})
        return {}

    desk.store.write(desk.context(SYSTEM).request("gallery.language", key()), body)
