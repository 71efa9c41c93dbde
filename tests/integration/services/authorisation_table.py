# ruff: noqa: E501  (one row of the table is one line)
"""Who may call which service on what: typed by hand from the roles' descriptions, and not from `policy.ALLOWED`, which it checks.

A row is one service on one object. Its letters stand for these columns, in this order:

    administrator, officer, other officer, chief, auditor;  pi, company's pi, assistant, co-PI;  stranger's pi;  reviewer;  insider;  system

`reviewer` is of the own programme's panel and was given the report that waits (`waiting_report` of the own project), and nothing else:
no other report of it, no file but that report's, no project. `co-PI` is the own project's, to whom nothing was delegated. `insider` is an officer of the programme who is also an assistant on the project. What a letter means:

    A  does it                     N  "nothing was found": may not know that it exists
    I  may, but the input is wrong F  "your role does not allow this"
    -  nothing happens             O  "you are on this project yourself"
                                   R  a clause or a state refuses, after the role was found good
  of a list, whose projects it shows:   B both   W her own programme's or project's   X the foreign one   E nothing
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select

from tests.cast import at, key
from tests.integration.services.authorisation_world import FOREIGN_MARKS, OWN_MARKS, ROLES, Place, World, as_role, call_entry
from tests.integration.services.support_reports import PDF
from tests.official_table import table
from tracker.domain.alert_policy import PolicySet
from tracker.domain.quiet import DEFAULT
from tracker.exchange.holiday_table import read_table
from tracker.i18n import Translator
from tracker.notify.templates import Words
from tracker.notify.transport import LocalOutbox
from tracker.services import (
    absences,
    accounts,
    action_life,
    alert_acts,
    alert_audit,
    alert_choices,
    alert_templates,
    alerts,
    anchors,
    approval_reviews,
    approval_views,
    approvals,
    assignments,
    attainment,
    audit_limits,
    audit_trail,
    calendar_feeds,
    calendar_in_force,
    calendar_previews,
    calendar_reading,
    chat_channels,
    chat_hosts,
    checkpoints,
    closures,
    conditions,
    course_previews,
    daily,
    data_call_answers,
    data_call_board,
    data_call_changes,
    data_call_drafts,
    data_call_selection,
    data_calls,
    date_moves,
    delegations,
    delivery,
    delivery_acts,
    delivery_desk,
    delivery_list,
    directory,
    discharge,
    document_date_views,
    document_dates,
    documents,
    dossier,
    dry_look,
    evaluation_views,
    evaluations,
    hand_overs,
    heartbeat,
    inbox,
    institution_contacts,
    interest_conflicts,
    ladders,
    mass_holds,
    meeting_conclusions,
    meeting_views,
    meetings,
    memberships,
    metrics,
    must_do,
    notices,
    obligation_changes,
    obligation_previews,
    office_clock,
    outcome_views,
    outcomes,
    people,
    person_load,
    policy_previews,
    portfolio,
    portfolio_rows,
    printed_files,
    printed_receipt,
    printed_reports,
    programmes,
    project_changes,
    project_choices,
    project_import,
    project_officer,
    project_page,
    projects,
    queue,
    recalculation,
    receipts,
    report_corrections,
    report_drafts,
    report_presence,
    report_review,
    report_submission,
    report_withdrawal,
    restores,
    review_assignments,
    review_comments,
    review_decisions,
    review_load,
    review_rounds,
    review_tasks,
    seen_alerts,
    sessions,
    signal_courses,
    signal_holds,
    signal_list,
    signals,
    silence_changes,
    silences,
    template_previews,
    working_day_years,
    working_days,
)  # fmt: skip
from tracker.services.alert_mail import MailSettings
from tracker.services.approvals import ApprovalPaper
from tracker.services.course_drafts import CourseDraft, StepDraft
from tracker.services.date_entries import DateEntry
from tracker.services.evaluations import DecisionEntry, ScoreEntry
from tracker.services.hand_overs import Order
from tracker.services.institution_contacts import ContactEntry
from tracker.services.meeting_conclusions import Conclusion
from tracker.services.meeting_entries import MeetingEntry
from tracker.services.outcome_entries import OutcomeEntry
from tracker.services.policy import Act
from tracker.services.portfolio import Filters
from tracker.services.portfolio_rows import View
from tracker.services.projects import MemberEntry, ProjectEntry
from tracker.services.silence_changes import SilenceEntry
from tracker.services.viewer import Role
from tracker.store import tables as t
from tracker.store.q_review_load import LANDS

Arguments = Callable[[World, Place], dict[str, Any]]


def _membership(w: World, who: str) -> int:
    with w.cast.desk.store.read() as conn:
        m = t.membership
        return conn.execute(select(m.c.id).where(m.c.person_id == w.cast.person(who).id)).scalars().first()


def _feed(w: World) -> Any:
    """A calendar of the own project, whoever reads it."""
    return SimpleNamespace(scope="project", project_id=w.places["own"].project, programme_id=None, code="DEMO-OWN-01")


def _alert_of_pi(w: World, p: Place) -> int:
    with w.cast.desk.store.read() as conn:
        return conn.execute(select(t.inbox_item.c.alert_id).where(t.inbox_item.c.id == p.item_of_pi)).scalar_one()


def _done(_result: Any) -> str:
    return "A"


def _shows(result: Any) -> str:
    text = result.decode() if isinstance(result, bytes) else repr(result)
    own, foreign = any(mark in text for mark in OWN_MARKS), any(mark in text for mark in FOREIGN_MARKS)
    return {(True, True): "B", (True, False): "W", (False, True): "X", (False, False): "E"}[own, foreign]


def _counts(result: Any) -> str:
    return "A" if result else "-"


def _lists_a_draft(page: project_page.ProjectPage) -> str:
    return _counts([row for row in page.documents if row.purpose.startswith("draft:")])


def _has_history(page: project_page.ProjectPage) -> str:
    return _counts(page.events is not None)


@dataclass(frozen=True)
class Row:
    """One service on one object. `letters` as above; `arguments` makes keyword arguments; `judge` turns what came back into a letter."""

    service: Callable[..., Any]
    on: str
    letters: str
    arguments: Arguments
    judge: Callable[[Any], str] = _done
    note: str = ""

    @property
    def name(self) -> str:
        """For the test's id."""
        return f"{self.service.__module__.rsplit('.', 1)[1]}.{self.service.__name__}-{self.on}{'-' if self.note else ''}{self.note}"

    @property
    def expected(self) -> dict[str, str]:
        """Role → letter."""
        letters = self.letters.replace(" ", "")
        assert len(letters) == len(ROLES), self.name
        return dict(zip(ROLES, letters, strict=True))

    def call(self, world: World, role: str) -> Any:
        """Call the service as a role, on this row's object."""
        place = world.places["foreign" if self.on == "foreign" else "own"]
        return self.service(as_role(world, role), **self.arguments(world, place))


def _both(service: Callable[..., Any], own: str, foreign: str, arguments: Arguments, note: str = "", **more: Any) -> list[Row]:
    return [Row(service, "own", own, arguments, note=note, **more), Row(service, "foreign", foreign, arguments, note=note, **more)]


def _one(service: Callable[..., Any], letters: str, arguments: Arguments, judge: Callable[[Any], str] = _done, note: str = "") -> list[Row]:
    return [Row(service, "installation", letters, arguments, judge, note)]


def _list(service: Callable[..., Any], letters: str, arguments: Arguments = lambda w, p: {}, note: str = "") -> list[Row]:
    return _one(service, letters, arguments, _shows, note)


# --- Arguments that need more than a line ------------------------------------------------------------------------------------


def _waiting_version(w: World, p: Place) -> Any:
    """The version of the report that waits."""
    with w.cast.desk.store.read() as conn:
        v = t.report_version
        return conn.execute(select(v.c.id, v.c.receipt_number, v.c.content_sha256).where(v.c.report_id == p.waiting_report)).first()


def _left_notice(w: World) -> dict[str, Any]:
    """No arguments, after a notice of the foreign project was put into the inbox of an officer who has nothing to do with it (any more)."""
    foreign = w.places["foreign"]

    def body(tx: Any) -> None:
        told = {"person_id": w.cast.person("officer").id, "role": "officer", "kind": "extended", "params_json": {}, "placed_at": tx.at}
        tx.insert(t.notice, project_id=foreign.project, programme_id=foreign.programme, obligation_id=foreign.unopened, **told)

    w.cast.desk.store.write_quiet(at("2026-09-01"), body)
    return {}


def _week_of(w: World, place: Place) -> date:
    with w.cast.desk.store.read() as conn:
        o = t.obligation
        owed = select(o.c.file_by_on).where(o.c.project_id == place.project, o.c.status == "open", o.c.duty.is_(True))
        return conn.scalars(owed.where(o.c.file_by_on > date(2026, 9, 1), o.c.kind.in_(LANDS)).order_by(o.c.file_by_on)).first()


def _table(year: int = 2030) -> bytes:
    """A table of working days that gives a Monday off on which something is due."""
    return table(year, off={"2030-09-02": "示範紀念日"})


