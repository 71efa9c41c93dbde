"""The checks that a form states about its fields together, and against the last period: by name, each an error or a warning.

Pure: canonical values in (see `report_values`), findings out. docs/programme-packs.md explains every name to those who write forms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Protocol

from tracker.domain.report_checks import Finding

Values = Mapping[str, Any]


class Stated(Protocol):
    """A check as a form states it: `says` in both languages, `fields` in the order that its rule explains."""

    rule: str
    severity: str
    fields: tuple[str, ...]
    says: Any
    value: Decimal | None
    when: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """One check by name: the types its fields may have, how many it needs, and whether it compares with the last period."""

    find: Callable[[Stated, Values, Values], Iterable[str]]
    types: frozenset[str]
    least: int = 1
    needs_value: bool = False


def _number(values: Values, name: str) -> Decimal | None:
    text = values.get(name)
    return Decimal(text) if isinstance(text, str) and text else None


def _fell(check: Stated, now: Values, last: Values) -> Iterable[str]:
    for name in check.fields:
        here, there = _number(now, name), _number(last, name)
        if here is not None and there is not None and here < there:
            yield name


def _rose(check: Stated, now: Values, last: Values) -> Iterable[str]:
    for name in check.fields:
        here, there = _number(now, name), _number(last, name)
        if here is not None and there is not None and here > there:
            yield name


def _leapt(check: Stated, now: Values, last: Values) -> Iterable[str]:
    """More than `value` times the last figure."""
    for name in check.fields:
        here, there = _number(now, name), _number(last, name)
        if here is not None and there and check.value and here > check.value * there:
            yield name


def _copied(check: Stated, now: Values, last: Values) -> Iterable[str]:
    """The very words of the last period."""
    return [name for name in check.fields if now.get(name) and _plain(now[name]) == _plain(last.get(name, ""))]


def _plain(value: Any) -> Any:
    return "".join(value.split()) if isinstance(value, str) else value


def _needed(check: Stated, now: Values, last: Values) -> Iterable[str]:
    """Where the first field has one of the answers in `when` (or any, without `when`), the others have to be filled in."""
    first, *others = check.fields
    holds = now.get(first) in check.when if check.when else bool(now.get(first))
    return [name for name in others if not now.get(name)] if holds else []


def _sums(check: Stated, now: Values, last: Values) -> Iterable[str]:
    """The last field is the sum of those before it; nothing is said while one of them is empty."""
    *parts, total = [_number(now, name) for name in check.fields]
    if total is not None and all(part is not None for part in parts) and sum(parts, Decimal(0)) != total:
        yield check.fields[-1]


def _at_most(check: Stated, now: Values, last: Values) -> Iterable[str]:
    """The first is not greater than the second: numbers or dates."""
    first, second = now.get(check.fields[0]), now.get(check.fields[1])
    if not first or not second:
        return
    one, other = (first, second) if "-" in first[1:] else (Decimal(first), Decimal(second))
    if one > other:
        yield check.fields[0]


def _at_least_one(check: Stated, now: Values, last: Values) -> Iterable[str]:
    if not any(now.get(name) for name in check.fields):
        yield check.fields[0]


_NUMBERS, _TEXTS = frozenset({"number"}), frozenset({"text", "line"})
_ANY = frozenset({"text", "line", "number", "date", "choice", "table", "files"})

RULES: dict[str, Rule] = {
    "not_below_last": Rule(_fell, _NUMBERS),
    "not_above_last": Rule(_rose, _NUMBERS),
    "leaps": Rule(_leapt, _NUMBERS, needs_value=True),
    "unchanged_from_last": Rule(_copied, _TEXTS),
    "needs_if": Rule(_needed, _ANY, least=2),
    "sums_to": Rule(_sums, _NUMBERS, least=3),
    "not_more_than": Rule(_at_most, frozenset({"number", "date"}), least=2),
    "at_least_one": Rule(_at_least_one, _ANY, least=2),
}


def run_checks(checks: Iterable[Stated], now: Values, last: Values) -> list[Finding]:
    """What the stated checks find. `now` holds the canonical values of the fields that were read; `last` those of the last period."""
    return [
        Finding(name, "{says}", {"says": check.says}, check.severity, check.rule)
        for check in checks
        if check.rule in RULES
        for name in RULES[check.rule].find(check, now, last)
    ]


def as_stated(findings: Iterable[Finding], checks: Iterable[Stated]) -> list[Finding]:
    """The findings about checkpoints and indicators, as severe and in the words that the form states for their rule."""
    stated = {check.rule: check for check in checks}
    return [
        replace(found, msgid="{says}", params={**found.params, "says": stated[found.rule].says}, severity=stated[found.rule].severity)
        if found.rule in stated
        else found
        for found in findings
    ]
