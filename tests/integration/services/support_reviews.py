"""Steps that tests of reviews share: flows of their own, more staff, and one line for each act."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from tests.cast import Cast, CastPerson, key
from tracker.programmes.registry import Registry
from tracker.programmes.report_types import Choice, ReviewFlow, Step, Window, Words
from tracker.services.report_review import ReviewScreen, accept_report, return_report, review_screen
from tracker.services.review_tasks import give_task, recommend
from tracker.services.viewer import Role
from tracker.store import tables as t

SCORED = (Choice("quality", Words("品質", "Quality")), Choice("progress", Words("進度", "Progress")))
OFFICER = Step("officer", 1, "officer", Words("承辦人審查", "Officer's review"), days=5)
PANEL = Step("panel", 2, "reviewer", Words("專家審查", "Experts' review"), seats=2, days=10, scored=SCORED)
CHIEF = Step("chief", 3, "chief", Words("主管核定", "Chief's decision"), days=3)
KINDS = ("quarterly_report", "interim_report", "final_report")

TWO_STEPS = (OFFICER, replace(CHIEF, stage=2))
THREE_STEPS = (OFFICER, PANEL, CHIEF)
SIDE_BY_SIDE = (OFFICER, replace(PANEL, stage=1), replace(CHIEF, stage=2))


def use_flow(monkeypatch: pytest.MonkeyPatch, *steps: Step, office_days: int | None = None) -> None:
    """Let every programme review its reports by these steps, and promise an answer within so many working days."""
    original = Registry.reports

    def reports(self: Registry, code: str):
        window = Window(KINDS, office_days=office_days)
        return replace(original(self, code), flows=(ReviewFlow("test", KINDS, steps),), windows=(window,))

    monkeypatch.setattr(Registry, "reports", reports)


def staff(cast: Cast, who: str, *roles: Role, which: str = "own") -> int:
    """A person of the office or of a panel of one programme, added where she is new."""

    def body(tx):
        known = cast.people.get(who)
        person_id = known.id if known else tx.insert(
            t.person, email=f"{who}@panel.invalid", name=f"示範{who}", language="zh_TW", active=True, created_at=tx.at
        )  # fmt: skip
        for role in roles:
            tx.insert(t.role_grant, person_id=person_id, role=role.value, programme_id=cast.project(which).programme_id, granted_at=tx.at)
        return person_id

    person_id = cast.desk.store.write_quiet(cast.ctx(on="2026-06-01").now, body)
    cast.people.setdefault(who, CastPerson(person_id, f"{who}@panel.invalid", f"示範{who}"))
    return person_id


def put(cast: Cast, table, **values) -> int:
    """One row without a service."""
    return cast.desk.store.write_quiet(cast.ctx().now, lambda tx: tx.insert(table, **values))


def away(cast: Cast, who: str, cover: str | None, *, on: str = "2026-09-01", until: str = "2026-09-30") -> None:
    """Somebody is away from a day until another, both included."""
    put(
        cast, t.absence, person_id=cast.person(who).id, from_on=date.fromisoformat(on), until_on=date.fromisoformat(until),
        cover_id=cast.person(cover).id if cover else None, recorded_by=cast.person(who).id, recorded_at=cast.ctx().now,
    )  # fmt: skip


def switch_off(cast: Cast, who: str) -> None:
    """The account is off."""
    p = t.person
    cast.desk.store.write_quiet(
        cast.ctx().now, lambda tx: tx.conn.execute(p.update().where(p.c.id == cast.person(who).id).values(active=False))
    )


def tasks(cast: Cast, report_id: int, step: str | None = None) -> list:
    """The stored tasks of a report's newest round, in order."""
    k, r = t.review_task, t.review_round
    with cast.desk.store.read() as conn:
        newest = conn.execute(select(r.c.id).where(r.c.report_id == report_id).order_by(r.c.id.desc())).scalars().first()
        rows = conn.execute(select(k).where(k.c.review_round_id == newest).order_by(k.c.stage, k.c.id)).all()
    return [row for row in rows if step in (None, row.step)]


def states(cast: Cast, report_id: int) -> list[tuple[str, str]]:
    """(step, state) of every task."""
    return [(task.step, task.state) for task in tasks(cast, report_id)]


def round_row(cast: Cast, report_id: int):
    """The stored newest round."""
    r = t.review_round
    with cast.desk.store.read() as conn:
        return conn.execute(select(r).where(r.c.report_id == report_id).order_by(r.c.id.desc()).limit(1)).one()


def screen(cast: Cast, who: str, report_id: int, *, on: str = "2026-09-02") -> ReviewScreen:
    """The report as one person reads it."""
    return review_screen(cast.ctx(who, on=on), report_id)


def give(cast: Cast, task_id: int, to: str, *, by: str = "officer", reason: str = "", on: str = "2026-09-02") -> int:
    """Give a task to somebody."""
    version = _task(cast, task_id).version
    return give_task(cast.ctx(by, on=on), task_id=task_id, person_id=cast.person(to).id, expected_version=version, reason=reason, key=key())


def says(
    cast: Cast, who: str, task_id: int, recommendation: str = "accept", *, remark: str = "可行。", scores=None, on: str = "2026-09-02",
    with_key: str | None = None,
) -> int:  # fmt: skip
    """Do a step that recommends."""
    task = _task(cast, task_id)
    given = scores if scores is not None else ({"quality": 80, "progress": 70} if task.role == "reviewer" else {})
    return recommend(
        cast.ctx(who, on=on), task_id=task_id, expected_version=task.version, recommendation=recommendation, remark=remark, scores=given,
        key=with_key or key(),
    )  # fmt: skip


def _task(cast: Cast, task_id: int):
    with cast.desk.store.read() as conn:
        return conn.execute(select(t.review_task).where(t.review_task.c.id == task_id)).one()


def accepts(
    cast: Cast, who: str, report_id: int, *, on: str = "2026-09-02", with_key: str | None = None, version: int | None = None, **more
):
    """Accept as the report stands."""
    ctx = cast.ctx(who, on=on)
    accept_report(ctx, report_id=report_id, expected_version=version or report_row(cast, report_id).version, key=with_key or key(), **more)


def sends_back(cast: Cast, who: str, report_id: int, *, on: str = "2026-09-02", reply_by: str = "2026-09-16", **more) -> str:
    """Return with a comment on the progress."""
    more.setdefault("comments", {"progress": "請補充"})
    return return_report(
        cast.ctx(who, on=on), report_id=report_id, expected_version=report_row(cast, report_id).version,
        reply_by=date.fromisoformat(reply_by), key=key(), **more,
    )  # fmt: skip


def report_row(cast: Cast, report_id: int):
    """The stored report."""
    with cast.desk.store.read() as conn:
        return conn.execute(select(t.report).where(t.report.c.id == report_id)).one()
