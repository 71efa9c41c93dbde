"""The preview of a day off reads projects in bulk and only where it touches; it says what planning each project anew would say."""

import random
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, insert, select, update

from tests.cast import Cast, at, key
from tracker.domain.calendar_changes import difference
from tracker.domain.calendars import COUNTIES, WorkingCalendar
from tracker.services import closures
from tracker.services.calendar_previews import preview
from tracker.services.date_moves import shifts, told_of
from tracker.services.fixed_days import refiled, refiled_values
from tracker.services.planning import changes, plan_project
from tracker.services.recalculation import is_movable, recalculate, touched_rows
from tracker.store import tables as t
from tracker.store.writing import Tx

PLACES = (None, "臺北市", "新竹市", "花蓮縣", "a place that is no county")
PROJECTS = 16


def copied(rows, **other) -> list[dict]:
    return [{name: value for name, value in dict(row).items() if name != "id"} | other for row in rows]


def grow(cast: Cast, seed: int = 1) -> None:
    """Projects with starts, counties, facts, documents, changes, hand-ins and fixed days of all sorts."""
    rnd = random.Random(seed)
    with cast.desk.store.transaction() as conn:
        bases = conn.execute(select(t.project)).mappings().all()
        for number in range(PROJECTS):
            base, shift = rnd.choice(bases), timedelta(days=7 * rnd.randrange(6))
            days = {name: base[name] + shift for name in ("start_on", "end_on", "original_end_on")}
            if rnd.random() < 0.2:
                days["end_on"] += timedelta(days=92)
            more = {"code": f"DEMO-MANY-{number:02d}", "county": rnd.choice(PLACES), **days}
            project_id = conn.execute(insert(t.project), copied([base], **more)[0]).inserted_primary_key[0]
            for table in (t.membership, t.project_fact):
                rows = conn.execute(select(table).where(table.c.project_id == base["id"])).mappings().all()
                if rows:
                    conn.execute(insert(table), copied(rows, project_id=project_id))
            plan_project(Tx(conn, at("2026-08-03")), cast.ctx(on="2026-08-03"), project_id)  # a Monday
            _disturb(conn, rnd, project_id, base["programme_id"], cast.person("officer").id)
        for project_id in conn.scalars(select(t.project.c.id)).all():  # a letter may speak to all projects of a programme
            tx, ctx = Tx(conn, at("2026-08-04")), cast.ctx(on="2026-08-04")
            plan_project(tx, ctx, project_id)
            refile(conn, ctx, project_id, tx=tx)


def refile(conn, ctx, project_id: int, tx: Tx | None = None) -> list:
    """What of one project's open, fixed days has another safe day; with `tx` also stored, row by row."""
    o = t.obligation
    found = refiled(conn, ctx, [project_id]).get(project_id, [])
    for change in found if tx is not None else ():
        tx.conn.execute(update(o).where(o.c.id == change.before["id"]).values(**refiled_values(change, ctx.today), version=o.c.version + 1))
    return found


def _disturb(conn, rnd: random.Random, project_id: int, programme_id: int, officer_id: int) -> None:
    o = t.obligation
    dated = conn.execute(select(o).where(o.c.project_id == project_id, o.c.due_on.is_not(None))).all()
    states = [
        {},
        {},
        {"status": "submitted", "first_submitted_on": date(2026, 8, 31)},  # a Monday
        {"status": "submitted", "first_submitted_on": date(2029, 5, 1), "discharged_by": "external"},  # a Tuesday
        {"status": "closed"},
        {"status": "waived"},
        {"origin": "reply"},
    ]
    for row in dated:
        if values := rnd.choice(states):
            conn.execute(update(o).where(o.c.id == row.id).values(**values))
    for row in rnd.sample(dated, 3):
        day = row.due_on + timedelta(days=rnd.randrange(1, 20))
        conn.execute(
            insert(t.obligation_change).values(
                obligation_id=row.id, project_id=project_id, kind=rnd.choice(["extend", "waive", "skip"]), old_due_on=row.due_on,
                new_due_on=day, reason="示範", letter_number="示範字第1號", decided_by=officer_id, decided_at=at("2026-08-03"),
            )
        )  # fmt: skip
    for row, of_all in ((rnd.choice(dated), False), (rnd.choice(dated), rnd.random() < 0.2)):
        conn.execute(
            insert(t.document_date).values(
                programme_id=programme_id, project_id=None if of_all else project_id, kind=row.kind, rule=row.rule,
                period_label=row.period_label, given_on=row.due_on + timedelta(days=rnd.randrange(-9, 9)), letter_number="示範字第2號",
                basis=rnd.choice(["official", "contract"]), recorded_at=at("2026-08-03"),
            )
        )  # fmt: skip


