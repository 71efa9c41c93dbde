"""Who is told of an alert: the project's people, its institution, then the officer and the chief of the programme."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from sqlalchemy import Connection, Row

from tracker.domain.alert_policy import OWN_LANGUAGE, Level, Policy, goes_to
from tracker.domain.ladder import is_step, role_told
from tracker.domain.statuses import Confidence
from tracker.services.viewer import Role
from tracker.store import q_alerts, q_chat, q_contacts, q_inbox, q_people

INSTITUTION = "institution"
_MAIL = ("mail",)
_CHAT = ("chat",)
_EARLY = frozenset({"T-60", "T-30", "T-14", "T-7"})
"""Stages of which somebody who asked a colleague to see to it is spared: from the last days on she is told again."""


@dataclass(frozen=True)
class Recipient:
    """One person, the address and language she had when the alert was raised, and in which role she is told.

    `channels` are how, beside the inbox: `mail`, `chat`, or none. Somebody at an institution has no account: then `person_id` is None,
    `contact_id` is set, there is no inbox, and nothing that opens a page may be sent.
    """

    person_id: int | None
    email: str
    language: str
    role: str
    channels: tuple[str, ...] = ("mail",)
    contact_id: int | None = None

    def as_dict(self) -> dict[str, object]:
        """What the ledger keeps."""
        kept: dict[str, object] = {"person_id": self.person_id, "email": self.email, "role": self.role}
        return kept if self.contact_id is None else {**kept, "contact_id": self.contact_id}


class Directory:
    """The people of some projects and programmes on one day, read at once; contacts at institutions only where one is needed."""

    def __init__(self, conn: Connection, obligations: Iterable[Row], today: date) -> None:
        self._rows = list(obligations)
        projects = {row.project_id for row in self._rows}
        self._programmes = {row.programme_id for row in self._rows}
        self._members = _by(q_alerts.members(conn, projects, today), "project_id")
        self._delegates = q_people.active_delegates(conn, projects, today)
        self._staff = _by(q_alerts.staff(conn, self._programmes), "programme_id")
        self._asked = _by(q_inbox.asked_of_projects(conn, projects), "obligation_id")
        self._conn = conn
        self._known: dict[tuple[int, str], Recipient] = {}

    def recipients(self, obligation: Row, policy: Policy, stage: str, waiting: Collection[str] = ()) -> tuple[Recipient, ...]:
        """Each person once, in the first role that applies to her, as the policy's level for it says.

        `waiting`: the roles whose day has not come. A co-principal investigator is told while something is delegated to her. Nobody, where
        the step is the institution's and no contact of it is known.

        An alert that would reach nobody on the project goes to the officer at once, without one to the chief (unless its anchor is
        assumed), without any to the administrators: silence would help nobody.
        """
        role = role_told(stage)
        if role is not None:
            return self._as_the_level_says(obligation, policy, stage, self._of_level(obligation, role))
        roles = goes_to(policy, stage, obligation.confidence, waiting)
        found = self._on_the_project(obligation, roles)
        if not found and Role.PI not in roles:  # whoever is told first is missing: the next one is there
            found = self._on_the_project(obligation, {Role.PI})
        found = self._with_asked(obligation, stage, found)
        nobody = not found
        if INSTITUTION in roles:
            found += self._institution(obligation)
        if Role.OFFICER in roles or nobody:
            found += self._officers(obligation)
        if Role.CHIEF in roles or (not found and obligation.confidence != Confidence.ASSUMED):
            found += self._of(obligation.programme_id, Role.CHIEF)
        return self._as_the_level_says(obligation, policy, stage, found or self._administrators())

    def above(self, obligation: Row, without: Collection[int] = ()) -> tuple[Recipient, ...]:
        """Who is left where nobody is whom a step is for: the officer, without one the chief, without any the administrators.

        `without`: people (ids) who cannot be reached.
        """
        tiers = self._officers(obligation), self._of(obligation.programme_id, Role.CHIEF), self._administrators()
        reached = ([one for one in tier if one.person_id not in without] for tier in tiers)
        return _once(next((tier for tier in reached if tier), ()))

    def _of_level(self, obligation: Row, role: str) -> list[Recipient]:
        """Whom one level is, on a day of its own; who is missing in the office is stood in for by the next above."""
        if role == INSTITUTION:
            return self._institution(obligation)
        if role not in (Role.OFFICER, Role.CHIEF):
            return self._on_the_project(obligation, {role}) or self._officers(obligation) or self._administrators()
        found = self._officers(obligation) if role == Role.OFFICER else []
        if not found and obligation.confidence != Confidence.ASSUMED:
            found = self._of(obligation.programme_id, Role.CHIEF)
        return found or self._administrators()

    def _as_the_level_says(self, obligation: Row, policy: Policy, stage: str, people: Collection[Recipient]) -> tuple[Recipient, ...]:
        """Each once, in the language and by the channels of her level. What is given by hand was promised as a mail; and whoever is to be
        told in a channel alone gets a mail where no channel is about the programme, or nobody would tell her."""
        once = _once(people)
        if all(level.language == OWN_LANGUAGE and level.channels == _MAIL for level in policy.levels):
            return once
        by_hand = not is_step(stage) and role_told(stage) is None
        told = []
        for person in once:
            level = policy.level("pi" if person.role == Role.CO_PI else person.role)
            if level is not None:
                language = person.language if level.language == OWN_LANGUAGE else level.language
                channels = person.channels if by_hand else self._ways(obligation.programme_id, level)
                if (language, channels) != (person.language, person.channels):
                    person = replace(person, language=language, channels=channels)
            told.append(person)
        return tuple(told)

    def _ways(self, programme_id: int, level: Level) -> tuple[str, ...]:
        return _MAIL if level.ways == _CHAT and programme_id not in self._with_channel else level.ways

    @cached_property
    def _with_channel(self) -> set[int]:
        """The programmes that some channel is about which is on."""
        about = {row.programme_id for row in q_chat.in_use(self._conn, self._programmes)}
        return self._programmes if None in about else about

    def _on_the_project(self, obligation: Row, roles: Collection[str]) -> list[Recipient]:
        return [self._recipient(p) for p in self._members[obligation.project_id] if self._is_told(p, roles)]

    def _recipient(self, member: Row) -> Recipient:
        """A member as she is told; the same for each of her projects and obligations."""
        known = self._known.get((member.id, member.role))
        if known is None:
            known = self._known[member.id, member.role] = Recipient(member.id, member.email, member.language, member.role)
        return known

    def _with_asked(self, obligation: Row, stage: str, found: list[Recipient]) -> list[Recipient]:
        """With the colleagues who were asked to see to it and are still on the project, and early on without who asked them."""
        asked = self._asked.get(getattr(obligation, "id", None), ())  # a call that is only previewed has no obligation yet
        if not asked:
            return found
        members = {p.id: p for p in reversed(self._members[obligation.project_id])}
        holds = [one for one in asked if one.to_person_id in members]
        spared = {one.from_person_id for one in holds} if stage in _EARLY else set()
        people = [members[one.to_person_id] for one in holds if one.to_person_id not in spared]
        return [one for one in found if one.person_id not in spared] + [Recipient(p.id, p.email, p.language, p.role) for p in people]

    def _is_told(self, member: Row, roles: Collection[str]) -> bool:
        delegated = member.role == Role.CO_PI and (member.project_id, member.id) in self._delegates
        return member.role in roles or (delegated and Role.PI in roles)

    @cached_property
    def _contacts(self) -> dict[str, list[Row]]:
        organisations = {row.organisation for row in self._rows}
        return _by(q_contacts.told_at(self._conn, organisations, self._programmes), "organisation")

    def _institution(self, obligation: Row) -> list[Recipient]:
        return [
            Recipient(None, one.email, one.language, INSTITUTION, contact_id=one.id)
            for one in self._contacts[obligation.organisation]
            if one.programme_id in (None, obligation.programme_id)
        ]

    def _administrators(self) -> list[Recipient]:
        return [Recipient(p.id, p.email, p.language, Role.ADMINISTRATOR.value) for p in q_alerts.administrators(self._conn)]

    def _officers(self, obligation: Row) -> list[Recipient]:
        """The officer in charge; where there is none whose account is on, every officer of the programme."""
        officers = self._of(obligation.programme_id, Role.OFFICER)
        in_charge = [officer for officer in officers if officer.person_id == obligation.officer_id]
        return in_charge or officers

    def _of(self, programme_id: int, role: Role) -> list[Recipient]:
        return [Recipient(p.id, p.email, p.language, role.value) for p in self._staff[programme_id] if p.role == role]


def _by(rows: Iterable[Row], column: str) -> dict[int | str, list[Row]]:
    found: dict[int | str, list[Row]] = defaultdict(list)
    for row in rows:
        found[getattr(row, column)].append(row)
    return found


def _once(people: Collection[Recipient]) -> tuple[Recipient, ...]:
    """Each person and each address at an institution once: an address may stand for every programme and for this one."""
    first: dict[object, Recipient] = {}
    for person in people:
        first.setdefault(person.person_id if person.contact_id is None else person.email, person)
    return tuple(first.values())