def _as_previewed(w: World, **proposal: Any) -> dict[str, Any]:
    """The calendar in force and the outcome of a proposal, as its preview gave them to the page."""
    ctx = w.cast.ctx("system")
    with ctx.store.read() as conn:
        seen = calendar_previews.preview(conn, ctx, calendar_previews.proposed(conn, ctx, **proposal))
    return {"expected_calendar": seen.old_version, "confirmed": seen.digest, "key": key()}


def _confirmed_table(w: World, _place: Place) -> dict[str, Any]:
    years = [calendar_in_force.issued_year(one) for one in read_table(_table()).years]
    return {"content": _table(), "filename": "119.csv", "source": "示範公告", **_as_previewed(w, years=years)}


_CLOSED = (("臺北市", date(2026, 9, 2)),)


def _moved_days(w: World) -> dict[str, Any]:
    """No arguments, after a day of each project moved with the working days."""

    def body(tx: Any) -> None:
        for place in w.places.values():
            tx.insert(t.date_move, obligation_id=place.unopened, project_id=place.project, new_calendar="示範", moved_at=tx.at)

    w.cast.desk.store.write_quiet(at("2026-09-01"), body)
    return {}


def _changing(p: Place, **more: Any) -> dict[str, Any]:
    return {"obligation_id": p.unopened, "reason": "理由", "letter_number": "示範字第11號", "expected_version": 1, "key": key(), **more}


def _date_entry(_world: World, p: Place) -> DateEntry:
    return DateEntry(
        p.programme, p.project, p.rule, p.rule, p.period, "official", p.letter, given_on="2026-11-30", letter_number="示範字第3號"
    )


def _decision(_world: World, _place: Place) -> DecisionEntry:
    return DecisionEntry("continue", "2026-09-01", "示範字第4號", "七-(一)", "達成")


def _hand_over(world: World, place: Place) -> dict[str, Any]:
    """The principal investigator of a project goes, another one comes."""
    old = "pi" if place is world.places["own"] else "stranger_pi"
    new = world.cast.person("auditor").id
    return {"order": Order(world.cast.person(old).id, new, place.project, letter_number="示範字第8號", reason="離職")}


def _desk(world: World, _place: Place, who: str = "officer", **more: Any) -> dict[str, Any]:
    return {"order": Order(world.cast.person(who).id, world.cast.person("chief").id, reason="調任", **more)}


def _project_entry(_world: World, _place: Place) -> ProjectEntry:
    return ProjectEntry(
        code="DEMO-NEW-01", programme="demo-sister-ai", title_zh="示範新計畫", organisation="示範大學", start_on=date(2026, 6, 1), end_on=date(2030, 5, 31),
        members=(MemberEntry("new@own.invalid", "示範新人", "pi"),),
    )  # fmt: skip


def _meeting(_world: World, p: Place) -> MeetingEntry:
    return MeetingEntry(p.programme, "inspection", "查核", "2026-10-14", project_ids=(p.project,))


def _conclusions(_world: World, p: Place) -> tuple[Conclusion, ...]:
    return (Conclusion(p.project, "project", "補件", "2026-10-30"),)


def _duty(w: World, p: Place) -> int:
    with w.cast.desk.store.read() as conn:
        a = t.action_item
        return conn.execute(select(a.c.obligation_id).where(a.c.id == p.action)).scalar_one()


_CSV = (
    "code,programme,title_zh,organisation,start_on,end_on,pi_email,pi_name\n"
    "DEMO-NEW-02,demo-sister-ai,示範新計畫,示範大學,2026-06-01,2030-05-31,new@own.invalid,示範新人\n"
).encode()


def _comments(_world: World, place: Place) -> dict[str, Any]:
    return {
        "report_id": place.waiting_report,
        "expected_version": 2,
        "comments": {"progress": "請補充"},
        "reply_by": date(2026, 9, 15),
        "key": key(),
    }


def _version_of(world: World, place: Place) -> int:
    with world.cast.desk.store.read() as conn:
        v = t.report_version.c
        return conn.execute(select(v.id).where(v.report_id == place.waiting_report)).scalar_one()


def _store(act: Act) -> Arguments:
    return lambda w, p: {
        "project_id": p.project,
        "filename": "a.pdf",
        "content": PDF + b" more",
        "purpose": "letter",
        "act": act,
        "key": key(),
    }


def _deliver(world: World, _place: Place) -> dict[str, Any]:
    return {
        "transport": LocalOutbox(),
        "settings": MailSettings("a@b.invalid", "http://127.0.0.1"),
        "wall": lambda: at("2026-09-01", "08:30"),
    }


def _silence(p: Place, kind: str, **more: Any) -> SilenceEntry:
    """Of the project, for a day after what is to come."""
    first = {"from_at": at("2026-09-13"), "until_at": at("2026-09-14")}
    return SilenceEntry(reason="理由", kind=kind, **{**first, "project_id": p.project, **more})


# --- The table: own project, foreign project -----------------------------------------------------------------------------------

#: Whoever sees a project.
_SEE = ("AANAA AAAA N N A A", "ANANA NNNN A N N A")
#: The same, and who was given this one report to review; the system reads no report.
_SEE_SUBMITTED = ("AANAA AAAA N A A F", "ANANA NNNN A N N F")
#: What is written and not handed in: its members.
_DRAFT = ("FFNFF AAAA N N A F", "FNFNF NNNN A N N F")
#: Handing in: principal investigators of either side.
_SUBMIT = ("FFNFF AAFF N N F F", "FNFNF NNNN A N N F")
#: The office, never on its own project.
_OFFICE = ("FANAF FFFF N N O F", "FNANF NNNN F N N F")
#: On whose desk the officer's step of a report lies; the chief of the own programme is asked to take it over first.
_IN_CHARGE = ("FANRF FFFF N N O F", "FNANF NNNN F N N F")
#: The office and the members.
_BOTH_SIDES = ("FANAF AAAA N N A F", "FNANF NNNN A N N F")
#: A meeting of the programme: its office, also who is on a project of it.
_RUNS = ("FANAF FFFF N N A F", "FNANF NNNN F N N F")

#: The office of a programme; an officer's own project hides no call of hers to others.
_RUNS_CALLS = ("FANAF NNNN N N A F", "FNANF NNNN N N N F")
#: The office and the auditor.
_READS_CALLS = ("FANAA NNNN N N A F", "FNANA NNNN N N N F")

_CONTACTS = ("AANAF NNNN N N A F", "ANANF NNNN N N N F")


def _contact(place: Place, name: str) -> ContactEntry:
    return ContactEntry(place.organisation, name, f"{name}@institution.invalid")


#: Who silences a programme: its chief, and the administrators.
_SILENCES = ("AFNAF FFFF N N F F", "ANFNF NNNN F N N F")
#: Who changes a pause: the office of the project, and who may silence it.
_PAUSES = ("AANAF FFFF N N O F", "ANANF NNNN F N N F")

