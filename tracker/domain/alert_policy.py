"""Who is told of an alert and when: the policy of a programme or of one kind of obligation.

A policy has two tracks. The reminders are the stages of `tracker.domain.ladder`, and each goes to every level it has reached. A level
with a grace is left alone until so many working days after the legal last day; where that day lies beyond its stage's, the level is
told by a step of its own on that day, so that grace never swallows an alert. All days are civil days in Asia/Taipei.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from tracker.domain import ladder
from tracker.domain.calendars import OutsideCalendar, WorkingCalendar
from tracker.domain.ladder import ROLES, STAGES, Threshold
from tracker.domain.statuses import Confidence

MAX_GRACE = 60
OWN_LANGUAGE = "own"
LANGUAGES = (OWN_LANGUAGE, "zh_TW", "en")
CHANNELS = ("mail", "chat")
"""Beside the inbox, which everybody with an account has.

A chat channel is a room of the office: whoever is in it reads everything that is said there, about every project of its programme. So
`chat` is for the office's own levels only, and never how a project or an institution is told: one would read of the others.
"""

OFFICE = ("officer", "chief")
PROJECT = frozenset({"pi", "assistant"})
_FROM_THE_FIRST = STAGES[0]


@dataclass(frozen=True, slots=True)
class Level:
    """One role that is told: from which stage on, how many working days after the legal last day at the earliest, and how.

    `language` is `own` (the reader's), `zh_TW` or `en`. Raises ValueError for a role, stage, channel or language that does not exist
    and for a grace outside 0 to 60.
    """

    role: str
    from_stage: str
    grace: int = 0
    channels: tuple[str, ...] = ("mail",)
    language: str = OWN_LANGUAGE

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise ValueError(f"unknown role: {self.role}")
        if self.from_stage not in STAGES:
            raise ValueError(f"unknown alert stages: {self.from_stage}")
        if not 0 <= self.grace <= MAX_GRACE:
            raise ValueError(f"grace outside 0 to {MAX_GRACE}: {self.grace}")
        if not set(self.channels) <= set(CHANNELS) or self.language not in LANGUAGES:
            raise ValueError(f"unknown channel or language: {self.channels}, {self.language}")
        object.__setattr__(self, "channels", tuple(channel for channel in CHANNELS if channel in self.channels))

    @property
    def ways(self) -> tuple[str, ...]:
        """How the level is really told, whatever a policy was stored with: `chat` in the office only, and outside of it always by mail to
        those who answer for what is owed or have no account."""
        if self.role in OFFICE:
            return self.channels
        must = self.role in ("pi", "institution")
        return tuple(one for one in CHANNELS if one == "mail" and (must or one in self.channels))

    def as_dict(self) -> dict[str, Any]:
        """The stored form."""
        return {
            "role": self.role,
            "from_stage": self.from_stage,
            "grace": self.grace,
            "channels": list(self.channels),
            "language": self.language,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Level:
        """The inverse of `as_dict`. Raises ValueError as the constructor does."""
        return cls(**{**stored, "channels": tuple(stored.get("channels", ("mail",)))})


USUAL_LEVELS = (
    Level("assistant", _FROM_THE_FIRST),
    Level("pi", _FROM_THE_FIRST),
    Level("officer", "+7"),
    Level("chief", "+14"),
)


def overlaid(levels: tuple[Level, ...], changes: Mapping[str, Level | None]) -> tuple[Level, ...]:
    """The levels with those of some roles put in another's place, and without those that are None."""
    named = {level.role: level for level in levels} | changes
    return tuple(level for level in named.values() if level is not None)


@dataclass(frozen=True, slots=True)
class Policy:
    """The reminder stages that are on, and the levels, from the nearest to the highest. A role without a level is never told.

    Raises ValueError for a stage that does not exist, and where one role has two levels.
    """

    stages: tuple[str, ...] = STAGES
    levels: tuple[Level, ...] = USUAL_LEVELS

    def __post_init__(self) -> None:
        if unknown := set(self.stages) - set(STAGES):
            raise ValueError(f"unknown alert stages: {', '.join(sorted(unknown))}")
        if len({level.role for level in self.levels}) < len(self.levels):
            raise ValueError("one role has two levels")
        object.__setattr__(self, "stages", tuple(stage for stage in STAGES if stage in self.stages))
        object.__setattr__(self, "levels", tuple(sorted(self.levels, key=lambda level: ROLES.index(level.role))))

    @classmethod
    def in_short(cls, stages: tuple[str, ...] = STAGES, officer_from: str | None = "+7", chief_from: str | None = "+14") -> Policy:
        """A policy without grace: the project's people at every stage, the officer and the chief from theirs on (None: never)."""
        office = (("officer", officer_from), ("chief", chief_from))
        return cls(stages, (*USUAL_LEVELS[:2], *(Level(role, stage) for role, stage in office if stage is not None)))

    def level(self, role: str) -> Level | None:
        """The level of one role; None where it is never told."""
        return next((level for level in self.levels if level.role == role), None)

    @property
    def has_grace(self) -> bool:
        """Whether any level may be told on a day of its own."""
        return any(level.grace for level in self.levels)

    def as_dict(self) -> dict[str, Any]:
        """The stored form."""
        return {"stages": list(self.stages), "levels": [level.as_dict() for level in self.levels]}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Policy:
        """The inverse of `as_dict`; it also reads what was stored before there were levels. Raises ValueError."""
        stages = tuple(stored.get("stages", STAGES))
        if "levels" not in stored:
            return cls.in_short(stages, stored.get("officer_from", "+7"), stored.get("chief_from", "+14"))
        return cls(stages, tuple(Level.from_dict(level) for level in stored["levels"]))


@dataclass(frozen=True, slots=True)
class PolicySet:
    """The policy of a programme, and the kinds of obligation that have one of their own."""

    policy: Policy = Policy()
    kinds: Mapping[str, Policy] = field(default_factory=dict)

    def of(self, kind: str) -> Policy:
        """The policy of one kind."""
        return self.kinds.get(kind, self.policy)

    def as_dict(self) -> dict[str, Any]:
        """The stored form. A kind whose levels are the programme's keeps following them."""
        kinds = {}
        for kind, policy in sorted(self.kinds.items()):
            kinds[kind] = policy.as_dict() if policy.levels != self.policy.levels else {"stages": list(policy.stages)}
        return {**self.policy.as_dict(), "kinds": kinds}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> PolicySet:
        """The inverse of `as_dict`; it also reads the older form, in which a kind was a list of stages. Raises ValueError."""
        policy = Policy.from_dict(stored)
        kinds = {}
        for kind, own in stored.get("kinds", {}).items():
            if isinstance(own, Mapping) and "levels" in own:
                kinds[kind] = Policy.from_dict(own)
            else:
                kinds[kind] = Policy(tuple(own["stages"] if isinstance(own, Mapping) else own), policy.levels)
        return cls(policy, kinds)


class LevelsOwed(NamedTuple):
    """What one look has to record on the track of the levels: those to tell now, and those that need no telling any more."""

    raised: tuple[Threshold, ...] = ()
    superseded: tuple[Threshold, ...] = ()


@lru_cache(maxsize=4096)
def after_working_days(day: date, grace: int, calendar: WorkingCalendar) -> date:
    """The `grace`-th working day after `day`; `day` itself for 0.

    Beyond the calendar's years every Monday to Friday counts: a look must not fail for a day in a century to come.
    """
    while grace > 0:
        day += timedelta(days=1)
        try:
            grace -= calendar.is_working(day)
        except OutsideCalendar:
            grace -= day.weekday() < 5
    return day


def late_levels(policy: Policy, file_by: date | None, due_on: date | None, calendar: WorkingCalendar) -> dict[str, date]:
    """The roles whose day lies beyond that of their stage, with that day: nobody of them is told before.

    The chief never hears before the officer does, whatever their graces. `calendar` is that of the receiving office's county.
    """
    if due_on is None or not policy.has_grace:
        return {}
    late: dict[str, date] = {}
    for level in policy.levels:
        from_grace = after_working_days(due_on, level.grace, calendar) if level.grace else date.min
        day = max(from_grace, late.get("officer", date.min)) if level.role == "chief" else from_grace
        if day > ladder.day_of(level.from_stage, file_by, due_on):
            late[level.role] = day
    return late


def own_steps(late: Mapping[str, date], confidence: str, duty: bool = True) -> tuple[Threshold, ...]:
    """The steps of the levels that are told on days of their own, in day order.

    A notice that is no duty is never overdue and has none. A date that rests on an assumed anchor goes no higher than the officer and
    never to the institution.
    """
    if not duty:
        return ()
    known = (role for role in late if confidence != Confidence.ASSUMED or role not in ("institution", "chief"))
    return tuple(sorted((Threshold(ladder.to_role(role), late[role]) for role in known), key=lambda step: step.on))


def levels_owed(
    steps: Sequence[Threshold],
    recorded: Collection[str],
    today: date,
    mailed_from: date | None = None,
    told: Collection[str] = (),
) -> LevelsOwed:
    """What a look on `today` owes the levels, given the steps `recorded` for this due date.

    After an outage every level reached is told: none stands for another. A level is superseded where an alert for this due date told it
    already (`told`, with the reminder that this look raises), so that nobody is told anew where the working days or the policy move her
    day, and where its day lies before `mailed_from`.
    """
    raised, superseded = [], []
    for step in steps:
        if step.on > today or step.stage in recorded:
            continue
        before = mailed_from is not None and step.on < mailed_from
        (superseded if before or ladder.role_told(step.stage) in told else raised).append(step)
    return LevelsOwed(tuple(raised), tuple(superseded))


def all_steps(policy: Policy, file_by: date | None, due_on: date | None, duty: bool, confidence: str, calendar: WorkingCalendar):
    """Every step of an obligation on both tracks, in day order: what the ledger holds when it was climbed to its end."""
    own = own_steps(late_levels(policy, file_by, due_on, calendar), confidence, duty)
    return tuple(sorted((*ladder.thresholds(policy, file_by, due_on, duty), *own), key=lambda step: step.on))


def goes_to(policy: Policy, stage: str, confidence: str, waiting: Collection[str] = ()) -> frozenset[str]:
    """The roles that an alert of this stage goes to. `waiting`: those whose day has not come on the day of the stage.

    What is given by hand goes to the project's people. A date that rests on an assumed anchor goes no higher than the officer, who
    can confirm the anchor, and never to the institution.
    """
    told = ladder.role_told(stage)
    if told is not None:
        return frozenset({told})
    if not ladder.is_step(stage):
        return PROJECT
    roles = {level.role for level in policy.levels if ladder.reaches(stage, level.from_stage) and level.role not in waiting}
    if confidence == Confidence.ASSUMED:
        if "chief" in roles:
            roles.add("officer")
        roles -= {"chief", "institution"}
    return frozenset(roles)


def waiting_on(late: Mapping[str, date], day: date) -> frozenset[str]:
    """The roles whose day has not come on `day`."""
    return frozenset(role for role, on in late.items() if day < on) if late else frozenset()
