"""What one obligation owes the ledger on a day, by its policy: shared by the looks that raise alerts and by the previews of a policy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Row

from tracker.domain import alert_policy, ladder
from tracker.domain.alert_policy import Policy
from tracker.domain.calendars import WorkingCalendar
from tracker.domain.ladder import Owed, Threshold
from tracker.domain.statuses import Kind
from tracker.store import q_alerts


class Raised(NamedTuple):
    """A step to raise, and the roles whose day has not come on its day."""

    step: Threshold
    waiting: frozenset[str]


class Known(NamedTuple):
    """An earlier alert of an obligation that was raised: for which date, and whom it reached."""

    due_on: date
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Decision:
    """What one look has to record of one obligation, and when to look at it again (None: never)."""

    raised: tuple[Raised, ...] = ()
    superseded: tuple[Threshold, ...] = ()
    next_look: date | None = None


def reached_before(conn: Connection, decided: Iterable[tuple[Row, Policy]], today: date) -> dict[int, list[Known]]:
    """Whom earlier alerts of these obligations reached: read only where a level may be told on a day of its own."""
    wanted = [row.id for row, policy in decided if policy.has_grace and row.due_on is not None and row.due_on < today]
    found: dict[int, list[Known]] = defaultdict(list)
    for row in q_alerts.reached(conn, wanted) if wanted else ():
        roles = frozenset(person["role"] for person in row.recipients_json)
        found[row.obligation_id].append(Known(row.due_on, roles))
    return found


def decide(
    row: Row,
    policy: Policy,
    recorded: Sequence[Row],
    today: date,
    calendar: WorkingCalendar,
    told: Collection[Known] = (),
) -> Decision:
    """What an obligation owes the ledger on `today`, given what is `recorded` for every date it ever had.

    `calendar` is the installation's; the county is the project's. `told` is needed only where a level has a grace. `next_look_on` was set
    to the day of the change when the obligation was made or its date moved; until the first look after that it tells from which day on
    the series counts.
    """
    if not ladder.runs(row.status, row.discharged_by, row.discharged_on):
        return Decision()
    steps = ladder.thresholds(policy, row.file_by_on, row.due_on, row.duty)
    climbed = {entry.stage for entry in recorded if entry.due_on == row.due_on and ladder.is_step(entry.stage)}
    if not policy.has_grace:
        first, late, own, on_its_own = not climbed, {}, (), set()
    else:
        late = alert_policy.late_levels(policy, row.file_by_on, row.due_on, calendar.for_county(row.county))
        own = alert_policy.own_steps(late, row.confidence, row.duty)
        on_its_own = {entry.stage for entry in recorded if entry.due_on == row.due_on and ladder.role_told(entry.stage)}
        first = not climbed and not on_its_own
    mailed_from = _mailed_from(row, first, recorded)
    owed = ladder.reached(steps, climbed, today, mailed_from)
    if owed.raised and first and _already_told(row, recorded, owed.raised):
        owed = Owed(None, (*owed.superseded, owed.raised))
    raised = [Raised(owed.raised, alert_policy.waiting_on(late, owed.raised.on))] if owed.raised else []
    superseded = list(owed.superseded)
    if own:
        _add_levels(row, policy, own, on_its_own, today, mailed_from, first, told, raised, superseded)
    done = climbed | on_its_own | {step.stage for step in superseded} | {one.step.stage for one in raised}
    return Decision(tuple(raised), tuple(superseded), ladder.next_look((*steps, *own), done))


def _add_levels(row, policy, own, recorded, today, mailed_from, first, told, raised, superseded) -> None:
    """Decide the levels' own steps after the reminder, which may tell some of them by itself."""
    known = {role for one in told if one.due_on == row.due_on for role in one.roles}
    known |= {role for one in raised for role in alert_policy.goes_to(policy, one.step.stage, row.confidence, one.waiting)}
    levels = alert_policy.levels_owed(own, recorded, today, mailed_from, known)
    quiet = {step for step in levels.raised if first and step.on < row.next_look_on and _knew_before(row, told, step)}
    raised += [Raised(step, frozenset()) for step in levels.raised if step not in quiet]
    superseded += [*levels.superseded, *sorted(quiet)]


def _mailed_from(row: Row, first: bool, recorded: Sequence[Row]) -> date:
    """The day on which the project was entered or the reply asked for, or the day after the call was issued for this date: what fell
    before it is never mailed. The issue told of it on the day itself, to whoever was told.
    """
    mailed_from = row.entered_on
    if first and row.kind == Kind.REPLY:
        mailed_from = max(mailed_from, row.next_look_on)
    if first and row.origin == "call":
        issues = [one.stage_on for one in recorded if one.stage == ladder.ISSUED and one.due_on == row.due_on and one.state == "raised"]
        mailed_from = max([mailed_from, *(day + timedelta(days=1) for day in issues)])
    return mailed_from


def _already_told(row: Row, recorded: Sequence[Row], step: Threshold) -> bool:
    """Whether the date moved and people were told as much or more for the date before.

    A stage that had passed on the day of the move is then not raised once more: an extension makes no noise, while a date
    that came nearer does.
    """
    earlier = [
        ladder.rank(entry.stage)
        for entry in recorded
        if entry.due_on != row.due_on and entry.state == "raised" and ladder.is_step(entry.stage)
    ]
    return bool(earlier) and step.on < row.next_look_on and ladder.rank(step.stage) <= max(earlier)


def _knew_before(row: Row, told: Collection[Known], step: Threshold) -> bool:
    """The same for a level: whether it was told for a date before."""
    role = ladder.role_told(step.stage)
    return any(one.due_on != row.due_on and role in one.roles for one in told)