ON_A_PROJECT: list[Row] = [
    # Mails that are held back
    *_both(silences.project_silences, *_SEE, lambda w, p: {"project_id": p.project}),
    *_both(silence_changes.preview_silence, *_SILENCES, lambda w, p: {"entry": _silence(p, "silence")}),
    *_both(silence_changes.make_silence, *_SILENCES, lambda w, p: {"entry": _silence(p, "silence"), "key": key()}),
    *_both(silence_changes.make_silence, *_OFFICE, lambda w, p: {"entry": _silence(p, "pause"), "key": key()}, note="pause"),
    *_both(silence_changes.change_end, *_SILENCES, lambda w, p: {"silence_id": p.silence, "until_at": at("2026-09-14"), "expected_version": 1, "key": key()}),
    *_both(silence_changes.change_end, *_PAUSES, lambda w, p: {"silence_id": p.pause, "until_at": at("2026-09-14"), "expected_version": 1, "key": key()}, note="pause"),
    *_both(silence_changes.lift_silence, *_SILENCES, lambda w, p: {"silence_id": p.silence, "reason": "理由", "expected_version": 1, "key": key()}),
    *_both(silence_changes.lift_silence, *_PAUSES, lambda w, p: {"silence_id": p.pause, "reason": "理由", "expected_version": 1, "key": key()}, note="pause"),
    # Reading
    *_both(projects.project_header, *_SEE, lambda w, p: {"code": p.code}),
    *_both(project_page.project_page, *_SEE, lambda w, p: {"code": p.code}),
    # The dossier and its print: also for a reviewer who was given one of the project's reports.
    *_both(dossier.dossier, "AANAA AAAA N A A F", "ANANA NNNN A N N F", lambda w, p: {"project_id": p.project}),
    *_both(dossier.dossier_by_code, "AANAA AAAA N A A F", "ANANA NNNN A N N F", lambda w, p: {"code": p.code}),
    *_both(printed_files.print_dossier, "AANAA AAAA N A A F", "ANANA NNNN A N N F", lambda w, p: {"project_id": p.project, "form": printed_files.Form.PDF, "t": Translator("en")}),
    # Prints of reports: a draft for its members, what was handed in also for the reviewer who was given it.
    *_both(printed_reports.print_draft, *_DRAFT, lambda w, p: {"report_id": p.draft_report, "form": printed_files.Form.DOCX, "t": Translator("en")}),
    *_both(printed_reports.print_report, "AANAA AAAA N A A F", "ANANA NNNN A N N F", lambda w, p: {"report_id": p.waiting_report, "version": None, "form": printed_files.Form.DOCX, "t": Translator("en")}),
    *_both(printed_receipt.print_receipt, *_SEE, lambda w, p: {"version_id": _version_of(w, p), "form": printed_files.Form.PDF, "t": Translator("en")}),
    # Files of a draft are listed for its members only; the history for the office and those who watch.
    *_both(project_page.project_page, "--N-- AAAA N N A -", "-N-N- NNNN A N N -", lambda w, p: {"code": p.code}, note="drafts", judge=_lists_a_draft),
    *_both(project_page.project_page, "AANAA ---- N N A A", "ANANA NNNN - N N A", lambda w, p: {"code": p.code}, note="history", judge=_has_history),
    *_both(approval_views.approval_desk, *_SEE, lambda w, p: {"project_id": p.project}),
    *_both(attainment.attainment_of, *_SEE, lambda w, p: {"project_id": p.project}),
    *_both(discharge.discharge_of, *_SEE, lambda w, p: {"obligation_id": p.external}),
    *_both(document_date_views.given_dates, *_SEE, lambda w, p: {"project_id": p.project}),
    *_both(document_date_views.given_dates, "AANAA NNNN N N A A", "ANANA NNNN N N N A", lambda w, p: {"programme_id": p.programme}, note="programme"),
    *_both(document_date_views.contract_gaps, *_SEE, lambda w, p: {"project_id": p.project}),
    *_both(evaluation_views.decisions_of, *_SEE, lambda w, p: {"project_id": p.project}),
    *_both(evaluation_views.evaluation_desk, "FANAA FFFF N N A F", "FNANA NNNN F N N F", lambda w, p: {"project_id": p.project, "year": 1}),
    *_both(report_review.review_screen, *_SEE_SUBMITTED, lambda w, p: {"report_id": p.waiting_report}),
    *_both(review_rounds.note_read, *_SEE_SUBMITTED, lambda w, p: {"report_id": p.waiting_report}),
    *_both(review_comments.sent_comments, *_SEE, lambda w, p: {"report_id": p.waiting_report}),
    *_both(signal_list.project_attention, *_SEE, lambda w, p: {"project_id": p.project}),
    *_both(review_load.weeks_ahead, "FANAF FFFF F F A F", "FNANF FFFF F F N F", lambda w, p: {"programme_id": p.programme}),
    *_both(person_load.load_by_person, "FANAF FFFF F F A F", "FNANF FFFF F F N F", lambda w, p: {"programme_id": p.programme}),
    *_both(person_load.load_csv, "FANAF FFFF F F A F", "FNANF FFFF F F N F", lambda w, p: {"t": Translator("en"), "programme_id": p.programme}),
    *_both(office_clock.project_clocks, *_SEE, lambda w, p: {"project_id": p.project}),
    *_both(report_submission.receipt_of, *_SEE, lambda w, p: {"report_id": p.waiting_report}),
    *_both(documents.document_bytes, *_SEE, lambda w, p: {"document_id": p.letter}, note="letter"),
    # A letter to a whole programme is read by its office and by the members of its projects.
    *_both(documents.document_bytes, *_SEE, lambda w, p: {"document_id": p.circular}, note="circular"),
    # A draft's file does not exist for anybody but its members, not even for who sees the project.
    *_both(documents.document_bytes, "NNNNN AAAA N N A N", "NNNNN NNNN A N N N", lambda w, p: {"document_id": p.draft_file}, note="draft"),
    *_both(document_date_views.slots, "FANAF FFFF N N A F", "FNANF NNNN F N N F", lambda w, p: {"programme_id": p.programme, "project_id": p.project}),
    # Writing reports
    *_both(report_drafts.open_report, *_DRAFT, lambda w, p: {"obligation_id": p.unopened, "key": key()}),
    *_both(report_drafts.report_screen, *_DRAFT, lambda w, p: {"report_id": p.draft_report}),
    *_both(report_drafts.fields_now, *_DRAFT, lambda w, p: {"report_id": p.draft_report, "fields": ["progress"]}),
    *_both(report_drafts.save_field, *_DRAFT, lambda w, p: {"report_id": p.draft_report, "field": "progress", "value": "新", "base_rev": 1}),
    *_both(report_submission.check_report, *_DRAFT, lambda w, p: {"report_id": p.draft_report}),
    *_both(report_presence.note_presence, *_DRAFT, lambda w, p: {"report_id": p.draft_report, "section": "progress"}),
    *_both(report_presence.who_is_here, *_DRAFT, lambda w, p: {"report_id": p.draft_report}),
    *_both(report_presence.drafts_stand, *_DRAFT, lambda w, p: {"report_id": p.draft_report}),
    *_both(report_submission.submit_report, *_SUBMIT, lambda w, p: {"report_id": p.draft_report, "expected_version": 1, "key": key()}),
    *_both(documents.store_document, *_DRAFT, _store(Act.WRITE_REPORT), note="draft"),
    *_both(documents.store_document, "FANAF FFFF N N A F", "FNANF NNNN F N N F", _store(Act.ENTER_DATE), note="letter"),
    *_both(documents.store_document, *_BOTH_SIDES, _store(Act.RECORD_DISCHARGE), note="receipt"),
    # Reviewing them
    *_both(report_review.record_verdict, *_OFFICE, lambda w, p: {"report_id": p.waiting_report, "checkpoint_id": p.checkpoint, "verdict": "not_met", "actual": "0", "key": key()}),
    # The step lies with the officer in charge: a chief takes it over first.
    *_both(review_decisions.accept_report, *_IN_CHARGE, lambda w, p: {"report_id": p.waiting_report, "expected_version": 2, "key": key()}),
    *_both(review_decisions.return_report, *_IN_CHARGE, _comments),
    *_both(review_decisions.reset_report, *_IN_CHARGE, lambda w, p: {"report_id": p.waiting_report, "expected_version": 2, "reason": "重寫", "reply_by": date(2026, 9, 15), "key": key()}),
    *_both(review_tasks.recommend, *(letters.replace("A", "R") for letters in _OFFICE), lambda w, p: {"task_id": p.step, "expected_version": 1, "recommendation": "accept", "remark": "可行", "key": key()}, note="deciding"),
    Row(review_tasks.recommend, "own", "FFNFF FFFF N A F F", lambda w, p: {"task_id": p.review_task, "expected_version": 1, "recommendation": "accept", "remark": "可行", "key": key()}),
    *_both(review_tasks.candidates, *_OFFICE, lambda w, p: {"task_id": p.step}),
    *_both(review_tasks.give_task, *_OFFICE, lambda w, p: {"task_id": p.step, "person_id": w.cast.person("chief" if p is w.places["own"] else "other_officer").id, "expected_version": 1, "reason": "業務調整", "key": key()}),
    *_both(review_tasks.skip_seat, *(letters.replace("A", "R") for letters in _OFFICE), lambda w, p: {"task_id": p.step, "expected_version": 1, "reason": "逾期", "key": key()}, note="officer"),
    Row(review_tasks.skip_seat, "own", _OFFICE[0], lambda w, p: {"task_id": p.review_task, "expected_version": 1, "reason": "逾期", "key": key()}),
    *_both(review_comments.save_comment, "FANAF FFFF N A O F", "FNANF NNNN F N N F", lambda w, p: {"report_id": p.waiting_report, "section": "progress", "body": "意見", "key": key()}),
    # A remark is its author's: the officer's in both worlds.
    *_both(review_comments.withdraw_comment, "FANNF FFFF N N O F", "FNANF NNNN F N N F", lambda w, p: {"comment_id": p.comment, "expected_version": 1, "key": key()}),
    *_both(interest_conflicts.conflicts_of, *_OFFICE, lambda w, p: {"project_id": p.project}),
    *_both(interest_conflicts.declare_conflict, *_OFFICE, lambda w, p: {"project_id": p.project, "person_id": w.cast.person("officer" if p is w.places["own"] else "other_officer").id, "reason": "同系所", "key": key()}),
    Row(interest_conflicts.declare_conflict, "own", "FANAF FFFF N A O F", lambda w, p: {"project_id": p.project, "person_id": w.cast.person("reviewer").id, "reason": "同系所", "key": key()}, note="reviewer"),
    *_both(interest_conflicts.withdraw_conflict, *_OFFICE, lambda w, p: {"conflict_id": p.conflict, "key": key()}),
    # Evaluations and decisions
    *_both(evaluations.record_evaluation, *_OFFICE, lambda w, p: {"project_id": p.project, "year": 1, "held_on": "2026-09-01", "scores": (ScoreEntry("執行力", 3, 5),), "remarks": "", "expected_version": 1, "key": key()}),
    *_both(evaluations.preview_decision, "FFNAF FFFF N N F F", "FNFNF NNNN F N N F", lambda w, p: {"evaluation_id": p.evaluation, "entry": _decision(w, p)}),
    *_both(evaluations.decide, "FFNAF FFFF N N F F", "FNFNF NNNN F N N F", lambda w, p: {"evaluation_id": p.evaluation, "entry": _decision(w, p), "expected_version": 1, "key": key()}),
    *_both(report_withdrawal.withdraw, *_SUBMIT, lambda w, p: {"report_id": p.waiting_report, "expected_version": 2, "reason": "誤植", "key": key()}),
    *_both(report_withdrawal.withdrawal_of, "----- AA-- - - - -", "----- ---- A - - -", lambda w, p: {"report_id": p.waiting_report}, judge=_counts),
    # Neither report was accepted.
    *_both(report_corrections.open_correction, *(letters.replace("A", "R") for letters in _SUBMIT), lambda w, p: {"report_id": p.waiting_report, "expected_version": 2, "reason": "誤植", "key": key()}),
    *_both(report_corrections.abandon_correction, *(letters.replace("A", "R") for letters in _SUBMIT), lambda w, p: {"report_id": p.waiting_report, "expected_version": 2, "key": key()}),
    *_both(receipts.receipt_page, *_SEE, lambda w, p: {"version_id": _waiting_version(w, p).id}),
    # Whoever holds a receipt may check it; without its hash only who sees the project.
    *_both(receipts.check_receipt, "AAAAA AAAA A A A A", "AAAAA AAAA A A A A", lambda w, p: {"number": _waiting_version(w, p).receipt_number, "sha256": _waiting_version(w, p).content_sha256}, judge=lambda found: _counts(found.is_good), note="with-hash"),
    *_both(receipts.check_receipt, "AA-AA AAAA - - A A", "A-A-A ---- A - - A", lambda w, p: {"number": _waiting_version(w, p).receipt_number}, judge=lambda found: _counts(found.is_good)),
    # Days of one obligation
    # The foreign project's final report has no date yet: there is nothing to extend.
    *_both(obligation_changes.extend, _OFFICE[0], _OFFICE[1].replace("A", "I"), lambda w, p: _changing(p, new_due_on="2031-01-10")),
    *_both(obligation_changes.waive, *_OFFICE, lambda w, p: _changing(p)),
    *_both(obligation_changes.skip, *(letters.replace("A", "I") for letters in _OFFICE), lambda w, p: _changing(p)),
    *_both(obligation_changes.reinstate, *(letters.replace("A", "I") for letters in _OFFICE), lambda w, p: _changing(p)),
    *_both(obligation_previews.preview_extension, _OFFICE[0], _OFFICE[1].replace("A", "I"), lambda w, p: {"obligation_id": p.unopened, "new_due_on": "2031-01-10"}),
    *_both(obligation_previews.preview_release, *_OFFICE, lambda w, p: {"obligation_id": p.unopened, "kind": "waive"}),
    *_both(obligation_previews.choices, *_OFFICE, lambda w, p: {"obligation_id": p.unopened}),
    *_both(obligation_previews.owed_days, *_OFFICE, lambda w, p: {"obligation_id": p.unopened}),
    *_both(obligation_previews.changes_made, *_SEE, lambda w, p: {"project_id": p.project}),
    # Approvals
    *_both(approvals.add_approval, *_DRAFT, lambda w, p: {"project_id": p.project, "kind": "iacuc", "title": "新的", "key": key()}),
    *_both(approvals.record_proof, *_DRAFT, lambda w, p: {"approval_id": p.approval, "submitted_on": "2026-08-31", "document_id": p.letter, "expected_version": 1, "key": key()}),
    *_both(approvals.record_approval, *_DRAFT, lambda w, p: {"approval_id": p.approval, "paper": ApprovalPaper("IRB-1", "2026-08-31", None, p.letter), "expected_version": 1, "key": key()}),
    *_both(approval_reviews.accept_approval, *_OFFICE, lambda w, p: {"obligation_id": p.waiting_approval, "expected_version": 1, "key": key()}),
    *_both(approval_reviews.return_approval, *_OFFICE, lambda w, p: {"obligation_id": p.waiting_approval, "remark": "請補件", "reply_by": "2026-09-15", "expected_version": 1, "key": key()}),
    # The sister's pack has no clause with an exception; the 115 call has one.
    *_both(approval_reviews.grant_exception, *(letters.replace("A", other) for letters, other in zip(_OFFICE, "RA", strict=True)), lambda w, p: {"obligation_id": p.assumed, "reason": "正當理由", "letter_number": "示範字第5號", "expected_version": 1, "key": key()}),
    # The same holds for duties that a call asks of some projects only.
    *_both(conditions.set_aside, *(letters.replace("A", other) for letters, other in zip(_OFFICE, "RA", strict=True)), lambda w, p: {"obligation_id": p.assumed, "reason": "不適用", "expected_version": 1, "key": key()}),
    # Calls: the office of the programme, never to a project of its own; auditors read.
    *_both(outcomes.record_outcome, *_DRAFT, lambda w, p: {"project_id": p.project, "entry": OutcomeEntry("other", "新的", "planned"), "key": key()}),
    *_both(outcomes.edit_outcome, *_DRAFT, lambda w, p: {"outcome_id": p.outcome, "entry": OutcomeEntry("other", "改的", "planned"), "expected_version": 1, "key": key()}),
    *_both(outcomes.withdraw_outcome, *_DRAFT, lambda w, p: {"outcome_id": p.outcome, "reason": "誤植", "expected_version": 1, "key": key()}),
    *_both(outcomes.check_outcome, *_OFFICE, lambda w, p: {"outcome_id": p.outcome, "found": "found_good", "note": "", "expected_version": 1, "key": key()}),
    *_both(outcomes.withdraw_nil, *_DRAFT, lambda w, p: {"project_id": p.project, "year": 2026, "key": key()}),
    *_both(outcomes.declare_nil, "FFNFF IIII N N I F", "FNFNF NNNN I N N F", lambda w, p: {"project_id": p.project, "year": 2026, "key": key()}),
    *_both(outcome_views.outcome_page, *_SEE, lambda w, p: {"project_id": p.project}),
    *_both(data_call_board.call_board, *_READS_CALLS, lambda w, p: {"call_id": p.call}),
    *_both(data_call_board.call_board, "FANA- NNNN N N A F", "FNAN- NNNN N N N F", lambda w, p: {"call_id": p.call}, note="may-act", judge=lambda board: _counts(board.may_act)),
    *_both(data_call_answers.answers_workbook, *_READS_CALLS, lambda w, p: {"call_id": p.call, "t": Translator("en")}),
    *_both(data_call_board.call_notice, *_SEE, lambda w, p: {"obligation_id": p.call_obligation}),
    *_both(data_call_board.earlier_forms, *_RUNS_CALLS, lambda w, p: {"programme_id": p.programme}),
    *_both(data_call_selection.candidates, *_RUNS_CALLS, lambda w, p: {"programme_id": p.programme}),
    *_both(data_calls.preview_call, "FANAF NNNN N N I F", "FNANF NNNN N N N F", lambda w, p: {"entry": call_entry(p.programme, p.project, "另一件")}),
    *_both(data_calls.issue_call, "FANAF NNNN N N I F", "FNANF NNNN N N N F", lambda w, p: {"entry": call_entry(p.programme, p.project, "另一件"), "project_ids": [p.project], "key": key()}),
    *_both(data_call_drafts.call_draft, *_RUNS_CALLS, lambda w, p: {"programme_id": p.programme}),
    *_both(data_call_drafts.keep_call_draft, *_RUNS_CALLS, lambda w, p: {"entry": call_entry(p.programme, p.project), "base_version": 0}),
    *_both(data_call_drafts.drop_call_draft, *_RUNS_CALLS, lambda w, p: {"programme_id": p.programme}),
    *_both(data_call_changes.preview_move, *_RUNS_CALLS, lambda w, p: {"call_id": p.call, "due_on": "2026-11-30"}),
    *_both(data_call_changes.move_call, *_RUNS_CALLS, lambda w, p: {"call_id": p.call, "due_on": "2026-11-30", "letter_number": "示範字第10號", "reason": "展延", "expected_version": 1, "key": key()}),
    *_both(data_call_changes.end_call, *_RUNS_CALLS, lambda w, p: {"call_id": p.call, "how": "closed", "reason": "已足", "expected_version": 1, "key": key()}),
    *_both(data_call_changes.joinable, *_RUNS_CALLS, lambda w, p: {"call_id": p.call}),
    *_both(data_call_changes.add_projects, "FANAF NNNN N N O F", "FNANF NNNN N N N F", lambda w, p: {"call_id": p.bare_call, "project_ids": [p.project], "key": key()}),
    *_both(data_call_changes.nudge, "FANAF NNNN N N O F", "FNANF NNNN N N N F", lambda w, p: {"call_id": p.call, "project_ids": [p.project], "key": key()}),
    # Meetings: run by the office of the programme; read by who is on a project of it. Action items: said to be done by their side.
    *_both(meetings.plan_meeting, "FANAF NNNN N N A F", "FNANF NNNN N N N F", lambda w, p: {"entry": _meeting(w, p), "key": key()}),
    *_both(meetings.edit_meeting, *_RUNS, lambda w, p: {"meeting_id": p.meeting, "entry": _meeting(w, p), "expected_version": 1, "key": key()}),
    *_both(meetings.reschedule_meeting, *_RUNS, lambda w, p: {"meeting_id": p.meeting, "held_on": "2026-10-21", "reason": "改期", "expected_version": 1, "key": key()}),
    *_both(meetings.cancel_meeting, *_RUNS, lambda w, p: {"meeting_id": p.meeting, "reason": "取消", "expected_version": 1, "key": key()}),
    *_both(meetings.mark_held, *_RUNS, lambda w, p: {"meeting_id": p.meeting_today, "expected_version": 1, "key": key()}),
    *_both(meetings.record_minutes, *_RUNS, lambda w, p: {"meeting_id": p.meeting_held, "minutes": "紀錄", "document_id": None, "expected_version": 1, "key": key()}),
    *_both(meeting_conclusions.preview_conclusions, *_OFFICE, lambda w, p: {"meeting_id": p.meeting_held, "conclusions": _conclusions(w, p)}),
    *_both(meeting_conclusions.conclude, *_OFFICE, lambda w, p: {"meeting_id": p.meeting_held, "conclusions": _conclusions(w, p), "expected_version": 1, "key": key()}),
    *_both(meeting_views.meeting_page, *_SEE, lambda w, p: {"meeting_id": p.meeting}),
    *_both(meeting_views.project_agenda, *_SEE, lambda w, p: {"project_id": p.project}),
    *_both(meeting_views.item_line, *_SEE, lambda w, p: {"item_id": p.action}),
    *_both(meeting_views.place_of, *_SEE, lambda w, p: {"obligation_id": _duty(w, p)}),
    *_both(meeting_views.people_for, *_BOTH_SIDES, lambda w, p: {"project_id": p.project, "side": "project"}),
    *_both(meeting_views.people_for, "FANAF FFFF N N A F", "FNANF NNNN F N N F", lambda w, p: {"project_id": p.project, "side": "office"}, note="office"),
    *_both(documents.document_bytes, *_SEE, lambda w, p: {"document_id": p.notice}, note="meeting"),
    *_both(action_life.say_done, "FRNRF AAAA N N A F", "FNRNF NNNN A N N F", lambda w, p: {"item_id": p.action, "note": "完成", "document_id": None, "expected_version": 1, "key": key()}),
    *_both(action_life.say_done, *_OFFICE, lambda w, p: {"item_id": p.action_office, "note": "完成", "document_id": None, "expected_version": 1, "key": key()}, note="office"),
    *_both(action_life.close_item, *_OFFICE, lambda w, p: {"item_id": p.action_done, "expected_version": 2, "key": key()}),
    *_both(action_life.send_back, *_OFFICE, lambda w, p: {"item_id": p.action_done, "reason": "缺件", "due_on": "2026-10-30", "expected_version": 2, "key": key()}),
    *_both(action_life.drop_item, *_OFFICE, lambda w, p: {"item_id": p.action, "reason": "免辦", "expected_version": 1, "key": key()}),
    *_both(action_life.move_due, *_OFFICE, lambda w, p: {"item_id": p.action, "due_on": "2026-10-30", "reason": "展延", "expected_version": 1, "key": key()}),
    *_both(action_life.give_item, *_BOTH_SIDES, lambda w, p: {"item_id": p.action, "owner_id": None, "expected_version": 1, "key": key()}),
    *_both(action_life.give_item, *_OFFICE, lambda w, p: {"item_id": p.action_office, "owner_id": None, "expected_version": 1, "key": key()}, note="office"),
    *_both(conditions.conditions, *_SEE, lambda w, p: {"project_id": p.project}),
    # Days
    *_both(anchors.preview_anchor, *(letters.replace("A", other) for letters, other in zip(_OFFICE, "IA", strict=True)), lambda w, p: {"obligation_id": p.assumed, "anchor_on": "2025-09-02"}),
    *_both(anchors.confirm_anchor, *(letters.replace("A", other) for letters, other in zip(_OFFICE, "IA", strict=True)), lambda w, p: {"obligation_id": p.assumed, "anchor_on": "2025-09-02", "letter_number": "示範字第6號", "document_id": p.letter, "key": key()}),
    *_both(document_dates.preview_document_date, *_OFFICE, lambda w, p: {"entry": _date_entry(w, p)}),
    *_both(document_dates.enter_document_date, *_OFFICE, lambda w, p: {"entry": _date_entry(w, p), "key": key()}),
    *_both(document_dates.withdraw_document_date, *_OFFICE, lambda w, p: {"document_date_id": p.given, "reason": "誤植", "key": key()}),
    *_both(discharge.record_discharge, *_BOTH_SIDES, lambda w, p: {"obligation_id": p.external, "received_on": "2026-08-31", "receipt_number": "收文第1號", "document_id": p.letter, "key": key()}),
    *_both(project_changes.extend_project, *_OFFICE, lambda w, p: {"project_id": p.project, "end_on": "2030-06-30", "letter_number": "示範字第7號", "document_id": p.letter, "expected_version": 1, "key": key()}),
    *_both(project_changes.preview_end, *_OFFICE, lambda w, p: {"project_id": p.project, "end_on": "2030-06-30"}),
    *_both(project_changes.correct_end, *_OFFICE, lambda w, p: {"project_id": p.project, "end_on": "2030-06-30", "letter_number": "示範字第7號", "reason": "誤植", "expected_version": 1, "key": key()}),
    *_both(project_changes.close_project, *(letters.replace("A", "I") for letters in _OFFICE), lambda w, p: {"project_id": p.project, "expected_version": 1, "key": key()}),
    # What a principal investigator lets her own people do; the company's has her own side, which has nobody in this world.
    *_both(delegations.people_and_rights, *_SEE, lambda w, p: {"project_id": p.project}),
    *_both(delegations.grant_delegation, "FFNFF AIFF N N F F", "FNFNF NNNN I N N F", lambda w, p: {"project_id": p.project, "grantee_id": w.cast.person("assistant").id, "area": "reports", "level": "submit", "key": key()}),
    *_both(delegations.revoke_delegation, "FFNFF AAFF N N F F", "FNFNF NNNN A N N F", lambda w, p: {"delegation_id": p.delegation, "key": key()}),
    *_both(memberships.add_assistant, "FFNFF AAFF N N F F", "FNFNF NNNN A N N F", lambda w, p: {"project_id": p.project, "email": "helper@new.invalid", "name": "示範新助理", "key": key()}),
    Row(memberships.take_off, "own", "FFNFF ARFF N N F F", lambda w, p: {"membership_id": _membership(w, "assistant"), "key": key()}),
    # Handing over: the chief within her programme, the administrator and the machine's owner, never on a project of one's own.
    *_both(hand_overs.hand_over_people, "AFNAF FFFF N N F A", "ANFNF NNNN F N N A", lambda w, p: {"project_id": p.project}),
    *_both(hand_overs.person_by_address, "AFNAF FFFF N N F A", "ANFNF NNNN F N N A", lambda w, p: {"project_id": p.project, "email": w.cast.person("chief").email}),
    *_both(hand_overs.preview_hand_over, "AFNAF FFFF N N F A", "ANFNF NNNN F N N A", _hand_over),
    *_both(hand_overs.hand_over, "AFNAF FFFF N N F A", "ANFNF NNNN F N N A", lambda w, p: {**_hand_over(w, p), "key": key()}),
    # Who is in charge: the chief and the administrator. The world's `officer` and `other_officer` are officers of one programme each.
    *_both(project_officer.officer_choices, "AFNAF FFFF N N F F", "ANFNF NNNN F N N F", lambda w, p: {"project_id": p.project}),
    *_both(project_officer.assign_officer, "AFNAF FFFF N N F F", "ANFNF NNNN F N N F", lambda w, p: {"project_id": p.project, "officer_id": w.cast.person("officer" if p is w.places["own"] else "other_officer").id, "expected_version": 1, "key": key()}),
    *_both(checkpoints.plan_checkpoints, "FANAF FFFF N N O A", "FNANF NNNN F N N A", lambda w, p: {"project_id": p.project, "checkpoints": (), "key": key()}),
    # A programme's ladder: its chief and the administrator. Members do not know the programme as staff do.
    *_both(ladders.edit_ladder, "AFNAF NNNN N N F F", "ANFNF NNNN N N N F", lambda w, p: {"programme_id": p.programme, "policies": PolicySet(), "expected_version": 1, "key": key()}),
    *_both(ladders.reset_ladder, "AFNAF NNNN N N F F", "ANFNF NNNN N N N F", lambda w, p: {"programme_id": p.programme, "expected_version": 1, "key": key()}),
    *_both(policy_previews.policy_dry_run, "AFNAF NNNN N N F F", "ANFNF NNNN N N N F", lambda w, p: {"programme_id": p.programme, "policies": PolicySet()}),
    # Calendars of a project, of a programme (whose members do not know it as staff do), and who has seen which alert.
    *_both(calendar_feeds.make_feed, "AANAA AAAA N N A F", "ANANA NNNN A N N F", lambda w, p: {"scope": "project", "project_id": p.project, "key": key()}),
    *_both(calendar_feeds.make_feed, "AANAA NNNN N N A F", "ANANA NNNN N N N F", lambda w, p: {"scope": "programme", "programme_id": p.programme, "key": key()}, note="programme"),
    *_both(seen_alerts.seen_alerts, "FANAA FFFF N N A F", "FNANA NNNN F N N F", lambda w, p: {"project_id": p.project}),
    # Contacts at institutions: the programme's office and the administrator.
    *_both(institution_contacts.contact_board, *_CONTACTS, lambda w, p: {"programme_id": p.programme}),
    *_both(institution_contacts.add_contact, *_CONTACTS, lambda w, p: {"programme_id": p.programme, "entry": _contact(p, "another"), "key": key()}),
    *_both(institution_contacts.change_contact, *_CONTACTS, lambda w, p: {"contact_id": p.contact, "entry": _contact(p, "changed"), "expected_version": 1, "key": key()}),
    *_both(institution_contacts.switch_contact, *_CONTACTS, lambda w, p: {"contact_id": p.contact, "active": False, "expected_version": 1, "key": key()}),
]  # fmt: skip

