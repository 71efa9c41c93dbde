"""Puts one installation together: the store, the calendar, the programmes and the clock. Used by web, ui, worker and cli only."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from tracker.clock import Clock, DemoClock, SystemClock
from tracker.config import Settings, data_dir
from tracker.domain.calendars import WorkingCalendar
from tracker.programmes.calendars import load_calendar
from tracker.programmes.registry import Registry
from tracker.services.calendar_in_force import CalendarSource
from tracker.services.context import Context
from tracker.services.viewer import Viewer
from tracker.store.blobs import BlobStore
from tracker.store.engine import Store
from tracker.store.migrations import migrate
from tracker.store.secrets import Secrets, secrets_of


@dataclass(frozen=True)
class Desk:
    """One running installation."""

    settings: Settings
    store: Store
    blobs: BlobStore
    registry: Registry
    shipped_calendar: WorkingCalendar
    clock: Clock

    @property
    def calendar(self) -> WorkingCalendar:
        """The working days in force at this moment: the shipped ones with the tables and closures that were brought in."""
        return self._working_days.now()

    @cached_property
    def _working_days(self) -> CalendarSource:
        return CalendarSource(self.store, self.shipped_calendar)

    @cached_property
    def secrets(self) -> Secrets:
        """What signs links and seals stored secrets; the file is made at the first need."""
        return secrets_of(self.settings.home, self.settings.secret_key)

    def context(self, viewer: Viewer) -> Context:
        """The surroundings of one call, with the clock read once."""
        return Context(self.store, self.blobs, self.registry, self.calendar, viewer, self.clock.now(), self.secrets)


def open_desk(settings: Settings, clock: Clock | None = None) -> Desk:
    """Open (and migrate) the installation that the settings name.

    A demo home has its own standing clock. Raises OSError where the home cannot be used, and the store's errors where the
    database is newer than this program.
    """
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = Store.open(settings.database)
    migrate(store)
    return Desk(
        settings=settings,
        store=store,
        blobs=BlobStore(settings.blobs),
        registry=Registry(data_dir() / "programmes", data_dir() / "samples" / "programmes"),
        shipped_calendar=load_calendar(data_dir() / "calendars" / "tw"),
        clock=clock or (DemoClock(settings.home_file) if settings.is_demo else SystemClock()),
    )
