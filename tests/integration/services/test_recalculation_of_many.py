"""Many projects are brought to other working days in one write; what is stored is what each by itself would have stored."""

import json
import threading
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event, func, select

from tests.cast import Cast
from tests.integration.services.test_preview_of_all import calendar_from, grow, refile
from tracker.notify.notice_wording import DATE_MOVED
from tracker.services import recalculation
from tracker.services.alerts import look
from tracker.services.context import Context
from tracker.services.date_moves import MOST_LISTED, SOON, _line, keep_and_tell, shifts, told_of
from tracker.services.notices import mail_row, tell
from tracker.services.plan_rules import Rules
from tracker.services.plan_writing import plan_projects
from tracker.services.planning import plan_project
from tracker.services.policy import Target
from tracker.services.project_news import ProjectNews, tell_of_projects
from tracker.services.recalculation import recalculate
from tracker.services.recipients import Recipient
from tracker.services.telling import tell_urgent_news
from tracker.store import audit
from tracker.store import tables as t
from tracker.store.writing import Tx

TODAY = "2026-09-01"  # a Tuesday


def one_by_one(conn: Connection, ctx: Context, project_ids: list[int]) -> tuple[list, set]:
    """Each project by itself: planned with statements of its own, told by itself. Gives the Events and the topics."""
    events, topics, soon = [], set(), {}
    for project_id in project_ids:
        tx = Tx(conn, ctx.now)
        project = conn.execute(select(t.project).where(t.project.c.id == project_id)).one()
        found = [*plan_project(tx, ctx, project_id), *refile(conn, ctx, project_id, tx=tx)]
        if not found:
            continue
        moving = [change for change in found if change.moves]
        keep_and_tell_of_one(tx, ctx, project, [change for change in moving if shifts(change)], soon)
        days = {change.key: [str((row or {}).get("due_on")) for row in (change.before, change.after)] for change in moving}
        tx.record("project", project_id, {"calendar": ctx.calendar.version, "moved": days})
        events += tx.recorded
        topics |= tx.topics
    tell_at_once(Tx(conn, ctx.now), ctx, soon)
    return events, topics


def keep_and_tell_of_one(tx: Tx, ctx: Context, project, moved: list, soon: dict[int, Recipient]) -> None:
    if not moved:
        return
    ids = []
    for change in moved:
        days = {f"old_{name}": change.before[name] for name in ("due_on", "file_by_on")}
        days |= {f"new_{name}": change.after[name] for name in ("due_on", "file_by_on")}
        calendars = {"old_calendar": change.before["calendar_version"], "new_calendar": change.after["calendar_version"]}
        ids.append(tx.insert(t.date_move, obligation_id=change.before["id"], project_id=project.id, moved_at=ctx.now, **days, **calendars))
    lines = [_line(change) for change in moved if change.after["duty"] or change.before["duty"]]
    tx.touch(f"project:{project.id}")
    if not lines:
        return
    lines.sort(key=lambda line: (not line["nearer"], line["new_safe"], line["key"]))
    urgent = any(line["nearer"] and date.fromisoformat(line["new_safe"]) <= ctx.today + SOON for line in lines)
    params = {"moved": lines[:MOST_LISTED], "more": max(0, len(lines) - MOST_LISTED), "nearer": sum(line["nearer"] for line in lines)}
    params |= {"n": len(lines), "reason": ""}
    people = told_of(tx.conn, project.id, project.programme_id, ctx.today)
    where = Target(project.id, project.programme_id)
    once = f"move-{min(ids)}"
    tell(tx, ctx, kind=DATE_MOVED, people=people, once=once, project=where, params=params, together=soon if urgent else None)


def tell_at_once(tx: Tx, ctx: Context, soon: dict[int, Recipient]) -> None:
    """Who is told of one project gets a mail of its own, who is told of several one mail."""
    often = Counter(person.person_id for person in soon.values())
    for number, person in soon.items():
        if often[person.person_id] == 1:
            tx.insert(t.outbox, **mail_row(tx, ctx, DATE_MOVED, person, number, f"alone|{number}", ctx.now))
    tell_urgent_news(tx, ctx, {number: person for number, person in soon.items() if often[person.person_id] > 1})


