# ruff: noqa: E501  (one object is one line)
"""Two projects that have one of everything, so that every service can be asked for its own object and for a foreign one.

Built once a test process and copied as a file: a case that writes gets a copy of its own.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select, update

from tests.answers import answers
from tests.cast import Cast, CastPerson, at, build_cast, key, make_desk, shipped_calendar, shipped_registry
from tests.integration.services.support_reports import PDF
from tracker.services import alerts
from tracker.services.action_items import add_item
from tracker.services.action_life import say_done
from tracker.services.approvals import add_approval
from tracker.services.checkpoints import CheckpointEntry, plan_checkpoints
from tracker.services.data_call_forms import templates
from tracker.services.data_call_selection import Selection
from tracker.services.data_calls import CallEntry, issue_call
from tracker.services.date_entries import DateEntry
from tracker.services.document_dates import enter_document_date
from tracker.services.documents import store_document
from tracker.services.evaluations import ScoreEntry, record_evaluation
from tracker.services.meeting_entries import MeetingEntry
from tracker.services.meetings import plan_meeting
from tracker.services.outcome_entries import OutcomeEntry
from tracker.services.outcomes import declare_nil, record_outcome
from tracker.services.policy import Act
from tracker.services.report_drafts import open_report, report_screen, save_field
from tracker.services.report_submission import submit_report
from tracker.services.review_comments import save_comment
from tracker.services.sessions import new_session
from tracker.services.viewer import Role
from tracker.store import tables as t
from tracker.store.engine import Store
from tracker.store.migrations import migrate

DAY = "2026-09-01"  # a Tuesday
ROLES = (
    "admin",
    "officer",
    "other_officer",
    "chief",
    "auditor",
    "pi",
    "company_pi",
    "assistant",
    "co_pi",
    "stranger_pi",
    "reviewer",
    "insider",
    "system",
)
OWN_MARKS = ("DEMO-OWN-01", "demo-sister-ai")
FOREIGN_MARKS = ("DEMO-FOREIGN-01", "CANARY-7f3a", "hsp-115")


@dataclass
class Place:
    """One project's objects, by what they are: ids, and texts where a service takes a text."""

    project: int
    programme: int
    code: str
    ids: dict[str, int | str] = field(default_factory=dict)

    def __getattr__(self, name: str):
        try:
            return self.__dict__["ids"][name]
        except KeyError:
            raise AttributeError(name) from None


@dataclass
class World:
    """The cast with its two places, on a file of its own."""

    cast: Cast
    places: dict[str, Place]

    def __enter__(self) -> World:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Done with it: the file goes away."""
        self.cast.desk.store.dispose()
        self.cast.desk.store.path.unlink(missing_ok=True)

    def written(self) -> int:
        """How much was written to this file since it was copied: the size of SQLite's log."""
        log = self.cast.desk.store.path.with_name(self.cast.desk.store.path.name + "-wal")
        return log.stat().st_size if log.exists() else 0


