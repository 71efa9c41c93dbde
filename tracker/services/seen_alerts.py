"""Who has seen what of a project: each alert that still counts, with whom it reached and what she did with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from tracker.domain.statuses import OWED
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.policy import Act
from tracker.store import q_inbox
from tracker.store import tables as t


@dataclass(frozen=True)
class Reached:
    """One person whom an alert reached; `via` is `screen` or `mail` where she acknowledged it."""

    name: str
    role: str
    read_at: datetime | None
    acknowledged_at: datetime | None
    via: str
    snoozed_until_on: date | None


@dataclass(frozen=True)
class SeenAlert:
    """The newest alert of one obligation that is still owed, for the day in force."""

    alert_id: int
    obligation_id: int
    title_zh: str
    title_en: str
    period_label: str
    stage: str
    due_on: date
    raised_at: datetime
    people: tuple[Reached, ...]
    asked: tuple[tuple[str, str], ...]  # who asked whom to see to it

    @property
    def nobody_has_seen_it(self) -> bool:
        """Whether not one of them read or acknowledged it here. A mail may have been read all the same."""
        return not any(one.read_at or one.acknowledged_at for one in self.people)


def seen_alerts(ctx: Context, project_id: int) -> list[SeenAlert]:
    """By obligation, nearest day first. The programme's office, auditors and administrators. Raises NotFound, Forbidden."""
    with ctx.store.read() as conn:
        target = policy.target_of_project(conn, project_id)
        policy.authorise(ctx.viewer, Act.SEE_PORTFOLIO, target)
        rows = q_inbox.told(conn, project_id, policy.scope(ctx.viewer, t.obligation))
        rows = [row for row in rows if row.status in OWED and row.due_on == row.due_now]
        asked = q_inbox.asked(conn, {row.obligation_id for row in rows}) if rows else {}
    newest: dict[int, int] = {}
    for row in rows:
        newest.setdefault(row.obligation_id, row.alert_id)
    found = []
    for obligation_id, alert_id in newest.items():
        mine = [row for row in rows if row.alert_id == alert_id]
        first = mine[0]
        roles = {told["person_id"]: told["role"] for told in first.recipients_json}
        people = tuple(
            Reached(one.name, roles.get(one.person_id, ""), one.read_at, one.acknowledged_at, one.acknowledged_via, one.snoozed_until_on)
            for one in mine
        )
        given = tuple((one.giver, one.taker) for one in asked.get(obligation_id, ()))
        found.append(
            SeenAlert(
                alert_id,
                obligation_id,
                first.title_zh,
                first.title_en,
                first.period_label,
                first.stage,
                first.due_on,
                first.raised_at,
                people,
                given,
            )
        )
    return sorted(found, key=lambda one: (one.due_on, one.obligation_id))
