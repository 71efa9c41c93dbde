"""The mails of one transaction: found under a lock, or made.

What is urgent goes out alone and at once, yet two urgent things to one reader are one mail; everything else waits for the digest of her
local day. A mail is joined only while nobody has begun to send it (`tracker.store.digests`).
"""

from __future__ import annotations

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from tracker.domain import quiet
from tracker.domain.calendars import WorkingCalendar
from tracker.domain.quiet import Choice
from tracker.services.recipients import Recipient
from tracker.store import digests
from tracker.store import tables as t
from tracker.store.bulk import among
from tracker.store.writing import Tx

_NAMESPACE = uuid.UUID("6f1d0f0e-0d2c-5b0a-9a53-6d696c657374")

Reader = int
"""A person's id; of a contact at an institution, who has none, the negative of hers."""


@dataclass(frozen=True)
class Told:
    """One alert to one recipient. `key` names the alert: obligation, due date, stage."""

    alert_id: int
    key: str
    stage: str
    due_on: date
    person: Recipient

    @property
    def dedup_key(self) -> str:
        one = self.person
        return f"{self.key}|{one.person_id}" if one.contact_id is None else f"{self.key}|contact-{one.contact_id}"


def reader(whom: Recipient | Row) -> Reader:
    """Who is told, as one number for a person and for a contact."""
    return whom.person_id if whom.person_id is not None else -whom.contact_id


def message_id(dedup_key: str, made_at: datetime | None = None) -> str:
    """The Message-ID of a mail: fixed before the first attempt, so that every copy of it is the same message.

    `made_at` is needed where the key names something by a number of the database: one that was put back from a copy gives numbers a second
    time, and what bears a known Message-ID is hidden by mail programs as one that was read already.
    """
    return f"<{uuid.uuid5(_NAMESPACE, dedup_key if made_at is None else f'{dedup_key}|{made_at.isoformat()}')}@milepost.invalid>"


def choices_of(conn: Connection, person_ids: Iterable[int]) -> dict[int, Choice]:
    """How each of these people wants to be told."""
    ids = sorted(set(person_ids))
    c = t.alert_choice.c
    found = {
        row.person_id: Choice(row.digest, row.digest_hour, row.quiet_from, row.quiet_until, row.rest_on_days_off, row.time_zone)
        for row in (conn.execute(select(t.alert_choice).where(among(c.person_id, ids))) if ids else ())
    }
    return {number: found.get(number, quiet.DEFAULT) for number in ids}


