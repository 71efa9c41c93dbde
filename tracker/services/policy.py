"""Who may do what to which object: one table, one check, one scope. Services call `authorise`; lists go through `scope`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Table, false, or_, select, true

from tracker.services.errors import Forbidden, NotFound
from tracker.services.viewer import Area, Level, Role, Viewer
from tracker.store import tables


class Act(StrEnum):
    """Everything a service does on somebody's behalf."""

    SEE_PROJECT = "see_project"  # header, obligations, submitted reports, checkpoints, decisions, approvals
    SEE_SUBMITTED = "see_submitted"  # one report as it was handed in, with its files: also a reviewer who was given it
    SEE_DOSSIER = "see_dossier"  # the summary of a project for a review meeting
    SEE_DRAFT = "see_draft"  # what is being written and was not handed in
    WRITE_REPORT = "write_report"  # autosave, attach evidence
    SUBMIT_REPORT = "submit_report"
    WITHDRAW_REPORT = "withdraw_report"  # take back what nobody has read yet
    CORRECT_REPORT = "correct_report"  # a new version of an accepted report
    REVIEW_REPORT = "review_report"  # the office's steps: accept, return, verdict on checkpoints
    REVIEW_STEP = "review_step"  # a reviewer's own step: score and recommend
    ASSIGN_REVIEW = "assign_review"  # who reviews, who is excluded, who stands in
    CLOSE_REVIEW = "close_review"  # the last word of a flow that ends with the chief
    RECORD_EVALUATION = "record_evaluation"
    DECIDE = "decide"
    WRITE_APPROVAL = "write_approval"  # proof of submission, approval, expiry
    CONFIRM_ANCHOR = "confirm_anchor"
    GRANT_EXCEPTION = "grant_exception"
    ENTER_DATE = "enter_date"  # a date from a document
    RECORD_DISCHARGE = "record_discharge"  # the funder's own receipt
    MOVE_DATE = "move_date"  # a later day, a waiver or a skip of one obligation
    ISSUE_CALL = "issue_call"  # ask projects for something by a notice, nudge, close
    RUN_MEETING = "run_meeting"  # meetings, their minutes and their conclusions
    CLOSE_ACTION = "close_action"  # an action item is settled or dropped
    DO_ACTION = "do_action"  # say that an action item is done
    WRITE_OUTCOME = "write_outcome"
    CHECK_OUTCOME = "check_outcome"  # the acknowledgement check
    DELEGATE = "delegate"
    HAND_OVER = "hand_over"
    PLAN_CHECKPOINTS = "plan_checkpoints"  # checkpoints and indicators of the approved plan
    ASSIGN_OFFICER = "assign_officer"  # who is in charge of a project
    SEE_PORTFOLIO = "see_portfolio"
    SEE_QUEUE = "see_queue"  # what waits for the office
    EDIT_LADDER = "edit_ladder"
    IMPORT_PROJECTS = "import_projects"
    SEE_DELIVERIES = "see_deliveries"  # outbox and ledger
    RETRY_DELIVERY = "retry_delivery"  # try again, send again, cancel with a reason, let go what the brake holds
    EDIT_TEMPLATES = "edit_templates"  # the words of alerts
    SEE_SIGNALS = "see_signals"  # when and whom a signal tells
    EDIT_SIGNALS = "edit_signals"
    EDIT_CONTACTS = "edit_contacts"  # who is told at an institution
    SILENCE = "silence"  # hold mails back for a while
    PAUSE_ALERTS = "pause_alerts"  # the same for one project
    MANAGE_CHANNELS = "manage_channels"  # chat channels with their secret addresses
    MANAGE_CALENDAR = "manage_calendar"  # tables of working days, closures
    MANAGE_PEOPLE = "manage_people"
    SEE_AUDIT = "see_audit"
    SEE_HEALTH = "see_health"
    RUN_ALERTS = "run_alerts"  # the worker


_MEMBERS = frozenset({Role.PI, Role.CO_PI, Role.ASSISTANT})
_OFFICE = frozenset({Role.OFFICER, Role.CHIEF})
_READERS = _MEMBERS | _OFFICE | {Role.AUDITOR, Role.ADMINISTRATOR}

