"""Shared by every test: `--db`, a migrated empty `store`, and the markers that go with them."""

import shutil
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.cast import Cast, at, build_cast, make_desk, shipped_calendar, shipped_registry
from tests.postgres import PostgresServer
from tracker.bootstrap import Desk
from tracker.domain.calendars import WorkingCalendar
from tracker.programmes.registry import Registry
from tracker.store import engine as store_engine
from tracker.store.engine import Store
from tracker.store.migrations import migrate

# No test judges by the clock: what must be fast is held in `benchmarks/`, and a busy machine is no counterexample.
settings.register_profile("milepost", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("milepost")
# Nor does a writer who waits for many others: that it is told so after a while is a test of its own, with a while of its own.
store_engine.WAIT_SECONDS = 60.0


#: What a test or its fixtures ask for where it comes to the engine of `--db`; any other would only run a second time.
_PARTED_BY_ENGINE = frozenset({"new_database", "postgres_server", "request"})


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
        elif engine == "postgres" and not _PARTED_BY_ENGINE & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.skip(reason="makes its own home or none: the same as without --db"))
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

    def make(template: str | None = None) -> str:
        if request.config.getoption("--db") == "postgres":
            server = request.getfixturevalue("postgres_server")
            url = server.new_database(template) if template else server.migrated_database()
            made.append(url)
            return url
        path = tmp_path / f"milepost-{len(list(tmp_path.glob('milepost-*.sqlite3')))}.sqlite3"
        shutil.copyfile(template or request.getfixturevalue("migrated_file"), path)  # nobody has opened the copy yet
        return str(path)

    yield make
    for url in made:
        request.getfixturevalue("postgres_server").drop(url)


@pytest.fixture(scope="session")
def entered_cast(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Cast]:
    """A database in which the cast was entered once, closed for good, and who they are: entering them takes longer than most tests."""
    folder = tmp_path_factory.mktemp("cast")
    if request.config.getoption("--db") == "postgres":
        where = request.getfixturevalue("postgres_server").migrated_database()
    else:
        where = str(folder / "cast.sqlite3")
        shutil.copyfile(request.getfixturevalue("migrated_file"), where)
    store = Store.open(where)
    made = build_cast(make_desk(store, folder / "home", shipped_calendar(), shipped_registry(), at("2026-09-01")))
    store.dispose()
    return (store.url.database if store.is_postgres else where), made


@pytest.fixture
def store(new_database: Callable[..., str], request: pytest.FixtureRequest) -> Iterator[Store]:
    """The system of record: migrated, this test's own, empty but for the cast where the test asks for it."""
    template = request.getfixturevalue("entered_cast")[0] if "cast" in request.fixturenames else None
    opened = Store.open(new_database(template))
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
def cast(desk: Desk, entered_cast: tuple[str, Cast]) -> Cast:
    """The fixed cast on that installation."""
    _, made = entered_cast
    return Cast(desk, deepcopy(made.people), deepcopy(made.projects))
