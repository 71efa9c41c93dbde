"""Every test that the page of promises names exists, and every promise of the readme has its tests there."""

from __future__ import annotations

import ast
import re

import pytest

from tests.architecture.source import ROOT, tree

PROMISES = (ROOT / "docs" / "promises.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PROMISES)))


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_a_named_test_exists(file, test):
    defined = {node.name for node in ast.walk(tree(ROOT / file)) if isinstance(node, ast.FunctionDef)}
    assert test in defined


def test_each_promise_of_the_readme_has_its_tests():
    promised = re.findall(r"^(\d)\. ", (ROOT / "README.md").read_text("utf-8").split("## What it promises")[1], re.MULTILINE)
    kept = re.findall(r"^## (\d)\. ", PROMISES, re.MULTILINE)
    assert promised == kept
    for part in re.split(r"^## ", PROMISES, flags=re.MULTILINE)[1:]:
        assert re.search(r"`tests/[\w/]+\.py::\w+`", part), part.splitlines()[0]