@dataclass
class Post:
    """The mails of one transaction."""

    tx: Tx
    now: datetime
    calendar: WorkingCalendar | None
    hold_id: int | None
    choices: dict[Reader, Choice] = field(default_factory=dict)
    waiting: dict[Reader, list[Row]] = field(default_factory=lambda: defaultdict(list))
    made: int = 0
    _days: dict[tuple[Choice, bool, date | None], tuple[date, datetime]] = field(default_factory=dict)
    _rested: dict[Choice, bool] = field(default_factory=dict)

    def learn(self, people: Iterable[Recipient]) -> None:
        """Read how these people want to be told."""
        self.choices = choices_of(self.tx.conn, (one.person_id for one in people if one.person_id is not None))

    def look_for(self, readers: Collection[Reader]) -> None:
        """Lock the mails of these people, and contacts, that can be joined."""
        people, contacts = [one for one in readers if one >= 0], [-one for one in readers if one < 0]
        for row in digests.waiting_for(self.tx.conn, people, self.hold_id, contacts) if readers else ():
            self.waiting[reader(row)].append(row)

    def digests_of(self, people: Mapping[int, Recipient], *, catch_up: bool) -> dict[int, int]:
        """The digest of each of these people (outbox id): today's, or the next one's where that is on its way already."""
        found: dict[int, int] = {}
        wanted = {number: self._digest_at(number, catch_up) for number in people}
        while wanted:
            found |= {number: row.id for number, (day, at) in wanted.items() if (row := self._digest(number, day, at))}
            missing = {number: when for number, when in wanted.items() if number not in found}
            rows = {_digest_key(number, day): (number, day, at) for number, (day, at) in missing.items()}
            new = digests.make(self.tx.conn, [self._daily(key, people[number], day, at) for key, (number, day, at) in rows.items()])
            self.made += len(new)
            found |= {rows[key][0]: outbox_id for key, outbox_id in new.items()}
            wanted = {number: when for number, when in missing.items() if number not in found}
            if wanted:  # the key is taken: by somebody who was just now making it too, else by one that has begun to go out
                self.waiting = defaultdict(list, {number: rows for number, rows in self.waiting.items() if number not in wanted})
                self.look_for(wanted)
                taken = {number for number, (day, at) in wanted.items() if not self._digest(number, day, at)}
                wanted |= {number: self._digest_at(number, catch_up, after=wanted[number][0]) for number in taken}
        return found

    def urgent_mails(self, urgent: Mapping[Reader, Sequence[Told]]) -> dict[str, int]:
        """The mail (outbox id) that tells each of these, by dedup key: its own, or one for everything urgent to one reader."""
        rows = []
        places: dict[str, str | int] = {}
        joined: dict[str, list[int]] = {}
        for number, ones in urgent.items():
            choice = self.choices.get(number, quiet.DEFAULT)
            at = min(quiet.urgent_at(self.now, choice, one.stage, one.due_on) for one in ones)
            here = [row for row in self.waiting[number] if _is_urgent(row) and max(row.available_at, self.now) == at]
            box = next((row.id for row in here if row.sort == "digest"), None)
            single = [row.id for row in here if row.sort == "one"]
            if box is None and len(ones) + len(single) == 1:
                rows.append(self._alone(ones[0], at))
                places[ones[0].dedup_key] = ones[0].dedup_key
                continue
            key = box
            if box is None:
                key = _urgent_key(number, quiet.local_day(at, choice), ones)
                night = "quiet" if at > self.now else ""
                day = quiet.local_day(at, choice)
                rows.append(self.mail(key, ones[0].person, at, sort="digest", urgent=True, digest_on=day, waits_for=night))
                joined[key] = single
            places |= {one.dedup_key: key for one in ones}
        made = digests.make(self.tx.conn, rows)
        self.made += len(made)
        for key, single in joined.items():
            if single:
                digests.move_items(self.tx.conn, single, made[key])
        return {dedup: made[place] if isinstance(place, str) else place for dedup, place in places.items()}

    def urgent_boxes(self, people: Mapping[Reader, Recipient], lines: Mapping[Reader, Sequence[Row]] | None = None) -> dict[Reader, int]:
        """By reader: the mail (outbox id) that takes what is urgent to her now, with what waits alone for the same time.

        `lines`: the alerts (`stage`, `due_on`) that it is going to tell her, a last day among which is not waited for.
        """
        found, rows, alone = {}, {}, {}
        for number, person in people.items():
            choice = self.choices.get(number, quiet.DEFAULT)
            at = min((quiet.urgent_at(self.now, choice, one.stage, one.due_on) for one in (lines or {}).get(number, ())), default=None)
            at = at or quiet.urgent_at(self.now, choice)
            here = [row for row in self.waiting[number] if _is_urgent(row) and max(row.available_at, self.now) == at]
            if box := next((row.id for row in here if row.sort == "digest"), None):
                found[number] = box
                continue
            waits = {"digest_on": quiet.local_day(at, choice), "waits_for": "quiet" if at > self.now else ""}
            rows[number] = self.mail(f"urgent-news|{number}|{uuid.uuid4().hex}", person, at, sort="digest", urgent=True, **waits)
            alone[number] = [row.id for row in here]
        made = digests.make(self.tx.conn, list(rows.values()))
        found |= {number: made[row["dedup_key"]] for number, row in rows.items()}
        for number, single in alone.items():
            digests.move_items(self.tx.conn, single, found[number])
        return found

    def urgent_again(self, lines: Mapping[Reader, Sequence[Row]], people: Mapping[Reader, Recipient]) -> dict[Reader, int]:
        """By reader: a new mail (outbox id) for the urgent lines that are told to her after all."""
        rows = {}
        for number, ones in lines.items():
            if ones:
                choice, key = self.choices.get(number, quiet.DEFAULT), f"back|{number}|{uuid.uuid4().hex}"
                at = min(quiet.urgent_at(self.now, choice, one.stage, one.due_on) for one in ones)
                waits = {"digest_on": quiet.local_day(at, choice), "waits_for": "quiet" if at > self.now else ""}
                rows[key] = number, self.mail(key, people[number], at, sort="digest", urgent=True, **waits)
        made = digests.make(self.tx.conn, [row for _, row in rows.values()])
        return {number: made[key] for key, (number, _) in rows.items()}

    def mail(self, key: str, person: Recipient, at: datetime, *, urgent: bool = False, alert_id: int | None = None, **more: Any) -> dict:
        """A row of the outbox."""
        payload: dict[str, Any] = {"urgent": True} if urgent else {}
        if alert_id is not None or person.contact_id is not None:
            payload["role"] = person.role
        values = {"sort": "one", "digest_on": None, "waits_for": "", **more}
        return {
            "dedup_key": key,
            "alert_id": alert_id,
            "person_id": person.person_id,
            "contact_id": person.contact_id,
            "channel": "mail",
            "address": person.email,
            "language": person.language,
            "payload_json": payload,
            "message_id": message_id(key),
            "status": "pending" if self.hold_id is None else "held",
            "mass_hold_id": self.hold_id,
            "available_at": at,
            "created_at": self.tx.at,
            **values,
        }

    def _alone(self, one: Told, at: datetime) -> dict:
        return self.mail(one.dedup_key, one.person, at, alert_id=one.alert_id, waits_for="quiet" if at > self.now else "")

    def _daily(self, key: str, person: Recipient, day: date, at: datetime) -> dict:
        choice = self.choices[person.person_id]
        if choice not in self._rested:
            self._rested[choice] = quiet.rests(quiet.local_day(self.now, choice), choice, self.calendar)
        return self.mail(key, person, at, sort="digest", digest_on=day, waits_for="day_off" if self._rested[choice] else "")

    def _digest_at(self, number: int, catch_up: bool, after: date | None = None) -> tuple[date, datetime]:
        wanted = self.choices[number], catch_up, after
        if wanted not in self._days:  # nearly everybody wants the same, and a look tells thousands
            self._days[wanted] = quiet.digest_at(self.now, wanted[0], self.calendar, catch_up=catch_up, after=after)
        return self._days[wanted]

    def _digest(self, number: int, day: date, at: datetime) -> Row | None:
        """Her digest of a day where it can be joined; one that had become empty waits again."""
        row = next((row for row in self.waiting[number] if row.sort == "digest" and row.digest_on == day and not _is_urgent(row)), None)
        if row is not None and row.status == "cancelled":
            digests.wake(self.tx.conn, [row.id], {"status": "pending", "available_at": at})
        return row


def _digest_key(person_id: int, day: date) -> str:
    return f"digest|{person_id}|{day}"


def _urgent_key(whom: Reader, day: date, ones: Sequence[Told]) -> str:
    content = hashlib.sha256("\n".join(sorted(one.key for one in ones)).encode()).hexdigest()[:16]
    return f"urgent|{whom if whom >= 0 else f'contact{whom}'}|{day}|{content}"


def _is_urgent(row: Row) -> bool:
    return row.status != "cancelled" and (row.sort == "one" or bool(row.payload_json.get("urgent")))
