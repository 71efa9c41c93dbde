"""Shared by every test: `--db`, a migrated empty `store`, and the markers that go with them."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cast import Cast, at, build_cast, make_desk, shipped_calendar, shipped_registry
from tests.postgres import PostgresServer
from tracker.bootstrap import Desk
from tracker.domain.calendars import WorkingCalendar
from tracker.programmes.registry import Registry
from tracker.store.engine import Store
from tracker.store.migrations import migrate


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--db", choices=("sqlite", "postgres"), default="sqlite", help="the engine behind `store`")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "database: uses the `store` fixture (set by itself)")
    config.addinivalue_line("markers", "sqlite: is about SQLite itself; skipped with --db=postgres")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    engine = config.getoption("--db")
    for item in items:
        if "new_database" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.database)
        if engine == "postgres" and item.get_closest_marker("sqlite"):
            item.add_marker(pytest.mark.skip(reason="about SQLite itself"))
        if engine == "sqlite" and item.get_closest_marker("postgres"):
            item.add_marker(pytest.mark.skip(reason="needs --db=postgres"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL server for this test process."""
    server = PostgresServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the schema and no rows; closed for good, so that it may be copied."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    store = Store.open(path)
    migrate(store)
    store.dispose()
    return path


@pytest.fixture
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Makes migrated, empty databases on the engine of `--db` and returns what `Store.open` is given."""
    made: list[str] = []

    def make() -> str:
        if request.config.getoption("--db") == "postgres":
            url = request.getfixturevalue("postgres_server").migrated_database()
            made.append(url)
            return url
        path = tmp_path / f"milepost-{len(list(tmp_path.glob('milepost-*.sqlite3')))}.sqlite3"
        shutil.copyfile(request.getfixturevalue("migrated_file"), path)  # nobody has opened the copy yet
        return str(path)

    yield make
    for url in made:
        request.getfixturevalue("postgres_server").drop(url)


@pytest.fixture
def store(new_database: Callable[[], str]) -> Iterator[Store]:
    """The system of record: migrated, empty, this test's own."""
    opened = Store.open(new_database())
    yield opened
    opened.dispose()


@pytest.fixture(scope="session")
def registry() -> Registry:
    """The shipped programmes and the fictional sister."""
    return shipped_registry()


@pytest.fixture(scope="session")
def calendar() -> WorkingCalendar:
    """The shipped working-day tables."""
    return shipped_calendar()


@pytest.fixture
def desk(store: Store, tmp_path: Path, registry: Registry, calendar: WorkingCalendar) -> Desk:
    """An installation on this test's own store; its clock stands at Tuesday 2026-09-01, 09:00 Taipei."""
    return make_desk(store, tmp_path / "home", calendar, registry, at("2026-09-01"))


@pytest.fixture
def cast(desk: Desk) -> Cast:
    """The fixed cast on that installation."""
    return build_cast(desk)
