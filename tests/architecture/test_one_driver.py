"""Only `tracker/store/driver.py` loads a SQLite library, and nobody hands the database to another one by its name."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIBRARIES = {
    "sqlite3",
    "pysqlite3",
    "apsw",
    "duckdb",
    "aiosqlite",
    "adbc_driver_sqlite",
    "adbc_driver_manager",
    "sqlean",
}
DRIVER = Path("tracker/store/driver.py")
ENGINE = Path("tracker/store/engine.py")
BY_NAME = {
    "read_sql",
    "read_sql_query",
    "read_sql_table",
    "to_sql",
}  # pandas: a text for a connection opens a second one
FILES = sorted([*ROOT.glob("tracker/**/*.py"), *ROOT.glob("pages/**/*.py"), *ROOT.glob("*.py")])


def libraries_loaded(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
        elif isinstance(node, ast.Call) and called(node) in {"import_module", "__import__"}:
            names |= {arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)}
    return {name for name in names if name.split(".")[0] in LIBRARIES}


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def handed_over_by_name(tree: ast.AST) -> set[str]:
    """Calls that give pandas or Alembic a URL or a path, or make an engine of their own."""
    found: set[str] = set()
    for node in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = called(node)
        connection = [keyword.value for keyword in node.keywords if keyword.arg == "con"] or node.args[1:2]
        if name in BY_NAME and any(is_text(value) or named_like_a_place(value) for value in connection):
            found.add(name)
        if name in {"set_main_option", "set_section_option"} and any(
            isinstance(arg, ast.Constant) and arg.value == "sqlalchemy.url" for arg in node.args
        ):
            found.add("sqlalchemy.url")
        if name in {"create_engine", "create_async_engine", "engine_from_config"}:
            found.add(name)
    return found


def named_like_a_place(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return name.lower().endswith(("url", "path", "database", "file"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_other_file_loads_a_sqlite_library_or_opens_the_database_by_name(file: Path):
    place, tree = file.relative_to(ROOT), ast.parse(file.read_text("utf-8"))
    if place != DRIVER:
        assert libraries_loaded(tree) == set()
    if place != ENGINE:
        assert handed_over_by_name(tree) == set()


def test_the_driver_itself_is_seen_to_load_one():
    assert libraries_loaded(ast.parse((ROOT / DRIVER).read_text("utf-8"))) == {"pysqlite3.dbapi2", "sqlite3"}


@pytest.mark.parametrize(
    "source",
    [
        "pd.read_sql('SELECT 1', 'sqlite:///x.db')",
        "pd.read_sql_query(sql, con=f'sqlite:///{path}')",
        "pd.read_sql_query(sql, settings.database_url)",
        "frame.to_sql('t', con=store.path)",
        "config.set_main_option('sqlalchemy.url', url)",
        "create_engine(url)",
    ],
)
def test_handing_the_database_over_by_name_is_noticed(source: str):
    assert handed_over_by_name(ast.parse(source))


@pytest.mark.parametrize("source", ["import sqlite3", "from pysqlite3 import dbapi2", "import apsw", "importlib.import_module('sqlite3')"])
def test_loading_another_library_is_noticed(source: str):
    assert libraries_loaded(ast.parse(source))


def test_a_connection_of_ours_is_fine():
    assert handed_over_by_name(ast.parse("pd.read_sql_query(text('SELECT 1'), conn)")) == set()
