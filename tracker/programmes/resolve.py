"""Reads packs as plain tables and puts a pack on top of the one it extends. No judgement here: that is the lint's."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path

from tracker.programmes.model import Problem

FindParent = Callable[[str], Path | None]
CASES_SUFFIX = ".cases.toml"
REPORTS_SUFFIX = ".reports.toml"
NOT_INHERITED = frozenset({"code", "version", "abstract", "extends", "remove"})
LISTS = ("source", "rule", "consequence")


def cases_path(pack: Path) -> Path:
    """The cases beside a pack: `demo.toml` has `demo.cases.toml`."""
    return pack.with_name(pack.stem + CASES_SUFFIX)


def pack_paths(*folders: Path) -> list[Path]:
    """Every pack below the folders, in a fixed order; the files of cases and of reports beside them are not packs."""
    beside = (CASES_SUFFIX, REPORTS_SUFFIX)
    return sorted(path for folder in folders for path in folder.rglob("*.toml") if not path.name.endswith(beside))


def read(path: Path) -> tuple[dict, list[Problem]]:
    """The tables of a TOML file, or the reason why it cannot be read."""
    try:
        return tomllib.loads(path.read_text("utf-8")), []
    except OSError as error:
        return {}, [Problem(str(path), "(file)", f"cannot be read: {error.strerror or error}")]
    except UnicodeDecodeError:
        return {}, [Problem(str(path), "(file)", "is not UTF-8; save it again as UTF-8")]
    except tomllib.TOMLDecodeError as error:
        return {}, [Problem(str(path), "(file)", f"is not TOML: {error}")]


def finder(*folders: Path, beside: Path | None = None) -> FindParent:
    """Finds the file of a code by its name, `<code>.toml`: in the folder of the pack `beside` (not below it), then below the folders."""
    near = sorted(beside.resolve().parent.glob("*.toml")) if beside else []
    paths = {path.stem: path for path in reversed([*near, *pack_paths(*folders)])}
    return paths.get


def lineage(path: Path, raw: dict, find: FindParent) -> tuple[list[dict], list[Problem]]:
    """The tables of all packs that this one extends, the most general first, without the pack itself."""
    chain: list[dict] = []
    seen = [raw.get("code")]
    current = raw
    while parent := current.get("extends"):
        if not isinstance(parent, str):
            break
        if parent in seen:
            cycle = " -> ".join(str(code) for code in [*seen, parent])
            return [], [Problem(str(path), "extends", f"goes round in a circle: {cycle}; remove one of these extends")]
        parent_path = find(parent)
        if parent_path is None:
            message = f"there is no pack {parent!r}; correct the code or add the file {parent}.toml"
            return [], [Problem(str(path), "extends", message)]
        current, problems = read(parent_path)
        if problems:
            return [], problems
        seen.append(parent)
        chain.insert(0, current)
    return chain, []


def merge(parent: Mapping, child: Mapping) -> dict:
    """`child` on top of `parent`: its keys win, its rules are merged by id, what it removes is gone.

    A rule that brings versions replaces all of its parent's versions; dated history is never mixed from two texts.
    """
    merged = {key: deepcopy(value) for key, value in parent.items() if key not in NOT_INHERITED}
    for key, value in child.items():
        if key in LISTS:
            merged[key] = _merge_list(merged.get(key, []), value, child.get("code", ""), mark=key == "rule")
        elif key == "term" and isinstance(value, dict):
            merged[key] = {**merged.get(key, {}), **value}
        else:
            merged[key] = deepcopy(value)
    removed = set(child.get("remove") or ())
    for key in ("rule", "consequence"):
        if key in merged:
            merged[key] = [member for member in merged[key] if member.get("id") not in removed]
    for consequence in merged.get("consequence", ()):
        if isinstance(consequence.get("rule"), str) and consequence["rule"] in removed:
            del consequence["rule"]
    return merged


def _merge_list(inherited: list[dict], own: list[dict], code: str, mark: bool) -> list[dict]:
    """Members of `own` laid over the inherited ones with the same id; new ones follow in their own order."""
    by_id = {member.get("id"): member for member in inherited}
    for member in own:
        mine = deepcopy(member)
        if mark:
            mine["origin"] = code
        by_id[mine.get("id")] = {**by_id.get(mine.get("id"), {}), **mine}
    return list(by_id.values())


def resolve(raw: dict, chain: list[dict]) -> dict:
    """The pack with everything it inherits; `lineage` names the codes it was made from."""
    resolved: dict = {}
    for part in [*chain, raw]:
        resolved = merge(resolved, part)
    for key in ("extends", "remove"):
        resolved.pop(key, None)
    if chain:
        resolved["lineage"] = [part.get("code", "") for part in chain]
    return resolved
