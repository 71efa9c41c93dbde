"""The steps of a review one by one: recommend, give a seat to somebody, take over, drop a seat. Who was where and why stays readable."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row

from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import Forbidden, Invalid, NotFound, Problem, Stale
from tracker.services.policy import Act, Target
from tracker.services.report_forms import REMARK_LONGEST
from tracker.services.report_state import guarded_write
from tracker.services.review_comments import keep_drafts
from tracker.services.review_flows import from_json
from tracker.services.review_notices import tell_reviewers
from tracker.services.review_rounds import advance, finish_task, lock, turn_of
from tracker.services.review_seats import OWN_CAUSE, Seats, seats
from tracker.services.text_fields import read_text
from tracker.services.viewer import Role
from tracker.store import q_reports
from tracker.store import q_reviews as q
from tracker.store import tables as t
from tracker.store.writing import Tx

RECOMMENDATIONS = ("accept", "return")
HIGHEST_SCORE = 100


@dataclass(frozen=True)
class Candidate:
    """One who could be given a task. `refused` is the message id of why not ("" where she could); `open_tasks` what she has already."""

    person_id: int
    name: str
    refused: str
    away_until: date | None
    cover: str
    open_tasks: int


def candidates(ctx: Context, task_id: int) -> tuple[Candidate, ...]:
    """Everybody whose role fits a task, with what stands against her, by name. For the office. Raises NotFound, Forbidden."""
    with ctx.store.read() as conn:
        task = _task(conn, task_id)
        known = seats(conn, [task.programme_id], ctx.today)
        _authorise(ctx, task, known)
        busy = [row.assignee_id for rows in known.taken.values() for row in rows if row.state == "open" and row.assignee_id]
        names = q.names(conn, {one.cover_id for one in known.absent.values() if one.cover_id})
    wanted = {"officer": (Role.OFFICER, Role.CHIEF), "chief": (Role.CHIEF,), "reviewer": (Role.REVIEWER,)}[task.role]
    people = frozenset().union(*(known.roles.get((task.programme_id, role.value), frozenset()) for role in wanted))
    return tuple(_candidate(known, one, task, busy.count(one), names) for one in known.names if one in people)


def _candidate(known: Seats, person_id: int, task: Row, busy: int, names: Mapping[int, str]) -> Candidate:
    away = known.absent.get(person_id)
    cover = names.get(away.cover_id, "") if away and away.cover_id else ""
    return Candidate(person_id, known.names[person_id], known.refusal(person_id, task), away.until_on if away else None, cover, busy)


def _task(conn, task_id: int) -> Row:
    task = q.task(conn, task_id)
    if task is None:
        raise NotFound()
    return task


def _authorise(ctx: Context, task: Row, known: Seats) -> None:
    """Only the office gives seats, and nobody on her own project."""
    policy.authorise(ctx.viewer, Act.ASSIGN_REVIEW, Target(task.project_id, task.programme_id))
    if (ctx.viewer.person_id, task.project_id) in known.own | known.conflicts:
        raise Forbidden(OWN_CAUSE)


def give_task(ctx: Context, *, task_id: int, person_id: int, expected_version: int, reason: str = "", key: str) -> int:
    """Give a task to one person who may do it; gives the task's id from now on.

    A free seat of the panel is filled without a reason. Whatever lies with somebody is taken over with one: the old task stays with its
    reason. Raises NotFound, Forbidden, Invalid (`person_id`, `reason`), Stale.
    """
    with ctx.store.read() as conn:
        task = _task(conn, task_id)
        known = seats(conn, [task.programme_id], ctx.today)
    _authorise(ctx, task, known)
    problems: list[Problem] = []
    why = read_text("reason", reason, problems)
    held = task.assignee_id is not None or known.holder(task) is not None
    if held and not why:
        problems.append(Problem("reason", "Say why somebody else does it."))
    if problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict[str, Any]:
        lock(tx, task.review_round_id)
        now = _still_open(tx, task_id, expected_version)
        refused = seats(tx.conn, [now.programme_id], ctx.today).refusal(person_id, now)
        if refused or person_id == now.assignee_id:
            raise Invalid([Problem("person_id", refused or "It lies with her already.")])
        if not held:
            tx.update_versioned(t.review_task, task_id, now.version, assignee_id=person_id)
            new_id = task_id
        else:
            new_id = _succeed(tx, now, "replaced", why, person_id)
        tell_reviewers(tx, ctx, now.review_round_id)
        _note(tx, now, {"task": task_id, "to": person_id, "successor": new_id, "reason_sha256": _digest(why)})
        return {"task_id": new_id}

    return guarded_write(ctx, ctx.request("review.give", key, (task_id, person_id, expected_version, why)), body)["task_id"]


def skip_seat(ctx: Context, *, task_id: int, expected_version: int, reason: str, key: str) -> None:
    """Go on without one seat of the panel, with a reason. Officers' and chiefs' steps cannot be dropped.

    Raises NotFound, Forbidden, Invalid (`reason`), Stale.
    """
    with ctx.store.read() as conn:
        task = _task(conn, task_id)
        known = seats(conn, [task.programme_id], ctx.today)
    _authorise(ctx, task, known)
    if task.role != Role.REVIEWER:
        raise Forbidden("Only a seat of the panel can be dropped.")
    problems: list[Problem] = []
    why = read_text("reason", reason, problems)
    if not why:
        problems.append(Problem("reason", "Say why the review goes on without this seat."))
    if problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict[str, Any]:
        found = lock(tx, task.review_round_id)
        now = _still_open(tx, task_id, expected_version)
        tx.update_versioned(t.review_task, task_id, now.version, state="skipped", ended_why=why)
        stage = advance(tx, ctx, found, _county(tx, task.report_id))
        _note(tx, now, {"task": task_id, "skipped": True, "stage": stage, "reason_sha256": _digest(why)})
        return {}

    guarded_write(ctx, ctx.request("review.skip", key, (task_id, expected_version, why)), body)


def _still_open(tx: Tx, task_id: int, expected_version: int) -> Row:
    now = _task(tx.conn, task_id)
    if now.version != expected_version or now.state not in ("open", "waiting"):
        raise Stale()
    return now


def _succeed(tx: Tx, task: Row, state: str, why: str, person_id: int | None) -> int:
    """End a task and put another one into its place."""
    tx.update_versioned(t.review_task, task.id, task.version, state=state, ended_why=why)
    return tx.insert(
        t.review_task, review_round_id=task.review_round_id, report_id=task.report_id, project_id=task.project_id,
        programme_id=task.programme_id, stage=task.stage, step=task.step, role=task.role, assignee_id=person_id, state=task.state,
        due_on=task.due_on, opened_at=task.opened_at,
    )  # fmt: skip


def exclude_from_tasks(tx: Tx, person_id: int, project_id: int, why: str) -> list[int]:
    """Take a person out of everything open of a project; inside a write. Each seat becomes free; gives the ids of the new tasks."""
    k = t.review_task
    mine = (k.c.assignee_id == person_id, k.c.project_id == project_id, k.c.state.in_(("open", "waiting")))
    ids = list(tx.conn.execute(k.select().with_only_columns(k.c.id, k.c.review_round_id).where(*mine)))
    for row in ids:
        lock(tx, row.review_round_id)
    return [_succeed(tx, _task(tx.conn, row.id), "excluded", why, None) for row in ids]


def recommend(
    ctx: Context,
    *,
    task_id: int,
    expected_version: int,
    recommendation: str,
    remark: str,
    scores: Mapping[str, int | str] | None = None,
    key: str,
) -> int:
    """Do a step that recommends: accept or return, with a remark and, for a panel with criteria, a score for each from 0 to 100.

    The next stage opens when the present one has nothing left to do; gives the stage that is worked on then. A step that decides is done
    by accepting or returning. Raises NotFound, Forbidden with the reason, Invalid, Stale.
    """
    with ctx.store.read() as conn:
        task = _task(conn, task_id)
    target = Target(task.project_id, task.programme_id, task.report_id)
    policy.authorise(ctx.viewer, Act.REVIEW_STEP if task.role == Role.REVIEWER else Act.REVIEW_REPORT, target)
    said = (recommendation, remark, sorted((scores or {}).items()))

    def body(tx: Tx) -> dict[str, Any]:
        found = lock(tx, task.review_round_id)
        now = _task(tx.conn, task_id)
        if now.version != expected_version or now.state != "open" or found.state != "open":
            raise Stale()
        turn = turn_of(tx, ctx, now)
        if turn.decides:
            raise Forbidden("This step decides: accept the report or return it.")
        text, given = _judged(from_json(found.flow_json), now, recommendation, remark, scores or {})
        finish_task(tx, ctx, turn, recommendation=recommendation, remark=text, scores_json=given)
        keep_drafts(tx, now.id)
        stage = advance(tx, ctx, found, _county(tx, now.report_id))
        _note(tx, now, {"task": task_id, "recommends": recommendation, "behind": turn.standing.behind, "stage": stage,
                        "scores": given, "remark_sha256": _digest(text)})  # fmt: skip
        return {"stage": stage}

    request = ctx.request("review.recommend", key, (task_id, expected_version, said))
    return guarded_write(ctx, request, body)["stage"]


def _judged(flow, task: Row, recommendation: str, remark: str, scores: Mapping[str, int | str]) -> tuple[str, list[dict[str, Any]] | None]:
    """The remark and the scores as they are kept. Raises Invalid, every problem at once."""
    problems: list[Problem] = []
    text = read_text("remark", remark, problems, longest=REMARK_LONGEST)
    if recommendation not in RECOMMENDATIONS:
        problems.append(Problem("recommendation", "Choose what you recommend."))
    if not text:
        problems.append(Problem("remark", "Say in a few words why."))
    asked = next((step.scored for step in flow.steps if step.id == task.step), ())
    given = []
    for criterion in asked:
        number = _score(scores.get(criterion.id))
        if number is None:
            problems.append(Problem(f"scores:{criterion.id}", "Give a whole number from 0 to 100."))
        given.append({"id": criterion.id, "zh": criterion.words.zh, "en": criterion.words.en, "score": number})
    if problems:
        raise Invalid(problems)
    return text, given or None


def _score(value: Any) -> int | None:
    text = str(value).strip() if value is not None and not isinstance(value, bool) else ""
    if not text.isdecimal() or len(text) > 3:  # also full-width digits: int reads them
        return None
    number = int(text)
    return number if number <= HIGHEST_SCORE else None


def _county(tx: Tx, report_id: int) -> str | None:
    row = q_reports.report_row(tx.conn, report_id)
    return row.p_county if row else None


def _note(tx: Tx, task: Row, payload: dict[str, Any]) -> None:
    tx.record("review", task.review_round_id, {"report": task.report_id, **payload})
    tx.touch("reports", "people", f"project:{task.project_id}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
