"""The keys of a pack and what each may hold. The lint reads this table; there is no other list of keys."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from tracker.domain.alert_policy import CHANNELS, LANGUAGES, MAX_GRACE
from tracker.domain.calendars import COUNTIES
from tracker.domain.ladder import ROLES, STAGES
from tracker.domain.statuses import Basis, Confidence, DateStatus, DischargedBy, Kind
from tracker.programmes import model

FORMAT = 1
Check = Callable[[object], str | None]


@dataclass(frozen=True)
class Key:
    """What a key may hold; `needed` says whether the finished (inherited) table must have it."""

    check: Check
    needed: bool = False


def text(value: object) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return "must be a text in quotes and not empty"
    if value != unicodedata.normalize("NFC", value):  # printed calls hold look-alikes that no search finds
        return "holds compatibility characters; normalise it to NFC"
    return None


def name(value: object) -> str | None:
    if isinstance(value, str) and re.fullmatch(r"[a-z0-9]+([_-][a-z0-9]+)*", value):
        return None
    return "must be a short name of small letters, digits, hyphens or underscores"


def day(value: object) -> str | None:
    if isinstance(value, date) and not isinstance(value, datetime):
        return None
    return "must be a date without quotes, such as 2026-03-31"


def flag(value: object) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def count(limit: int) -> Check:
    """A whole number from 1 to `limit`; true is not a number here."""

    def check(value: object) -> str | None:
        good = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= limit
        return None if good else f"must be a whole number from 1 to {limit}"

    return check


def one_of(choices: type[StrEnum] | tuple[str, ...]) -> Check:
    known = tuple(str(choice) for choice in choices)

    def check(value: object) -> str | None:
        return None if isinstance(value, str) and value in known else f"is {value!r}; use one of {', '.join(known)}"

    return check


def several(each: Check) -> Check:
    """A non-empty list without repetition whose members pass `each`."""

    def check(value: object) -> str | None:
        if not isinstance(value, list) or not value:
            return "must be a list with at least one member"
        for member in value:
            if problem := each(member):
                return f"member {problem}" if problem.startswith("is ") else f"member {member!r} {problem}"
        return "names the same thing twice" if len({str(member) for member in value}) < len(value) else None

    return check


def one_or_several(each: Check) -> Check:
    return lambda value: several(each)(value) if isinstance(value, list) else each(value)


def table(*keys: str) -> Check:
    """A table with exactly these keys, each a text."""

    def check(value: object) -> str | None:
        if isinstance(value, dict) and set(value) == set(keys) and all(text(part) is None for part in value.values()):
            return None
        return "must be { " + ", ".join(f'{key} = "…"' for key in keys) + " }"

    return check


def tables(value: object) -> str | None:
    good = isinstance(value, list) and all(isinstance(member, dict) for member in value)
    return None if good else "must be a list of tables, written with double brackets"


def mapping(value: object) -> str | None:
    return None if isinstance(value, dict) else "must be a table"


def exactly(number: int) -> Check:
    return lambda value: None if value == number and not isinstance(value, bool) else f"must be {number}"


def escalation(value: object) -> str | None:
    """Levels of the people who are told: a list of tables, one for each role."""
    if not isinstance(value, list) or not value or not all(isinstance(member, dict) for member in value):
        return 'must be a list of tables such as { role = "officer", from = "+7", grace = 5 }'
    for member in value:
        if problem := _level(member):
            return f"member {member.get('role', '(without role)')!r}: {problem}"
    return "names the same role twice" if len({member["role"] for member in value}) < len(value) else None


def _level(member: dict) -> str | None:
    for key in member:
        if key not in LEVEL:
            return f"{key} is not a known key; known here: {', '.join(LEVEL)}"
    for key, rule in LEVEL.items():
        if key in member and (problem := rule.check(member[key])):
            return f"{key} {problem}"
        if key not in member and rule.needed:
            return f"{key} is missing; add it"
    return None


def grace(value: object) -> str | None:
    """Working days; true is not a number here."""
    good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_GRACE
    return None if good else f"must be a whole number from 0 to {MAX_GRACE}"


def any_of(each: Check) -> Check:
    """A list, empty too, without repetition."""
    return lambda value: None if value == [] else several(each)(value)


words = table("zh", "en")
items = several(table("id", "zh", "en"))
anchors = one_or_several(one_of(model.ANCHORS))
stages = several(one_of(tuple(STAGES)))
decisions = several(one_of(model.DECISIONS))

LEVEL = {
    "role": Key(one_of(ROLES), True),
    "from": Key(one_of((*STAGES, model.NEVER)), True),
    "grace": Key(grace),
    "channels": Key(any_of(one_of(CHANNELS))),
    "language": Key(one_of(LANGUAGES)),
}

PACK = {
    "format": Key(exactly(FORMAT), True),
    "code": Key(name, True),
    "version": Key(text, True),
    "extends": Key(name),
    "remove": Key(several(name)),
    "abstract": Key(flag),
    "fictional": Key(flag),
    "title_zh": Key(text, True),
    "title_en": Key(text, True),
    "authority_zh": Key(text, True),
    "authority_en": Key(text, True),
    "checked_on": Key(day, True),
    "effective_from": Key(day, True),
    "application_closes_on": Key(day),
    "county": Key(one_of(tuple(COUNTIES))),
    "interim_report_in_every_year": Key(flag),
    "ladder": Key(stages),
    "escalation": Key(escalation),
    "term": Key(mapping),
    "source": Key(tables),
    "rule": Key(tables),
    "consequence": Key(tables),
}

RESOLVED_ONLY = {"lineage": Key(several(name))}
"""Written by `dump`, never by hand."""

TERM = {
    "years": Key(count(20)),
    "start": Key(day),
    "end": Key(day),
    "source": Key(name, True),
    "clause": Key(text, True),
    "wording": Key(text, True),
    "gloss_en": Key(text, True),
}

SOURCE = {
    "id": Key(name, True),
    "title": Key(text, True),
    "publisher": Key(text, True),
    "published": Key(text, True),
    "archived": Key(text),
    "url": Key(text),
    "sha256": Key(text),
}

RULE = {
    "id": Key(name, True),
    "kind": Key(one_of(Kind), True),
    "duty": Key(flag, True),
    "title_zh": Key(text, True),
    "title_en": Key(text, True),
    "per": Key(one_of(model.PER), True),
    "instantiate": Key(one_of(model.INSTANTIATE), True),
    "years": Key(one_of(model.YEARS)),
    "quarter_basis": Key(one_of(model.QUARTER_BASES)),
    "discharged_by": Key(one_of(DischargedBy), True),
    "contract_required": Key(flag),
    "condition": Key(words),
    "content": Key(items),
    "decisions": Key(decisions),
    "ladder": Key(stages),
    "escalation": Key(escalation),
    "version": Key(tables, True),
}

RULE_RESOLVED_ONLY = {"origin": Key(name)}

VERSION = {
    "effective_from": Key(day, True),
    "effective_to": Key(day),
    "checked_on": Key(day, True),
    "source": Key(name, True),
    "clause": Key(text),
    "related_clause": Key(text),
    "wording": Key(text, True),
    "wording_is": Key(one_of(model.WORDING)),
    "gloss_en": Key(text, True),
    "status": Key(one_of(DateStatus), True),
    "confidence": Key(one_of(Confidence), True),
    "basis": Key(one_of(Basis), True),
    "direction": Key(one_of(model.DIRECTIONS)),
    "anchor": Key(anchors),
    "months": Key(count(120)),
    "days": Key(count(3660)),
    "enter_from": Key(words),
    "justified_exception": Key(text),
    "assumptions": Key(several(words)),
}

CONSEQUENCE = {
    "id": Key(name, True),
    "rule": Key(name),
    "source": Key(name, True),
    "clause": Key(text, True),
    "wording": Key(text, True),
    "gloss_en": Key(text, True),
    "decisions": Key(decisions, True),
}
