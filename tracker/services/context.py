"""What every service is handed: who asks, when, and the things it may use."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from tracker.clock import civil_day
from tracker.domain.calendars import WorkingCalendar
from tracker.programmes.registry import Registry
from tracker.services.viewer import Viewer
from tracker.store.blobs import BlobStore
from tracker.store.engine import Store
from tracker.store.secrets import Secrets
from tracker.store.writing import WriteRequest


@dataclass(frozen=True)
class Context:
    """One call's surroundings. `now` is an aware UTC instant; `today` its civil day in Asia/Taipei."""

    store: Store
    blobs: BlobStore
    registry: Registry
    calendar: WorkingCalendar
    viewer: Viewer
    now: datetime
    secrets: Secrets | None = None  # None where nothing is sealed or signed: a command that only reads

    @property
    def today(self) -> date:
        return civil_day(self.now)

    def as_viewer(self, viewer: Viewer) -> Context:
        """The same surroundings for somebody else."""
        return replace(self, viewer=viewer)

    def request(self, action: str, key: str, fingerprint: Any = "", on_behalf_of: int | None = None) -> WriteRequest:
        """The request of one write by this viewer at this instant.

        `fingerprint` is anything whose repr tells two contents apart; only its hash is kept, for it may hold what a person wrote.
        `on_behalf_of` is the person whose right was used (`policy.principal`), or None.
        """
        return WriteRequest(
            actor_id=self.viewer.person_id, on_behalf_of=on_behalf_of, action=action, key=key, at=self.now,
            fingerprint=hashlib.sha256(repr(fingerprint).encode()).hexdigest(),
        )  # fmt: skip
