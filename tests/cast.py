"""The fixed cast: the same people and two projects in every test. Alice-and-Bob, in the words of this product.

`own` runs under the fictional four-year sister (2026-06-01 to 2030-05-31); `foreign` under the 115 programme with another officer.
Everyone's password is `PASSWORD`; only those whom a test signs in get one.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select

from tracker.bootstrap import Desk
from tracker.clock import TAIPEI, FixedClock
from tracker.config import Settings, data_dir
from tracker.domain.calendars import WorkingCalendar
from tracker.programmes.calendars import load_calendar
from tracker.programmes.registry import Registry
from tracker.services.checkpoints import CheckpointEntry, IndicatorEntry, plan_checkpoints
from tracker.services.context import Context
from tracker.services.projects import MemberEntry, ProjectEntry, ensure_person, enter_project
from tracker.services.viewer import SYSTEM, Role, load_viewer
from tracker.store import tables as t
from tracker.store.blobs import BlobStore
from tracker.store.engine import Store

PASSWORD = "six white horses at dawn"

_keys = itertools.count(1)


def key() -> str:
    """A fresh idempotency key, as a form makes one when it opens."""
    return f"test-key-{next(_keys):08d}"


def at(day: str, clock: str = "09:00") -> datetime:
    """An instant from a civil day and a time of day in Taipei."""
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(clock), tzinfo=TAIPEI)


@dataclass
class CastPerson:
    id: int
    email: str
    name: str


@dataclass
class CastProject:
    id: int
    code: str
    programme_id: int


@dataclass
class Cast:
    """People and projects, and the way to act as one of them on a day."""

    desk: Desk
    people: dict[str, CastPerson] = field(default_factory=dict)
    projects: dict[str, CastProject] = field(default_factory=dict)

    def person(self, who: str) -> CastPerson:
        return self.people[who]

    def project(self, which: str = "own") -> CastProject:
        return self.projects[which]

    def ctx(self, who: str = "system", on: str = "2026-09-01", clock: str = "09:00") -> Context:
        """The context of one person (or `system`) at a Taipei day and time. 2026-09-01 is a Tuesday."""
        now = at(on, clock)
        viewer = SYSTEM
        if who != "system":
            with self.desk.store.read() as conn:
                viewer = load_viewer(conn, self.people[who].id, now.date())
            assert viewer is not None, f"{who} cannot act"
        return replace(self.desk.context(viewer), now=now)

    def obligation(self, rule: str, period: str = "project", which: str = "own"):
        """The stored row of one obligation; "project" is the label of what is owed once."""
        return self.by_key(f"{self.projects[which].code}/{rule}/{period}")

    def by_key(self, public_key: str):
        with self.desk.store.read() as conn:
            return conn.execute(select(t.obligation).where(t.obligation.c.key == public_key)).one()


def make_desk(store: Store, home: Path, calendar: WorkingCalendar, registry: Registry, now: datetime) -> Desk:
    """An installation around a test's own store, with its clock standing still."""
    return Desk(Settings(home=home), store, BlobStore(home / "blobs"), registry, calendar, FixedClock(now))


def shipped_registry() -> Registry:
    return Registry(data_dir() / "programmes", data_dir() / "samples" / "programmes")


def shipped_calendar() -> WorkingCalendar:
    return load_calendar(data_dir() / "calendars" / "tw")


