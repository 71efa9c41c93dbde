"""Many rows at once: a list of values as one parameter, and inserts that are prepared once.

A look reads and writes hundreds of rows by every statement. An `IN` with one parameter for each value is a new statement for every
number of values, on SQLite with a limit of 32,766 of them, and most of the time goes into writing it; a list that is one parameter
is one statement.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Integer,
    Table,
    Text,
    bindparam,
    insert,
    literal_column,
    update,
)  # fmt: skip
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine

Process = Callable[[Any], Any]


class _Values(TypeDecorator[Collection[Any]]):
    """Whole numbers or texts as one parameter: an array, and JSON on SQLite, which has none."""

    impl = Text
    cache_ok = True

    def __init__(self, *, numbers: bool) -> None:
        super().__init__()
        self.numbers = numbers

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(Text())
        return dialect.type_descriptor(ARRAY(BigInteger() if self.numbers else Text()))

    def process_bind_param(self, value: Collection[Any] | None, dialect: Dialect) -> Any:
        return json.dumps(value) if dialect.name == "sqlite" else value


class _Among(FunctionElement[bool]):
    type = NullType()  # a Boolean would be compared with 1 on SQLite, which then uses no index
    name = "among"
    inherit_cache = True


@compiles(_Among, "sqlite")
def _among_json(element: _Among, compiler: Any, **options: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **options)} IN (SELECT value FROM json_each({compiler.process(values, **options)}))"  # noqa: S608


@compiles(_Among, "postgresql")
def _among_array(element: _Among, compiler: Any, **options: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **options)} = ANY({compiler.process(values, **options)})"


def among(column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """Whether a column (whole numbers or plain texts) is one of these values. None of them is NULL."""
    wanted = sorted(set(values))
    if len(wanted) == 1:
        return column == wanted[0]  # the planners know best what that costs
    numbers = isinstance(column.type, Integer) or column.type.python_type is int
    return _Among(column, bindparam(None, wanted, type_=_Values(numbers=numbers), unique=True))


def insert_rows(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all name the same columns, by one prepared statement. Defaults are the database's; Python's are not asked."""
    if rows:
        columns = tuple(column.name for column in table.columns if column.name in rows[0])
        statement, processes = _prepared(table, columns, conn.dialect)
        conn.exec_driver_sql(statement, _bound(conn, rows, columns, processes))


def set_by_id(conn: Connection, column: Column[Any], values: Mapping[int, Any]) -> None:
    """Set one column of many rows of a table, by their `id`, by one prepared statement."""
    if values:
        statement, process = _setting(column, conn.dialect)
        texts = _texts(list(values.values()), process)
        rows = list(zip(texts, values, strict=True))
        named = [{"value": text, "row_id": number} for text, number in rows]
        conn.exec_driver_sql(statement, rows if conn.dialect.positional else named)


def change_rows(conn: Connection, table: Table, changes: Mapping[int, Mapping[str, Any]]) -> None:
    """Set columns of many rows by their `id`, and count their `version` up: one prepared statement for all that set the same columns."""
    alike: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number in sorted(changes):
        alike[tuple(sorted(changes[number]))].append(number)
    for columns, ids in alike.items():
        statement, order, processes = _changing(table, columns, conn.dialect)
        values = {name: _texts([changes[number][name] for number in ids], processes[name]) for name in columns}
        named = [{f"new_{name}": found[place] for name, found in values.items()} | {"row_id": number} for place, number in enumerate(ids)]
        conn.exec_driver_sql(statement, [tuple(row[name] for name in order) for row in named] if order else named)


def _bound(conn: Connection, rows: Sequence[Mapping[str, Any]], columns: tuple[str, ...], processes: Sequence[Process | None]) -> list[Any]:
    """The rows as the driver wants them. What several of them share (one instant, one list) is turned into text once."""
    found = [_texts([row[name] for row in rows], process) for name, process in zip(columns, processes, strict=True)]
    if conn.dialect.positional:
        return list(zip(*found, strict=True))
    return [dict(zip(columns, values, strict=True)) for values in zip(*found, strict=True)]


def _texts(values: list[Any], process: Process | None) -> list[Any]:
    if process is None:
        return values
    once = {number: process(value) for number, value in {id(value): value for value in values}.items()}
    return [once[id(value)] for value in values]


@lru_cache(maxsize=64)
def _prepared(table: Table, columns: tuple[str, ...], dialect: Dialect) -> tuple[str, tuple[Process | None, ...]]:
    compiled = insert(table).compile(dialect=dialect, column_keys=list(columns))  # which keeps the table's order
    return str(compiled), tuple(_process(table.c[name], dialect) for name in columns)


@lru_cache(maxsize=64)
def _setting(column: Column[Any], dialect: Dialect) -> tuple[str, Process | None]:
    setting = update(column.table).values({column: bindparam("value")}).where(column.table.c.id == bindparam("row_id"))
    return str(setting.compile(dialect=dialect)), _process(column, dialect)


@lru_cache(maxsize=512)
def _changing(table: Table, columns: tuple[str, ...], dialect: Dialect) -> tuple[str, tuple[str, ...], Mapping[str, Process | None]]:
    """The statement, its parameters in order where it has an order, and what makes the values of each column."""
    values: dict[str, Any] = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in columns}
    changing = update(table).values(**values, version=table.c.version + literal_column("1")).where(table.c.id == bindparam("row_id"))
    compiled = changing.compile(dialect=dialect)
    order = tuple(compiled.positiontup or ()) if dialect.positional else ()  # type: ignore[attr-defined]
    return str(compiled), order, {name: _process(table.c[name], dialect) for name in columns}


def _process(column: Column[Any], dialect: Dialect) -> Process | None:
    return column.type.dialect_impl(dialect).bind_processor(dialect)
