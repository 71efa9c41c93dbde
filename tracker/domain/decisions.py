"""The evaluation of a project year and what its decision brings about (000 七-(一): continue, adjust in five ways, end).

A decision is recorded, never executed, here: the sentences of `effects_of` say what has to be done elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

from tracker.domain.minguo import both
from tracker.domain.reasons import Reason


class Course(StrEnum):
    """Whether the grant goes on."""

    CONTINUE = "continue"
    TERMINATE = "terminate"


class EffectKind(StrEnum):
    """What else a decision may bring, in any combination."""

    CHANGE_CONTENT = "change_content"
    CHANGE_MEMBERS = "change_members"
    MERGE_TEAMS = "merge_teams"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Score:
    """One criterion: `score` of `out_of`, with a `weight` in whatever unit the panel uses (they are put in proportion)."""

    criterion: str
    score: Decimal
    out_of: Decimal
    weight: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect; `amount` (NT$ taken away, whole) and `project_year` only for a cut."""

    kind: EffectKind
    detail: str = ""
    amount: int | None = None
    project_year: int | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision as the chief is about to record it. `project_year` is the year that was evaluated."""

    project_year: int
    course: Course
    effects: tuple[Effect, ...]
    decided_on: date
    letter_number: str
    clause: str
    reason: str


@dataclass(frozen=True, slots=True)
class Objection:
    """Something wrong (`error`) or odd (`warning`) with a field; `msgid` is a message id with `params`."""

    field: str
    msgid: str
    params: Mapping[str, Any]
    severity: str = "error"


def weighted_total(scores: Sequence[Score]) -> Decimal | None:
    """The weighted total on a scale of 100, two places, half up: Σ weight × score ÷ out_of ÷ Σ weight × 100.

    None where there is no score. Raises ValueError for a score outside 0 to `out_of`, or a weight that is not above zero.
    """
    if not scores:
        return None
    for one in scores:
        if one.out_of <= 0 or not 0 <= one.score <= one.out_of or one.weight <= 0:
            raise ValueError(f"{one.criterion}: a score lies between 0 and its maximum, and a weight is above zero")
    share = sum((one.weight * one.score / one.out_of for one in scores), Decimal(0)) / sum(one.weight for one in scores)
    return (share * 100).quantize(Decimal("0.01"), ROUND_HALF_UP)


def objections(ruling: Ruling, approved: Mapping[int, int | None], today: date) -> tuple[Objection, ...]:
    """Everything wrong or odd with a ruling. `approved` maps each year of the project to its approved amount, where known."""
    found = [*_of_the_letter(ruling, today)]
    for index, effect in enumerate(ruling.effects):
        found += (
            _of_the_cut(effect, f"effects.{index}", approved) if effect.kind is EffectKind.CUT else _of_a_change(effect, f"effects.{index}")
        )
    years = [effect.project_year for effect in ruling.effects if effect.kind is EffectKind.CUT]
    if len(set(years)) < len(years):
        found.append(Objection("effects", "Two cuts name the same project year; enter one amount for each year.", {}))
    others = [effect.kind for effect in ruling.effects if effect.kind is not EffectKind.CUT]
    if len(set(others)) < len(others):
        found.append(Objection("effects", "The same kind of effect is named twice; put it into one.", {}))
    if ruling.course is Course.TERMINATE and ruling.effects:
        found.append(
            Objection(
                "effects",
                "The grant ends, and effects are named as well: they are recorded, but nothing remains for them to act on.",
                {},
                "warning",
            )
        )
    return tuple(found)


def effects_of(ruling: Ruling, approved: Mapping[int, int | None]) -> tuple[Reason, ...]:
    """The consequences of a ruling, one sentence each, for the person who is about to confirm it and for the record."""
    return (
        _course(ruling),
        *(_sentence(effect, approved) for effect in ruling.effects),
        Reason(
            "本系統只記錄這項決定，不代為執行：期限、查核點、成員與經費都不會自動更動，須另行辦理變更。",
            "Milepost records this decision and does not carry it out: dates, checkpoints, members and amounts stay until changed.",
        ),
    )


def _of_the_letter(ruling: Ruling, today: date) -> list[Objection]:
    found = []
    for field in ("letter_number", "clause", "reason"):
        if not getattr(ruling, field).strip():
            found.append(Objection(field, "This field must not be empty.", {}))
    if ruling.decided_on > today:
        found.append(Objection("decided_on", "The day of the decision lies in the future.", {}))
    return found


def _of_a_change(effect: Effect, field: str) -> list[Objection]:
    found = []
    if not effect.detail.strip():
        found.append(Objection(f"{field}.detail", "Say what is to change.", {}))
    if effect.amount is not None:
        found.append(Objection(f"{field}.amount", "Only a cut has an amount.", {}))
    return found


def _of_the_cut(effect: Effect, field: str, approved: Mapping[int, int | None]) -> list[Objection]:
    year, amount = effect.project_year, effect.amount
    if year is None or year not in approved:
        return [Objection(f"{field}.project_year", "A cut names a year of this project.", {})]
    if amount is None or isinstance(amount, bool) or amount <= 0:
        return [Objection(f"{field}.amount", "A cut needs an amount in whole NT$ above zero.", {})]
    limit = approved[year]
    if limit is None:
        return [
            Objection(
                f"{field}.amount",
                "No approved amount is recorded for year {year}, so the cut could not be checked against it.",
                {"year": year},
                "warning",
            )
        ]
    if amount > limit:
        return [
            Objection(
                f"{field}.amount", "The cut is more than the NT${limit} approved for year {year}.", {"year": year, "limit": f"{limit:,}"}
            )
        ]
    return []


def _course(ruling: Ruling) -> Reason:
    on = both(ruling.decided_on)
    if ruling.course is Course.CONTINUE:
        return Reason(
            f"第{ruling.project_year}年度考評後，於 {on} 決定繼續補助。",
            f"After the evaluation of year {ruling.project_year}, it was decided on {on} that the grant goes on.",
        )
    return Reason(
        f"第{ruling.project_year}年度考評後，於 {on} 決定終止補助。",
        f"After the evaluation of year {ruling.project_year}, it was decided on {on} that the grant ends.",
    )


def _sentence(effect: Effect, approved: Mapping[int, int | None]) -> Reason:
    detail = effect.detail.strip()
    if effect.kind is EffectKind.CUT:
        return _cut(effect, approved.get(effect.project_year or 0))
    zh, en = {
        EffectKind.CHANGE_CONTENT: ("調整計畫執行內容", "The content of the project is to change"),
        EffectKind.CHANGE_MEMBERS: ("調整計畫成員", "The members of the project are to change"),
        EffectKind.MERGE_TEAMS: ("整併計畫團隊", "Teams are to be merged"),
    }[effect.kind]
    return Reason(f"{zh}：{detail}", f"{en}: {detail}")


def _cut(effect: Effect, limit: int | None) -> Reason:
    amount = effect.amount or 0
    after_zh = f"，由 {limit:,} 元減為 {limit - amount:,} 元" if limit is not None else "（該年度核定金額未登錄）"
    after_en = f", from NT${limit:,} to NT${limit - amount:,}" if limit is not None else " (no approved amount is recorded for it)"
    tail = effect.detail.strip()
    return Reason(
        f"第{effect.project_year}年度經費刪減新臺幣 {amount:,} 元{after_zh}。{tail}",
        f"The money of year {effect.project_year} is cut by NT${amount:,}{after_en}. {tail}".rstrip(),
    )
