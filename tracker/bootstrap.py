"""Puts one installation together: the store, the calendar, the programmes and the clock. Used by web, ui, worker and cli only."""

from __future__ import annotations

from dataclasses import dataclass

from tracker.clock import Clock, DemoClock, SystemClock
from tracker.config import Settings, data_dir
from tracker.domain.calendars import WorkingCalendar
from tracker.programmes.calendars import load_calendar
from tracker.programmes.registry import Registry
from tracker.services.context import Context
from tracker.services.viewer import Viewer
from tracker.store.blobs import BlobStore
from tracker.store.engine import Store
from tracker.store.migrations import migrate


@dataclass(frozen=True)
class Desk:
    """One running installation."""

    settings: Settings
    store: Store
    blobs: BlobStore
    registry: Registry
    calendar: WorkingCalendar
    clock: Clock

    def context(self, viewer: Viewer) -> Context:
        """The surroundings of one call, with the clock read once."""
        return Context(self.store, self.blobs, self.registry, self.calendar, viewer, self.clock.now())


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
        calendar=load_calendar(data_dir() / "calendars" / "tw"),
        clock=clock or (DemoClock(settings.home_file) if settings.is_demo else SystemClock()),
    )
