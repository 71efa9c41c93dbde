"""Brings tables from one set of definitions to another, rows kept: SQLite changes no constraint in place, so there a table is rebuilt."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import CheckConstraint, Column, Connection, MetaData, Table, UniqueConstraint, text
from sqlalchemy.schema import AddConstraint, CreateIndex, CreateTable, DropConstraint

Fill = Mapping[tuple[str, str], str]
"""(table, new column) → the SQL expression over the row (`old_row`) that gives its value; the column's default where it is not named."""


def reshape(
    conn: Connection, before: MetaData, after: MetaData, fill: Fill, between: Callable[[Connection], None] = lambda conn: None
) -> list[str]:
    """Make every new table, and change those whose definition differs. Returns the names of the changed ones.

    `between` runs when the new tables stand and the changed ones are still as they were: for rows that those will point to.
    On SQLite the triggers of a rebuilt table are gone afterwards: the caller installs them again. Raises RuntimeError where a
    foreign key would be left dangling.
    """
    new = [table for table in after.sorted_tables if table.name not in before.tables]
    changed = [table for table in after.sorted_tables if table.name in before.tables and _differs(conn, before.tables[table.name], table)]
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql("PRAGMA defer_foreign_keys = ON")  # checked at the commit, when every table stands again
    after.create_all(conn, tables=new, checkfirst=False)
    between(conn)
    for table in changed:
        if conn.dialect.name == "sqlite":
            _rebuild(conn, before.tables[table.name], table, fill)
        else:
            _alter(conn, before.tables[table.name], table, fill)
    if conn.dialect.name == "sqlite" and conn.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise RuntimeError("the migration would leave a row that points nowhere")
    return [table.name for table in changed]


def _differs(conn: Connection, old: Table, new: Table) -> bool:
    def said(table: Table) -> tuple[str, list[str]]:
        indexes = sorted(str(CreateIndex(index).compile(dialect=conn.dialect)) for index in table.indexes)
        return str(CreateTable(table).compile(dialect=conn.dialect)), indexes

    return said(old) != said(new)


def _rebuild(conn: Connection, old: Table, new: Table, fill: Fill) -> None:
    aside = f"{new.name}_before"
    conn.exec_driver_sql(f'CREATE TEMP TABLE "{aside}" AS SELECT * FROM main."{new.name}"')  # noqa: S608
    conn.exec_driver_sql(f'DROP TABLE main."{new.name}"')
    new.create(conn, checkfirst=False)
    columns, values = [], []
    for column in new.columns:
        if column.name in old.columns:
            columns.append(column.name)
            values.append(f'"{column.name}"')
        elif (new.name, column.name) in fill:
            columns.append(column.name)
            values.append(fill[new.name, column.name])
    listed = ", ".join(f'"{name}"' for name in columns)
    copy = f'INSERT INTO main."{new.name}" ({listed}) SELECT {", ".join(values)} FROM temp."{aside}" AS old_row'  # noqa: S608  (names of our own tables)
    conn.exec_driver_sql(copy)
    conn.exec_driver_sql(f'DROP TABLE temp."{aside}"')


def _alter(conn: Connection, old: Table, new: Table, fill: Fill) -> None:
    op = Operations(MigrationContext.configure(conn))
    for index in old.indexes:
        if index.name not in {one.name for one in new.indexes}:
            op.drop_index(index.name, table_name=new.name)
    was, now = _checks(old), _checks(new)
    for name, check in was.items():
        if name not in now or _condition(now[name]) != _condition(check):
            conn.execute(DropConstraint(check))
    added = [column for column in new.columns if column.name not in old.columns]
    for column in added:
        _add_column(conn, op, new, column, fill.get((new.name, column.name)))
    _relax(op, old, new)
    for name, check in now.items():
        if name not in was or _condition(was[name]) != _condition(check):
            conn.execute(AddConstraint(check, isolate_from_table=False))
    for unique in new.constraints:
        if isinstance(unique, UniqueConstraint) and tuple(unique.columns.keys()) not in _unique_columns(old):
            conn.execute(AddConstraint(unique, isolate_from_table=False))
    for index in new.indexes:
        if index.name not in {one.name for one in old.indexes}:
            index.create(conn)


def _relax(op: Operations, old: Table, new: Table) -> None:
    """Let columns be empty that had to have a value and need none any more."""
    for column in new.columns:
        if column.nullable and column.name in old.columns and not old.c[column.name].nullable:
            op.alter_column(new.name, column.name, nullable=True)


def _unique_columns(table: Table) -> list[tuple[str, ...]]:
    return [tuple(one.columns.keys()) for one in table.constraints if isinstance(one, UniqueConstraint)]


def _add_column(conn: Connection, op: Operations, table: Table, column: Column, value: str | None) -> None:
    needed = not column.nullable and column.server_default is None
    default = column.server_default.arg if column.server_default is not None else None
    op.add_column(table.name, Column(column.name, column.type, nullable=needed or column.nullable, server_default=default))
    if value is not None:
        conn.execute(text(f'ALTER TABLE "{table.name}" DISABLE TRIGGER USER'))
        conn.execute(text(f'UPDATE "{table.name}" AS old_row SET "{column.name}" = {value}'))  # noqa: S608  (names of our own tables)
        conn.execute(text(f'ALTER TABLE "{table.name}" ENABLE TRIGGER USER'))
    if needed:
        conn.execute(text(f'ALTER TABLE "{table.name}" ALTER COLUMN "{column.name}" SET NOT NULL'))
    for key in table.foreign_key_constraints:
        if column.name in key.columns:
            conn.execute(AddConstraint(key, isolate_from_table=False))


def _checks(table: Table) -> dict[str, CheckConstraint]:
    return {str(one.name): one for one in table.constraints if isinstance(one, CheckConstraint)}


def _condition(check: CheckConstraint) -> str:
    return str(check.sqltext)
