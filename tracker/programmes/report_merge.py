"""Reads reports files as plain tables and puts one on top of another. No judgement here: that is the lint's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from tracker.programmes.model import Problem
from tracker.programmes.resolve import REPORTS_SUFFIX, FindParent, read

LISTS = {"type": "code", "flow": "id", "window": "id"}
"""The lists of a reports file and the key that tells their members apart."""

_NESTED = {"type": ("section", "check"), "section": ("field",)}
_OWN = frozenset({"programme", "remove", *LISTS})


def reports_path(pack: Path) -> Path:
    """The reports file beside a pack: `demo.toml` has `demo.reports.toml`. It need not exist."""
    return pack.with_name(pack.stem + REPORTS_SUFFIX)


def read_chain(codes: Sequence[str], find: FindParent) -> tuple[list[tuple[Path, dict]], list[Problem]]:
    """The reports files of these programmes, as far as there are any, in the same order, and why some cannot be read."""
    chain, problems = [], []
    for code in codes:
        pack = find(code)
        path = reports_path(pack) if pack else None
        if path is None or not path.is_file():
            continue
        raw, found = read(path)
        problems += found
        if not found:
            chain.append((path, raw))
    return chain, problems


def merge_all(chain: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One table from the files of a lineage, the most general first. The later one's keys win; lists are merged by id."""
    merged: dict[str, Any] = {}
    for part in chain:
        merged = _merge_file(merged, part)
    return merged


def _merge_file(parent: Mapping[str, Any], child: Mapping[str, Any]) -> dict[str, Any]:
    merged = {key: deepcopy(value) for key, value in parent.items() if key != "remove"}
    merged |= {key: deepcopy(value) for key, value in child.items() if key not in _OWN}
    merged["programme"] = child.get("programme", "")
    removed = set(_names(child))
    for key, mark in LISTS.items():
        kept = [one for one in merged.get(key, ()) if one.get(mark) not in removed]
        own = _members(child, key)
        merged[key] = _merge_list(_without_kinds(kept, own, mark), own, mark, key)
    return merged


def _without_kinds(inherited: list[dict], own: list[dict], mark: str) -> list[dict]:
    """A kind that the child speaks of in one place is no longer spoken of in another inherited one."""
    freed = []
    for one in inherited:
        taken = {kind for each in own if each.get(mark) != one.get(mark) for kind in _list(each, "kinds")}
        left = [kind for kind in _list(one, "kinds") if kind not in taken]
        if taken and left != _list(one, "kinds"):
            if not left:
                continue
            one = {**one, "kinds": left}
        freed.append(one)
    return freed


def _merge_list(inherited: list[dict], own: list[dict], mark: str, kind: str) -> list[dict]:
    """Members laid over the inherited ones with the same id; a new one stands after the member that its `after` names, or last."""
    merged = [deepcopy(one) for one in inherited]
    for member in own:
        names = [one.get(mark) for one in merged]
        if member.get(mark) in names:
            place = names.index(member.get(mark))
            merged[place] = _merge_member(merged[place], member, kind)
            continue
        after = member.get("after")
        place = names.index(after) + 1 if after in names else len(merged)
        merged.insert(place, deepcopy({key: value for key, value in member.items() if key not in ("after", "remove")}))
    return merged


def _merge_member(inherited: dict, own: Mapping[str, Any], kind: str) -> dict:
    nested = _NESTED.get(kind, ())
    merged = {**inherited, **{key: deepcopy(value) for key, value in own.items() if key not in (*nested, "after", "remove")}}
    removed = set(_names(own))
    for key in nested:
        kept = [_pruned(one, removed) for one in _members(inherited, key) if one.get("id") not in removed]
        members = _merge_list(kept, _members(own, key), "id", key)
        if members or key in merged:
            merged[key] = members
    return merged


def _pruned(section: dict, removed: set[str]) -> dict:
    if "field" not in section:
        return section
    return {**section, "field": [one for one in _members(section, "field") if one.get("id") not in removed]}


def _members(table: Mapping[str, Any], key: str) -> list[dict]:
    return [member for member in _list(table, key) if isinstance(member, dict)]


def _list(table: Mapping[str, Any], key: str) -> list:
    value = table.get(key)
    return value if isinstance(value, list) else []


def _names(table: Mapping[str, Any]) -> list[str]:
    return [name for name in _list(table, "remove") if isinstance(name, str)]
