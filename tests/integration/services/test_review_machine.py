"""Random ways of a few reports through writing, handing in, taking back, review, correction and single days: what must always hold, does.

Every run is drawn from its seed, so a failure can be walked through again. After each act the whole of what is stored is checked.
"""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests.cast import Cast, key
from tests.integration.alerts.support import look_on
from tests.integration.services.support_reports import fill, opened
from tests.integration.services.support_reviews import KINDS, OFFICER, THREE_STEPS, TWO_STEPS, staff
from tracker.clock import civil_day
from tracker.programmes.registry import Registry
from tracker.programmes.report_types import ReviewFlow, Window
from tracker.services import obligation_changes as changes
from tracker.services.errors import ServiceError
from tracker.services.report_corrections import abandon_correction, open_correction
from tracker.services.report_drafts import Saved, report_screen, save_field
from tracker.services.report_submission import submit_report
from tracker.services.report_withdrawal import withdraw
from tracker.services.review_decisions import accept_report, reset_report, return_report
from tracker.services.review_rounds import note_read
from tracker.services.review_tasks import give_task, recommend
from tracker.services.viewer import Role
from tracker.store import tables as t
from tracker.store.audit import verify
from tracker.store.receipt_check import broken_receipts
from tracker.store.types import json_text

FLOWS = {"one officer": (OFFICER,), "two steps": TWO_STEPS, "with a panel": THREE_STEPS}
ACTS = 90
OFFICE = ("officer", "second_officer", "chief", "second_chief")
WRITERS = ("pi", "company_pi")


