"""The sense of a whole pack, after inheritance: what its keys must say together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from tracker.programmes import escalation, schema
from tracker.programmes.model import Problem

Complaint = tuple[str, str]
"""A key path and what to do about it."""

_PER_OF = {"once": ("project", "approval"), "per_year": ("year",), "per_quarter": ("quarter",)}
_ANCHOR_NEEDS = {"year_end": "year", "quarter_end": "quarter", "approval_expires_on": "approval"}
_DATING = ("direction", "anchor", "months", "days")


def check_whole(tables: dict, where: str) -> list[Problem]:
    """Every problem of a resolved pack that is not the shape of one single key (those are reported where they stand)."""
    return [Problem(where, key, message) for key, message in _complaints(tables)]


def _complaints(tables: dict) -> Iterator[Complaint]:
    pack = _clean(tables, schema.PACK)
    sources = [_clean(member, schema.SOURCE) for member in pack.get("source", ())]
    known = {member.get("id") for member in sources}
    rules = [_clean(member, schema.RULE) for member in pack.get("rule", ())]
    yield from _missing(tables, schema.PACK, "")
    yield from _sources(pack)
    if "term" in pack:
        yield from _term(pack["term"], known)
    elif not pack.get("abstract"):
        yield "term", "is missing; say how long a project runs and which clause says so"
    if not rules:
        yield "rule", "there is no [[rule]]; write at least one"
    for raw in pack.get("rule", ()):
        yield from _rule(raw, known, pack)
    yield from _consequences(pack, known, {rule.get("id") for rule in rules})
    yield from _switch(pack, rules)
    yield from escalation.complaints({**pack, "rule": rules})


def _clean(table: dict, keys: dict[str, schema.Key]) -> dict:
    """The entries whose values have the right shape; the others were complained about already."""
    return {key: value for key, value in table.items() if key in keys and keys[key].check(value) is None}


def _missing(table: dict, keys: dict[str, schema.Key], prefix: str) -> Iterator[Complaint]:
    for key, rule in keys.items():
        if rule.needed and key not in table:
            yield prefix + key, "is missing; add it"


def _sources(pack: dict) -> Iterator[Complaint]:
    if not pack.get("source"):
        yield "source", "there is no [[source]]; name the text that the rules quote"
    for raw in pack.get("source", ()):
        prefix = f"source.{raw.get('id')}."
        yield from _missing(raw, schema.SOURCE, prefix)
        if "archived" not in raw and "url" not in raw:
            yield f"source.{raw.get('id')}", "needs `archived` (the stored copy) or `url`"


def _cites(table: dict, known: set[str], prefix: str) -> Iterator[Complaint]:
    if "source" in table and table["source"] not in known:
        yield prefix + "source", f"{table['source']!r} is not a [[source]] of this pack; add it or correct the id"


def _term(raw: dict, known: set[str]) -> Iterator[Complaint]:
    term = _clean(raw, schema.TERM)
    yield from _missing(raw, schema.TERM, "term.")
    yield from _cites(term, known, "term.")
    if "start" in term and "end" in term and term["end"] < term["start"]:
        yield "term.end", "is before term.start"


def _rule(raw: dict, known: set[str], pack: dict) -> Iterator[Complaint]:
    rule = _clean(raw, schema.RULE)
    prefix = f"rule.{raw.get('id')}."
    yield from _missing(raw, schema.RULE, prefix)
    yield from _placing(rule, prefix)
    if rule.get("kind") == "year_end_notice" and rule.get("duty") is not False:
        yield prefix + "duty", "a year_end_notice is not a duty; write false"
    versions = rule.get("version", [])
    if "version" in raw and not versions:
        yield prefix + "version", "holds no [[rule.version]]; write at least one"
    for number, version in enumerate(versions):
        yield from _version(version, known, pack, rule, f"{prefix}version[{number}].")
    yield from _overlaps([_clean(version, schema.VERSION) for version in versions], prefix)
    items = [item["id"] for item in rule.get("content", ())]
    if len(set(items)) < len(items):
        yield prefix + "content", "uses an id twice; give one another id"


def _placing(rule: dict, prefix: str) -> Iterator[Complaint]:
    """Where rows appear and to what they belong."""
    per, instantiate = rule.get("per"), rule.get("instantiate")
    if instantiate in _PER_OF and per is not None and per not in _PER_OF[instantiate]:
        yield prefix + "instantiate", f"{instantiate} does not go with per = {per!r}; it goes with {' or '.join(_PER_OF[instantiate])}"
    for key, owner in (("years", "year"), ("quarter_basis", "quarter")):
        if per is not None and per != owner and key in rule:
            yield prefix + key, f"belongs to rules per {owner} only; remove it"
        if per == owner and key not in rule:
            yield prefix + key, f"is missing; a rule per {owner} says which"


def _version(raw: dict, known: set[str], pack: dict, rule: dict, prefix: str) -> Iterator[Complaint]:
    version = _clean(raw, schema.VERSION)
    yield from _missing(raw, schema.VERSION, prefix)
    yield from _cites(version, known, prefix)
    yield from _clauses(raw, version, prefix)
    if version.get("confidence") == "assumed" and "assumptions" not in raw:
        yield prefix + "assumptions", "is missing; an assumed rule says what it assumes"
    if "effective_to" in version and "effective_from" in version and version["effective_to"] < version["effective_from"]:
        yield prefix + "effective_to", "is before effective_from"
    if version.get("status") == "dated":
        yield from _dated(raw, version, pack, rule, prefix)
    elif "status" in version:
        for key in _DATING:
            if key in raw:
                yield prefix + key, f"a rule that is {version['status']} has no date to compute; remove it"
        if "enter_from" not in raw:
            yield prefix + "enter_from", "is missing; name the document from which the date is entered"


def _clauses(raw: dict, version: dict, prefix: str) -> Iterator[Complaint]:
    setting = version.get("basis") == "setting"
    if setting and "related_clause" not in raw:
        yield prefix + "related_clause", "is missing; a setting names the clause it serves"
    if setting and "clause" in raw:
        yield prefix + "clause", "a setting is not in the text; name the clause it serves as related_clause"
    if not setting and "basis" in version and "clause" not in raw:
        yield prefix + "clause", "is missing; say where the text stands"
    if not setting and "related_clause" in raw:
        yield prefix + "related_clause", 'is for basis = "setting" only; use clause'


def _dated(raw: dict, version: dict, pack: dict, rule: dict, prefix: str) -> Iterator[Complaint]:
    for key in ("direction", "anchor"):
        if key not in raw:
            yield prefix + key, "is missing; a dated rule says how its date is found"
    if "enter_from" in raw:
        yield prefix + "enter_from", "is for rules without a date; remove it"
    lengths = [key for key in ("months", "days") if key in raw]
    direction = version.get("direction")
    if direction in ("after", "before") and len(lengths) != 1:
        yield prefix + "months", "give exactly one of months and days"
    if direction in ("on", "by_end_of_month") and lengths:
        yield prefix + lengths[0], f"direction {direction!r} has no period; remove it"
    anchors = version.get("anchor", [])
    for anchor in [anchors] if isinstance(anchors, str) else anchors:
        owner = _ANCHOR_NEEDS.get(anchor)
        if owner and rule.get("per") not in (None, owner):
            yield prefix + "anchor", f"{anchor} needs per = {owner!r}"
        if anchor == "application_closes_on" and anchor not in pack and not pack.get("abstract"):
            yield prefix + "anchor", "the pack has no application_closes_on; add it or count from another day"


def _overlaps(versions: list[dict], prefix: str) -> Iterator[Complaint]:
    """Versions stand in the order of their dates and never hold on the same day."""
    for number, (earlier, later) in enumerate(pairwise(versions), start=1):
        first, second = earlier.get("effective_from"), later.get("effective_from")
        last = earlier.get("effective_to")
        if not isinstance(first, date) or not isinstance(second, date):
            continue
        key = f"{prefix}version[{number}].effective_from"
        if second == first:
            yield key, "two versions begin on the same day; they overlap"
        elif second < first:
            yield key, "versions are not in the order of their dates; sort them"
        elif last is not None and last >= second:
            yield key, f"overlaps the version before, which holds until {last.isoformat()}"


def _consequences(pack: dict, known: set[str], rule_ids: set[str]) -> Iterator[Complaint]:
    for raw in pack.get("consequence", ()):
        prefix = f"consequence.{raw.get('id')}."
        yield from _missing(raw, schema.CONSEQUENCE, prefix)
        consequence = _clean(raw, schema.CONSEQUENCE)
        yield from _cites(consequence, known, prefix)
        if "rule" in consequence and consequence["rule"] not in rule_ids:
            yield prefix + "rule", f"there is no rule {consequence['rule']!r}; correct the id"


def _switch(pack: dict, rules: list[dict]) -> Iterator[Complaint]:
    if not pack.get("interim_report_in_every_year"):
        return
    if not any(rule.get("kind") == "interim_report" and rule.get("per") == "year" for rule in rules):
        yield "interim_report_in_every_year", "needs a rule of kind interim_report per year; write one or remove the switch"
