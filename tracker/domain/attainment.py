"""How much of what was planned by now has been reached."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol


class Checkpoint(Protocol):
    """What attainment needs to know of a checkpoint; `actual` None means nothing reported, `planned_on` None no day."""

    @property
    def weight(self) -> Decimal | int: ...
    @property
    def target(self) -> Decimal | int: ...
    @property
    def actual(self) -> Decimal | int | None: ...
    @property
    def planned_on(self) -> date | None: ...


@dataclass(frozen=True, slots=True)
class CheckpointFigures:
    """The four figures of a checkpoint by themselves, in its own unit."""

    weight: Decimal
    target: Decimal
    actual: Decimal | None
    planned_on: date | None


def reached(target: Decimal | int, actual: Decimal | int | None) -> Decimal:
    """min(actual ÷ target, 1), a share from 0 to 1. Raises ValueError for a target not above 0 or a negative actual."""
    if target <= 0:
        raise ValueError("a checkpoint needs a target above zero")
    if actual is None:
        return Decimal(0)
    if actual < 0:
        raise ValueError("a reported quantity cannot be negative")
    return min(Decimal(actual) / Decimal(target), Decimal(1))


def attainment(checkpoints: Iterable[Checkpoint], today: date) -> Decimal | None:
    """Σ weight × min(actual ÷ target, 1) ÷ Σ weight over the checkpoints planned on or before `today`: 0 to 1.

    None when nothing was planned yet or the weights add up to nothing. Raises ValueError as `reached` does, and for a
    negative weight.
    """
    earned = total = Decimal(0)
    for checkpoint in checkpoints:
        if checkpoint.planned_on is None or checkpoint.planned_on > today:
            continue
        if checkpoint.weight < 0:
            raise ValueError("a weight cannot be negative")
        total += checkpoint.weight
        earned += checkpoint.weight * reached(checkpoint.target, checkpoint.actual)
    return min(earned / total, Decimal(1)) if total else None
