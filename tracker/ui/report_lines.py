"""The sections of a writing page that hold what the project has: checkpoints, indicators, conclusions, outcomes."""

from __future__ import annotations

import streamlit as st
from sqlalchemy import Row

from tracker.domain.report_checks import quantity_text
from tracker.programmes.report_types import Holds, Section
from tracker.services.report_state import CONFIRMED, action_title
from tracker.ui import components as c
from tracker.ui import report_fields
from tracker.ui.report_fields import Page


def lines(page: Page, section: Section) -> None:
    """Everything of one such section."""
    state = page.shown.state
    if section.holds == Holds.CHECKPOINTS:
        _lines(page, state.checkpoints, _checkpoint, "No checkpoint is planned up to the end of this period.")
    elif section.holds == Holds.INDICATORS:
        _lines(page, state.indicators, _indicator, "The approved plan has no indicators.")
    elif section.holds == Holds.ACTION_ITEMS:
        _lines(page, state.actions, _follow_up, "No conclusion is open.")
    elif section.holds == Holds.OUTCOMES:
        _outcomes(page)


def _lines(page: Page, lines: tuple[Row, ...], draw, nothing: str) -> None:
    if not lines:
        st.caption(page.screen.t(nothing))
    for place, line in enumerate(lines):
        if place:
            st.divider()
        draw(page, line)


def _checkpoint(page: Page, line: Row) -> None:
    t, state, prefix = page.screen.t, page.shown.state, f"checkpoint:{line.id}"
    st.markdown(f"**{c.escape(line.code)} {c.escape(t.pick(line.title_zh, line.title_en))}**")
    facts = t(
        "Target {target} {unit}, planned for {day}",
        target=quantity_text(line.target),
        unit=c.escape(line.unit),
        day=c.date_text(line.planned_on),
    )
    last = state.last_claims.get(line.id)
    if last is not None:
        facts += " · " + t("last time {last} {unit}", last=quantity_text(last), unit=c.escape(line.unit))
    st.caption(facts)
    if line.success_test or line.evidence_wanted:
        st.caption(c.escape(" · ".join(text for text in (line.success_test, line.evidence_wanted) if text)))
    figure, file = st.columns([1, 2], gap="medium")
    with figure:
        report_fields.number(page, f"{prefix}:actual", t("Actual quantity ({unit})", unit=c.escape(line.unit)))
    with file:
        report_fields.evidence(page, f"{prefix}:evidence", t("Evidence"))
    report_fields.long_text(page, f"{prefix}:note", t("Explanation"), height=80)


def _indicator(page: Page, line: Row) -> None:
    t, state, prefix = page.screen.t, page.shown.state, f"indicator:{line.id}"
    st.markdown(f"**{c.escape(line.code)} {c.escape(t.pick(line.title_zh, line.title_en))}**")
    counting = t("cumulative since the start") if line.counting == "cumulative" else t("of this period only")
    good = t("more is better") if line.good == "up" else t("less is better")
    last = state.last_measurements.get(line.id)
    facts = [
        t("Baseline {baseline}", baseline=quantity_text(line.baseline)),
        t("target {target} {unit}", target=quantity_text(line.target), unit=c.escape(line.unit)),
        t("last value {last}", last=quantity_text(last)) if last is not None else t("no value yet"),
        counting, good,
    ]  # fmt: skip
    st.caption(" · ".join(facts))
    figure, note = st.columns([1, 2], gap="medium")
    with figure:
        report_fields.number(page, f"{prefix}:actual", t("Actual figure ({unit})", unit=c.escape(line.unit)))
    with note:
        report_fields.long_text(page, f"{prefix}:note", t("Explanation"), height=80)


def _follow_up(page: Page, item: Row) -> None:
    t, prefix = page.screen.t, f"action:{item.id}"
    st.markdown(f"**{c.escape(action_title(item.number, item.body))}**")
    st.caption(t("To be done by {day}", day=c.date_text(item.due_on)))
    answers = {"open": t("still open"), "done": t("done")}
    report_fields.choice(page, f"{prefix}:claimed", t("Done or still open"), answers)
    report_fields.long_text(page, f"{prefix}:note", t("Explanation"), height=80)


def _outcomes(page: Page) -> None:
    """What was recorded in the period, to confirm or to declare nil."""
    t, state = page.screen.t, page.shown.state
    for one in state.outcomes:
        st.markdown(f"- {c.escape(one.title)}")
    if not state.outcomes:
        st.caption(t("No outcome is recorded for this period."))
    answers = {"yes": t("the list is complete"), "nil": t("there were none")}
    report_fields.choice(page, CONFIRMED, t("Outcomes of the period"), answers)