#: Which roles, held towards the object, allow the act. An administrator runs the installation; she does not decide about grants.
ALLOWED: Mapping[Act, frozenset[Role]] = {
    Act.SEE_PROJECT: _READERS,
    Act.SEE_SUBMITTED: _READERS | {Role.REVIEWER},
    Act.SEE_DOSSIER: _READERS | {Role.REVIEWER},
    Act.SEE_DRAFT: _MEMBERS,
    Act.WRITE_REPORT: _MEMBERS,
    Act.SUBMIT_REPORT: _MEMBERS,  # other members than the principal investigator where she let them: see `NEEDS`
    Act.WITHDRAW_REPORT: _MEMBERS,
    Act.CORRECT_REPORT: _MEMBERS,
    Act.REVIEW_REPORT: _OFFICE,
    Act.REVIEW_STEP: frozenset({Role.REVIEWER}),
    Act.ASSIGN_REVIEW: _OFFICE,
    Act.CLOSE_REVIEW: frozenset({Role.CHIEF}),
    Act.RECORD_EVALUATION: _OFFICE,
    Act.DECIDE: frozenset({Role.CHIEF}),
    Act.WRITE_APPROVAL: _MEMBERS,
    Act.CONFIRM_ANCHOR: _OFFICE,
    Act.GRANT_EXCEPTION: _OFFICE,
    Act.ENTER_DATE: _OFFICE,
    Act.RECORD_DISCHARGE: _MEMBERS | _OFFICE,
    Act.MOVE_DATE: _OFFICE,
    Act.ISSUE_CALL: _OFFICE,
    Act.RUN_MEETING: _OFFICE,
    Act.CLOSE_ACTION: _OFFICE,
    Act.DO_ACTION: _MEMBERS | _OFFICE,
    Act.WRITE_OUTCOME: _MEMBERS,
    Act.CHECK_OUTCOME: _OFFICE,
    Act.DELEGATE: frozenset({Role.PI}),
    Act.HAND_OVER: frozenset({Role.CHIEF, Role.ADMINISTRATOR}),
    Act.PLAN_CHECKPOINTS: _OFFICE,
    Act.ASSIGN_OFFICER: frozenset({Role.CHIEF, Role.ADMINISTRATOR}),
    Act.SEE_PORTFOLIO: _OFFICE | {Role.AUDITOR},
    Act.SEE_QUEUE: _OFFICE,
    Act.EDIT_LADDER: frozenset({Role.CHIEF, Role.ADMINISTRATOR}),
    Act.IMPORT_PROJECTS: frozenset({Role.ADMINISTRATOR}),
    Act.SEE_DELIVERIES: frozenset({Role.ADMINISTRATOR, Role.AUDITOR}),
    Act.RETRY_DELIVERY: frozenset({Role.ADMINISTRATOR}),
    Act.EDIT_TEMPLATES: frozenset({Role.ADMINISTRATOR}),
    Act.SEE_SIGNALS: _OFFICE | {Role.AUDITOR, Role.ADMINISTRATOR},
    Act.EDIT_SIGNALS: frozenset({Role.ADMINISTRATOR}),
    Act.EDIT_CONTACTS: _OFFICE | {Role.ADMINISTRATOR},
    Act.SILENCE: frozenset({Role.CHIEF, Role.ADMINISTRATOR}),
    Act.PAUSE_ALERTS: _OFFICE,
    Act.MANAGE_CHANNELS: frozenset({Role.ADMINISTRATOR}),
    Act.MANAGE_CALENDAR: frozenset({Role.ADMINISTRATOR}),
    Act.MANAGE_PEOPLE: frozenset({Role.ADMINISTRATOR}),
    Act.SEE_AUDIT: frozenset({Role.ADMINISTRATOR, Role.AUDITOR}),
    Act.SEE_HEALTH: frozenset({Role.ADMINISTRATOR}),
    Act.RUN_ALERTS: frozenset(),
}

#: What a member of a project other than its principal investigator must have been given (or have by herself) for an act.
NEEDS: Mapping[Act, tuple[Area, Level]] = {
    Act.SEE_DRAFT: (Area.REPORTS, Level.VIEW),
    Act.WRITE_REPORT: (Area.REPORTS, Level.EDIT),
    Act.SUBMIT_REPORT: (Area.REPORTS, Level.SUBMIT),
    Act.WITHDRAW_REPORT: (Area.REPORTS, Level.SUBMIT),
    Act.CORRECT_REPORT: (Area.REPORTS, Level.SUBMIT),
    Act.RECORD_DISCHARGE: (Area.REPORTS, Level.EDIT),
    Act.DO_ACTION: (Area.REPORTS, Level.EDIT),
    Act.WRITE_APPROVAL: (Area.APPROVALS, Level.EDIT),
    Act.WRITE_OUTCOME: (Area.OUTCOMES, Level.EDIT),
}