def together(conn: Connection, ctx: Context, project_ids: list[int]) -> tuple[list, set]:
    """As `recalculate` does it: some of them in one write."""
    tx, rules = Tx(conn, ctx.now), Rules()
    found = plan_projects(tx, ctx, project_ids, rules)
    moving = {number: [change for change in changes if change.moves] for number, changes in found.items()}
    keep_and_tell(tx, ctx, moving)
    for number, changes in moving.items():
        days = {change.key: [str((row or {}).get("due_on")) for row in (change.before, change.after)] for change in changes}
        tx.record("project", number, {"calendar": ctx.calendar.version, "moved": days})
    return tx.recorded, tx.topics


def stored(conn: Connection) -> dict[str, list]:
    """Everything that a recalculation writes, without what only counts the rows."""
    n, x, i, a, d = t.notice, t.outbox, t.inbox_item, t.alert, t.digest_notice
    mail = (x.c.person_id, x.c.sort, x.c.digest_on, x.c.available_at, x.c.status, x.c.waits_for, x.c.last_error)
    notices = [column for column in n.c if column.name not in ("id", "dedup_key")]
    alone = select(*notices, *(c.label(f"mail_{c.name}") for c in (*mail, x.c.address, x.c.payload_json))).join(x, x.c.notice_id == n.c.id)
    daily = select(*notices, *(c.label(f"mail_{c.name}") for c in mail), d.c.left_out).join(d, d.c.notice_id == n.c.id)
    items = select(i.c.alert_id, i.c.person_id, i.c.left_out, *(c.label(f"mail_{c.name}") for c in mail))
    questions = {
        "obligation": select(*(column for column in t.obligation.c if column.name != "id")),
        "date_move": select(*(column for column in t.date_move.c if column.name != "id")),
        "notice": select(*notices),
        "mails of notices": alone,
        "digests of notices": daily.join(x, x.c.id == d.c.outbox_id),
        "alert": select(a),
        "inbox": items.outerjoin(x, x.c.id == i.c.outbox_id),
        "own mails": select(*mail, x.c.alert_id).where(x.c.alert_id.is_not(None)),
        "digests": select(*mail).where(x.c.dedup_key.like("digest|%")),
    }
    return {name: sorted(repr(tuple(row)) for row in conn.execute(question)) for name, question in questions.items()}


def outcome(conn: Connection, way, ctxs: list[Context], project_ids: list[int]) -> tuple:
    """What one way makes of the working days of each of these in turn; nothing of it stays."""
    held = conn.begin_nested()
    done = [way(conn, ctx, project_ids) for ctx in ctxs]
    found = stored(conn)
    held.rollback()
    return done, found


def prepared(cast: Cast, seed: int = 3) -> list[int]:
    """Projects of all sorts, of which people were told already; mails of it wait."""
    grow(cast, seed)
    recalculate(cast.ctx(on="2026-08-30"))
    for on in ("2026-08-30", "2026-08-31"):  # a Sunday and a Monday
        look(cast.ctx(on=on), brake=False)
    with cast.desk.store.read() as conn:
        return list(conn.scalars(select(t.project.c.id).where(t.project.c.status == "active").order_by(t.project.c.id)))


