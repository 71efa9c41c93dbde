"""What a project owes and when: the rules of its programme applied to its dates."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date

from tracker.domain import deadlines
from tracker.domain.calendars import WorkingCalendar
from tracker.domain.deadlines import Deadline, Reason
from tracker.domain.obligations import ObligationPlan
from tracker.domain.periods import Span, month_end
from tracker.domain.statuses import DateStatus
from tracker.programmes import because
from tracker.programmes.model import APPROVAL_FACTS, FACTS, Programme, Rule, RuleVersion, UnknownFact
from tracker.programmes.timeline import Timeline, chosen_years, timeline


@dataclass(frozen=True)
class _Case:
    """Everything a rule may look at."""

    programme: Programme
    run: Timeline
    facts: Mapping[str, date]
    calendar: WorkingCalendar

    def anchor(self, name: str, span: Span) -> date | None:
        """The day an anchor stands for, or None where it is not known."""
        known = {
            "project_start": self.run.start,
            "project_end": self.run.last,
            "year_end": span.end,
            "quarter_end": span.end,
            "application_closes_on": self.programme.application_closes_on,
        }
        return known.get(name) or self.facts.get(name)


def schedule(
    programme: Programme,
    start: date,
    end: date,
    facts: Mapping[str, date],
    calendar: WorkingCalendar,
    extended_to: date | None = None,
    *,
    include: Collection[str] = (),
) -> list[ObligationPlan]:
    """Everything a project owes from its first day to after its last, in the order of its dates.

    `start` and `end` are the included days of the run (an end beyond the programme's years is an extension); `facts` are the known ones of
    `FACTS`; `calendar` is that of the receiving office's county. Rules that wait for a notice (templates) are left out unless
    `include` names them. What has no date yet has `deadline` None and says from which document to enter it.
    Of a rule with several versions the one in force on `signed_on` counts, else on the first day of the project.
    Raises UnknownFact, BadTerm, and OutsideCalendar where working days are unknown.
    """
    _known(facts, FACTS)
    return _plans(programme, start, end, facts, calendar, extended_to, include, only=None)


def plan_rule(
    programme: Programme,
    rule_id: str,
    start: date,
    end: date,
    facts: Mapping[str, date],
    calendar: WorkingCalendar,
    extended_to: date | None = None,
) -> list[ObligationPlan]:
    """What one rule makes of these dates, also when it is a template. Takes `APPROVAL_FACTS` besides `FACTS`.

    Raises KeyError for a rule that the programme has not, and as `schedule` does.
    """
    programme.rule(rule_id)
    _known(facts, (*FACTS, *APPROVAL_FACTS))
    return _plans(programme, start, end, facts, calendar, extended_to, (rule_id,), only=rule_id)


def _known(facts: Mapping[str, date], known: tuple[str, ...]) -> None:
    for name in facts:
        if name not in known:
            raise UnknownFact(name, known)


def _plans(
    programme: Programme,
    start: date,
    end: date,
    facts: Mapping[str, date],
    calendar: WorkingCalendar,
    extended_to: date | None,
    include: Collection[str],
    only: str | None,
) -> list[ObligationPlan]:
    run = timeline(programme, start, end, extended_to)
    case = _Case(programme, run, facts, calendar)
    in_force_on = max(facts.get("signed_on", start), programme.effective_from)
    found: list[tuple[tuple, ObligationPlan]] = []
    for order, rule in enumerate(programme.rules):
        version = rule.version_on(in_force_on)
        if version is None or (only and rule.id != only) or (rule.is_template and rule.id not in include):
            continue
        for span in _spans(programme, rule, run):
            plan = _plan(case, rule, version, span)
            found.append(((plan.deadline.nominal if plan.deadline else span.end, order, span.number), plan))
    return [plan for _, plan in sorted(found, key=lambda pair: pair[0])]


def _spans(programme: Programme, rule: Rule, run: Timeline) -> tuple[Span, ...]:
    if rule.per == "year":
        return chosen_years(programme, rule, run)
    if rule.per == "quarter":
        return run.quarters(rule.quarter_basis or "project")
    return (run.whole,)


def _plan(case: _Case, rule: Rule, version: RuleVersion, span: Span) -> ObligationPlan:
    anchor_name = next((name for name in version.anchors if case.anchor(name, span)), None)
    anchor = case.anchor(anchor_name, span) if anchor_name else None
    deadline = _deadline(version, anchor, case.calendar) if anchor else None
    status = version.status
    if status is DateStatus.DATED and deadline is None:
        status = DateStatus.ON_NOTICE
    return ObligationPlan(
        rule=rule.id,
        kind=rule.kind,
        duty=rule.duty,
        period_label=span.label or None,
        period_start=span.start,
        period_end=span.end,
        project_year=case.run.year_of(span),
        deadline=deadline,
        date_status=status,
        confidence=version.confidence,
        basis=version.basis,
        clause=version.clause,
        title_zh=rule.title_zh,
        title_en=rule.title_en,
        discharged_by=rule.discharged_by,
        anchor_name=anchor_name,
        because=because.explain(case.programme, case.run, rule, version, span, anchor_name, deadline),
    )


def _deadline(version: RuleVersion, anchor: date, calendar: WorkingCalendar) -> Deadline:
    if version.direction == "after":
        return deadlines.after(anchor, version.period, calendar)
    if version.direction == "before":
        return deadlines.before(anchor, version.period, calendar)
    if version.direction == "on":
        return _boundary(anchor, calendar)
    last = month_end(anchor)
    return deadlines.until(last, calendar, anchor, because.month_end_reason(anchor, last))


def _boundary(on: date, calendar: WorkingCalendar) -> Deadline:
    """The end of a period is not a duty's last day: it never rolls (rules §1.1). The safe day is the last working day in it."""
    deadline = deadlines.fixed(on, calendar)
    reasons: tuple[Reason, ...] = (because.boundary_reason(on), *deadline.because[1:])
    return replace(deadline, anchor=on, because=reasons)
