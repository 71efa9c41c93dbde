"""Which obligations hang on the approvals of a project: the catch-up of each one still missing, and the renewal before it runs out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from tracker.domain.approvals import KIND_TITLES, ApprovalKind, answers, renewal_deadline
from tracker.domain.calendars import WorkingCalendar
from tracker.domain.obligations import ObligationPlan
from tracker.domain.statuses import Basis, Confidence, DateStatus, DischargedBy, Kind
from tracker.programmes.model import Programme, Rule
from tracker.programmes.schedule import plan_rule
from tracker.store import tables as t
from tracker.store.bulk import among


@dataclass(frozen=True)
class Approvals:
    """What of a project's approvals decides its catch-ups: those still missing (`id`, `kind`), and the catch-ups that stand, each with
    whether a justified exception released it (and not that it is no concern of the project)."""

    missing: Sequence[Row] = ()
    stored: Sequence[Mapping[str, Any]] = ()


def catch_up_plans(
    approvals: Approvals, programme: Programme, project: Row, facts: Mapping[str, date], calendar: WorkingCalendar
) -> list[ObligationPlan]:
    """One catch-up for each approval still missing, where the pack has it as a template (a general rule, not one of the call itself).

    A rule that the schedule makes once for the whole project is left to it, until that one was answered: an approval listed
    afterwards would have no clock, so it gets one of its own, counted from the same day.
    """
    rules = [rule for rule in programme.rules if rule.kind is Kind.APPROVAL_CATCH_UP]
    if not rules:
        return []
    extended = project.end_on if project.end_on > project.original_end_on else None
    plans = []
    for approval in approvals.missing:
        kind = ApprovalKind(approval.kind)
        name = KIND_TITLES[kind]
        for rule in rules:
            if answers(rule.id, kind) and (rule.is_template or _listed_too_late(rule, catch_up_label(kind, approval.id), approvals.stored)):
                for plan in plan_rule(programme, rule.id, project.start_on, project.original_end_on, facts, calendar, extended):
                    plans.append(
                        replace(
                            plan,
                            period_label=catch_up_label(kind, approval.id),
                            title_zh=f"{plan.title_zh}：{name.zh}",
                            title_en=f"{plan.title_en}: {name.en}",
                        )
                    )
    return plans


def catch_up_label(kind: str, approval_id: int) -> str:
    """The period part of the key of one approval's own catch-up."""
    return f"{kind}-{approval_id}"


def renewal_label(kind: str, approval_id: int, expires_on: date) -> str:
    """The period part of the key of the renewal that one last day asks for."""
    return f"{kind}-{approval_id}-{expires_on.isoformat()}"


def approvals_of(conn: Connection, project_ids: Collection[int]) -> dict[int, Approvals]:
    """What planning has to know of the approvals of these projects; one of which nothing is known is left out."""
    if not project_ids:
        return {}
    missing: dict[int, list[Row]] = defaultdict(list)
    excepted: dict[int, list[ApprovalKind]] = defaultdict(list)
    stored: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    a, o = t.approval.c, t.obligation.c
    columns = (a.id, a.kind, a.project_id, a.approved_on, a.exception_letter)
    for row in conn.execute(select(*columns).where(among(a.project_id, project_ids)).order_by(a.id)):
        if row.exception_letter != "":
            excepted[row.project_id].append(ApprovalKind(row.kind))
        elif row.approved_on is None:
            missing[row.project_id].append(row)
    standing = among(o.project_id, project_ids), o.kind == Kind.APPROVAL_CATCH_UP
    named = o.project_id, o.rule, o.period_label, o.status, o.first_submitted_on, o.parent_id
    for row in conn.execute(select(*named).where(*standing)).mappings():
        if row["parent_id"] is not None or row["status"] == "closed":
            continue
        released = any(answers(row["rule"], kind) for kind in excepted[row["project_id"]])
        stored[row["project_id"]].append({**row, "excepted": released})
    return {number: Approvals(missing[number], stored[number]) for number in {*missing, *stored}}