class Template:
    """The prepared file, and copies of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.registry, self.calendar = shipped_registry(), shipped_calendar()
        store = Store.open(folder / "template.sqlite3")
        migrate(store)
        self.world = _build(self._cast_on(store))
        store.dispose()
        self._copies = 0

    def _cast_on(self, store: Store) -> Cast:
        return Cast(make_desk(store, self.folder / "home", self.calendar, self.registry, at(DAY)))

    def copy(self) -> World:
        """A world that a case may change; the caller closes it."""
        self._copies += 1
        path = self.folder / f"copy-{self._copies}.sqlite3"
        shutil.copyfile(self.folder / "template.sqlite3", path)
        cast = self._cast_on(Store.open(path))
        cast.people, cast.projects = self.world.cast.people, self.world.cast.projects
        return World(cast, self.world.places)


def _build(empty: Cast) -> World:
    cast = build_cast(empty.desk)
    _add_insider(cast)
    alerts.look(cast.ctx("system", on=DAY))
    own = _furnish(cast, "own", pi="pi", officer="officer", waiting=("quarterly_report", "Y1Q1"), draft=("interim_report", "Y1"))
    foreign = _furnish(
        cast,
        "foreign",
        pi="stranger_pi",
        officer="other_officer",
        waiting=("quarterly_report", "project"),
        draft=("interim_report", "project"),
    )
    _assign_reviewer(cast, own)
    cast.desk.store.write_quiet(at(DAY), lambda tx: _people(tx, cast, own, foreign))
    world = World(cast, {"own": own, "foreign": foreign})
    for who, person in cast.people.items():
        if who != "disabled":
            own.ids[f"sid_{who}"] = cast.desk.store.write_quiet(
                at(DAY), lambda tx, person=person: new_session(tx, person.id, at=at(DAY)).sid
            )
    _fail_one_mail(cast, world)
    cast.desk.store.write_quiet(at(DAY), lambda tx: [_signal(tx, place) for place in world.places.values()])
    return world


def _signal(tx, place: Place) -> None:
    """Something of the office is wrong: what waits has waited for too long."""
    tx.insert(
        t.signal, kind="review_waiting", subject=f"obligation:{place.unopened}", since_on=date(2026, 8, 3), stage="+0",
        project_id=place.project, programme_id=place.programme, obligation_id=place.unopened, state="raised",
        params_json={"page": "project", "query": {}, "since": "2026-08-03"}, recipients_json=[], raised_at=tx.at,
    )  # fmt: skip


def _add_insider(cast: Cast) -> None:
    """An officer of the programme of `own` who is also an assistant on it: nobody handles her own project."""

    def body(tx):
        person_id = tx.insert(t.person, email="insider@own.invalid", name="示範insider", language="en", active=True, created_at=tx.at)
        own = cast.project("own")
        tx.insert(t.role_grant, person_id=person_id, role=Role.OFFICER.value, programme_id=own.programme_id, granted_at=tx.at)
        tx.insert(t.membership, project_id=own.id, person_id=person_id, role="assistant", party="academic", from_on=date(2026, 6, 1))
        return person_id

    cast.people["insider"] = CastPerson(cast.desk.store.write_quiet(at("2026-06-01"), body), "insider@own.invalid", "示範insider")


def _people(tx, cast: Cast, own: Place, foreign: Place) -> None:
    """A right that each project's investigator gave (of reading approvals, which takes nothing from anybody), and both officers away."""
    for place, grantor, grantee, officer in ((own, "pi", "co_pi", "officer"), (foreign, "stranger_pi", "stranger_pi", "other_officer")):
        to = {"grantor_id": cast.person(grantor).id, "grantee_id": cast.person(grantee).id, "area": "outcomes", "level": "edit"}
        place.ids["delegation"] = tx.insert(t.delegation, project_id=place.project, from_on=date(2026, 9, 1), granted_at=tx.at, **to)
        away = {"person_id": cast.person(officer).id, "from_on": date(2026, 10, 1), "until_on": date(2026, 10, 2)}
        place.ids["absence"] = tx.insert(t.absence, recorded_by=away["person_id"], recorded_at=tx.at, **away)
        tx.conn.execute(update(t.person).where(t.person.c.id == away["person_id"]).values(name=f"承辦 {place.code}"))


def _assign_reviewer(cast: Cast, place: Place) -> None:
    """The reviewer is given the one report of `own` that waits, as an officer assigns her."""
    v, r = t.report_version, t.review_round

    def body(tx):
        version_id = (
            tx.conn.execute(select(v.c.id).where(v.c.report_id == place.waiting_report).order_by(v.c.number.desc())).scalars().first()
        )
        of_it = {"report_id": place.waiting_report, "project_id": place.project, "programme_id": place.programme}
        round_id = tx.conn.execute(select(r.c.id).where(r.c.report_version_id == version_id)).scalar_one_or_none()
        if round_id is None:
            round_id = tx.insert(
                r, report_version_id=version_id, flow_json=[], stage=1, state="open", opened_at=tx.at, first_read_at=tx.at, **of_it
            )
        place.ids["review_round"] = round_id
        place.ids["review_task"] = tx.insert(
            t.review_task, review_round_id=round_id, stage=1, step="panel", role="reviewer", assignee_id=cast.person("reviewer").id,
            state="open", opened_at=tx.at, **of_it,
        )  # fmt: skip

    cast.desk.store.write_quiet(at(DAY), body)