class Machine:
    """One run: the reports, the day, and what was promised so far."""

    def __init__(self, cast: Cast, seed: int) -> None:
        self.cast, self.draw, self.day = cast, random.Random(seed), date(2027, 3, 1)
        self.reports = {opened(cast, "interim_report", period, on="2027-03-01"): period for period in ("Y1", "Y2")}
        for report_id in self.reports:
            fill(cast, report_id, on="2027-03-01", note="")
        self.words: dict[tuple[int, str], str] = {}
        self.frozen: dict[int, tuple[str, str, str]] = {}
        self.done: dict[str, int] = defaultdict(int)

    def ctx(self, who: str):
        return self.cast.ctx(who, on=self.day.isoformat(), clock=f"{self.draw.randint(8, 17):02d}:00")

    def rows(self, table, *where) -> list:
        with self.cast.desk.store.read() as conn:
            return conn.execute(select(table).where(*where).order_by(table.c.id)).all()

    def report(self, report_id: int):
        return self.rows(t.report, t.report.c.id == report_id)[0]

    def obligation(self, obligation_id: int):
        return self.rows(t.obligation, t.obligation.c.id == obligation_id)[0]

    def step(self) -> str:
        """One act, allowed or not, of somebody; gives its name with its outcome."""
        self.day += timedelta(days=self.draw.choice((0, 0, 0, 1, 2, 5)))
        report_id = self.draw.choice(list(self.reports))
        changes_of_days = (self.extend, self.waive, self.skip, self.reinstate)
        fitting = {
            "draft": (self.save, self.submit, self.submit),
            "submitted": (self.take_back, self.read, self.recommend, self.recommend, self.accept, self.send_back, self.reset),
            "returned": (self.save, self.submit, self.submit, self.abandon),
            "accepted": (self.correct,),
            "correcting": (self.save, self.submit, self.submit, self.abandon),
        }
        every = [act for acts in fitting.values() for act in acts]
        likely = self.draw.random() < 0.75
        act = self.draw.choice((*(fitting[self.report(report_id).status] if likely else every), self.draw.choice(changes_of_days)))
        try:
            act(report_id)
        except ServiceError:
            return f"{act.__name__} refused"
        self.done[act.__name__] += 1
        return act.__name__

    # --- what people do -----------------------------------------------------------------------------------------------

    def save(self, report_id: int) -> None:
        ctx, field = self.ctx(self.draw.choice((*WRITERS, "assistant"))), self.draw.choice(("progress", "next_focus"))
        draft = report_screen(ctx, report_id).state.drafts.get(field)
        text = f"第 {self.draw.randrange(10**9)} 稿"
        saved = save_field(ctx, report_id=report_id, field=field, value=text, base_rev=draft.rev if draft else 0)
        assert isinstance(saved, Saved)
        self.words[report_id, field] = text

    def submit(self, report_id: int) -> None:
        ctx, row = self.ctx(self.draw.choice(WRITERS)), self.report(report_id)
        screen = report_screen(ctx, report_id)
        for field in screen.state.fields:
            if field.startswith("remarks:") and screen.may_write and not screen.state.value(field):
                try:
                    save_field(ctx, report_id=report_id, field=field, value="已補正。", base_rev=report_screen(
                        ctx, report_id).state.drafts[field].rev if field in screen.state.drafts else 0)  # fmt: skip
                except ServiceError:
                    continue
        submit_report(ctx, report_id=report_id, expected_version=row.version, late_reason="資料較晚取得。", key=key())

    def take_back(self, report_id: int) -> None:
        withdraw(
            self.ctx(self.draw.choice(WRITERS)), report_id=report_id, expected_version=self.report(report_id).version, reason="附件有誤",
            key=key(),
        )  # fmt: skip

    def read(self, report_id: int) -> None:
        note_read(self.ctx(self.draw.choice(OFFICE)), report_id)

    def recommend(self, report_id: int) -> None:
        tasks = self.rows(t.review_task, t.review_task.c.report_id == report_id, t.review_task.c.state == "open")
        if not tasks:
            return
        task, who = self.draw.choice(tasks), self._office(report_id)
        if task.role == Role.REVIEWER:
            who = "expert_a" if task.assignee_id is None and self.draw.random() < 0.6 else "expert_b"
            if task.assignee_id is None:
                give_task(
                    self.ctx("officer"), task_id=task.id, person_id=self.cast.person(who).id, expected_version=task.version, key=key()
                )
            task = self.rows(t.review_task, t.review_task.c.id == task.id)[0]
            who = next(name for name, one in self.cast.people.items() if one.id == task.assignee_id)
        recommend(
            self.ctx(who), task_id=task.id, expected_version=task.version, recommendation=self.draw.choice(("accept", "return")),
            remark="可行。", scores={"quality": 80, "progress": 70}, key=key(),
        )  # fmt: skip

    def accept(self, report_id: int) -> None:
        ctx = self.ctx(self._office(report_id))
        accept_report(ctx, report_id=report_id, expected_version=self.report(report_id).version, key=key())

    def send_back(self, report_id: int) -> None:
        return_report(
            self.ctx(self._office(report_id)), report_id=report_id, expected_version=self.report(report_id).version,
            comments={"progress": "請補充"}, reply_by=self.day + timedelta(days=self.draw.randint(1, 20)), key=key(),
        )  # fmt: skip

    def reset(self, report_id: int) -> None:
        reset_report(
            self.ctx(self._office(report_id)), report_id=report_id, expected_version=self.report(report_id).version, reason="請重寫",
            reply_by=self.day + timedelta(days=7), key=key(),
        )  # fmt: skip

    def correct(self, report_id: int) -> None:
        open_correction(
            self.ctx(self.draw.choice(WRITERS)), report_id=report_id, expected_version=self.report(report_id).version, reason="數字有誤",
            key=key(),
        )  # fmt: skip
        for field in ("progress", "next_focus"):  # it starts as the version in force reads
            self.words.pop((report_id, field), None)

    def abandon(self, report_id: int) -> None:
        abandon_correction(self.ctx("pi"), report_id=report_id, expected_version=self.report(report_id).version, key=key())

    def _owed(self, report_id: int):
        """The obligation of the report, or a reply below it."""
        obligation_id = self.report(report_id).obligation_id
        replies = self.rows(t.obligation, t.obligation.c.parent_id == obligation_id, t.obligation.c.status == "open")
        return self.draw.choice([self.obligation(obligation_id), *replies])

    def _changed(self, act, row, **more) -> None:
        act(
            self.ctx(self.draw.choice(("officer", "chief"))), obligation_id=row.id, reason="依來函", letter_number="示範字第1號",
            expected_version=row.version, key=key(), **more,
        )  # fmt: skip

    def extend(self, report_id: int) -> None:
        row = self._owed(report_id)
        self._changed(changes.extend, row, new_due_on=max(row.due_on, self.day) + timedelta(days=self.draw.randint(1, 40)))
        assert self.obligation(row.id).due_on > row.due_on

    def waive(self, report_id: int) -> None:
        if self.draw.random() < 0.3:
            self._changed(changes.waive, self._owed(report_id))

    def skip(self, report_id: int) -> None:
        if self.draw.random() < 0.3:
            self._changed(changes.skip, self._owed(report_id))

    def reinstate(self, report_id: int) -> None:
        row = self.obligation(self.report(report_id).obligation_id)
        before = self._late_replies(row.id)
        late = row.due_on is not None and row.due_on <= self.day and row.status == "waived"
        self._changed(changes.reinstate, row, new_due_on=self.day + timedelta(days=30) if late else None)
        assert self._late_replies(row.id) <= before, "taking something up again made an answer late"

    def _office(self, report_id: int) -> str:
        """Mostly whose turn it is, sometimes anybody."""
        roles = [one.role for one in self.rows(t.review_task, t.review_task.c.report_id == report_id, t.review_task.c.state == "open")]
        if not roles or self.draw.random() < 0.25:
            return self.draw.choice(OFFICE)
        return "officer" if roles[-1] == Role.OFFICER else self.draw.choice(("chief", "second_chief"))

    def _late_replies(self, parent_id: int) -> set[int]:
        o = t.obligation
        return {row.id for row in self.rows(o, o.c.parent_id == parent_id, o.c.status == "open") if row.due_on < self.day}

    # --- what must hold -----------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Everything that is stored agrees."""
        for report_id in self.reports:
            row = self.report(report_id)
            versions = self.rows(t.report_version, t.report_version.c.report_id == report_id)
            taken_back = {one.report_version_id for one in self.rows(t.report_withdrawal)}
            standing = [one for one in versions if one.id not in taken_back]
            self._versions(versions)
            self._drafts(report_id)
            self._rounds(row, versions)
            self._acceptance(row, versions, taken_back)
            self._duty(row, self.obligation(row.obligation_id), standing)
            self._replies(row, self.obligation(row.obligation_id))

    def _versions(self, versions) -> None:
        assert [one.number for one in versions] == list(range(1, len(versions) + 1))
        for one in versions:
            said = (json_text(one.content_json), one.content_sha256, one.receipt_number)
            assert self.frozen.setdefault(one.id, said) == said, "a submitted version changed"
            assert hashlib.sha256(said[0].encode()).hexdigest() == one.content_sha256

    def _drafts(self, report_id: int) -> None:
        d = t.report_draft_field
        with self.cast.desk.store.read() as conn:
            kept = {row.field: row.value_json for row in conn.execute(select(d).where(d.c.report_id == report_id))}
        for (of, field), text in self.words.items():
            assert of != report_id or kept[field] == text, "an acknowledged text is gone"

    def _rounds(self, row, versions) -> None:
        rounds = self.rows(t.review_round, t.review_round.c.report_id == row.id)
        waiting = [one.report_version_id for one in rounds if one.state == "open"]
        assert waiting == ([versions[-1].id] if row.status == "submitted" else [])
        assert len(rounds) == len(versions)
        for one in rounds:
            tasks = self.rows(t.review_task, t.review_task.c.review_round_id == one.id)
            assert one.state == "open" or not [task for task in tasks if task.state in ("open", "waiting")]
            assert one.state != "open" or any(task.state == "open" for task in tasks)
            doers = [task.done_by for task in tasks if task.done_by is not None]
            assert len(doers) == len(set(doers)), "one person did two steps of one review"
            assert one.state != "withdrawn" or not doers, "taken back after somebody had judged it"

    def _acceptance(self, row, versions, taken_back) -> None:
        assert (row.status in ("accepted", "correcting")) <= (row.accepted_version is not None)
        if row.accepted_version is not None:
            accepted = next(one for one in versions if one.number == row.accepted_version)
            assert accepted.id not in taken_back
            said = [one.outcome for one in self.rows(t.review, t.review.c.report_version_id == accepted.id)]
            assert said == ["accept"]

    def _duty(self, row, owed, standing) -> None:
        expected = "accepted" if row.accepted_version is not None else {"draft": "open"}.get(row.status, row.status)
        assert owed.status == expected or (owed.status == "waived" and row.status in ("draft", "returned")), (owed.status, row.status)
        first = civil_day(standing[0].submitted_at) if standing else None
        assert owed.first_submitted_on == first, "lateness is judged by the first version that was not taken back"
        assert (owed.waits_since_at is not None) == (row.status == "submitted")
        assert owed.office_due_on is None or row.status == "submitted"
        assert (owed.next_look_on is None) == (owed.status != "open" or owed.due_on is None)

    def _replies(self, row, owed) -> None:
        o = t.obligation
        replies = self.rows(o, o.c.parent_id == row.obligation_id, o.c.kind == "reply")
        stand = [one.status for one in replies]
        assert stand.count("open") <= (row.status == "returned" and owed.status != "waived"), (row.status, stand)
        assert "open" not in stand[:-1], "an answer that was given is owed again"
        assert "submitted" not in stand or row.status in ("submitted", "returned"), (row.status, stand)
        assert stand[-1:] != ["submitted"] or row.status == "submitted", (row.status, stand)
        for one in replies:
            assert (one.next_look_on is not None) == (one.status == "open")

    def check_record(self) -> None:
        """The chain holds, the receipts hold, and nobody is reminded of what is not owed."""
        look_on(self.cast, self.day.isoformat(), "00:05")
        with self.cast.desk.store.read() as conn:
            assert verify(conn) == []
            assert broken_receipts(conn) == []
            a, o = t.alert, t.obligation
            raised = conn.execute(select(a.c.obligation_id, a.c.due_on, a.c.stage).where(a.c.state == "raised")).all()
            settled = {row.id for row in conn.execute(select(o.c.id).where(o.c.status.in_(("waived", "closed"))))}
            pending = select(t.outbox.c.id, a.c.obligation_id).join(a, a.c.id == t.outbox.c.alert_id).where(t.outbox.c.status == "queued")
            told = {row.obligation_id for row in conn.execute(pending)}
        assert len(raised) == len(set(raised)), "a stage was raised twice"
        assert not told & settled