_COURSE = CourseDraft(True, {"grace": 1, "unpromised": 20}, (StepDraft(0, ("desk",)),))
_WORDS = Words("{what} {left}", "{what} {left}", "範本", "template")
_ADMINISTRATOR = "AFFFF FFFF F F F F"
_ADMINISTRATOR_OR_SYSTEM = "AFFFF FFFF F F F A"
_SYSTEM = "FFFFF FFFF F F F A"
_WATCHERS = "AFFFA FFFF F F F A"
_HERSELF = "AAAAA AAAA A A A F"

ON_THE_INSTALLATION: list[Row] = [
    *_one(people.add_person, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {"email": "new@x.invalid", "name": "示範", "key": key()}),
    *_one(people.new_temporary_password, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {"person_id": w.cast.person("pi").id, "key": key()}),
    *_one(people.set_password, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {"person_id": w.cast.person("pi").id, "password": "six white horses at dawn", "key": key()}),
    *_one(people.set_active, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {"person_id": w.cast.person("pi").id, "active": False, "expected_version": 1, "key": key()}),
    *_one(people.grant_role, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {"person_id": w.cast.person("pi").id, "role": Role.AUDITOR, "key": key()}),
    *_one(people.revoke_role, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {"grant_id": p.grant, "key": key()}),
    *_one(memberships.add_membership, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {"project_id": p.project, "person_id": w.cast.person("chief").id, "role": Role.ASSISTANT, "party": "academic", "from_on": date(2026, 9, 1), "key": key()}),
    *_one(memberships.end_membership, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {"membership_id": _membership(w, "assistant"), "key": key()}),
    *_one(people.change_address, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {"person_id": w.cast.person("pi").id, "email": "moved@own.invalid", "expected_version": 1, "key": key()}),
    *_one(assignments.left_behind, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {}),
    # A whole desk: of the own programme's officer, by its chief or the administrator. Its successor is the own programme's chief, no officer.
    *_one(hand_overs.hand_over_people, "AFFAF FFFF F F F A", lambda w, p: {}),
    *_one(hand_overs.person_by_address, "AFFAF FFFF F F F A", lambda w, p: {"email": w.cast.person("chief").email}),
    *_one(hand_overs.preview_hand_over, "AFFAF FFFF F F F A", _desk),
    *_one(hand_overs.hand_over, "AFFAF FFFF F F F A", lambda w, p: {**_desk(w, p), "key": key()}, note="action-item-moves"),
    *_one(hand_overs.preview_hand_over, "AFFNF FFFF F F F A", lambda w, p: _desk(w, p, "other_officer"), note="other-programme"),
    *_one(hand_overs.hand_over, "AFFFF FFFF F F F A", lambda w, p: {**_desk(w, p, with_roles=True), "key": key()}, note="with-roles"),
    # Who is away: one says so oneself, the chief for her programme, the administrator for all.
    *_one(absences.absence_desk, "AAAAF FFFF F A A F", lambda w, p: {}),
    *_list(absences.absence_desk, "BWXWF FFFF F E W F", note="whose"),
    *_one(absences.record_absence, "AANAF FFFF F N N F", lambda w, p: {"person_id": w.cast.person("officer").id, "from_on": "2026-09-10", "until_on": "2026-09-12", "key": key()}),
    *_one(absences.cancel_absence, "AANAF FFFF F N N F", lambda w, p: {"absence_id": p.absence, "key": key()}),
    *_one(people.person_id_of, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {"email": w.cast.person("pi").email}),
    *_one(directory.people_list, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {}),
    *_one(directory.programme_choices, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {}),
    *_one(projects.enter_project, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {"entry": _project_entry(w, p), "key": key()}),
    *_one(project_import.import_projects, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {"content": _CSV, "key": key()}),
    *_one(programmes.programme_id_of, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {"code": "demo-sister-ai"}),
    *_one(audit_trail.event_page, _WATCHERS, lambda w, p: {}),
    *_one(audit_trail.object_types, _WATCHERS, lambda w, p: {}),
    *_one(audit_trail.check_chain, _WATCHERS, lambda w, p: {}),
    *_list(delivery_list.delivery_list, "BFFFB FFFF F F F B"),
    *_list(alerts.alert_list, "BFFFB FFFF F F F B"),
    *_list(silences.silence_list, "BWXWB FFFF F F W F"),
    *_one(silence_changes.silenceable_programmes, "A--A- ---- - - - -", lambda w, p: {}, _counts, note="any"),
    *_one(silence_changes.person_to_silence, "AFNAF NNNN N N F F", lambda w, p: {"email": "pi@own.invalid", "programme_id": w.places["own"].programme}),
    *_one(silence_changes.person_to_silence, _ADMINISTRATOR, lambda w, p: {"email": "pi@own.invalid", "programme_id": None}, note="everybody"),
    *_one(mass_holds.set_thresholds, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {"share": 10, "least": 100, "key": key()}),
    *_one(mass_holds.limits, _WATCHERS, lambda w, p: {}),
    *_one(audit_limits.audit_limits, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {}),
    *_one(audit_limits.set_audit_limits, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {"limits": audit_limits.Limits(), "key": key()}),
    *_one(mass_holds.hold_list, _WATCHERS, lambda w, p: {}),
    *_one(mass_holds.waiting_holds, "A---- ---- - - - A", lambda w, p: {}, _counts),
    *_one(mass_holds.release, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {"hold_id": p.hold, "reason": "理由", "expected_version": 1, "key": key()}),
    *_one(mass_holds.drop, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {"hold_id": p.hold, "reason": "理由", "expected_version": 1, "key": key()}),
    *_one(mass_holds.brake, _SYSTEM, lambda w, p: {}),
    *_one(restores.put_back, _SYSTEM, lambda w, p: {"made_at": at("2026-09-01"), "key": key()}),
    *_one(mass_holds.weigh, _SYSTEM, lambda w, p: {"hold_id": p.hold}),
    *_list(delivery_desk.mail_page, "BFFFB FFFF F F F B", lambda w, p: {"filters": delivery_desk.Filters()}),
    *_one(dry_look.foresee, _WATCHERS, lambda w, p: {"day": date(2026, 9, 2)}),
    *_one(delivery_desk.desk_counts, _WATCHERS, lambda w, p: {}),
    *_one(delivery_desk.delivery_story, _WATCHERS, lambda w, p: {"delivery_id": p.delivery}),
    *_one(delivery_desk.acknowledgements, _WATCHERS, lambda w, p: {"alert_ids": [1]}),
    *_one(delivery_acts.cancel_deliveries, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {"delivery_ids": [p.delivery], "reason": "理由", "key": key()}),
    *_one(delivery_acts.retry_deliveries, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {"delivery_ids": [p.delivery], "key": key()}),
    *_one(delivery_acts.send_again, _ADMINISTRATOR_OR_SYSTEM.replace("A", "I"), lambda w, p: {"delivery_ids": [p.delivery], "key": key()}),
    *_list(signal_list.signal_list, "BFFFB FFFF F F F B"),
    # Courses of signals: the office reads its own programme's, an administrator sets them.
    *_list(signal_courses.course_programmes, "BWXWB FFFF F F W F"),
    *_one(signal_courses.course_list, "AANAA FFFF F F A F", lambda w, p: {"programme_id": p.programme}),
    *_one(signal_courses.course_list, "AAAAA FFFF F F A F", lambda w, p: {}, note="general"),
    *_one(signal_courses.course_view, "AANAA FFFF F F A F", lambda w, p: {"kind": "review_waiting", "programme_id": p.programme}),
    *_one(signal_courses.edit_course, _ADMINISTRATOR, lambda w, p: {"kind": "review_waiting", "programme_id": p.programme, "draft": _COURSE, "reason": "理由", "expected_version": None, "key": key()}),
    *_one(signal_courses.take_back_course, _ADMINISTRATOR.replace("A", "N"), lambda w, p: {"kind": "review_waiting", "programme_id": p.programme, "reason": "理由", "expected_version": 1, "key": key()}),
    *_one(course_previews.preview_course, _ADMINISTRATOR, lambda w, p: {"kind": "review_waiting", "programme_id": p.programme, "draft": _COURSE}),
    *_one(signal_holds.rule, _SYSTEM, lambda w, p: {"parts": {}}),
    *_one(signal_holds.through, _SYSTEM, lambda w, p: {"ruling": signal_holds.Ruling(signal_holds.Gate.SHUT)}),
    # Words of messages: there are none of the office's in this world.
    *_list(alert_templates.template_list, _ADMINISTRATOR.replace("A", "E")),
    *_one(alert_templates.template_view, _ADMINISTRATOR, lambda w, p: {"name": "before"}),
    *_one(alert_templates.edit_template, _ADMINISTRATOR, lambda w, p: {"name": "before", "programme_id": p.programme, "words": _WORDS, "expected": None, "key": key()}),
    *_one(alert_templates.take_back_template, _ADMINISTRATOR.replace("A", "N"), lambda w, p: {"name": "before", "programme_id": p.programme, "expected": 1, "key": key()}),
    *_list(template_previews.examples, _ADMINISTRATOR.replace("A", "B"), lambda w, p: {"name": "before"}),
    *_list(template_previews.examples, _ADMINISTRATOR.replace("A", "E"), lambda w, p: {"name": "right_given"}, note="notices"),
    *_one(delivery_list.retry_delivery, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {"delivery_id": p.delivery, "key": key()}),
    *_one(chat_channels.channel_list, _ADMINISTRATOR, lambda w, p: {}),
    *_one(chat_channels.add_channel, _ADMINISTRATOR, lambda w, p: {"name": "示範頻道", "service": "slack", "address": "https://hooks.slack.com/services/T1/B1/abc", "programme_id": None, "language": "en", "key": key()}),
    *_one(chat_channels.change_channel, _ADMINISTRATOR, lambda w, p: {"channel_id": p.channel, "name": "另一名稱", "programme_id": None, "language": "en", "expected_version": 1, "key": key()}),
    *_one(chat_channels.switch_channel, _ADMINISTRATOR, lambda w, p: {"channel_id": p.channel, "active": False, "expected_version": 1, "key": key()}),
    *_one(chat_channels.remove_channel, _ADMINISTRATOR, lambda w, p: {"channel_id": p.channel, "expected_version": 1, "key": key()}),
    *_one(chat_channels.try_channel, _ADMINISTRATOR, lambda w, p: {"channel_id": p.channel, "key": key()}),
    *_one(chat_hosts.set_hosts, _ADMINISTRATOR, lambda w, p: {"hosts": (chat_hosts.ChatHost("chat.example.invalid"),), "seen": (), "key": key()}),
    *_one(alert_audit.audit, "FFFFF FFFF F F F A", lambda w, p: {}),
    *_one(alert_audit.examine, "FFFFF FFFF F F F A", lambda w, p: {}),
    *_one(alert_audit.nothing_is_wrong, "FFFFF FFFF F F F A", lambda w, p: {}),
    *_one(alert_audit.open_findings, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {}),
    *_one(daily.do_the_days_work, "FFFFF FFFF F F F A", lambda w, p: {"wall": lambda: at("2026-09-01")}),
    *_one(daily.once_a_day, "FFFFF FFFF F F F A", lambda w, p: {"name": "sample", "body": lambda: {}, "wall": lambda: at("2026-09-01")}),
    *_one(metrics.read_metrics, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {"wall": at("2026-09-01")}),
    *_one(heartbeat.health, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {"wall": at("2026-09-01")}),
    *_one(alerts.look, _SYSTEM, lambda w, p: {}),
    *_one(signals.watch, _SYSTEM, lambda w, p: {}),
    *_one(signals.recheck, _SYSTEM, lambda w, p: {"mail_ids": [1]}),
    *_one(recalculation.recalculate, _SYSTEM, lambda w, p: {}),
    # Working days: there is no table and no closure 1 in this world.
    *_one(working_days.preview_table, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {"content": _table(), "filename": "119.csv"}),
    *_one(working_days.put_table_in_force, _ADMINISTRATOR_OR_SYSTEM, _confirmed_table),
    *_one(working_days.preview_table_withdrawal, "NFFFF FFFF F F F N", lambda w, p: {"table_id": 1}),
    *_one(working_days.withdraw_table, "NFFFF FFFF F F F N", lambda w, p: {"table_id": 1, "reason": "誤匯", "expected_calendar": "", "confirmed": "", "key": key()}),
    *_one(working_day_years.year_view, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {"year": 2028}),
    *_one(working_days.table_list, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {}),
    *_one(closures.read_closure_text, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {"content": "臺北市 2026-09-02"}),
    *_one(closures.preview_closures, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {"closures": _CLOSED}),
    *_one(closures.enter_closures, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {"closures": _CLOSED, "source": "示範公告", **_as_previewed(w, closures=_CLOSED)}),
    *_one(closures.preview_closure_withdrawal, "NFFFF FFFF F F F N", lambda w, p: {"closure_ids": [1]}),
    *_one(closures.withdraw_closures, "NFFFF FFFF F F F N", lambda w, p: {"closure_ids": [1], "reason": "誤登", "expected_calendar": "", "confirmed": "", "key": key()}),
    *_one(closures.closure_list, _ADMINISTRATOR_OR_SYSTEM, lambda w, p: {}),
    *_list(date_moves.moves_for, "BWXWB WWWW X E W B", lambda w, p: {**_moved_days(w), "obligation_ids": [place.unopened for place in w.places.values()]}),
    *_list(date_moves.moved_lately, "BWXWB WWWW X E W B", lambda w, p: _moved_days(w)),
    *_one(delivery.deliver, _SYSTEM, _deliver),
    # One's own account, sessions and inbox.
    *_one(alert_choices.my_alert_choice, _HERSELF, lambda w, p: {}),
    *_one(alert_choices.next_digest, _HERSELF.replace("F", "A"), lambda w, p: {"choice": DEFAULT}),
    *_one(alert_choices.choose_alerts, _HERSELF, lambda w, p: {**asdict(DEFAULT), "expected_version": 0, "key": key()}),
    *_one(alert_choices.stop_digests, _HERSELF, lambda w, p: {"key": key()}),
    *_one(accounts.set_language, _HERSELF, lambda w, p: {"language": "en", "key": key()}),
    *_one(accounts.set_own_password, _HERSELF.replace("A", "I"), lambda w, p: {"current": "x", "new": "short", "keep_sid": p.sid_pi, "at": at("2026-09-01"), "key": key()}),
    *_one(sessions.sign_out, "NNNNN ANNN N N N N", lambda w, p: {"sid": p.sid_pi, "key": key()}),
    *_one(sessions.end_other_sessions, "NNNNN ANNN N N N N", lambda w, p: {"keep_sid": p.sid_pi, "key": key()}),
    *_one(sessions.own_sessions, "----- A--- - - - -", lambda w, p: {"this_sid": p.sid_pi, "at": at("2026-09-01")}, lambda found: "A" if any(one.is_this for one in found) else "-"),
    *_one(inbox.mark_read, "----- A--- - - - -", lambda w, p: {"item_ids": [p.item_of_pi], "key": key()}, _counts),
    # Calendars: one's own; of a project and a programme for whoever sees it. Nobody has one in this world.
    *_one(calendar_feeds.make_feed, _HERSELF, lambda w, p: {"scope": "person", "key": key()}),
    *_one(calendar_feeds.feed_list, "----- ---- - - - -", lambda w, p: {}, lambda found: "A" if found else "-"),
    *_one(calendar_reading.feed_content, "AA-AA AAAA - - A A", lambda w, p: {"row": _feed(w), "public_url": "http://127.0.0.1"}, lambda found: "A" if b"BEGIN:VEVENT" in found else "-"),
    *_one(calendar_feeds.revoke_feed, "NNNNN NNNN N N N N", lambda w, p: {"feed_id": 1, "key": key()}),
    # What only its own recipient does with an alert. This one is settled: nothing is put off or handed on any more.
    *_one(alert_acts.acts_on, "NNNNN AAAN N N A N", lambda w, p: {"alert_id": _alert_of_pi(w, p)}),
    *_one(alert_acts.acknowledge, "NNNNN AAAN N N A N", lambda w, p: {"alert_id": _alert_of_pi(w, p), "key": key()}),
    *_one(alert_acts.snooze, "NNNNN IIIN N N I N", lambda w, p: {"alert_id": _alert_of_pi(w, p), "until_on": date(2026, 8, 31), "key": key()}),
    *_one(alert_acts.delegate_alert, "NNNNN IIIN N N I N", lambda w, p: {"alert_id": _alert_of_pi(w, p), "to_person_id": w.cast.person("assistant").id, "key": key()}),
    *_one(alert_acts.acknowledge, "NNNNN NNNN A N N N", lambda w, p: {"alert_id": w.places["foreign"].alert, "key": key()}, note="left"),
    *_one(alert_acts.take_back_alert, "NNNNN NNNN N N N N", lambda w, p: {"delegation_id": w.places["foreign"].asked, "key": key()}, note="left"),
    *_one(alert_acts.take_back_alert, "NNNNN ANAN N N N N", lambda w, p: {"delegation_id": p.asked, "key": key()}),
    # The world puts an alert about the foreign project into the officer's inbox, as of somebody who has left it: she sees it no more.
    *_one(inbox.unread_count, "----- AAA- A - A -", lambda w, p: _left_notice(w), _counts),
    *_one(notices.mark_notices_read, "----- AA-- A - - -", lambda w, p: {"key": key()}, _counts),
    *_list(notices.notice_list, "EEEEE WWEE X E E E", lambda w, p: _left_notice(w)),
    *_list(inbox.inbox_list, "EEEEE WWWE X E W E"),
    # Lists
    *_list(meeting_views.meeting_list, "BWXWB WWWW X E W B"),
    *_list(meeting_views.my_agenda, "EWXEE WWWW X E W E"),
    *_list(outcome_views.outcome_overview, "FWXWB FFFF F F W F"),
    *_list(data_call_board.call_list, "FWXWB FFFF F F W F"),
    *_list(data_call_selection.programme_choices, "EWXWE EEEE E E W E"),
    *_list(must_do.must_do, "EEEEE WWWW X E W E"),
    *_list(review_assignments.assignments, "EEEEE EEEE E W E E"),
    *_list(office_clock.programme_clocks, "EWXWB EEEE E E W E"),
    *_list(queue.waiting_for_me, "EWXWE EEEE E E E E"),
    *_list(signal_list.office_attention, "EWXWE EEEE E E E E"),
    *_list(review_load.week_list, "FWXWF FFFF F F E F", lambda w, p: {"monday": _week_of(w, p)}),
    *_one(review_load.loose_list, "FAAAF FFFF F F A F", lambda w, p: {}),
    *_list(projects.project_list, "BWXWB WWWW X E W B"),
    *_list(project_page.project_list, "BWXWB WWWW X E W B"),
    *_list(project_choices.project_choices, "BWXWB WWWW X E W B", lambda w, p: {"act": Act.SEE_PROJECT}),
    *_list(project_choices.project_choices, "EWXWE EEEE E E W E", lambda w, p: {"act": Act.ENTER_DATE}, note="enter-date"),
    *_list(ladders.programme_views, "BWXWB WWWW X E W B"),
    *_list(approval_views.approvals_running_out, "BWXWB WWWW X E W B"),
    *_list(portfolio.filter_choices, "FWXWB FFFF F F W F"),
    *_list(portfolio.portfolio, "FWXWB FFFF F F W F", lambda w, p: {"filters": Filters()}),
    *_list(portfolio.portfolio, "FWNWW FFFF F F W F", lambda w, p: {"filters": Filters(programme="demo-sister-ai")}, note="filtered"),
    *_list(portfolio_rows.portfolio_rows, "FWXWB FFFF F F W F", lambda w, p: {"filters": Filters(), "view": View.OWED}),
    *_list(portfolio_rows.portfolio_rows, "FWXWB FFFF F F W F", lambda w, p: {"filters": Filters(), "view": View.APPROVALS}, note="approvals"),
    *_list(portfolio_rows.portfolio_rows, "FWXWB FFFF F F W F", lambda w, p: {"filters": Filters(), "view": View.AT_RISK}, note="at-risk"),
    *_list(portfolio_rows.portfolio_csv, "FWXWB FFFF F F W F", lambda w, p: {"filters": Filters(), "view": View.OWED, "t": Translator("en")}),
]  # fmt: skip

