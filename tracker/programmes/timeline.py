"""The run of one project under a programme: its years, its extension, and whether its dates can be true at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from tracker.domain.deadlines import Reason
from tracker.domain.minguo import both
from tracker.domain.periods import Period, Span, last_day_from, project_years, quarters
from tracker.domain.statuses import Kind
from tracker.programmes.model import BadTerm, Programme, Rule


@dataclass(frozen=True)
class Timeline:
    """A project from `start` to `last`, both included; its years count from the original start.

    `planned_end` is its end before any extension.
    """

    start: date
    planned_end: date
    extended_to: date | None
    years: tuple[Span, ...]

    @property
    def last(self) -> date:
        """The day on which the project really ends."""
        return self.extended_to or self.planned_end

    @property
    def whole(self) -> Span:
        """The project as one period, which has no label (its obligations' keys have "-" there)."""
        return Span("", self.start, self.last, 0)

    def quarters(self, basis: str) -> tuple[Span, ...]:
        """The quarters of the project, those of an extension among them."""
        return quarters(self.start, self.planned_end, basis, self.extended_to)

    def year_of(self, span: Span) -> int | None:
        """The project year in which the period begins, or None for the whole project."""
        if not span.label:
            return None
        return next((year.number for year in self.years if year.start <= span.start <= year.end), None)


def timeline(programme: Programme, start: date, end: date, extended_to: date | None = None) -> Timeline:
    """The run of a project. An end beyond the programme's whole years is an extension: the last year is lengthened, no year is added.

    Raises BadTerm where the end is before the start or an extension before the end.
    """
    if end < start:
        raise BadTerm(f"the end {end} is before the start {start}")
    if extended_to is not None and extended_to < end:
        raise BadTerm(f"the extension to {extended_to} is before the end {end}")
    planned = planned_end(programme, start)
    if planned is not None and end > planned:
        end, extended_to = planned, extended_to or end
    if extended_to == end:
        extended_to = None
    return Timeline(start, end, extended_to, project_years(start, end, extended_to))


def planned_end(programme: Programme, start: date) -> date | None:
    """The last day of the programme's whole years from that start, or None where the call fixes no number of years."""
    if programme.term is None or programme.term.years is None:
        return None
    return last_day_from(start, Period(months=12 * programme.term.years))


def chosen_years(programme: Programme, rule: Rule, run: Timeline) -> tuple[Span, ...]:
    """The years in which a yearly rule asks for something.

    The switch `interim_report_in_every_year` makes every year one that owes an interim report (and so leaves none for the year-end notice).
    """
    owing = _years_with_interim(programme, run)
    last = run.years[-1].number
    chosen = {
        "all": lambda year: True,
        "all_but_last": lambda year: year.number != last,
        "last": lambda year: year.number == last,
        "with_interim": lambda year: year.number in owing,
        "without_interim": lambda year: year.number not in owing,
    }[_years_of(programme, rule)]
    return tuple(year for year in run.years if chosen(year))


def _years_of(programme: Programme, rule: Rule) -> str:
    every_year = programme.interim_report_in_every_year and rule.kind is Kind.INTERIM_REPORT
    return "all" if every_year else rule.years or "all"


def _years_with_interim(programme: Programme, run: Timeline) -> frozenset[int]:
    owing: set[int] = set()
    for rule in programme.rules:
        if rule.kind is Kind.INTERIM_REPORT and rule.per == "year" and not rule.is_template:
            which, last = _years_of(programme, rule), run.years[-1].number
            owing |= {year.number for year in run.years if which == "all" or (which == "all_but_last") == (year.number != last)}
    return frozenset(owing)


def doubts(programme: Programme, start: date, end: date, facts: Mapping[str, date]) -> list[Reason]:
    """What the call makes impossible or unlikely about these dates; empty when they agree with it.

    A person may still have reasons (an award letter that says otherwise), so these are shown, not enforced.
    """
    found: list[Reason] = []
    term = programme.term
    if term and term.start and start != term.start:
        found.append(_differs("計畫開始日", "project starts", start, term.start, term.clause))
    wanted = term and (term.end or planned_end(programme, start))
    if wanted and end < wanted:
        found.append(_differs("計畫結束日", "project ends", end, wanted, term.clause))
    closes, applied = programme.application_closes_on, facts.get("applied_on")
    if closes and applied and applied > closes:
        found.append(
            Reason(
                f"申請日 {both(applied)} 在申請截止日 {both(closes)} 之後，逾期不受理。",
                f"The application day {both(applied)} is after the closing day {both(closes)}; late applications are not taken.",
            )
        )
    order = [(name, facts[name]) for name in ("applied_on", "notified_on", "signed_on") if name in facts]
    for (earlier, first), (later, second) in pairwise(order):
        if second < first:
            zh = f"{later}（{both(second)}）早於 {earlier}（{both(first)}）。"
            found.append(Reason(zh, f"{later} ({both(second)}) is before {earlier} ({both(first)})."))
    return found


def _differs(zh: str, en: str, given: date, stated: date, clause: str) -> Reason:
    return Reason(
        f"{zh} {both(given)} 與 {clause} 所定 {both(stated)} 不同，請以核定清單或延期函為準。",
        f"The {en} on {both(given)}, but {clause} gives {both(stated)}; compare with the approval list or the letter.",
    )