def _furnish(cast: Cast, which: str, *, pi: str, officer: str, waiting: tuple[str, str], draft: tuple[str, str]) -> Place:
    project = cast.project(which)
    place = Place(project.id, project.programme_id, project.code)
    ids, ctx, office = place.ids, cast.ctx(pi, on=DAY), cast.ctx(officer, on=DAY)
    if which == "foreign":
        check = CheckpointEntry("C1", "他人查核點", Decimal(10), "件", Decimal(1), date(2026, 6, 30))
        plan_checkpoints(cast.ctx("system", on=DAY), project_id=project.id, checkpoints=(check,), key=key())
    ids["letter"] = store_document(
        office, project_id=project.id, filename="letter.pdf", content=PDF, purpose="letter", act=Act.ENTER_DATE, key=key()
    )
    ids["circular"] = store_document(
        office, programme_id=project.programme_id, filename="circular.pdf", content=PDF, purpose="letter", act=Act.ENTER_DATE, key=key()
    )
    ids["waiting_report"] = _report(cast, pi, cast.obligation(*waiting, which=which).id)
    submit_report(ctx, report_id=ids["waiting_report"], expected_version=1, key=key())
    _review(cast, place, office)
    ids["draft_report"] = _report(cast, pi, cast.obligation(*draft, which=which).id)
    ids["draft_file"] = store_document(
        ctx, project_id=project.id, filename="draft.pdf", content=PDF + which.encode(), purpose="draft:evidence", key=key()
    )
    ids["unopened"] = cast.obligation("final_report", which=which).id
    ids["external"] = cast.obligation("expenditure_closing", which=which).id
    ids["approval"] = add_approval(ctx, project_id=project.id, kind="irb", title=f"示範試驗 {project.code}", key=key()).approval_id
    paper = OutcomeEntry("paper", f"論文 {project.code}", "submitted")
    ids["outcome"] = record_outcome(ctx, project_id=project.id, entry=paper, key=key())
    declare_nil(ctx, project_id=project.id, year=ctx.today.year, key=key())
    ids["evaluation"] = record_evaluation(
        office,
        project_id=project.id,
        year=1,
        held_on=DAY,
        scores=(ScoreEntry("執行力", 4, 5),),
        remarks="",
        expected_version=None,
        key=key(),
    ).evaluation_id
    entry = DateEntry(
        project.programme_id,
        project.id,
        draft[0],
        draft[0],
        _label(cast, which, draft),
        "official",
        ids["letter"],
        given_on="2026-12-15",
        letter_number="示範字第1號",
    )
    ids["given"] = enter_document_date(office, entry, key=key()).document_date_id
    ids["rule"], ids["period"] = draft[0], _label(cast, which, draft)
    call = issue_call(office, call_entry(project.programme_id, project.id), project_ids=[project.id], key=key())
    ids["call"], ids["call_obligation"] = call.call_id, cast.by_key(call.keys[0]).id
    cast.desk.store.write_quiet(at(DAY), lambda tx: _put(tx, cast, place, ids))
    _meetings(cast, place, ctx, office)
    _answer(cast, pi, ids["draft_report"])  # what came in since is asked for too
    return place


def _meetings(cast: Cast, place: Place, ctx, office) -> None:
    """A meeting to come, one of today and one that was held, with a notice; and an action item of each side and one said to be done."""
    place.ids["notice"] = store_document(
        office, programme_id=place.programme, filename="notice.pdf", content=PDF, purpose="meeting", act=Act.RUN_MEETING, key=key()
    )
    for name, day in (("meeting", "2026-10-14"), ("meeting_today", DAY), ("meeting_held", "2026-08-20")):
        entry = MeetingEntry(
            place.programme, "presentation", f"會議 {place.code}", day, notice_document_id=place.notice, project_ids=(place.project,)
        )
        place.ids[name] = plan_meeting(office, entry, key=key()).meeting_id
    for name, side, owner in (("action", "project", None), ("action_done", "project", None), ("action_office", "office", office)):
        owner_id = owner.viewer.person_id if owner else None
        place.ids[name] = cast.desk.store.write(
            office.request("test.item", key()), lambda tx, side=side, owner_id=owner_id: _item(tx, office, place, side, owner_id)
        )["item_id"]
    say_done(ctx, item_id=place.action_done, note="完成", document_id=None, expected_version=1, key=key())


def _item(tx, office, place: Place, side: str, owner_id: int | None) -> dict:
    given = {"project_id": place.project, "programme_id": place.programme, "body": f"事項 {place.code}", "side": side, "owner_id": owner_id}
    item_id = add_item(tx, office, **given, due_on=date(2026, 10, 15))
    tx.record("action_item", item_id, {})
    return {"item_id": item_id}


