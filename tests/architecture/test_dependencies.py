"""Every dependency has its line in docs/dependencies.md and its exact version in constraints.txt."""

from __future__ import annotations

import re
import tomllib

from tests.architecture.source import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def canonical(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.match(r"[A-Za-z0-9._-]+", requirement).group()).lower()


def named() -> set[str]:
    """Every package that the project file asks for, itself left out."""
    asked = PROJECT["dependencies"] + [requirement for extra in PROJECT["optional-dependencies"].values() for requirement in extra]
    return {canonical(requirement) for requirement in asked} - {PROJECT["name"]}


def test_each_dependency_has_one_line_with_its_reason_and_its_alternative():
    rows = re.findall(r"^\| `([\w.-]+)` \| (.+?) \| (.+?) \|$", (ROOT / "docs" / "dependencies.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(canonical(name) for name, _, _ in rows) == sorted(named())
    assert all(len(why) >= 8 and len(instead) > 5 for _, why, instead in rows)


def test_each_dependency_has_an_exact_version():
    lines = [line for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[\w.]+", line) for line in lines), "one exact version a line, and no address"
    assert named() <= {canonical(line) for line in lines}