def _listed_too_late(rule: Rule, own: str, stored: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a missing approval needs its own catch-up: it has it already, or the project's was answered or excepted without it.

    One that was settled before the project came here, or that is no concern of the project, opens nothing.
    """
    may_except = any(version.justified_exception for version in rule.versions)
    for row in stored:
        if row["rule"] != rule.id:
            continue
        if row["period_label"] == own:
            return True
        if _names_an_approval(row["period_label"]):
            continue
        answered = row["status"] in ("submitted", "accepted") and row["first_submitted_on"] is not None
        if answered or (row["status"] == "waived" and may_except and row["excepted"]):
            return True
    return False


def covering(obligations: Sequence[Mapping[str, Any]], approval: Any) -> list[Mapping[str, Any]]:
    """The catch-ups that an approval answers: of each rule its own one where there is one, else the project's."""
    own = {row["rule"] for row in obligations if row["period_label"] == catch_up_label(approval.kind, approval.id)}
    return [row for row in obligations if covers(row, approval) and (row["rule"] not in own or _names_an_approval(row["period_label"]))]


def covers(obligation: Mapping[str, Any], approval: Any) -> bool:
    """Whether a catch-up obligation is answered by an approval: its own one, or every approval its clause speaks of."""
    if obligation["kind"] != Kind.APPROVAL_CATCH_UP or not answers(obligation["rule"], ApprovalKind(approval.kind)):
        return False
    return obligation["period_label"] in ("-", catch_up_label(approval.kind, approval.id)) or not _names_an_approval(
        obligation["period_label"]
    )


def renewal_row(programme: Programme, project: Row, approval: Any, calendar: WorkingCalendar) -> dict[str, Any]:
    """The stored obligation of renewing an approval before its last day (`approval.expires_on`), open and not yet looked at.

    An approval that lasts to the end of the project needs no renewal for the funder: then it is a mere notice.
    """
    kind = ApprovalKind(approval.kind)
    name = KIND_TITLES[kind]
    deadline = renewal_deadline(approval.expires_on, calendar)
    rule = next((one for one in programme.rules if one.kind is Kind.APPROVAL_RENEWAL), None)
    version = rule.version_on(max(project.start_on, programme.effective_from)) if rule else None
    label = renewal_label(kind, approval.id, approval.expires_on)
    title_zh, title_en = (rule.title_zh, rule.title_en) if rule else ("核准文件效期屆滿前展延", "Approval renewed before it runs out")
    return {
        "key": f"{project.code}/{rule.id if rule else 'approval_renewal'}/{label}",
        "project_id": project.id, "programme_id": project.programme_id, "rule": rule.id if rule else "approval_renewal",
        "rule_version": programme.version,
        "kind": Kind.APPROVAL_RENEWAL.value, "duty": approval.expires_on < project.end_on,
        "period_label": label, "period_start_on": approval.approved_on,
        "period_end_on": approval.expires_on, "project_year": None, "date_status": DateStatus.DATED.value, "nominal_on": deadline.nominal,
        "due_on": deadline.due_on, "file_by_on": deadline.file_by, "file_by_time": None,
        # The day itself is printed on the approval; that Milepost reminds of it is a setting.
        "confidence": Confidence.STATED.value, "basis": Basis.SETTING.value, "clause": version.clause if version else "",
        "title_zh": f"{title_zh}：{name.zh}", "title_en": f"{title_en}: {name.en}",
        "because_json": [reason.as_dict() for reason in deadline.because],
        "calendar_version": deadline.calendar_version, "provisional": deadline.provisional,
        "discharged_by": (rule.discharged_by if rule else DischargedBy.MILEPOST).value, "status": "open",
        "letter_number": approval.approval_number or None, "origin": "approval",
    }  # fmt: skip


def _names_an_approval(label: str) -> bool:
    return any(label.startswith(f"{kind.value}-") for kind in ApprovalKind)