def _review(cast: Cast, place: Place, office) -> None:
    """The open step of an officer, a remark of hers, and a conflict of somebody who reviews nothing."""
    place.ids["comment"] = save_comment(
        office, report_id=place.waiting_report, section="progress", field="progress", body=f"意見 {place.code}", key=key()
    )
    k = t.review_task
    with cast.desk.store.read() as conn:
        place.ids["step"] = conn.execute(select(k.c.id).where(k.c.report_id == place.waiting_report, k.c.role == "officer")).scalar_one()
    values = {"person_id": cast.person("disabled").id, "reason": f"理由 {place.code}", "declared_by": cast.person("admin").id}
    place.ids["conflict"] = cast.desk.store.write_quiet(
        at(DAY), lambda tx: tx.insert(t.interest_conflict, project_id=place.project, declared_at=tx.at, **values)
    )


def call_entry(programme_id: int, project_id: int, title: str = "示範調查") -> CallEntry:
    """A call to one project."""
    return CallEntry(programme_id, title, "2026-10-30", "示範字第9號", templates()[0].entry, selection=Selection(projects=(project_id,)))


def _label(cast: Cast, which: str, draft: tuple[str, str]) -> str:
    return cast.obligation(*draft, which=which).period_label


def _report(cast: Cast, pi: str, obligation_id: int) -> int:
    """A report with everything written that its form asks for."""
    ctx = cast.ctx(pi, on=DAY)
    report_id = open_report(ctx, obligation_id=obligation_id, key=key()).report_id
    _answer(cast, pi, report_id)
    return report_id


def _answer(cast: Cast, pi: str, report_id: int) -> None:
    """Write what the report asks for and does not say yet."""
    ctx = cast.ctx(pi, on=DAY)
    state = report_screen(ctx, report_id).state
    values = answers(state) | {"progress": "已完成。", "next_focus": "繼續。"}
    values |= {f"checkpoint:{line.id}:actual": "1" for line in state.checkpoints}
    values |= {f"checkpoint:{line.id}:note": "落後原因。" for line in state.checkpoints}
    values |= {f"indicator:{line.id}:actual": "2" for line in state.indicators}
    for name, value in values.items():
        draft = state.drafts.get(name)
        if name in state.fields and (draft is None or draft.value != value):
            save_field(ctx, report_id=report_id, field=name, value=value, base_rev=draft.rev if draft else 0)


def _put(tx, cast: Cast, place: Place, ids: dict) -> None:
    """What no service makes in one step: a catch-up that waits, one on an unconfirmed day, an approval that runs out, a decided year."""
    ids["organisation"] = tx.conn.execute(select(t.project.c.organisation).where(t.project.c.id == place.project)).scalar_one()
    ids["contact"] = tx.insert(
        t.institution_contact, programme_id=place.programme, organisation=ids["organisation"], name=f"聯絡人 {place.code}",
        email="contact@institution.invalid", entered_at=tx.at,
    )  # fmt: skip
    ids["channel"] = tx.insert(
        t.chat_channel, name=f"頻道 {place.code}", service="slack", sealed_url="sealed", host="hooks.slack.com", masked="hooks.slack.com …0000",
        entered_at=tx.at,
    )  # fmt: skip
    o = t.obligation
    like = dict(tx.conn.execute(select(o).where(o.c.id == cast.by_key("DEMO-FOREIGN-01/approval_catch_up/project").id)).mappings().one())
    like |= {"project_id": place.project, "programme_id": place.programme, "status": "open", "version": 1, "next_look_on": None}
    del like["id"]
    ids["assumed"] = tx.insert(o, **{**like, "key": f"{place.code}/approval_catch_up/test-assumed", "period_label": "test-assumed"})
    waits = {"status": "submitted", "waits_since_at": tx.at, "first_submitted_on": date(2026, 8, 31), "confidence": "stated"}
    ids["waiting_approval"] = tx.insert(
        o, **{**like, **waits, "key": f"{place.code}/approval_catch_up/test-waiting", "period_label": "test-waiting"}
    )
    tx.conn.execute(update(o).where(o.c.id == place.external).values(discharged_by="external"))
    tx.insert(
        t.approval,
        project_id=place.project,
        kind="iacuc",
        title=f"將屆滿 {place.code}",
        board="",
        approved_on=date(2025, 9, 10),
        expires_on=date(2026, 9, 10),
    )
    officer_id = cast.person("officer" if place.code == "DEMO-OWN-01" else "other_officer").id
    issued = dict(tx.conn.execute(select(t.data_call).where(t.data_call.c.id == place.call)).mappings().one())
    del issued["id"]
    ids["bare_call"] = tx.insert(t.data_call, **{**issued, "label": "bare"})  # asks nobody yet
    decided = tx.insert(
        t.evaluation,
        project_id=place.project,
        project_year=9,
        held_on=date(2026, 8, 3),
        scores_json=[],
        remarks="",
        recorded_by=officer_id,
        recorded_at=tx.at,
    )
    tx.insert(
        t.decision, evaluation_id=decided, project_id=place.project, course="continue", decided_on=date(2026, 8, 10), letter_number="示範字第2號", clause="",
        reason=f"理由 {place.code}", consequences_json=[], recorded_by=officer_id, recorded_at=tx.at,
    )  # fmt: skip
    ids["decided_evaluation"] = decided
    line = (
        tx.conn.execute(select(t.checkpoint.c.id).where(t.checkpoint.c.project_id == place.project).order_by(t.checkpoint.c.id))
        .scalars()
        .first()
    )
    ids["checkpoint"] = line


