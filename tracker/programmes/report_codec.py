"""Forms and review steps as plain tables and back: what the database keeps of them, and what a file brings.

A value that equals its default is left out, so a key that is added to the format later changes no stored form and no hash.
"""

from __future__ import annotations

import hashlib
import json
import types
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

Made = TypeVar("Made")


def to_data(value: Any) -> Any:
    """A frozen object of `report_types` as tables, lists and texts that JSON can hold."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_data(member) for f in fields(value) if (member := getattr(value, f.name)) != _default(f)}
    if isinstance(value, tuple):
        return [to_data(member) for member in value]
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else value


def from_data(made: type[Made], data: Any) -> Made:
    """The object that `to_data` wrote. Raises TypeError, ValueError or KeyError where `data` is not one."""
    hints = _hints(made)
    return made(**{key: _member(hints[key], value) for key, value in data.items()})


def canonical(value: Any) -> str:
    """The one text of an object: the same object always gives the same text."""
    return json.dumps(to_data(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def sha256(value: Any) -> str:
    """The SHA-256 of `canonical`, in hexadecimal."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


@cache
def _hints(made: type) -> dict[str, Any]:
    return get_type_hints(made)


def _default(each: Any) -> Any:
    return each.default if each.default_factory is MISSING else each.default_factory()


def _member(hint: Any, value: Any) -> Any:
    if isinstance(hint, types.UnionType):
        if value is None:
            return None
        (hint,) = (one for one in get_args(hint) if one is not types.NoneType)
    if get_origin(hint) is tuple:
        return tuple(_member(get_args(hint)[0], member) for member in value)
    if is_dataclass(hint):
        return from_data(hint, value)
    if hint is date:
        return value if isinstance(value, date) else date.fromisoformat(value)
    if hint is Decimal:
        return Decimal(str(value))
    return hint(value)