@pytest.fixture
def flow(request, monkeypatch):
    """Every programme reviews by these steps, and lets a report be taken back for a week."""
    original = Registry.reports

    def reports(self: Registry, code: str):
        window = Window(KINDS, grace_days=5, withdraw_days=7, office_days=10)
        return replace(original(self, code), flows=(ReviewFlow("test", KINDS, FLOWS[request.param]),), windows=(window,))

    monkeypatch.setattr(Registry, "reports", reports)


RUNS = [("one officer", 11), ("one officer", 12), ("two steps", 21), ("with a panel", 31)]
STAFF = {"second_officer": Role.OFFICER, "second_chief": Role.CHIEF, "expert_a": Role.REVIEWER, "expert_b": Role.REVIEWER}


@pytest.mark.parametrize(("flow", "seed"), RUNS, indirect=["flow"])
def test_whatever_is_done_in_whatever_order_nothing_contradicts(cast, flow, seed):
    for who, role in STAFF.items():
        staff(cast, who, role)
    machine = Machine(cast, seed)
    walked: list[str] = []
    for _ in range(ACTS):
        walked.append(f"{machine.day} {machine.step()}")
        try:
            machine.check()
        except AssertionError as error:
            raise AssertionError(f"{error}\nafter: " + "; ".join(walked)) from error
    machine.check_record()
    assert machine.done["submit"]
    assert machine.done["accept"] + machine.done["send_back"]