def _hold_back(tx, world: World) -> None:
    """A pause and a silence of each project that are still to come, and a pull of the brake."""
    begins = at("2026-09-05")
    for place in world.places.values():
        about = {"project_id": place.project, "programme_id": place.programme, "reason": "x", "created_at": tx.at}
        times = {"from_at": begins, "until_at": at("2026-09-12")}
        place.ids["pause"] = tx.insert(t.silence, kind="pause", **about, **times)
        place.ids["silence"] = tx.insert(t.silence, kind="silence", **about, **times)
        place.ids["hold"] = 1
    tx.insert(t.mass_hold, why="mass", owed=1, among=1, held_at=tx.at, weighed_at=tx.at)


def _fail_one_mail(cast: Cast, world: World) -> None:
    def body(tx):
        mails = tx.conn.execute(
            select(t.outbox.c.id, t.obligation.c.project_id)
            .join(t.alert, t.alert.c.id == t.outbox.c.alert_id)
            .join(t.obligation, t.obligation.c.id == t.alert.c.obligation_id)
        ).all()
        for place in world.places.values():
            place.ids["delivery"] = next(row.id for row in mails if row.project_id == place.project)
            tx.conn.execute(update(t.outbox).where(t.outbox.c.id == place.delivery).values(status="failed"))
        items = tx.conn.execute(select(t.inbox_item.c.id, t.inbox_item.c.person_id)).all()
        world.places["own"].ids["item_of_pi"] = next(row.id for row in items if row.person_id == cast.person("pi").id)
        asked = {"from_person_id": cast.person("pi").id, "to_person_id": cast.person("assistant").id, "given_at": tx.at}
        world.places["own"].ids["asked"] = tx.insert(t.alert_delegation, obligation_id=world.places["own"].unopened, **asked)
        foreign_alert = tx.conn.execute(select(t.outbox.c.alert_id).where(t.outbox.c.id == world.places["foreign"].delivery)).scalar_one()
        tx.insert(t.inbox_item, person_id=cast.person("officer").id, alert_id=foreign_alert, placed_at=tx.at)
        world.places["foreign"].ids["alert"] = foreign_alert
        left = {"from_person_id": cast.person("officer").id, "to_person_id": cast.person("pi").id, "given_at": tx.at}
        world.places["foreign"].ids["asked"] = tx.insert(t.alert_delegation, obligation_id=world.places["foreign"].unopened, **left)
        _hold_back(tx, world)
        grants = tx.conn.execute(select(t.role_grant.c.id, t.role_grant.c.person_id)).all()
        world.places["own"].ids["grant"] = next(row.id for row in grants if row.person_id == cast.person("chief").id)

    cast.desk.store.write_quiet(at(DAY), body)


def as_role(world: World, role: str):
    """The context of one column of the table."""
    ctx = world.cast.ctx(role, on=DAY)
    return replace(ctx, now=at(DAY))
