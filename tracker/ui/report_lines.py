"""What a report says of the project's own lines: checkpoints, indicators, open conclusions, and the period's outcomes."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from sqlalchemy import Row

from tracker.domain.report_checks import quantity_text
from tracker.programmes.report_types import Holds
from tracker.services.report_forms import NOTE_LONGEST
from tracker.services.report_state import CONFIRMED
from tracker.ui import components as c
from tracker.ui import pages, report_fields
from tracker.ui.report_page import Page

_NOTHING = {
    Holds.CHECKPOINTS: "No checkpoint is planned up to the end of this period.",
    Holds.INDICATORS: "The approved plan has no indicators.",
    Holds.ACTION_ITEMS: "No conclusion is open.",
}


def lines(page: Page, holds: Holds) -> None:
    """Everything that a section of this kind asks about."""
    state = page.shown.state
    if holds == Holds.OUTCOMES:
        _outcomes(page)
        return
    found: dict[Holds, tuple[tuple[Row, ...], Callable[[Page, Row], None]]] = {
        Holds.CHECKPOINTS: (state.checkpoints, _checkpoint),
        Holds.INDICATORS: (state.indicators, _indicator),
        Holds.ACTION_ITEMS: (state.actions, _action),
    }
    rows, draw = found[holds]
    if not rows:
        st.caption(page.screen.t(_NOTHING[holds]))
    for place, row in enumerate(rows):
        if place:
            st.divider()
        draw(page, row)


def _note(page: Page, field: str) -> None:
    report_fields.long_text(page, field, page.screen.t("Explanation"), most=NOTE_LONGEST)


def _checkpoint(page: Page, line: Row) -> None:
    t, state, prefix = page.screen.t, page.shown.state, f"checkpoint:{line.id}"
    st.markdown(f"**{c.escape(line.code)} {c.escape(t.pick(line.title_zh, line.title_en))}**")
    unit = c.escape(line.unit)
    target, planned = quantity_text(line.target), c.date_text(line.planned_on)
    facts = t("Target {target} {unit}, planned for {day}", target=target, unit=unit, day=planned)
    last = state.last_claims.get(line.id)
    if last is not None:
        facts += " · " + t("last time {last} {unit}", last=quantity_text(last), unit=unit)
    st.caption(facts)
    if line.success_test or line.evidence_wanted:
        st.caption(c.escape(" · ".join(text for text in (line.success_test, line.evidence_wanted) if text)))
    figure, file = st.columns([1, 2], gap="medium")
    with figure:
        report_fields.number(page, f"{prefix}:actual", t("Actual quantity ({unit})", unit=unit) + " :red[*]")
    with file:
        report_fields.evidence(page, f"{prefix}:evidence", t("Evidence"))
    _note(page, f"{prefix}:note")


def _indicator(page: Page, line: Row) -> None:
    t, state, prefix = page.screen.t, page.shown.state, f"indicator:{line.id}"
    st.markdown(f"**{c.escape(line.code)} {c.escape(t.pick(line.title_zh, line.title_en))}**")
    counting = t("cumulative since the start") if line.counting == "cumulative" else t("of this period only")
    good = t("more is better") if line.good == "up" else t("less is better")
    last, unit = state.last_measurements.get(line.id), c.escape(line.unit)
    facts = [
        t("Baseline {baseline}", baseline=quantity_text(line.baseline)),
        t("target {target} {unit}", target=quantity_text(line.target), unit=unit),
        t("last value {last}", last=quantity_text(last)) if last is not None else t("no value yet"),
        counting, good,
    ]  # fmt: skip
    st.caption(" · ".join(facts))
    figure, note = st.columns([1, 2], gap="medium")
    with figure:
        report_fields.number(page, f"{prefix}:actual", t("Actual figure ({unit})", unit=unit) + " :red[*]")
    with note:
        _note(page, f"{prefix}:note")


def _action(page: Page, item: Row) -> None:
    t, prefix = page.screen.t, f"action:{item.id}"
    st.markdown(f"**A{item.number}**")
    st.text(item.body)
    st.caption(t("To be done by {day}", day=c.date_text(item.due_on)))
    names = {"done": t("done"), "open": t("still open")}
    report_fields.choice(page, f"{prefix}:claimed", t("Where it stands") + " :red[*]", names)
    _note(page, f"{prefix}:note")


def _outcomes(page: Page) -> None:
    t, found = page.screen.t, page.shown.state.outcomes
    if found:
        st.markdown(t("Recorded for this period:"))
        st.markdown("\n".join(f"- {c.escape(row.title)} ({c.date_text(row.occurred_on)})" for row in found))
    else:
        st.caption(t("No outcome is recorded for this period."))
    if "outcomes" in {spec.url_path for spec in pages.PAGES}:
        pages.link(page.screen, "outcomes", label=t("Record an outcome"), icon=":material/add:", project=page.shown.state.row.project_id)
    names = {"yes": t("These are all outcomes of the period"), "nil": t("There were none in this period")}
    report_fields.choice(page, CONFIRMED, t("Outcomes of the period") + " :red[*]", names)
