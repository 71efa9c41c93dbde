"""Says everything that is wrong with a reports file, at once, each with its file, the key and what to do about it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from tracker.domain.report_checks import LINE_RULES
from tracker.domain.report_rules import RULES
from tracker.programmes import report_schema as keys
from tracker.programmes.first_forms import REPORTED
from tracker.programmes.model import Problem
from tracker.programmes.report_merge import LISTS, merge_all
from tracker.programmes.report_types import FieldType, Holds
from tracker.programmes.schema import Key

Complaint = tuple[str, str]
"""A key path and what to do about it."""

_BUILT_IN = ("late_reason", "remarks", "checkpoint", "indicator", "action", "outcomes")
_ONLY_FOR = {
    "unit": ("number",), "decimals": ("number",), "least": ("number",), "most": ("number",), "longest": ("text", "line"),
    "not_after": ("date",), "choices": ("choice",), "columns": ("table",), "rows_most": ("table",), "files_most": ("files",),
}  # fmt: skip


def lint_chain(chain: Sequence[tuple[Path, dict]], kinds: Collection[str]) -> list[Problem]:
    """The problems of the last file of a lineage, alone and together with those before it; `kinds` are those of its pack's rules.

    The files before it are linted with their own packs; a lineage without any file lacks every form.
    """
    if not chain:
        return []
    path, raw = chain[-1]
    where = str(path)
    code = path.name.split(".")[0]
    problems = [Problem(where, key, message) for key, message in _shapes(raw)]
    if raw.get("programme") not in (None, code):
        problems.append(Problem(where, "programme", f"is {raw['programme']!r} but the file is {path.name}; they must agree"))
    if problems and any(_broken(table) for _, table in chain):
        return problems
    merged = merge_all([table for _, table in chain])
    own = [Problem(where, key, message) for key, message in _whole(merged, kinds)]
    return problems + [problem for problem in own if problem not in problems]


def _broken(raw: Mapping[str, Any]) -> bool:
    """Whether lists are no lists of tables somewhere, so that merging and reading on make no sense."""
    return any("double brackets" in message or "must be a list" in message for _, message in _shapes(raw))


# --- Shapes: every key by itself ------------------------------------------------------------------------------------------------


def _shapes(raw: Mapping[str, Any]) -> Iterator[Complaint]:
    yield from _table(raw, keys.FILE, "")
    for number, one in enumerate(_members(raw, "type")):
        prefix = _prefix("type", one, "code", number)
        yield from _table(one, keys.TYPE, prefix)
        for place, section in enumerate(_members(one, "section")):
            inner = prefix + _prefix("section", section, "id", place)
            yield from _table(section, keys.SECTION, inner)
            yield from _fields(section, inner)
        for place, check in enumerate(_members(one, "check")):
            yield from _table(check, keys.CHECK, prefix + _prefix("check", check, "id", place))
        yield from _twice(one, ("section", "check"), "id", prefix)
    for number, one in enumerate(_members(raw, "flow")):
        prefix = _prefix("flow", one, "id", number)
        yield from _table(one, keys.FLOW, prefix)
        for place, step in enumerate(_members(one, "step")):
            yield from _table(step, keys.STEP, prefix + _prefix("step", step, "id", place))
        yield from _twice(one, ("step",), "id", prefix)
    for number, one in enumerate(_members(raw, "window")):
        yield from _table(one, keys.WINDOW, _prefix("window", one, "id", number))
    if isinstance(raw.get("outcomes"), dict):
        yield from _table(raw["outcomes"], keys.OUTCOMES, "outcomes.")
    for kind, mark in LISTS.items():
        yield from _twice(raw, (kind,), mark, "")


def _fields(section: Mapping[str, Any], prefix: str) -> Iterator[Complaint]:
    for number, one in enumerate(_members(section, "field")):
        inner = prefix + _prefix("field", one, "id", number)
        yield from _table(one, keys.FIELD, inner)
        for place, column in enumerate(_members(one, "columns")):
            yield from _table(column, keys.COLUMN, inner + _prefix("columns", column, "id", place))
        yield from _twice(one, ("columns",), "id", inner)
    yield from _twice(section, ("field",), "id", prefix)


def _table(table: Mapping[str, Any], known: Mapping[str, Key], prefix: str) -> Iterator[Complaint]:
    for key, value in table.items():
        if key not in known:
            yield prefix + key, f"is not a known key; known here: {', '.join(known)}"
        elif message := known[key].check(value):
            yield prefix + key, message


def _twice(table: Mapping[str, Any], lists: Sequence[str], mark: str, prefix: str) -> Iterator[Complaint]:
    for key in lists:
        seen: set[str] = set()
        for member in _members(table, key):
            name = str(member.get(mark, ""))
            if not name:
                yield f"{prefix}{key}.(without {mark})", f"needs {mark}"
            elif name in seen:
                yield f"{prefix}{key}.{name}", f"this {mark} is used twice; give one another"
            seen.add(name)


def _members(table: Mapping[str, Any], key: str) -> list[dict]:
    members = table.get(key)
    return [member for member in members if isinstance(member, dict)] if isinstance(members, list) else []


def _prefix(kind: str, table: Mapping[str, Any], mark: str, number: int) -> str:
    return f"{kind}.{table.get(mark, number)}."


# --- Sense: what the finished forms say together ---------------------------------------------------------------------------------


def _whole(merged: Mapping[str, Any], kinds: Collection[str]) -> Iterator[Complaint]:
    yield from _missing(merged, keys.FILE, "")
    answered: dict[str, str] = {}
    for one in _members(merged, "type"):
        yield from _type(one)
        for kind in _texts(one, "kinds"):
            if kind not in REPORTED:
                yield f"type.{one.get('code')}.kinds", f"{kind!r} is not handed in as a report; remove it"
            if kind in answered:
                yield f"type.{one.get('code')}.kinds", f"{kind!r} has a form already: {answered[kind]}; leave it to one of them"
            answered[kind] = str(one.get("code"))
    for kind in sorted((set(kinds) & REPORTED) - set(answered)):
        yield "type", f"no form answers {kind!r}, which rules of this programme ask for; add it to the kinds of one"
    for key, part in (("flow", keys.FLOW), ("window", keys.WINDOW)):
        yield from _once(merged, key)
        for one in _members(merged, key):
            yield from _missing(one, part, f"{key}.{one.get('id')}.")
    for one in _members(merged, "flow"):
        yield from _steps(one, f"flow.{one.get('id')}.")
    if isinstance(merged.get("outcomes"), dict):
        yield from _missing(merged["outcomes"], keys.OUTCOMES, "outcomes.")


def _once(merged: Mapping[str, Any], key: str) -> Iterator[Complaint]:
    """A kind has one flow and one window."""
    seen: dict[str, str] = {}
    for one in _members(merged, key):
        for kind in _texts(one, "kinds"):
            if kind in seen:
                yield f"{key}.{one.get('id')}.kinds", f"{kind!r} stands in {key} {seen[kind]!r} already"
            seen[kind] = str(one.get("id"))


def _missing(table: Mapping[str, Any], known: Mapping[str, Key], prefix: str) -> Iterator[Complaint]:
    for key, rule in known.items():
        if rule.needed and key not in table:
            yield prefix + key, "is missing; add it"


def _type(one: Mapping[str, Any]) -> Iterator[Complaint]:
    prefix = f"type.{one.get('code')}."
    yield from _missing(one, keys.TYPE, prefix)
    if "section" in one and not _members(one, "section"):
        yield prefix + "section", "holds no [[type.section]]; write at least one"
    sections = {str(section.get("id")) for section in _members(one, "section")}
    holders: set[str] = set()
    fields: dict[str, dict] = {}
    for section in _members(one, "section"):
        inner = f"{prefix}section.{section.get('id')}."
        yield from _missing(section, keys.SECTION, inner)
        holds = section.get("holds", Holds.FIELDS)
        if holds != Holds.FIELDS and holds in holders:
            yield inner + "holds", f"another section holds {holds} already"
        holders.add(holds)
        if holds == Holds.FIELDS and not _members(section, "field"):
            yield inner + "field", "holds nothing; write [[type.section.field]] or say what it `holds`"
        for member in _members(section, "field"):
            name = str(member.get("id"))
            if name in fields:
                yield f"{inner}field.{name}", "another section has a field with this id; ids are unique in a form"
            if name in sections and name != section.get("id"):
                yield f"{inner}field.{name}", "another section has this id; a field may share the id of its own section only"
            fields[name] = member
            yield from _field(member, f"{inner}field.{name}.")
    for check in _members(one, "check"):
        yield from _check(check, fields, holders, f"{prefix}check.{check.get('id')}.")


def _field(one: Mapping[str, Any], prefix: str) -> Iterator[Complaint]:
    yield from _missing(one, keys.FIELD, prefix)
    if one.get("id") in _BUILT_IN:
        yield prefix + "id", "is a name that every report uses already; choose another"
    kind = one.get("type")
    yield from _fitting(one, kind, prefix)
    if kind == FieldType.TABLE and not _members(one, "columns"):
        yield prefix + "columns", "is missing; a table has at least one column"
    if kind == FieldType.FILES and one.get("carry"):
        yield prefix + "carry", "files are not carried over; remove it"
    for column in _members(one, "columns"):
        inner = f"{prefix}columns.{column.get('id')}."
        yield from _missing(column, keys.COLUMN, inner)
        yield from _fitting(column, column.get("type"), inner)


def _fitting(one: Mapping[str, Any], kind: object, prefix: str) -> Iterator[Complaint]:
    """Keys that belong to the type, and the bounds among themselves."""
    for key, owners in _ONLY_FOR.items():
        if key in one and isinstance(kind, str) and kind not in owners:
            yield prefix + key, f"is for {' and '.join(owners)} only; remove it"
    if kind == FieldType.NUMBER and "unit" not in one:
        yield prefix + "unit", "is missing; a number without its unit says nothing"
    if kind == FieldType.CHOICE and "choices" not in one:
        yield prefix + "choices", "is missing; say what can be chosen"
    least, most = one.get("least"), one.get("most")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        yield prefix + "least", "is greater than most"


def _check(check: Mapping[str, Any], fields: Mapping[str, dict], holders: Collection[str], prefix: str) -> Iterator[Complaint]:
    yield from _missing(check, keys.CHECK, prefix)
    name, named = check.get("rule"), _texts(check, "fields")
    if name in LINE_RULES:
        wanted = Holds.INDICATORS if name in ("cumulative_not_below_last", "leap") else Holds.CHECKPOINTS
        if wanted not in holders:
            yield prefix + "rule", f"{name} is about {wanted}, and no section holds them"
        if named:
            yield prefix + "fields", f"{name} is about {wanted}; remove it"
        return
    rule = RULES.get(str(name))
    if rule is None:
        if "rule" in check:
            yield prefix + "rule", f"is {name!r}; use one of {', '.join(sorted([*RULES, *LINE_RULES]))}"
        return
    if len(named) < rule.least:
        yield prefix + "fields", f"needs at least {rule.least} of the form's fields"
    for one in named:
        if one not in fields:
            yield prefix + "fields", f"there is no field {one!r} in this form; correct the id"
        elif fields[one].get("type") not in rule.types:
            yield prefix + "fields", f"{one!r} is a {fields[one].get('type')}; {name} is for {', '.join(sorted(rule.types))}"
    if rule.needs_value and "value" not in check:
        yield prefix + "value", "is missing; say how many times"
    if "when" in check:
        yield from _when(check, name, named, fields, prefix)


def _when(check: Mapping[str, Any], name: object, named: Sequence[str], fields: Mapping[str, dict], prefix: str) -> Iterator[Complaint]:
    if name != "needs_if":
        yield prefix + "when", "is for needs_if only; remove it"
        return
    answers = {one.get("id") for one in _members(fields.get(named[0], {}), "choices")} if named else set()
    for answer in _texts(check, "when"):
        if answer not in answers:
            yield prefix + "when", f"{answer!r} is no answer of {named[0] if named else 'its first field'!r}"


def _steps(flow: Mapping[str, Any], prefix: str) -> Iterator[Complaint]:
    steps = _members(flow, "step")
    if not steps:
        yield prefix + "step", "holds no [[flow.step]]; write at least one"
    for step in steps:
        inner = f"{prefix}step.{step.get('id')}."
        yield from _missing(step, keys.STEP, inner)
        if "scored" in step and step.get("who") != "reviewer":
            yield inner + "scored", "only a reviewer scores; remove it"
    stages = [step.get("stage") for step in steps if isinstance(step.get("stage"), int)]
    if stages and (sorted(stages) != stages or stages[0] != 1 or any(later - one > 1 for one, later in pairwise(stages))):
        yield prefix + "step", "stages begin with 1, leave none out and stand in their order"
    if stages and any(step.get("who") == "reviewer" for step in steps if step.get("stage") == stages[-1]):
        yield prefix + "step", "a reviewer recommends and does not decide; the last stage is the officer's or the chief's"


def _texts(table: Mapping[str, Any], key: str) -> list[str]:
    value = table.get(key)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