def build_cast(desk: Desk) -> Cast:
    """Enter the two projects on 2026-06-01 (a Monday), and everyone."""
    cast = Cast(desk)
    ctx = cast.ctx("system", on="2026-06-01")
    own = ProjectEntry(
        code="DEMO-OWN-01", programme="demo-sister-ai", title_zh="示範計畫：影像判讀", title_en="Sample project: image reading",
        organisation="示範大學", start_on=date(2026, 6, 1), end_on=date(2030, 5, 31),
        members=(
            MemberEntry("pi@own.invalid", "示範主持人", "pi"),
            MemberEntry("assistant@own.invalid", "示範助理", "assistant", language="en"),
            MemberEntry("company-pi@own.invalid", "示範公司主持人", "pi", "company"),
            MemberEntry("co-pi@own.invalid", "示範共同主持人", "co_pi"),
        ),
        officer_email="officer@office.invalid", officer_name="示範承辦人", approved_amounts=(8_000_000, 9_000_000),
    )  # fmt: skip
    foreign = ProjectEntry(
        code="DEMO-FOREIGN-01", programme="hsp-115-smart-health", title_zh="他人計畫：CANARY-7f3a", title_en="Foreign project CANARY-7f3a",
        organisation="示範公司 CANARY-7f3a", start_on=date(2026, 1, 1), end_on=date(2026, 12, 31),
        members=(MemberEntry("stranger@foreign.invalid", "他人主持人 CANARY-7f3a", "pi", "company"),),
        officer_email="other-officer@office.invalid", officer_name="示範另一承辦人",
    )  # fmt: skip
    for name, entry in (("own", own), ("foreign", foreign)):
        entered = enter_project(ctx, entry, key=key())
        with desk.store.read() as conn:
            programme_id = conn.execute(select(t.project.c.programme_id).where(t.project.c.id == entered.project_id)).scalar_one()
        cast.projects[name] = CastProject(entered.project_id, entered.code, programme_id)
    _people(cast, ctx)
    plan_checkpoints(
        ctx, project_id=cast.project("own").id, key=key(),
        checkpoints=(
            CheckpointEntry("C1", "標註影像", Decimal(1000), "張", Decimal(2), date(2026, 8, 31), "Annotated images", 1),
            CheckpointEntry("C2", "模型靈敏度", Decimal(90), "%", Decimal(1), date(2026, 11, 30), "Model sensitivity", 1),
            CheckpointEntry("C3", "場域驗證", Decimal(2), "場域", Decimal(1), date(2027, 5, 31), "Field sites", 1),
        ),
        indicators=(
            IndicatorEntry("K1", "論文發表", "篇", Decimal(0), Decimal(8), "Papers"),
            IndicatorEntry("K2", "平均判讀時間", "分鐘", Decimal(30), Decimal(10), "Mean reading time", "incremental", "down"),
        ),
    )  # fmt: skip
    return cast


def _people(cast: Cast, ctx: Context) -> None:
    emails = {
        "pi": "pi@own.invalid", "assistant": "assistant@own.invalid", "company_pi": "company-pi@own.invalid",
        "officer": "officer@office.invalid", "other_officer": "other-officer@office.invalid", "stranger_pi": "stranger@foreign.invalid",
        "chief": "chief@office.invalid", "admin": "admin@office.invalid", "auditor": "auditor@office.invalid",
        "disabled": "gone@office.invalid", "co_pi": "co-pi@own.invalid", "reviewer": "reviewer@panel.invalid",
    }  # fmt: skip
    own = cast.project("own").programme_id
    grants = {
        "chief": (Role.CHIEF, own),
        "admin": (Role.ADMINISTRATOR, None),
        "auditor": (Role.AUDITOR, None),
        "disabled": (Role.OFFICER, own),
        "reviewer": (Role.REVIEWER, own),  # given nothing to review: a test assigns her
    }

    def body(tx):
        for who, email in emails.items():
            person_id = ensure_person(tx, ctx, email, f"示範{who}")
            if who in grants:
                role, programme_id = grants[who]
                tx.insert(t.role_grant, person_id=person_id, role=role.value, programme_id=programme_id, granted_at=ctx.now)
            if who == "disabled":
                tx.conn.execute(t.person.update().where(t.person.c.id == person_id).values(active=False))
        tx.record("person", 0, {"cast": len(emails)})
        return {}

    cast.desk.store.write(ctx.request("test.cast", key()), body)
    with cast.desk.store.read() as conn:
        for who, email in emails.items():
            row = conn.execute(select(t.person).where(t.person.c.email == email)).one()
            cast.people[who] = CastPerson(row.id, row.email, row.name)
