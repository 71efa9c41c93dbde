"""How much of what was planned by today is reached: as the PI claims it, and as the office found it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection

from tracker.domain.attainment import CheckpointFigures, attainment
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.policy import Act
from tracker.store import q_reports as q


@dataclass(frozen=True)
class Attainment:
    """Shares from 0 to 1. `claimed` None: nothing was planned yet. `verdict` None: the office judged nothing of it yet.

    `planned` checkpoints were due by the day; the office judged `judged` of them; an unjudged one counts as nothing in `verdict`.
    """

    claimed: Decimal | None
    verdict: Decimal | None
    planned: int
    judged: int


NOTHING = Attainment(None, None, 0, 0)


def attainment_of(ctx: Context, project_id: int) -> Attainment:
    """The attainment of one project today. Raises NotFound, Forbidden."""
    with ctx.store.read() as conn:
        policy.authorise(ctx.viewer, Act.SEE_PROJECT, policy.target_of_project(conn, project_id))
        return attainments(conn, [project_id], ctx.today).get(project_id, NOTHING)


def attainments(conn: Connection, project_ids: Collection[int], today: date) -> dict[int, Attainment]:
    """Project → attainment, for projects that have checkpoints: three reads however many there are. The caller has scoped the ids."""
    claims, verdicts = q.last_claims(conn, project_ids), q.last_verdicts(conn, project_ids)
    by_project: dict[int, list] = {}
    for checkpoint in q.checkpoints(conn, project_ids):
        by_project.setdefault(checkpoint.project_id, []).append(checkpoint)
    return {project_id: _of(lines, claims, verdicts, today) for project_id, lines in by_project.items()}


def _of(lines: list, claims: dict[int, Decimal], verdicts: dict, today: date) -> Attainment:
    planned = [line for line in lines if line.planned_on <= today]
    judged = {line.id: verdicts[line.id].actual for line in planned if line.id in verdicts}

    def share(actuals: dict[int, Decimal]) -> Decimal | None:
        return attainment((CheckpointFigures(x.weight, x.target, actuals.get(x.id), x.planned_on) for x in planned), today)

    return Attainment(share(claims), share(judged) if judged else None, len(planned), len(judged))
