"""Says everything that is wrong with a pack, at once, each with its file, the key and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tracker.programmes import resolve, schema
from tracker.programmes.checks import check_whole
from tracker.programmes.first_forms import REPORTED
from tracker.programmes.model import Problem
from tracker.programmes.report_lint import lint_chain
from tracker.programmes.report_merge import read_chain, reports_path

__all__ = ["Problem", "lint_file", "lint_forms", "lint_pack", "lint_resolved"]


def lint_file(path: Path, find: resolve.FindParent) -> list[Problem]:
    """Every problem of a pack and of its reports file, the lack of its cases among them; empty when it is good."""
    problems, tables = lint_pack(path, find)
    if not problems:
        problems += lint_forms(path, tables, find)
    return problems + _missing_cases(path)


def lint_forms(path: Path, tables: Mapping, find: resolve.FindParent) -> list[Problem]:
    """The problems of the reports file of a sound pack, or of what it inherits; a pack that projects are signed under needs forms."""
    codes = [*tables.get("lineage", ()), path.stem]
    chain, problems = read_chain(codes, lambda code: path if code == path.stem else find(code))
    kinds = set() if tables.get("abstract") else {rule.get("kind") for rule in tables.get("rule", ())}
    if not chain and not problems and kinds & REPORTED:
        problems.append(
            Problem(str(path), "(reports)", f"has no reports file and inherits none; write {reports_path(path).name} beside it")
        )
    return problems or lint_chain(chain, kinds)


def lint_pack(path: Path, find: resolve.FindParent) -> tuple[list[Problem], dict]:
    """The problems of a pack and the resolved tables (fit for `load.build` when there are no problems)."""
    raw, problems = resolve.read(path)
    if problems:
        return problems, {}
    where = str(path)
    problems = _known_keys(raw, where, resolved=False)
    if raw.get("code") not in (None, path.stem):
        problems.append(Problem(where, "code", f"is {raw['code']!r} but the file is {path.name}; they must agree"))
    problems += _duplicates(raw, where)
    chain, chain_problems = resolve.lineage(path, raw, find)
    problems += chain_problems
    problems += _inheritance(raw, chain, where)
    if problems and not _shapes_hold(raw, chain):
        return problems, {}
    if not chain_problems:
        tables = resolve.resolve(raw, chain)
        problems += [problem for problem in check_whole(tables, where) if problem not in problems]
        return problems, tables
    return problems, {}


def lint_resolved(tables: object, where: str) -> list[Problem]:
    """Every problem of a programme that was stored whole."""
    if not isinstance(tables, dict):
        return [Problem(where, "(text)", "must be a table")]
    problems = _known_keys(tables, where, resolved=True)
    return problems or _duplicates(tables, where) + check_whole(tables, where)


def _known_keys(raw: dict, where: str, resolved: bool) -> list[Problem]:
    """Unknown keys and values of the wrong kind, in every table of the file."""
    extra = schema.RESOLVED_ONLY if resolved else {}
    rule_extra = schema.RULE_RESOLVED_ONLY if resolved else {}
    problems = _table(raw, {**schema.PACK, **extra}, "", where)
    problems += _table(raw.get("term"), schema.TERM, "term.", where)
    for source in _members(raw, "source"):
        problems += _table(source, schema.SOURCE, f"source.{_name(source)}.", where)
    for rule in _members(raw, "rule"):
        prefix = f"rule.{_name(rule)}."
        problems += _table(rule, {**schema.RULE, **rule_extra}, prefix, where)
        for number, version in enumerate(_members(rule, "version")):
            problems += _table(version, schema.VERSION, f"{prefix}version[{number}].", where)
    for consequence in _members(raw, "consequence"):
        problems += _table(consequence, schema.CONSEQUENCE, f"consequence.{_name(consequence)}.", where)
    return problems


def _table(table: object, keys: Mapping[str, schema.Key], prefix: str, where: str) -> list[Problem]:
    if not isinstance(table, dict):
        return []
    problems = []
    for key, value in table.items():
        if key not in keys:
            problems.append(Problem(where, prefix + key, f"is not a known key; known here: {', '.join(keys)}"))
        elif message := keys[key].check(value):
            problems.append(Problem(where, prefix + key, message))
    return problems


def _members(table: dict, key: str) -> list[dict]:
    members = table.get(key)
    return [member for member in members if isinstance(member, dict)] if isinstance(members, list) else []


def _name(table: dict) -> str:
    return str(table.get("id", "(without id)"))


def _duplicates(raw: dict, where: str) -> list[Problem]:
    """Two tables with one id, or a table without."""
    problems = []
    for key in resolve.LISTS:
        seen: set[str] = set()
        for member in _members(raw, key):
            if "id" not in member:
                problems.append(Problem(where, f"{key}.(without id)", "needs an id"))
            elif _name(member) in seen:
                problems.append(Problem(where, f"{key}.{_name(member)}", "this id is used twice; give one another id"))
            seen.add(_name(member))
    return problems


def _inheritance(raw: dict, chain: list[dict], where: str) -> list[Problem]:
    """What a pack may not do to the pack it extends."""
    inherited = {key: {_name(member) for part in chain for member in _members(part, key)} for key in resolve.LISTS}
    problems = []
    for part in chain:
        if faults := len(_known_keys(part, "", resolved=False) + _duplicates(part, "")):
            message = f"the pack {part.get('code')!r} has {faults} problems of its own; lint and mend that one first"
            problems.append(Problem(where, "extends", message))
    problems += [
        Problem(where, f"source.{_name(source)}", "is already a source of the pack it extends; give it another id")
        for source in _members(raw, "source")
        if _name(source) in inherited["source"]
    ]
    removed = raw.get("remove")
    for name in removed if isinstance(removed, list) else ():
        if isinstance(name, str) and name not in inherited["rule"] | inherited["consequence"]:
            problems.append(Problem(where, "remove", f"{name!r} is not inherited, so it cannot be removed"))
    return problems


def _shapes_hold(raw: dict, chain: list[dict]) -> bool:
    """Whether lists are lists of tables and tables are tables, so that merging makes sense."""
    for part in [*chain, raw]:
        if any(schema.tables(part[key]) for key in resolve.LISTS if key in part):
            return False
        if any(not isinstance(member.get("id"), str) for key in resolve.LISTS for member in part.get(key, ())):
            return False
        if "term" in part and not isinstance(part["term"], dict):
            return False
        if schema.several(schema.text)(part.get("remove", ["-"])):
            return False
        if any(schema.tables(rule["version"]) for rule in part.get("rule", ()) if "version" in rule):
            return False
    return True


def _missing_cases(path: Path) -> list[Problem]:
    """A pack without worked cases is not finished: nothing would notice a wrong period."""
    beside = resolve.cases_path(path)
    if not beside.exists():
        return [Problem(str(path), "(cases)", f"has no cases; write {beside.name} beside it")]
    cases, problems = resolve.read(beside)
    if not problems and not _members(cases, "case"):
        return [Problem(str(beside), "case", "holds no [[case]]; write at least one")]
    return problems
