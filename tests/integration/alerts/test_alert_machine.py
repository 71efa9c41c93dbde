"""Random ways through everything between an alert and its reader: no stage is lost, told twice, or left out for an untrue reason.

Every run is drawn from its seed, so a failure can be walked through again. The day goes on by itself: mostly a look at five past midnight
and deliveries in the morning, now and then a worker that sleeps for days or a mail server that is away.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests.cast import Cast, at, key
from tests.integration.alerts.policies import INSTITUTION_AFTER_THREE, OFFICER_AFTER_FIVE, contact, put
from tests.integration.alerts.support import MAILS, change, everything, move_date
from tests.integration.services.support_reports import opened
from tracker.clock import TAIPEI
from tracker.domain import ladder, quiet
from tracker.domain.alert_policy import PolicySet
from tracker.domain.signals import Course, Step
from tracker.notify.transport import DeliveryProblem
from tracker.services import alert_acts, closures, mass_holds, obligation_changes, signal_conditions, silence_changes
from tracker.services.alert_audit import examine
from tracker.services.alert_choices import choose_alerts, my_alert_choice
from tracker.services.alerts import look
from tracker.services.delivery import deliver
from tracker.services.delivery_acts import cancel_deliveries, retry_deliveries
from tracker.services.errors import ServiceError
from tracker.services.institution_contacts import ContactEntry, change_contact, switch_contact
from tracker.services.ladders import programme_views
from tracker.services.people import change_address
from tracker.services.recalculation import recalculate
from tracker.services.signal_conditions import Found
from tracker.services.signals import watch
from tracker.services.silence_changes import SilenceEntry
from tracker.store import tables as t

BEGIN, ACTS = date(2027, 1, 25), 60
INTERIM_Y1 = "DEMO-OWN-01/interim_report/Y1"  # due on Wednesday 2027-03-31
PEOPLE = ("pi", "assistant", "company_pi", "officer", "chief")
MATTER = "return_untouched"
COUNTY = "臺北市"
URGENT = ("+0", "+7")
WHY_NOT = {"moved", "done", "overtaken", "account_off", "left", "digest_off", "by_hand"}
ZONES = ("Asia/Taipei", "America/New_York", "Europe/Berlin", "Pacific/Auckland")


class Sink:
    """A mail server that is away at times and remembers what it took."""

    name = "smtp"

    def __init__(self, draw: random.Random) -> None:
        self.draw, self.away, self.taken, self.dead = draw, 0.0, Counter(), set()

    def send(self, message) -> None:
        if any(address in message["To"] for address in self.dead):
            raise DeliveryProblem("550 no such mailbox", permanent=True)
        if self.draw.random() < self.away:
            raise DeliveryProblem("the server is away")
        self.taken[message["Message-ID"]] += 1

    def close(self) -> None:
        """Nothing is open."""


class Machine:
    """One run: the clock, what was told to whom, and who was ever away."""

    def __init__(self, cast: Cast, seed: int, matters: dict[str, Found]) -> None:
        self.matters = matters
        self.ever_dead: set[str] = set()
        self.cast, self.draw, self.now = cast, random.Random(seed), at(BEGIN.isoformat(), "00:05")
        self.sink, self.told = Sink(self.draw), Counter()
        self.off: set[int] = set()
        self.sent: set[int] = set()
        self.done: dict[str, int] = defaultdict(int)
        with cast.desk.store.transaction() as conn:
            conn.execute(t.project.update().where(t.project.c.id == cast.project("own").id).values(county=COUNTY))
        self.contacts = [contact(cast)]
        opened(cast, "interim_report", "Y1", on="2027-01-20")

    def ctx(self, who: str = "system"):
        local = self.now.astimezone(TAIPEI)
        return self.cast.ctx(who, on=local.date().isoformat(), clock=f"{local:%H:%M}")

    @property
    def today(self) -> date:
        return self.now.astimezone(TAIPEI).date()

    def rows(self, table, *where) -> list:
        with self.cast.desk.store.read() as conn:
            return conn.execute(select(table).where(*where).order_by(table.c.id)).all()

    def some(self, table, *where):
        found = self.rows(table, *where)
        return self.draw.choice(found) if found else None

    # --- the machine's own work -----------------------------------------------------------------------------------------

    def step(self) -> str:
        """Let some time go by, and something happen in it, allowed or not."""
        self.now += timedelta(hours=self.draw.choice((0, 1, 3, 8, 15, 24)), minutes=self.draw.choice((0, 5, 25)))
        if self.draw.random() < 0.7:
            self.work()
        acts = (
            self.hand_in, self.take_back, self.extend, self.undo, self.waive, self.plan, self.silence, self.pause, self.lift, self.brake,
            self.decide, self.decide, self.put_off, self.see, self.ask, self.account, self.choose, self.choose, self.close, self.policy,
            self.outage, self.cancel_one, self.leave, self.leave, self.come_back, self.replace, self.grant, self.move_address, self.die,
            self.revive, self.contact, self.matter, self.matter, self.everybody,
        )  # fmt: skip
        act = self.draw.choice(acts)
        try:
            act()
        except (ServiceError, AssertionError) as refused:
            if isinstance(refused, AssertionError) and "cannot act" not in str(refused):
                raise
            return f"{act.__name__} refused"
        self.done[act.__name__] += 1
        return act.__name__

    def work(self) -> None:
        """What the worker does in its loop."""
        ctx = self.ctx()
        look(ctx)
        watch(ctx)
        while deliver(ctx, self.sink, MAILS, wall=lambda: self.now, batch=3).claimed:
            pass
        self.count()

    def count(self) -> None:
        """What the mails that went out just now told, of the alert itself or line by line."""
        i = t.inbox_item.c
        for mail in self.rows(t.outbox, t.outbox.c.status == "sent"):
            if mail.id in self.sent or mail.channel != "mail":
                continue
            self.sent.add(mail.id)
            if mail.sort == "one" and mail.alert_id is not None:
                self.told[mail.alert_id, mail.person_id, mail.contact_id] += 1
            for line in self.rows(t.inbox_item, i.outbox_id == mail.id, i.left_out == "") if mail.sort == "digest" else ():
                self.told[line.alert_id, line.person_id, line.contact_id] += 1

    # --- what happens ---------------------------------------------------------------------------------------------------

    def _open(self):
        o = t.obligation.c
        near = o.due_on.between(self.today - timedelta(days=20), self.today + timedelta(days=70))
        return self.some(t.obligation, near, o.status == "open", o.project_id == self.cast.project("own").id)

    def hand_in(self) -> None:
        if row := self._open():
            change(self.cast, t.obligation, row.id, status="submitted", next_look_on=None)

    def take_back(self) -> None:
        if row := self.some(t.obligation, t.obligation.c.status == "submitted"):
            change(self.cast, t.obligation, row.id, status="open", next_look_on=self.today)

    def _letter(self, row) -> dict:
        return {
            "obligation_id": row.id, "reason": "依來函", "letter_number": "示範字第1號", "expected_version": row.version, "key": key(),
        }  # fmt: skip

    def extend(self) -> None:
        if row := self._open():
            day = max(row.due_on, self.today) + timedelta(days=self.draw.randint(1, 30))
            obligation_changes.extend(self.ctx("officer"), new_due_on=day, **self._letter(row))

    def undo(self) -> None:
        if row := self._open():
            obligation_changes.reinstate(self.ctx("chief"), **self._letter(row))

    def waive(self) -> None:
        waived = self.some(t.obligation, t.obligation.c.status == "waived")
        if waived is not None:
            day = self.today + timedelta(days=9) if waived.due_on <= self.today else None
            obligation_changes.reinstate(self.ctx("officer"), new_due_on=day, **self._letter(waived))
        elif row := self._open():
            obligation_changes.waive(self.ctx("officer"), **self._letter(row))

    def plan(self) -> None:
        """A date that planning moves to and fro."""
        if row := self._open():
            days = [*{entry.due_on for entry in self.rows(t.alert, t.alert.c.obligation_id == row.id)}]
            day = self.draw.choice([*sorted(days), row.due_on + timedelta(days=self.draw.choice((-20, -3, 1, 4, 30)))])
            if day != row.due_on and row.origin == "rule":
                move_date(self.cast, row, self.today.isoformat(), day)

    def silence(self) -> None:
        until = self.now + timedelta(hours=self.draw.choice((5, 20, 60, 200)))
        stage, role = self.draw.choice((None, None, "T-7", "due")), self.draw.choice((None, None, "pi", "officer"))
        entry = SilenceEntry(until, "系統維護", programme_id=self.cast.project("own").programme_id, stage=stage, role=role)
        silence_changes.make_silence(self.ctx("chief"), entry, key=key())

    def pause(self) -> None:
        entry = SilenceEntry(self.now + timedelta(days=2), "計畫變更中", kind="pause", project_id=self.cast.project("own").id)
        silence_changes.make_silence(self.ctx("officer"), entry, key=key())

    def lift(self) -> None:
        s = t.silence.c
        if row := self.some(t.silence, s.lifted_at.is_(None), s.until_at > self.now):
            silence_changes.lift_silence(self.ctx("chief"), silence_id=row.id, reason="結束", expected_version=row.version, key=key())

    def brake(self) -> None:
        share, least = self.draw.choice(((1, 1), (1, 1), (100, 1000)))
        mass_holds.set_thresholds(self.ctx("admin"), share=share, least=least, key=key())

    def decide(self) -> None:
        if row := self.some(t.mass_hold, t.mass_hold.c.decision == ""):
            act = self.draw.choice((mass_holds.release, mass_holds.release, mass_holds.drop))
            act(self.ctx("admin"), hold_id=row.id, reason="已確認", expected_version=row.version, key=key())

    def _item(self):
        row = self.some(t.inbox_item, t.inbox_item.c.placed_at > self.now - timedelta(days=20))
        who = next((name for name in PEOPLE if row is not None and self.cast.person(name).id == row.person_id), None)
        return (who, row) if who else None

    def put_off(self) -> None:
        if found := self._item():
            day = self.today + timedelta(days=self.draw.randint(1, 4))
            alert_acts.snooze(self.ctx(found[0]), alert_id=found[1].alert_id, until_on=day, reason="出差", key=key())

    def see(self) -> None:
        if found := self._item():
            alert_acts.acknowledge(self.ctx(found[0]), alert_id=found[1].alert_id, key=key())

    def ask(self) -> None:
        if found := self._item():
            to = self.cast.person(self.draw.choice(("pi", "assistant", "company_pi"))).id
            alert_acts.delegate_alert(self.ctx(found[0]), alert_id=found[1].alert_id, to_person_id=to, key=key())

    def account(self) -> None:
        person_id = self.cast.person(self.draw.choice(PEOPLE)).id
        on = self.draw.random() < 0.7
        self.off |= set() if on else {person_id}
        change(self.cast, t.person, person_id, active=on)

    def everybody(self) -> None:
        """Nobody of the project has an account for a while, rarely nobody but the administrator."""
        who = ("pi", "assistant", "company_pi") if self.draw.random() < 0.8 else PEOPLE
        for name in who:
            self.off.add(self.cast.person(name).id)
            change(self.cast, t.person, self.cast.person(name).id, active=False)

    def _memberships(self, *where):
        return self.some(t.membership, t.membership.c.project_id == self.cast.project("own").id, *where)

    def leave(self) -> None:
        if row := self._memberships(t.membership.c.until_on.is_(None)):
            self.off.add(row.person_id)
            change(self.cast, t.membership, row.id, until_on=self.today - timedelta(days=1))

    def come_back(self) -> None:
        if row := self._memberships(t.membership.c.until_on < self.today):
            change(self.cast, t.membership, row.id, until_on=None)

    def replace(self) -> None:
        """A principal investigator is replaced by somebody from elsewhere, or by the co-principal investigator."""
        m = t.membership.c
        if row := self._memberships(m.role == "pi", m.until_on.is_(None)):
            self.leave_at_once(row)
            person_id = self.cast.person(self.draw.choice(("stranger_pi", "co_pi"))).id
            values = {"project_id": row.project_id, "person_id": person_id, "role": "pi", "party": row.party, "from_on": self.today}
            with self.cast.desk.store.transaction() as conn:
                conn.execute(t.membership.insert().values(**values))

    def leave_at_once(self, row) -> None:
        self.off.add(row.person_id)
        change(self.cast, t.membership, row.id, until_on=self.today - timedelta(days=1))

    def grant(self) -> None:
        """The officer or the chief gives up her role, or takes it up again."""
        g = t.role_grant.c
        row = self.some(t.role_grant, g.role.in_(("officer", "chief")), g.programme_id == self.cast.project("own").programme_id)
        self.off.add(row.person_id)
        change(self.cast, t.role_grant, row.id, revoked_at=self.now if row.revoked_at is None else None)

    def move_address(self) -> None:
        row = self.some(t.person, t.person.c.id == self.cast.person(self.draw.choice(PEOPLE)).id)
        email = f"moved{self.draw.randint(1, 10**9)}@new.invalid"
        change_address(self.ctx("admin"), person_id=row.id, email=email, expected_version=row.version, key=key())

    def die(self) -> None:
        """The mailbox of somebody, maybe of a contact, takes nothing any more."""
        table = self.draw.choice((t.person, t.person, t.institution_contact))
        ids = self.contacts if table is t.institution_contact else [self.cast.person(name).id for name in PEOPLE]
        row = self.some(table, table.c.id == self.draw.choice(ids))
        self.sink.dead.add(row.email)
        self.ever_dead.add(row.email)

    def revive(self) -> None:
        self.sink.dead.clear()
        failed = [row.id for row in self.rows(t.outbox, t.outbox.c.status == "failed")]
        if failed:
            retry_deliveries(self.ctx("admin"), delivery_ids=failed, key=key())

    def contact(self) -> None:
        """The contact is taken out of use, or into it again; sometimes another one is entered, or her address corrected."""
        row = self.some(t.institution_contact, t.institution_contact.c.id == self.draw.choice(self.contacts))
        match self.draw.randint(0, 3):
            case 0:
                self.contacts.append(contact(self.cast, f"desk{len(self.contacts)}@university.invalid", who="admin"))
            case 1:
                entry = ContactEntry(row.organisation, row.name, f"desk{self.draw.randint(1, 10**9)}@university.invalid", row.language)
                given = {"contact_id": row.id, "entry": entry, "expected_version": row.version, "key": key()}
                change_contact(self.ctx("admin"), **given)
            case _:
                given = {"contact_id": row.id, "active": not row.active, "expected_version": row.version, "key": key()}
                switch_contact(self.ctx("admin"), **given)

    def matter(self) -> None:
        """Something is wrong beyond a date, or no longer is; what is urgent of it comes in several at once."""
        if self.matters and self.draw.random() < 0.4:
            del self.matters[self.draw.choice(sorted(self.matters))]
            return
        project = self.cast.project("own")
        for _ in range(self.draw.choice((1, 3))):
            name = f"thing:{self.draw.randint(1, 10**6)}"
            words = {"title_zh": "某事", "title_en": "A matter", "day": "2026-12-01"}
            self.matters[name] = Found(name, self.today, self.today, project.id, project.programme_id, "project", (), params=words)

    def choose(self) -> None:
        ctx = self.ctx(self.draw.choice(PEOPLE))
        quiet_from = self.draw.choice((20, 22, 0, 10))
        choose_alerts(
            ctx, digest=self.draw.random() < 0.6, digest_hour=self.draw.choice((8, 9, 12, 18)), quiet_from=quiet_from,
            quiet_until=(quiet_from + self.draw.choice((0, 8, 12))) % 24, rest_on_days_off=self.draw.random() < 0.5,
            time_zone=self.draw.choice(ZONES), expected_version=my_alert_choice(ctx).version, key=key(),
        )  # fmt: skip

    def close(self) -> None:
        days = [(COUNTY, self.today + timedelta(days=self.draw.randint(0, 3)))]
        ctx = self.ctx("admin")
        seen = closures.preview_closures(ctx, closures=days)
        closures.enter_closures(ctx, closures=days, source="示範公告", expected_calendar=seen.old_version, confirmed=seen.digest, key=key())
        recalculate(self.ctx())

    def policy(self) -> None:
        if not programme_views(self.ctx("chief")):  # she has given up her role
            return
        put(self.cast, self.draw.choice((OFFICER_AFTER_FIVE, INSTITUTION_AFTER_THREE, PolicySet())), on=self.today.isoformat())

    def outage(self) -> None:
        self.sink.away = self.draw.choice((0.0, 0.0, 0.5, 1.0))

    def cancel_one(self) -> None:
        """Somebody of the office looks at what waits, as of a mail that failed; rarely she cancels it."""
        if self.draw.random() < 0.2 and (row := self.some(t.outbox, t.outbox.c.status.in_(("pending", "held")))):
            cancel_deliveries(self.ctx("admin"), delivery_ids=[row.id], reason="測試信", key=key())

    # --- what must hold -------------------------------------------------------------------------------------------------

    def check(self) -> None:
        """What is stored now says of every alert and everybody what became of it."""
        everything(self.cast)  # each stage of each date once
        assert not [one for one, n in self.sink.taken.items() if n > 1], "one mail went out twice"
        assert not [one for one, n in self.told.items() if n > 1], "one thing was told twice to one person"
        mails = {row.id: row for row in self.rows(t.outbox)}
        owed = {row.id: row for row in self.rows(t.obligation)}
        self._news_are_told(mails)
        stages = defaultdict(set)
        alerts = self.rows(t.alert)
        for row in alerts:
            stages[row.obligation_id, row.due_on] |= {row.stage} if row.state == "raised" else set()
        items = {(row.alert_id, row.person_id, row.contact_id): row for row in self.rows(t.inbox_item)}
        for alert in alerts:
            if alert.state == "superseded":
                continue
            for person in alert.recipients_json:
                item = items[alert.id, person["person_id"], person.get("contact_id")]
                self._accounted(alert, item, mails.get(item.outbox_id), owed[alert.obligation_id], stages)

    def _accounted(self, alert, item, mail, owed, stages) -> None:
        about = f"{alert.stage} of {alert.due_on} to {item.person_id} (item {item.id}, mail {item.outbox_id})"
        if mail is not None and not item.left_out and mail.status != "cancelled":
            assert mail.status in ("sent", "pending", "held") or self._dead(mail), f"{about}: {mail.status}"
            assert mail.sort != "digest" or mail.payload_json.get("urgent") or not quiet.is_urgent(alert.stage), f"{about}: not at once"
            return
        why = item.left_out or (mail.last_error if mail is not None else "")
        assert why in WHY_NOT, f"{about}: lost, {why!r}"
        if why == "digest_off":
            assert not quiet.is_urgent(alert.stage), f"{about}: something urgent was switched off"
        elif why == "overtaken":
            assert any(ladder.overtakes(other, alert.stage) for other in stages[alert.obligation_id, alert.due_on]), about
        elif why in ("account_off", "left"):
            assert item.person_id in self.off or item.contact_id is not None, f"{about}: {why}"
        elif why == "moved" and owed.status == "open" and owed.next_look_on is not None and owed.next_look_on > self.today:
            assert owed.due_on != alert.due_on, f"{about}: its date is the day again, and nobody was told"
        elif why == "done" and owed.due_on == alert.due_on and ladder.runs(owed.status, owed.discharged_by, owed.discharged_on):
            later = any(ladder.overtakes(other, alert.stage) for other in stages[alert.obligation_id, alert.due_on])
            waits = owed.next_look_on is not None and owed.next_look_on <= self.today
            assert later or waits, f"{about}: it is owed again, and nobody was told"

    def _dead(self, mail) -> bool:
        return mail.status == "failed" and mail.last_error.startswith("550")

    def _news_are_told(self, mails) -> None:
        """Every notice of a signal has one place, and a reason where it was not told; what is urgent is never only in the inbox."""
        lines = {row.notice_id: row for row in self._all(t.digest_notice)}
        alone = {row.notice_id: row for row in mails.values() if row.notice_id is not None}
        urgent = {row.id for row in self.rows(t.signal) if row.kind == MATTER and row.stage in URGENT}
        for notice in self.rows(t.notice, t.notice.c.signal_id.is_not(None)):
            line = lines.get(notice.id)
            if line is None and notice.id not in alone:
                assert notice.signal_id not in urgent, f"notice {notice.id}: something urgent is only in the inbox"
                continue
            mail = alone[notice.id] if line is None else mails[line.outbox_id]
            why = (line.left_out if line else "") or (mail.last_error if mail.status == "cancelled" else "")
            assert not why or why in {"done", "left", "account_off", "digest_off", "by_hand"}, f"notice {notice.id}: lost, {why!r}"
            assert why != "digest_off" or notice.signal_id not in urgent, f"notice {notice.id}: something urgent was switched off"
            assert mail.status in ("sent", "pending", "held", "cancelled") or self._dead(mail)

    def _all(self, table) -> list:
        with self.cast.desk.store.read() as conn:
            return conn.execute(select(table)).all()

    def finish(self) -> None:
        """The server is there, nobody holds anything back, and days go by: then all is told or has its reason, and nothing is found."""
        self.sink.away = 0.0
        self.sink.dead.clear()
        for row in self.rows(t.mass_hold, t.mass_hold.c.decision == ""):
            mass_holds.release(self.ctx("admin"), hold_id=row.id, reason="已確認", expected_version=row.version, key=key())
        mass_holds.set_thresholds(self.ctx("admin"), share=100, least=1000, key=key())
        for _ in range(40):
            self.now += timedelta(hours=9)
            self.work()
        self.check()
        waiting = [row for row in self.rows(t.outbox) if row.status not in ("sent", "cancelled", "failed") and row.available_at < self.now]
        assert not waiting
        self.audited("given_up")

    def audited(self, *but: str) -> None:
        """Nothing is found but kinds that these walks bring about on purpose; at the end not even an alert that nobody heard of."""
        passing = but or ("held", "late", "given_up", "behind", "nobody_left")
        found = [one for one in examine(self.ctx())[1] if one.kind not in passing]
        assert not found, found


RUNS = (2, 20, 24)


@pytest.fixture
def matters(monkeypatch):
    """A condition that holds of what stands here, urgent from its first step on."""
    held: dict[str, Found] = {}
    course = Course((Step(0, ("officer", "pi"), urgent=True), Step(3, ("officer",)), Step(7, ("chief",), urgent=True)))
    shipped = signal_conditions.plans()
    monkeypatch.setattr(signal_conditions, "_REGISTRY", {MATTER: lambda survey: list(held.values())})
    monkeypatch.setattr(signal_conditions, "plans", lambda: replace(shipped, default={**shipped.default, MATTER: course}))
    return held


@pytest.mark.parametrize("seed", RUNS)
def test_whatever_happens_between_an_alert_and_its_reader_nothing_is_lost_or_told_twice(cast, matters, seed):
    machine = Machine(cast, seed, matters)
    walked: list[str] = []
    try:
        for _ in range(ACTS):
            walked.append(f"{machine.now:%m-%d %H:%M} {machine.step()}")
            machine.check()
        machine.audited()
        walked.append("finish")
        machine.finish()
    except Exception as error:
        raise AssertionError(f"seed {seed}: {error!r}\nafter: " + "; ".join(walked)) from error
    assert machine.told
