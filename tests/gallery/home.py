"""The demo home that is photographed, and who looks at it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import Connection, or_, select, update

from tests.cast import key
from tests.serving_support import give_everyone_the_password
from tracker.bootstrap import Desk, open_desk
from tracker.config import ROOT, Settings
from tracker.services.alert_mail import links_of
from tracker.services.inbox import InboxItem, inbox_list
from tracker.services.viewer import SYSTEM, Role, Viewer, load_viewer
from tracker.store import tables as t
from tracker.ui.pages import screens_of

WITHOUT_ID = {"call_new"}  # in no menu, reached by a button, and about nothing that is there already

VIEWS = {"deliveries": ("?view=held", "?view=ahead", "?view=ledger")}
"""The views of a page that have an address of their own."""


@dataclass(frozen=True)
class Seat:
    """Somebody to look as, the screens of her menu as (name, address), and where the links of her mails lead."""

    role: Role
    email: str
    person_id: int
    screens: tuple[tuple[str, str], ...]
    mail_links: tuple[str, ...] = ()


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
            names = [spec.url_path for spec in screens_of(viewer) if not spec.hidden or spec.url_path in WITHOUT_ID]
            screens = tuple((name, f"/{name}{view}") for name in names for view in ("", *VIEWS.get(name, ())))
            for role in viewer.roles:
                if role.value in wanted and (role not in best or rank > best[role][0]):
                    best[role] = (rank, Seat(role, row.email, row.id, screens))
    return [replace(best[role][1], mail_links=_mail_links(desk, best[role][1])) for role in Role if role in best]


def _mail_links(desk: Desk, seat: Seat) -> tuple[str, ...]:
    """The forms of one alert that she can still act on, of one that she has seen, and of her digests."""
    ctx, links = desk.context(SYSTEM), links_of(desk.secrets, "")
    with desk.store.read() as conn:
        viewer = load_viewer(conn, seat.person_id, ctx.today)
    items = inbox_list(ctx.as_viewer(viewer)) if viewer else []
    wanted = [next((item for item in items if test(item)), None) for test in (_is_waiting, _was_seen)]
    return (
        *(links.act(seat.person_id, item.alert_id, at=ctx.now) for item in wanted if item),
        *([links.unsubscribe(seat.person_id, at=ctx.now)] if items else []),
    )


def _is_waiting(item: InboxItem) -> bool:
    return not item.settled and item.acknowledged_at is None and item.snoozed_until_on is None


def _was_seen(item: InboxItem) -> bool:
    return item.acknowledged_at is not None


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
