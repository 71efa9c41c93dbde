"""The keys of a reports file and what each may hold. The lint reads these tables; there is no other list of keys."""

from __future__ import annotations

from tracker.domain.statuses import Basis, Kind
from tracker.programmes import schema
from tracker.programmes.report_types import FieldType, Holds, Required
from tracker.programmes.schema import Key

FORMAT = 1
COLUMN_TYPES = (FieldType.LINE, FieldType.NUMBER, FieldType.DATE, FieldType.CHOICE)
SEVERITIES = ("error", "warning")
DAYS = ("today", "period_end")
SEATS = ("officer", "chief", "reviewer")

basis = schema.one_of(Basis)
kinds = schema.several(schema.one_of(Kind))


def whole(least: int, most: int) -> schema.Check:
    """A whole number within bounds; true is not a number here."""

    def check(value: object) -> str | None:
        good = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        return None if good else f"must be a whole number from {least} to {most}"

    return check


def number(value: object) -> str | None:
    return None if isinstance(value, int) and not isinstance(value, bool) else "must be a whole number"


def choices(value: object) -> str | None:
    """A list of answers, each `{ id, zh, en }`, no id twice."""
    if problem := schema.several(schema.table("id", "zh", "en"))(value):
        return problem
    return "uses an id twice" if len({one["id"] for one in value}) < len(value) else None


FILE = {
    "format": Key(schema.exactly(FORMAT), True),
    "programme": Key(schema.name, True),
    "version": Key(schema.text, True),
    "checked_on": Key(schema.day, True),
    "remove": Key(schema.several(schema.name)),
    "type": Key(schema.tables),
    "flow": Key(schema.tables),
    "window": Key(schema.tables),
    "outcomes": Key(schema.mapping),
}

TYPE = {
    "code": Key(schema.name, True),
    "version": Key(schema.text, True),
    "title": Key(schema.words, True),
    "kinds": Key(kinds),
    "basis": Key(basis, True),
    "clause": Key(schema.text, True),
    "source": Key(schema.text),
    "remove": Key(schema.several(schema.name)),
    "section": Key(schema.tables, True),
    "check": Key(schema.tables),
}

SECTION = {
    "id": Key(schema.name, True),
    "title": Key(schema.words, True),
    "holds": Key(schema.one_of(Holds)),
    "after": Key(schema.name),
    "field": Key(schema.tables),
}

FIELD = {
    "id": Key(schema.name, True),
    "type": Key(schema.one_of(FieldType), True),
    "label": Key(schema.words, True),
    "help": Key(schema.words, True),
    "required": Key(schema.one_of(Required)),
    "carry": Key(schema.flag),
    "longest": Key(whole(1, 100_000)),
    "unit": Key(schema.words),
    "decimals": Key(whole(0, 6)),
    "least": Key(number),
    "most": Key(number),
    "not_after": Key(schema.one_of(DAYS)),
    "choices": Key(choices),
    "columns": Key(schema.tables),
    "rows_most": Key(whole(1, 200)),
    "files_most": Key(whole(1, 20)),
    "after": Key(schema.name),
}

COLUMN = {
    "id": Key(schema.name, True),
    "type": Key(schema.one_of(COLUMN_TYPES), True),
    "zh": Key(schema.text, True),
    "en": Key(schema.text, True),
    "required": Key(schema.flag),
    "unit": Key(schema.words),
    "choices": Key(choices),
    "longest": Key(whole(1, 2_000)),
    "decimals": Key(whole(0, 6)),
    "least": Key(number),
    "most": Key(number),
    "not_after": Key(schema.one_of(DAYS)),
}

CHECK = {
    "id": Key(schema.name, True),
    "rule": Key(schema.name, True),
    "severity": Key(schema.one_of(SEVERITIES), True),
    "fields": Key(schema.several(schema.name)),
    "says": Key(schema.words, True),
    "value": Key(number),
    "when": Key(schema.several(schema.name)),
}

FLOW = {
    "id": Key(schema.name, True),
    "kinds": Key(kinds, True),
    "basis": Key(basis, True),
    "clause": Key(schema.text, True),
    "step": Key(schema.tables, True),
}

STEP = {
    "id": Key(schema.name, True),
    "stage": Key(whole(1, 9), True),
    "who": Key(schema.one_of(SEATS), True),
    "title": Key(schema.words, True),
    "seats": Key(whole(1, 9)),
    "days": Key(whole(1, 250)),
    "scored": Key(choices),
}

WINDOW = {
    "id": Key(schema.name, True),
    "kinds": Key(kinds, True),
    "opens_days_before_due": Key(whole(0, 366)),
    "grace_days": Key(whole(0, 366)),
    "withdraw_days": Key(whole(0, 366)),
    "office_days": Key(whole(1, 250)),
    "basis": Key(basis, True),
    "clause": Key(schema.text, True),
}

OUTCOMES = {
    "funder_names": Key(schema.several(schema.text), True),
    "programme_names": Key(schema.several(schema.text), True),
    "tracking_years": Key(whole(0, 20)),
    "basis": Key(basis, True),
    "clause": Key(schema.text, True),
}