@settings(
    max_examples=20,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(seed=st.integers(0, 10**6), back=st.booleans())
def test_what_is_stored_for_many_is_row_for_row_what_each_by_itself_would_store(cast, seed, back):
    if not hasattr(cast, "numbers"):
        cast.numbers = prepared(cast)
    first = replace(cast.ctx(on=TODAY), calendar=calendar_from(cast, seed))
    then = cast.ctx(on="2026-09-02") if back else replace(cast.ctx(on="2026-09-02"), calendar=calendar_from(cast, seed + 1))
    numbers = cast.numbers[seed % 3 :] + cast.numbers[: seed % 3]
    with cast.desk.store.transaction() as conn:
        (old_done, old), (new_done, new) = (outcome(conn, way, [first, then], numbers) for way in (one_by_one, together))
    assert new_done == old_done
    for name in old:
        assert new[name] == old[name], name


def closed_everywhere(cast: Cast) -> Context:
    """The context of a worker with days off more, where much is due."""
    return replace(cast.ctx(on=TODAY), calendar=calendar_from(cast, 11))


@pytest.mark.parametrize("number", [1, 3])
def test_who_is_concerned_by_days_of_several_projects_that_came_nearer_gets_one_mail(cast, number):
    officer, ctx = cast.person("officer"), cast.ctx("system", on=TODAY)
    reader = Recipient(officer.id, officer.email, "en", "officer")
    where = [cast.project("own"), cast.project("foreign"), cast.project("own")]
    params = {"moved": [], "more": 0, "nearer": 1, "n": 1, "reason": ""}
    news = [ProjectNews(Target(p.id, p.programme_id), [reader], f"move-{n}", params, True) for n, p in enumerate(where[:number])]
    ctx.store.write_quiet(ctx.now, lambda tx: tell_of_projects(tx, ctx, DATE_MOVED, news))
    with cast.desk.store.read() as conn:
        (mail,) = conn.execute(select(t.outbox)).all()
        told = conn.scalar(select(func.count()).select_from(t.digest_notice).where(t.digest_notice.c.outbox_id == mail.id))
    assert (mail.person_id, mail.status, mail.available_at) == (officer.id, "pending", ctx.now)
    assert told == (number if number > 1 else 0), "one alone is a mail of its own"


def test_each_project_has_its_event_in_one_whole_chain(cast, monkeypatch):
    prepared(cast)
    monkeypatch.setattr(recalculation, "AT_ONCE", 5)
    with cast.desk.store.read() as conn:
        last = audit.head(conn)[0]
    moved = recalculate(closed_everywhere(cast))
    with cast.desk.store.read() as conn:
        e = t.event.c
        rows = conn.execute(select(e.object_type, e.object_id, e.payload_json).where(e.seq > last).order_by(e.seq)).all()
        assert audit.verify(conn) == []
        claimed = conn.scalar(select(func.count()).select_from(t.idempotency).where(t.idempotency.c.action == "dates.recalculate"))
    assert len(rows) > claimed >= len(rows) / 5, "several Events in one write"
    assert len({row.object_id for row in rows}) == len(rows)
    assert sorted(moved) == sorted(key for row in rows for key in json.loads(row.payload_json)["moved"])


def test_a_write_that_breaks_off_leaves_nothing_and_the_next_worker_goes_on_there(cast, monkeypatch):
    prepared(cast)
    monkeypatch.setattr(recalculation, "AT_ONCE", 2)
    ctx, real, told = closed_everywhere(cast), recalculation.keep_and_tell, []

    class Killed(BaseException):
        pass

    def killed(tx, at_this, found):
        done = real(tx, at_this, found)
        told.append(sorted(found))
        if len(told) == 2:
            raise Killed
        return done

    monkeypatch.setattr(recalculation, "keep_and_tell", killed)
    with pytest.raises(Killed):
        recalculate(ctx)
    m = t.date_move.c
    with cast.desk.store.read() as conn:
        assert set(conn.scalars(select(m.project_id))) <= set(told[0]), "of the second write nothing"
        assert audit.verify(conn) == []
    monkeypatch.setattr(recalculation, "keep_and_tell", real)
    recalculate(ctx)
    assert recalculate(ctx) == ()
    with cast.desk.store.read() as conn:
        again = conn.execute(select(m.obligation_id, func.count()).group_by(m.obligation_id).having(func.count() > 1)).all()
        assert again == []
        assert set(told[1]) & set(conn.scalars(select(m.project_id)))


def test_workers_side_by_side_move_each_day_once(cast, monkeypatch):
    prepared(cast)
    monkeypatch.setattr(recalculation, "AT_ONCE", 3)
    ctx, found = closed_everywhere(cast), []
    workers = [threading.Thread(target=lambda: found.extend(recalculate(ctx))) for _ in range(3)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert found
    assert len(found) == len(set(found))
    with cast.desk.store.read() as conn:
        keys = conn.scalars(select(t.notice.c.dedup_key).where(t.notice.c.kind == DATE_MOVED)).all()
        moves = conn.scalars(select(t.date_move.c.obligation_id)).all()
        assert audit.verify(conn) == []
    assert len(keys) == len(set(keys))
    assert len(moves) == len(set(moves))


def test_many_projects_ask_the_database_hardly_more_often_than_few(cast):
    numbers = prepared(cast)
    ctx, asked, counts = closed_everywhere(cast), [], []
    event.listen(cast.desk.store.engine, "before_cursor_execute", lambda _c, _k, statement, *_: asked.append(statement))
    with cast.desk.store.transaction() as conn:
        for part in (numbers[:3], numbers):
            held = conn.begin_nested()
            asked.clear()
            done, _ = together(conn, ctx, part)
            counts.append((len(done), len(asked)))
            held.rollback()
    (few, statements_few), (many, statements_many) = counts
    assert many >= 4 * few
    assert statements_many <= statements_few + 25, "one more for each set of columns that changes, none for each project"