#: An officer of one programme gives the number of a project of another beside her own programme's: still nothing there.
MIXED: list[Row] = [
    Row(document_date_views.slots, "installation", "NNNNN NNNN N N N N", lambda w, p: {"programme_id": w.places["own"].programme, "project_id": w.places["foreign"].project}, note="mixed"),
    Row(document_dates.enter_document_date, "installation", "NNNNN NNNN N N N N", lambda w, p: {"entry": DateEntry(p.programme, w.places["foreign"].project, p.rule, p.rule, p.period, "official", p.letter, given_on="2026-11-30", letter_number="1"), "key": key()}, note="mixed"),
    Row(document_date_views.given_dates, "installation", "ANANA NNNN A N N A", lambda w, p: {"programme_id": p.programme, "project_id": w.places["foreign"].project}, note="mixed"),
    Row(documents.store_document, "installation", "FNANF NNNN F N N F", lambda w, p: {"project_id": w.places["foreign"].project, "programme_id": p.programme, "filename": "a.pdf", "content": PDF, "purpose": "letter", "act": Act.ENTER_DATE, "key": key()}, note="mixed"),
    Row(discharge.record_discharge, "installation", "FINIF IIII N N I F", lambda w, p: {"obligation_id": p.external, "received_on": "2026-08-31", "receipt_number": "1", "document_id": w.places["foreign"].letter, "key": key()}, note="foreign-file"),
    Row(report_drafts.save_field, "installation", "FFNFF NNNN N N N F", lambda w, p: {"report_id": p.draft_report, "field": "attachments", "value": [w.places["foreign"].letter], "base_rev": 0}, note="foreign-file"),
    Row(report_review.record_verdict, "installation", "FNNNF FFFF N N O F", lambda w, p: {"report_id": p.waiting_report, "checkpoint_id": w.places["foreign"].checkpoint, "verdict": "not_met", "actual": "0", "key": key()}, note="foreign-checkpoint"),
]  # fmt: skip