def calendar_from(cast: Cast, seed: int) -> WorkingCalendar:
    """The calendar in force with days off, days worked and closures more, most of them where something is due."""
    rnd, old = random.Random(seed), cast.desk.calendar
    o = t.obligation.c
    with cast.desk.store.read() as conn:
        found = sorted({day for row in conn.execute(select(o.nominal_on, o.due_on, o.file_by_on)) for day in row if day is not None})
    off, worked, closed = set(old.days_off), set(old.working_weekends), {}
    for _ in range(rnd.randrange(1, 40)):
        day = rnd.choice(found) + timedelta(days=rnd.choice([0, 0, 0, -1, 1, 3]))
        sort = rnd.choice(["off", "closed", "closed", "worked"])
        if sort == "closed":
            for county in rnd.sample(list(COUNTIES), rnd.choice([1, 5, 22])):
                closed.setdefault(county, set()).add(day)
        elif sort == "off" and day.weekday() < 5:
            off ^= {day}
        elif sort == "worked" and day.weekday() >= 5:
            worked ^= {day}
    return replace(
        old,
        version=f"sample-{seed}",
        days_off=frozenset(off),
        working_weekends=frozenset(worked),
        closures={county: frozenset(days) for county, days in closed.items()},
    )


def the_slow_way(conn, ctx, new: WorkingCalendar) -> list[tuple]:
    """Every running project planned anew, one after the other, with everything that is known of it.

    Of a project in which nothing that follows the working days is touched, what was handed in stays where it is.
    """
    touched = {row.project_id for row in touched_rows(conn, difference(ctx.calendar, new)) if is_movable(row)}
    then, moved = replace(ctx, calendar=new), []
    for project_id in conn.scalars(select(t.project.c.id).where(t.project.c.status == "active")).all():
        for change in [*changes(conn, then, project_id), *refile(conn, then, project_id)]:
            if shifts(change) and (project_id in touched or is_movable(SimpleNamespace(**change.before))):
                days = [row[name] for name in ("due_on", "file_by_on") for row in (change.before, change.after)]
                moved.append((project_id, change.key, *days))
    return sorted(moved)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(seed=st.integers(0, 10**6))
@pytest.mark.sqlite
def test_a_preview_says_row_for_row_what_planning_every_project_anew_would_say(cast, seed):
    if not hasattr(cast, "grown"):
        grow(cast)
        cast.grown = True
    new, ctx = calendar_from(cast, seed), cast.ctx("admin")
    with cast.desk.store.read() as conn:
        seen = preview(conn, ctx, new)
        slow = the_slow_way(conn, ctx, new)
        told = {number: [p.person_id for p in told_of(conn, number, _programme(conn, number), ctx.today)] for number in seen.told}
        names = dict(conn.execute(select(t.person.c.id, t.person.c.name)).all())
    found = [(m.project_id, m.key, m.old_due_on, m.new_due_on, m.old_file_by_on, m.new_file_by_on) for m in seen.moves]
    assert sorted(found) == slow
    assert seen.told == {number: tuple(names[one] for one in people) for number, people in told.items()}


def _programme(conn, project_id: int) -> int:
    return conn.execute(select(t.project.c.programme_id).where(t.project.c.id == project_id)).scalar_one()


@pytest.mark.parametrize("seed", [1, 2])
def test_a_closure_everywhere_moves_just_what_its_preview_names(cast, seed):
    grow(cast, seed)
    admin = cast.ctx("admin")
    recalculate(cast.ctx())
    o = t.obligation.c
    with cast.desk.store.read() as conn:
        days = conn.scalars(select(o.due_on).where(o.due_on.between(date(2026, 1, 5), date(2026, 9, 4)), o.status == "open")).all()
    wanted = [(county, day) for county in COUNTIES for day in sorted({one for one in days if one.weekday() < 5})[:6]]
    seen = closures.preview_closures(admin, closures=wanted)
    confirmed = {"expected_calendar": seen.old_version, "confirmed": seen.digest, "key": key()}
    closures.enter_closures(admin, closures=wanted, source="示範", **confirmed)
    assert seen.moves
    assert sorted(recalculate(cast.ctx())) == sorted(move.key for move in seen.moves)
    with cast.desk.store.read() as conn:
        stored = {row.key: (row.due_on, row.file_by_on) for row in conn.execute(select(o.key, o.due_on, o.file_by_on))}
    assert {move.key: stored[move.key] for move in seen.moves} == {m.key: (m.new_due_on, m.new_file_by_on) for m in seen.moves}


def test_a_preview_asks_the_database_as_often_for_many_projects_as_for_few(cast):
    grow(cast)
    asked: list[str] = []
    event.listen(cast.desk.store.engine, "before_cursor_execute", lambda _c, _k, statement, *_: asked.append(statement))
    o = t.obligation.c
    with cast.desk.store.read() as conn:
        days = sorted({day for day in conn.scalars(select(o.due_on).where(o.due_on.is_not(None), o.status == "open")) if day.weekday() < 5})
    few, many = (
        replace(cast.desk.calendar, version=f"n-{n}", days_off=cast.desk.calendar.days_off | set(days[:n])) for n in (1, len(days))
    )
    counts = []
    for new in (few, many):
        with cast.desk.store.read() as conn:
            asked.clear()
            seen = preview(conn, cast.ctx("admin"), new)
            counts.append((len({move.project_id for move in seen.moves}), len(asked)))
    (projects_few, statements_few), (projects_many, statements_many) = counts
    assert projects_many >= 3 * max(1, projects_few)
    assert statements_many <= statements_few + 4
