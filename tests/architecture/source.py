"""Reads the source as text: what a file imports and calls."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]


def files(*patterns: str) -> list[Path]:
    """Files below the project's root, by glob, sorted."""
    return sorted({path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()})


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def imported(path: Path) -> set[str]:
    """Every module that a file imports, at the top or inside a function; imports for type checking only are left out."""
    names: set[str] = set()
    skipped: set[int] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            skipped |= {id(inner) for inner in ast.walk(node)}
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def calls(path: Path) -> set[str]:
    """Every called name as it is written: `date.today`, `st.button`."""
    return {ast.unparse(node.func) for node in ast.walk(tree(path)) if isinstance(node, ast.Call)}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))