ROWS: tuple[Row, ...] = (*ON_A_PROJECT, *ON_THE_INSTALLATION, *MIXED)

#: Public functions whose first parameter is the context and that have no row, and why.
EXEMPT: dict[str, str] = {
    "notices.goes_alone": "pure: judges how a notice of its caller is told",
    "notices.notice_row": "pure: puts together a row for a caller that authorised",
    "passing_on.pass_on": "a step of `alerts.look`, which asks who is asking",
    "chat_instead.given_up": "a step of `delivery.deliver`, which asks who is asking",
    "chat_instead.taken": "a step of `delivery.deliver`, which asks who is asking",
    "chat_instead.cancelled": "a step of `delivery.deliver`, which asks who is asking",
    "chat_instead.my_broken_channels": "reads the viewer herself only, and of channels what her notice says too",
    "review_load.desk_of": "takes a connection: the check of weeks_ahead and of load_by_person, which have rows",
    "review_load.absences_of": "takes a connection: of the people whom weeks_ahead and load_by_person may read",
    "policy_previews.policy_example": "speaks of the policy and the day that it is given, and of nothing stored but the calendar",
    "calendar_feeds.may_make": "tells a button whether to show; make_feed asks again",
    "calendar_reading.open_feed": "is a check itself: finds out by a secret whose calendar is asked for (tests/web/test_feeds.py)",
    "mail_links.open_link": "is a check itself: finds out by a signed link who is asking (tests/web/test_mail_acts.py)",
    "obligation_checks.extension_problems": "pure: judges a row that its caller authorised",
    "obligation_checks.later_day_problems": "pure: judges a day",
    "obligation_checks.reinstating_problems": "pure: judges a row that its caller authorised",
    "obligation_checks.row_to_change": "is a check itself; every change of an obligation begins with it",
    "action_changes.item_for": "reads one row for a caller that authorises on it",
    "action_changes.read_change": "pure: reads a reason and a day",
    "action_changes.remembered": "pure: a line for a history",
    "action_items.items_for_queue": "part of queue.waiting_for_me, inside its transaction",
    "action_plans.dates_of": "pure: works out days",
    "meeting_entries.read_meeting": "reads a form for a caller that has authorised on its programme",
    "meeting_entries.read_preparation": "pure: reads a text and a day",
    "meeting_views.meetings_for_queue": "part of queue.waiting_for_me, inside its transaction",
    "meeting_views.programmes_run": "reads the viewer herself only",
    "data_call_asking.dated": "pure: works out days",
    "data_call_asking.deadline_of": "pure: works out days",
    "data_call_asking.read_due_day": "pure: reads a day",
    "accounts.sign_in": "nobody is asking yet: it finds out who (tests/web/test_sign_in.py)",
    "anchors.items_for_queue": "part of queue.waiting_for_me, inside its transaction",
    "approval_reviews.exception_clause": "takes a row that its caller read and authorised; tells words of a published call",
    "projects.programme_for": "reads the packs on disk only",
    "queue.programmes_served": "reads the viewer herself only",
    "review_comments.comments_for": "takes a state that its caller read and authorised",
    "review_decisions.authorise_review": "is a check itself; every service that answers a report calls it",
    "review_flows.flow_for": "reads the packs on disk only",
    "review_flows.window_for": "reads the packs on disk only",
    "review_replies.reply_day_problems": "pure: judges a day",
    "review_steps.reader_of": "tells a side of a state that its caller authorised",
    "report_entries.kept_value": "reads one typed value for a caller that has authorised; files of other projects are not found",
    "report_forms.form_for_obligation": "reads the packs on disk, and the form of a call that its caller authorised",
    "report_forms.type_for": "reads the packs on disk only",
    "report_state.guarded_write": "translates one error of the store; its callers have authorised",
}
