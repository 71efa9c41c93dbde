"""Who is told of an alert: the project's people, then the officer, then the chief of the programme."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Row

from tracker.domain.ladder import Ladder, goes_to
from tracker.domain.statuses import Confidence
from tracker.services.viewer import Role
from tracker.store import q_alerts, q_people


@dataclass(frozen=True)
class Recipient:
    """One person, the address and language she had when the alert was raised, and in which role she is told."""

    person_id: int
    email: str
    language: str
    role: str

    def as_dict(self) -> dict[str, object]:
        """What the ledger keeps."""
        return {"person_id": self.person_id, "email": self.email, "role": self.role}


class Directory:
    """The people of some projects and programmes on one day, read at once."""

    def __init__(self, conn: Connection, obligations: Iterable[Row], today: date) -> None:
        rows = list(obligations)
        self._members = _by(q_alerts.members(conn, {row.project_id for row in rows}, today), "project_id")
        self._delegates = q_people.active_delegates(conn, {row.project_id for row in rows}, today)
        self._staff = _by(q_alerts.staff(conn, {row.programme_id for row in rows}), "programme_id")
        self._conn = conn

    def recipients(self, obligation: Row, ladder: Ladder, stage: str) -> tuple[Recipient, ...]:
        """Each person once, in the first role that applies to her. A co-principal investigator is told while something is delegated to her.

        An alert that would reach nobody on the project goes to the officer at once, without one to the chief (unless its anchor is
        assumed), without any to the administrators: silence would help nobody.
        """
        roles = goes_to(ladder, stage, obligation.confidence)
        found = [Recipient(p.id, p.email, p.language, p.role) for p in self._members[obligation.project_id] if self._is_told(p, roles)]
        if Role.OFFICER in roles or not found:
            found += self._officers(obligation)
        if Role.CHIEF in roles or (not found and obligation.confidence != Confidence.ASSUMED):
            found += self._of(obligation.programme_id, Role.CHIEF)
        return _once(found or self._administrators())

    def _is_told(self, member: Row, roles: Collection[str]) -> bool:
        delegated = member.role == Role.CO_PI and (member.project_id, member.id) in self._delegates
        return member.role in roles or (delegated and Role.PI in roles)

    def _administrators(self) -> list[Recipient]:
        return [Recipient(p.id, p.email, p.language, Role.ADMINISTRATOR.value) for p in q_alerts.administrators(self._conn)]

    def _officers(self, obligation: Row) -> list[Recipient]:
        """The officer in charge; where there is none whose account is on, every officer of the programme."""
        officers = self._of(obligation.programme_id, Role.OFFICER)
        in_charge = [officer for officer in officers if officer.person_id == obligation.officer_id]
        return in_charge or officers

    def _of(self, programme_id: int, role: Role) -> list[Recipient]:
        return [Recipient(p.id, p.email, p.language, role.value) for p in self._staff[programme_id] if p.role == role]


def _by(rows: Iterable[Row], column: str) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[getattr(row, column)].append(row)
    return found


def _once(people: Collection[Recipient]) -> tuple[Recipient, ...]:
    first: dict[int, Recipient] = {}
    for person in people:
        first.setdefault(person.person_id, person)
    return tuple(first.values())
