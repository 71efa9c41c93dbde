"""Every text a person reads exists in both languages, with the same places to fill."""

from __future__ import annotations

import ast
import re
from functools import cache
from string import Formatter

import pytest
from babel.messages.pofile import read_po

from tests.architecture.source import ROOT, files, name, tree

CATALOGUES = sorted((ROOT / "data" / "locale" / "zh_TW" / "LC_MESSAGES").glob("*.po"))

#: Calls whose first text is a message id, and keywords or fields that carry one.
FIRST_ARGUMENT = {"text", "gettext", "t", "_", "words", "say", "ServiceError", "NotFound", "Forbidden", "Stale"}
SECOND_ARGUMENT = {"Problem"}
THIRD_ARGUMENT = {"RowProblem"}
HAN = re.compile(r"[\u4e00-\u9fff]")


@cache
def translated() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in CATALOGUES:
        with path.open("rb") as source:
            for message in read_po(source, locale="zh_TW", abort_invalid=True):
                if message.id:
                    found[message.id] = message.string
    return found


def places(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field is not None}


@cache
def by_name_of_parameter() -> dict[str, set[int]]:
    """Where the functions of the screens take a message id: each that calls a parameter one (`heading(screen, msgid)`)."""
    found: dict[str, set[int]] = {}
    for path in files("tracker/ui/*.py"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef):
                names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args) if argument.arg != "self"]
                found.setdefault(node.name, set()).update(i for i, one in enumerate(names) if one.endswith("msgid"))
    return found


def message_ids(path) -> set[str]:
    found = set()
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        place = 0 if called in FIRST_ARGUMENT else 1 if called in SECOND_ARGUMENT else 2 if called in THIRD_ARGUMENT else None
        candidates = [] if place is None else node.args[place : place + 1]
        candidates += [node.args[i] for i in by_name_of_parameter().get(called, ()) if i < len(node.args)]
        candidates += [keyword.value for keyword in node.keywords if keyword.arg and keyword.arg.endswith("msgid")]
        found |= {
            part.value
            for candidate in candidates
            for part in ([candidate] if not isinstance(candidate, ast.IfExp) else [candidate.body, candidate.orelse])
            if isinstance(part, ast.Constant)
            and isinstance(part.value, str)
            and re.search("[A-Za-z]{2}", part.value)
            and not HAN.search(part.value)
        }
    return found


@pytest.mark.parametrize("path", files("tracker/ui/*.py", "tracker/services/*.py", "tracker/web/*.py", "tracker/notify/*.py", "pages/*.py",
                                       "tracker/exchange/*.py", "tracker/charts/*.py"), ids=name)  # fmt: skip
def test_every_message_has_its_chinese(path):
    ids = {msgid for msgid in message_ids(path) if not _is_sql_or_code(path, msgid)}
    assert not sorted(msgid for msgid in ids if not translated().get(msgid))


def _is_sql_or_code(path, msgid: str) -> bool:
    """`text("SELECT …")` is SQLAlchemy's, not a message."""
    return msgid.startswith(("SELECT ", "INSERT ", "UPDATE ", "PRAGMA ", "DELETE "))


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_a_translation_fills_the_same_places(path):
    with path.open("rb") as source:
        wrong = [
            message.id
            for message in read_po(source, locale="zh_TW", abort_invalid=True)
            if message.id and places(message.id) != places(message.string)
        ]
    assert not wrong


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_a_catalogue_leaves_nothing_untranslated_or_doubtful(path):
    with path.open("rb") as source:
        wrong = [message.id for message in read_po(source, locale="zh_TW") if message.id and (not message.string or message.fuzzy)]
    assert not wrong


def test_no_two_catalogues_disagree_about_one_text():
    seen: dict[str, tuple[str, str]] = {}
    wrong = []
    for path in CATALOGUES:
        with path.open("rb") as source:
            for message in read_po(source, locale="zh_TW"):
                if message.id and message.id in seen and seen[message.id][1] != message.string:
                    wrong.append(f"{message.id!r}: {seen[message.id]} and {(path.stem, message.string)}")
                if message.id:
                    seen[message.id] = (path.stem, message.string)
    assert not wrong
