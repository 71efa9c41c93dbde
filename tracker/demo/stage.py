"""A stage on which acts are played in the order of their instants, each by a real account through the real services."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from tracker.bootstrap import Desk
from tracker.clock import TAIPEI
from tracker.demo.papers import sample_pdf
from tracker.demo.samples import SampleProject, Samples
from tracker.services.context import Context
from tracker.services.documents import store_document
from tracker.services.policy import Act
from tracker.services.viewer import SYSTEM, Viewer, load_viewer
from tracker.store import q_lookups

MORNING, AFTERNOON = time(9, 30), time(13, 30)

Deed = Callable[[datetime], None]


@dataclass
class Stage:
    """One installation that is being filled. Acts may lay out further acts; what lies after the end is never played."""

    desk: Desk
    samples: Samples
    person_ids: dict[str, int] = field(default_factory=dict)
    project_ids: dict[str, int] = field(default_factory=dict)
    _agenda: list[tuple[datetime, int, Deed]] = field(default_factory=list)
    _numbers: Any = field(default_factory=itertools.count)

    def later(self, at: datetime, deed: Deed) -> None:
        """Put an act on the agenda; acts of one instant keep their order."""
        heapq.heappush(self._agenda, (at, next(self._numbers), deed))

    def play(self, until: datetime, say: Callable[[date], None] = lambda day: None) -> None:
        """Play everything up to and including `until`; `say` hears of each new day."""
        day = None
        while self._agenda and self._agenda[0][0] <= until:
            at, _, deed = heapq.heappop(self._agenda)
            if at.date() != day:
                day = at.date()
                say(day)
            deed(at)

    def key(self) -> str:
        """A fresh idempotency key."""
        return f"demo-{next(self._numbers):09d}"

    def context(self, email: str | None, at: datetime) -> Context:
        """The surroundings of one account (None: the system itself) at an instant. Raises KeyError for an account not there yet."""
        return replace(self.desk.context(self._viewer(email, at)), now=at)

    def _viewer(self, email: str | None, at: datetime) -> Viewer:
        if email is None:
            return SYSTEM
        with self.desk.store.read() as conn:
            viewer = load_viewer(conn, self.person_ids[email], at.date())
        if viewer is None:
            raise KeyError(email)
        return viewer

    def obligation(self, project: SampleProject, item: str) -> Any:
        """The stored row of `rule/period` of a project. Raises KeyError where the project has no such obligation."""
        key = f"{project.entry.code}/{item}"
        with self.desk.store.read() as conn:
            row = q_lookups.obligation_of_key(conn, key)
        if row is None:
            raise KeyError(key)
        return row

    def project_row(self, project: SampleProject) -> Any:
        """The stored row of a project."""
        with self.desk.store.read() as conn:
            return q_lookups.project_of_code(conn, project.entry.code)

    def paper(
        self, ctx: Context, filename: str, purpose: str, act: Act, *, project: SampleProject | None = None, programme_id: int | None = None
    ) -> int:
        """Store a sample file and return its id."""
        about = project.entry.code if project else "programme-wide"
        content = sample_pdf([about, f"{purpose.removeprefix('draft:')} {ctx.today.isoformat()}"])
        project_id = self.project_ids[project.entry.code] if project else None
        return store_document(
            ctx,
            project_id=project_id,
            programme_id=programme_id,
            filename=filename,
            content=content,
            purpose=purpose,
            act=act,
            key=self.key(),
        )

    def working_day(self, day: date) -> date:
        """That day, or the next on which the office works."""
        return self.desk.calendar.next_working(day)

    def member_hour(self, day: date, project: SampleProject) -> datetime:
        """When a project's people act on a day: in the morning, each project at its own minute."""
        return datetime.combine(day, MORNING, TAIPEI) + timedelta(minutes=project.number * 2)

    def office_hour(self, day: date, project: SampleProject) -> datetime:
        """When the office acts: on the afternoon of that day or of the next working day."""
        return datetime.combine(self.working_day(day), AFTERNOON, TAIPEI) + timedelta(minutes=project.number * 2)
