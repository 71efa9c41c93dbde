"""Who is told of a signal: read at once for many, as they stand on the day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Connection

from tracker.services.context import Context
from tracker.services.recipients import Recipient
from tracker.services.review_seats import Seats, seats
from tracker.services.signal_conditions import Found
from tracker.services.viewer import Role
from tracker.store import q_alerts, q_people, q_reviews, q_signal_reports, q_signals


class People:
    """The people around some signals on one day."""

    def __init__(self, conn: Connection, ctx: Context, found: Iterable[Found]) -> None:
        every = list(found)
        projects, programmes = {one.project_id for one in every}, {one.programme_id for one in every}
        self._members: dict[int, list[Recipient]] = defaultdict(list)
        for p in q_alerts.members(conn, projects, ctx.today):
            self._members[p.project_id].append(Recipient(person_id=p.id, email=p.email, language=p.language, role=p.role))
        self._delegates = q_people.active_delegates(conn, projects, ctx.today)
        self._staff: dict[int, list[Recipient]] = defaultdict(list)
        for p in q_alerts.staff(conn, programmes):
            self._staff[p.programme_id].append(Recipient(person_id=p.id, email=p.email, language=p.language, role=p.role))
        self._reviewers: dict[int, list[Recipient]] = defaultdict(list)
        for p in q_signal_reports.reviewers(conn, programmes) if any(one.version_id for one in every) else ():
            self._reviewers[p.programme_id].append(Recipient(person_id=p.id, email=p.email, language=p.language, role=p.role))
        self._in_charge = q_signals.officers_in_charge(conn, projects)
        self._cover = {row.person_id: row.cover_id for row in q_reviews.away(conn, ctx.today) if row.cover_id is not None}
        self._barred = q_signals.barred(conn, projects)
        self._tasks = _tasks(conn, {one.round_id for one in every if one.round_id is not None})
        self._seats: Seats | None = seats(conn, programmes, ctx.today) if self._tasks else None
        self._conn = conn

    def of(self, found: Found, tells: Iterable[str]) -> tuple[Recipient, ...]:
        """Each person once, in the first role that applies. Where nobody of the project can be told the office is; where there is no
        officer the chief, and without any the administrators: silence would help nobody."""
        told: list[Recipient] = []
        for who in tells:
            told += self._role(found, who)
        told = told or self._officers(found) or self._of_programme(found, Role.CHIEF) or self._administrators()
        return tuple({one.person_id: one for one in reversed(told)}.values())[::-1]

    def _role(self, found: Found, who: str) -> list[Recipient]:
        if who == "desk":
            return self._desk(found)
        if who == "officer":
            return self._officers(found) or self._of_programme(found, Role.CHIEF)
        if who == "chief":
            return self._of_programme(found, Role.CHIEF)
        members = self._members[found.project_id]
        if who == "assistant":
            return [one for one in members if one.role == Role.ASSISTANT]
        return [one for one in members if one.role == Role.PI or self._acts_for_her(found.project_id, one)]

    def _acts_for_her(self, project_id: int, member: Recipient) -> bool:
        return member.role == Role.CO_PI and (project_id, member.person_id) in self._delegates

    def _desk(self, found: Found) -> list[Recipient]:
        """Whose own step it is; who holds the open steps of a review, or stands in; for a panel or nobody the officer in charge."""
        named = set(found.desk)
        if hers := [one for one in self._reviewers[found.programme_id] if one.person_id in named]:
            return hers
        for task in self._tasks.get(found.round_id or 0, ()):
            holder = self._seats.cover(task) or self._seats.holder(task) if self._seats else None
            if task.role != Role.REVIEWER and holder is not None:
                named.add(holder)
        staff = [one for one in self._staff[found.programme_id] if one.person_id in named]
        return staff or self._officers(found) or self._of_programme(found, Role.CHIEF)

    def _officers(self, found: Found) -> list[Recipient]:
        """The officer in charge and, while she is away, who stands in; where there is none whose account is on, every officer."""
        officers = self._of_programme(found, Role.OFFICER)
        in_charge = self._in_charge.get(found.project_id)
        hers = [one for one in officers if in_charge is not None and one.person_id in (in_charge, self._cover.get(in_charge))]
        return hers or officers

    def _of_programme(self, found: Found, role: Role) -> list[Recipient]:
        """Who has a role and no part in the project herself."""
        return [
            one
            for one in self._staff[found.programme_id]
            if one.role == role and (found.project_id, one.person_id) not in self._barred
        ]  # fmt: skip

    def _administrators(self) -> list[Recipient]:
        rows = q_alerts.administrators(self._conn)
        return [Recipient(person_id=p.id, email=p.email, language=p.language, role=Role.ADMINISTRATOR.value) for p in rows]


def of_the_office(person: Recipient) -> bool:
    """Whether somebody is told as staff: other words, other pages."""
    return person.role not in (Role.PI, Role.CO_PI, Role.ASSISTANT)


def _tasks(conn: Connection, round_ids: set[int]) -> dict[int, list]:
    found: dict[int, list] = defaultdict(list)
    for task in q_signals.open_tasks(conn, round_ids):
        found[task.review_round_id].append(task)
    return found
