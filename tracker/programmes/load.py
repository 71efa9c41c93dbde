"""From a pack to a frozen Programme, and from a Programme to the text that the database keeps and back.

A project keeps the programme version it was signed under: the store holds `dump(programme)`, and `load_text` rebuilds the same
programme from it after the file has changed.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date
from pathlib import Path

from tracker.domain.alert_policy import USUAL_LEVELS, Level
from tracker.domain.deadlines import Reason
from tracker.domain.periods import Period
from tracker.domain.statuses import Basis, Confidence, DateStatus, DischargedBy, Kind
from tracker.programmes import lint, resolve
from tracker.programmes.escalation import told
from tracker.programmes.model import Consequence, Item, Programme, ProgrammeError, Rule, RuleVersion, Source, Term

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DATE_KEYS = frozenset({"checked_on", "effective_from", "effective_to", "application_closes_on", "start", "end"})


def load(path: Path, find: resolve.FindParent) -> Programme:
    """The programme in this file, with what it extends (found by `find`). Raises ProgrammeError with every problem."""
    problems, resolved = lint.lint_pack(path, find)
    if problems:
        raise ProgrammeError(problems)
    return build(resolved)


def load_text(text: str) -> Programme:
    """The programme that `dump` wrote. Raises ProgrammeError where the text is not one."""
    try:
        resolved = _with_dates(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise ProgrammeError([lint.Problem("(stored text)", "(text)", f"is not a stored programme: {error}")]) from error
    problems = lint.lint_resolved(resolved, "(stored text)")
    if problems:
        raise ProgrammeError(problems)
    return build(resolved)


def dump(programme: Programme) -> str:
    """The whole programme as one canonical text (JSON, sorted keys, ISO dates); its SHA-256 is `programme.sha256`."""
    return programme.text


def canonical(resolved: dict) -> str:
    """The text that stands for these tables: the same tables always give the same text."""
    return json.dumps(resolved, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=date.isoformat)


def build(resolved: dict) -> Programme:
    """Freeze tables that passed the lint."""
    text = canonical(resolved)
    levels = told(resolved, USUAL_LEVELS)
    return Programme(
        code=resolved["code"],
        version=resolved["version"],
        title_zh=resolved["title_zh"],
        title_en=resolved["title_en"],
        authority_zh=resolved["authority_zh"],
        authority_en=resolved["authority_en"],
        checked_on=resolved["checked_on"],
        effective_from=resolved["effective_from"],
        sources=tuple(Source(**member) for member in resolved.get("source", ())),
        rules=tuple(_rule(member, levels) for member in resolved.get("rule", ())),
        consequences=tuple(_consequence(member) for member in resolved.get("consequence", ())),
        term=_term(resolved.get("term")),
        application_closes_on=resolved.get("application_closes_on"),
        county=resolved.get("county"),
        interim_report_in_every_year=resolved.get("interim_report_in_every_year", False),
        abstract=resolved.get("abstract", False),
        fictional=resolved.get("fictional", False),
        ladder=tuple(resolved.get("ladder", ())),
        levels=levels,
        lineage=tuple(resolved.get("lineage", ())),
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )


def _rule(table: dict, levels: tuple[Level, ...]) -> Rule:
    condition = table.get("condition")
    return Rule(
        id=table["id"],
        kind=Kind(table["kind"]),
        duty=table["duty"],
        title_zh=table["title_zh"],
        title_en=table["title_en"],
        per=table["per"],
        instantiate=table["instantiate"],
        discharged_by=DischargedBy(table["discharged_by"]),
        versions=tuple(_version(member) for member in table["version"]),
        years=table.get("years"),
        quarter_basis=table.get("quarter_basis"),
        contract_required=table.get("contract_required", False),
        condition=Reason(**condition) if condition else None,
        content=tuple(Item(**member) for member in table.get("content", ())),
        decisions=tuple(table.get("decisions", ())),
        ladder=tuple(table.get("ladder", ())),
        levels=told(table, levels) if "escalation" in table else None,
        origin=table.get("origin", ""),
    )


def _version(table: dict) -> RuleVersion:
    anchor = table.get("anchor", ())
    months, days = table.get("months", 0), table.get("days", 0)
    enter_from = table.get("enter_from")
    return RuleVersion(
        effective_from=table["effective_from"],
        effective_to=table.get("effective_to"),
        checked_on=table["checked_on"],
        source=table["source"],
        clause=table.get("clause") or table["related_clause"],
        wording=table["wording"],
        wording_is=table.get("wording_is", "literal"),
        gloss_en=table["gloss_en"],
        status=DateStatus(table["status"]),
        confidence=Confidence(table["confidence"]),
        basis=Basis(table["basis"]),
        direction=table.get("direction"),
        anchors=(anchor,) if isinstance(anchor, str) else tuple(anchor),
        period=Period(months=months, days=days) if months or days else None,
        enter_from=Reason(**enter_from) if enter_from else None,
        justified_exception=table.get("justified_exception"),
        assumptions=tuple(Reason(**member) for member in table.get("assumptions", ())),
    )


def _consequence(table: dict) -> Consequence:
    return Consequence(**{**table, "decisions": tuple(table["decisions"])})


def _term(table: dict | None) -> Term | None:
    if table is None:
        return None
    return Term(**{"years": None, "start": None, "end": None, **table})


def _with_dates(value: object, key: str = "") -> object:
    """JSON has no dates: the texts under the keys that hold dates become dates again."""
    if isinstance(value, dict):
        return {name: _with_dates(member, name) for name, member in value.items()}
    if isinstance(value, list):
        return [_with_dates(member) for member in value]
    if key in _DATE_KEYS and isinstance(value, str) and _ISO_DATE.fullmatch(value):
        return date.fromisoformat(value)
    return value
