"""Many projects with one dated report each, and what must have become of their alerts after the days that were worked."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from email.message import EmailMessage

from sqlalchemy import select, update

from tests.cast import Cast, at
from tracker.domain.alert_policy import Policy
from tracker.domain.ladder import reached, thresholds
from tracker.i18n import Translator
from tracker.store import tables as t
from tracker.store.engine import Store
from tracker.store.writing import Tx

DUE_ON = date(2027, 3, 31)  # a Wednesday
DAYS = ("2027-01-30", "2027-03-30", "2027-04-01", "2027-04-14")  # T-60 (Saturday), T-1, +1, +14: stages between them are jumped over
PER_ASSISTANT = 10
LONGEST = 40  # so many things a mail names; of more it says how many, and where they are


@dataclass(frozen=True)
class World:
    """Obligation ids by the codes of their projects, and who is to be told of each: person ids by stage group."""

    codes: Mapping[int, str]
    members: Mapping[int, frozenset[int]]
    staff: frozenset[int]


def build(cast: Cast, projects: int) -> World:
    """So many projects, copies of the own one, with a principal investigator each and an assistant for every ten."""

    def body(tx: Tx) -> None:
        tx.conn.execute(update(t.obligation).values(status="closed", next_look_on=None))
        project = dict(tx.conn.execute(select(t.project).where(t.project.c.id == cast.project("own").id)).one()._mapping)
        pattern = cast.by_key("DEMO-OWN-01/interim_report/Y1")._mapping
        owed = {
            **pattern, "status": "open", "due_on": DUE_ON, "file_by_on": DUE_ON, "file_by_time": None, "confidence": "stated",
            "next_look_on": date.fromisoformat(DAYS[0]),
        }  # fmt: skip
        assistant = None
        for n in range(projects):
            if n % PER_ASSISTANT == 0:
                assistant = _person(tx, f"assistant-{n}@storm.invalid", f"助理{n}")
            code = f"STORM-{n:05d}"
            number = tx.insert(t.project, **{**_without_id(project), "code": code})
            for person, role in ((_person(tx, f"pi-{n}@storm.invalid", f"主持{n}"), "pi"), (assistant, "assistant")):
                tx.insert(t.membership, project_id=number, person_id=person, role=role, party="academic", from_on=date(2026, 6, 1))
            tx.insert(t.obligation, **{**_without_id(owed), "key": f"{code}/interim_report/Y1", "project_id": number})

    cast.desk.store.write_quiet(at("2026-06-01"), body)
    return _read(cast.desk.store, projects)


def _person(tx: Tx, email: str, name: str) -> int:
    return tx.insert(t.person, email=email, name=name, active=True, created_at=tx.at)


def _without_id(row: Mapping) -> dict:
    return {name: value for name, value in row.items() if name not in ("id", "version")}


def _read(store: Store, projects: int) -> World:
    with store.read() as conn:
        rows = conn.execute(
            select(t.obligation.c.id, t.obligation.c.project_id, t.obligation.c.programme_id, t.project.c.code, t.project.c.officer_id)
            .join(t.project, t.project.c.id == t.obligation.c.project_id)
            .where(t.project.c.code.startswith("STORM-"))
        ).all()
        on = conn.execute(select(t.membership.c.project_id, t.membership.c.person_id)).all()
        grants = conn.execute(select(t.role_grant).where(t.role_grant.c.programme_id == rows[0].programme_id)).all()
    members = defaultdict(set)
    for row in on:
        members[row.project_id].add(row.person_id)
    officers = {grant.person_id for grant in grants if grant.role == "officer"}
    in_charge = {rows[0].officer_id} & officers or officers
    assert len(rows) == projects
    return World(
        {row.id: row.code for row in rows},
        {row.id: frozenset(members[row.project_id]) for row in rows},
        frozenset(in_charge | {grant.person_id for grant in grants if grant.role == "chief"}),
    )


def expected_ledger(days: Iterable[str]) -> dict[str, str]:
    """Stage → state of every obligation when exactly these days were worked, one after the other."""
    steps, found = thresholds(Policy(), DUE_ON, DUE_ON), {}
    for day in days:
        owed = reached(steps, found, date.fromisoformat(day))
        found.update({step.stage: "superseded" for step in owed.superseded})
        if owed.raised:
            found[owed.raised.stage] = "raised"
    return found


def wrong_in_the_ledger(store: Store, world: World, days: Iterable[str]) -> list[str]:
    """Every row too many, too few or in another state than expected."""
    wanted = {(number, stage, state) for number in world.codes for stage, state in expected_ledger(days).items()}
    with store.read() as conn:
        rows = conn.execute(select(t.alert.c.obligation_id, t.alert.c.stage, t.alert.c.state)).all()
    there = [tuple(row) for row in rows]
    faults = [f"missing {one}" for one in wanted - set(there)] + [f"invented {one}" for one in set(there) - wanted]
    return faults + [f"doubled {one}" for one in set(there) if there.count(one) > 1]


def lost(store: Store, world: World, taken: Iterable[EmailMessage], days: Iterable[str]) -> list[str]:
    """Every alert of which a person who had to be told has no mail: none recorded, not sent, never arrived, or silent about the project."""
    texts = {message["Message-ID"]: (message["To"].addresses[0].addr_spec, _text(message)) for message in taken}
    item, mail = t.inbox_item, t.outbox
    with store.read() as conn:
        rows = conn.execute(
            select(t.alert.c.obligation_id, t.alert.c.stage, item.c.person_id, mail.c.status, mail.c.message_id, t.person.c.email)
            .join(item, item.c.alert_id == t.alert.c.id)
            .join(t.person, t.person.c.id == item.c.person_id)
            .outerjoin(mail, mail.c.id == item.c.outbox_id)
        ).all()
    told = {(row.obligation_id, row.stage, row.person_id): row for row in rows}
    things = Counter(row.message_id for row in rows)
    faults = []
    for number, code in world.codes.items():
        for stage in (stage for stage, state in expected_ledger(days).items() if state == "raised"):
            people = world.members[number] | (world.staff if stage == "+14" else frozenset())
            for person in people:
                why = _why_lost(told.get((number, stage, person)), code, texts, things)
                if why:
                    faults.append(f"{code} {stage} to {person}: {why}")
    return faults


def _why_lost(row, code: str, texts: Mapping[str, tuple[str, str]], things: Mapping[str, int]) -> str:
    if row is None:
        return "nothing in the inbox"
    if row.status != "sent":
        return f"the mail is {row.status}"
    address, text = texts.get(row.message_id, ("", ""))
    if address != row.email:
        return "the mail never arrived" if not address else "the mail went to somebody else"
    if code in text:
        return ""
    more = things[row.message_id] - LONGEST
    said = [t("And {n} more; your inbox has them all.", n=more) for t in (Translator("zh_TW"), Translator("en"))]
    named = len(set(re.findall(r"STORM-[0-9]{5}", text)))
    return "" if named == LONGEST and any(one in text for one in said) else "the mail does not speak of the project"


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    return f"{message['Subject']}\n{body.get_content() if body is not None else ''}"
