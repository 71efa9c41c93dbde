"""Texts that people typed, cleaned and measured, with the field named where one is too long. See `tracker.domain.free_text`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from tracker.domain.free_text import clean_line, clean_text
from tracker.services.errors import Problem

Form = TypeVar("Form")

LONGEST_LINE = 200
LONGEST_TEXT = 4_000


def read_line(field: str, text: str, problems: list[Problem], *, longest: int = LONGEST_LINE) -> str:
    """What `text` says on one line, after adding a problem that names `field` where that is too long."""
    return _read(clean_line, field, text, problems, longest)


def read_text(field: str, text: str, problems: list[Problem], *, longest: int = LONGEST_TEXT) -> str:
    """The same for a text of several lines; spaces around it go."""
    return _read(clean_text, field, text, problems, longest).strip()


def read_lines(form: Form, fields: Mapping[str, int], problems: list[Problem]) -> Form:
    """A form (a dataclass) with these fields cleaned as lines; each has its greatest length."""
    read: dict[str, Any] = {name: read_line(name, getattr(form, name), problems, longest=longest) for name, longest in fields.items()}
    return replace(form, **read)


def _read(clean: Callable[[str], str], field: str, text: str, problems: list[Problem], longest: int) -> str:
    cleaned = clean(text)
    if len(cleaned) > longest:
        size = {"length": f"{len(cleaned):,}", "longest": f"{longest:,}"}
        problems.append(Problem(field, "{length} characters are too many: at most {longest}.", size))
    return cleaned[:longest]