#: Acts on one report: a reviewer has them for a report that she was given, and for no other report of the same project.
OF_ONE_REPORT = frozenset({Act.SEE_SUBMITTED, Act.REVIEW_STEP})

#: What the system itself may do: the worker, and the command line on the machine (which can read the database file anyway).
SYSTEM_MAY = frozenset(
    {
        Act.RUN_ALERTS,
        Act.IMPORT_PROJECTS,
        Act.MANAGE_PEOPLE,
        Act.HAND_OVER,
        Act.SEE_DELIVERIES,
        Act.RETRY_DELIVERY,
        Act.SEE_AUDIT,
        Act.SEE_PROJECT,
        Act.PLAN_CHECKPOINTS,
        Act.SEE_HEALTH,
        Act.MANAGE_CALENDAR,
    }
)


@dataclass(frozen=True)
class Target:
    """The object of an act: the project and programme it belongs to; both None: the installation.

    `report_id` where it is one report or a file of it: without it a reviewer is refused (`OF_ONE_REPORT`).
    """

    project_id: int | None = None
    programme_id: int | None = None
    report_id: int | None = None


INSTALLATION = Target()


def may(viewer: Viewer, act: Act, target: Target) -> bool:
    """Whether the viewer may do this: for buttons. Services use `authorise`."""
    if viewer.is_system:
        return act in SYSTEM_MAY
    roles = viewer.roles_for(project_id=target.project_id, programme_id=target.programme_id) & ALLOWED[act]
    if act in OF_ONE_REPORT and target.report_id not in viewer.assigned_reports:
        roles -= {Role.REVIEWER}
    if act not in NEEDS or not roles or roles - _MEMBERS:
        return bool(roles)
    area, level = NEEDS[act]
    return any(member.role in roles and member.level(area).covers(level) for member in viewer.memberships_of(target.project_id))


def principal(viewer: Viewer, act: Act, target: Target) -> int | None:
    """On whose behalf the viewer does this: the principal investigator who let her, or None where it is her own right."""
    if act not in NEEDS:
        return None
    area, level = NEEDS[act]
    members = [m for m in viewer.memberships_of(target.project_id) if m.role in ALLOWED[act] and m.level(area).covers(level)]
    given = [m.given_by(area) for m in members]
    return given[0] if given and None not in given else None


def authorise(viewer: Viewer, act: Act, target: Target) -> None:
    """Return where the act is allowed.

    Raises NotFound where the viewer may not know that the object exists, Forbidden where she sees it but may not do this.
    """
    if may(viewer, act, target):
        return
    if target == INSTALLATION or may(viewer, Act.SEE_PROJECT, target):
        raise Forbidden()
    raise NotFound()


def scope(viewer: Viewer, table: Table) -> ColumnElement[bool]:
    """The predicate that narrows a read of `table` to what the viewer may see. Every list of a scoped table goes through it.

    Raises ValueError for a table that carries neither a project nor a programme: reach it through one that does.
    """
    if viewer.is_system or viewer.everywhere & {Role.ADMINISTRATOR, Role.AUDITOR}:
        return true()
    project_column = table.c.id if table is tables.project else table.c.get("project_id")
    programme_column = table.c.get("programme_id")
    if project_column is None and programme_column is None:
        raise ValueError(f"{table.name} has no project of its own; join it to one that has and scope that")
    ways: list[ColumnElement[bool]] = []
    if viewer.project_ids and project_column is not None:
        ways.append(project_column.in_(sorted(viewer.project_ids)))
    if viewer.programme_ids:
        if programme_column is not None:
            ways.append(programme_column.in_(sorted(viewer.programme_ids)))
        if project_column is not None and (programme_column is None or programme_column.nullable):
            of_programme = select(tables.project.c.id).where(tables.project.c.programme_id.in_(sorted(viewer.programme_ids)))
            ways.append(project_column.in_(of_programme))
    return or_(*ways) if ways else false()


def target_of_project(conn, project_id: int) -> Target:
    """The target of a project by id. Raises NotFound where there is none."""
    row = conn.execute(select(tables.project.c.programme_id).where(tables.project.c.id == project_id)).one_or_none()
    if row is None:
        raise NotFound()
    return Target(project_id=project_id, programme_id=row.programme_id)
