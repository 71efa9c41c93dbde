"""The operating page of the alerts: which part of it is looked at, and the ledger of one project."""

from __future__ import annotations

from enum import StrEnum

import streamlit as st

from tracker.notify import wording
from tracker.services.alerts import AlertRow, alert_list
from tracker.services.delivery_desk import Acknowledged, acknowledgements, desk_counts
from tracker.services.dry_look import Foreseen, foresee
from tracker.ui import delivery_holds, delivery_list, delivery_story
from tracker.ui.components import date_text, empty_state, found, instant_text
from tracker.ui.delivery_words import STATUS_MSGIDS as STATUS_MSGIDS
from tracker.ui.guard import Screen


class View(StrEnum):
    """What of the alerts is looked at."""

    MAILS = "mails"
    HELD = "held"
    AHEAD = "ahead"
    LEDGER = "ledger"


_VIEW_MSGIDS = {View.MAILS: "Mails", View.HELD: "Brake", View.AHEAD: "Days to come", View.LEDGER: "Ledger"}


def choose_view(screen: Screen) -> View:
    """Mails, the brake or the ledger; the address may name one."""
    t = screen.t
    chosen = st.segmented_control(
        t("What to look at"),
        list(View),
        default=screen.choice_param("view", View, View.MAILS),
        key="deliveries-view",
        format_func=lambda view: t(_VIEW_MSGIDS[view]),
        label_visibility="collapsed",
    )
    return View(chosen or View.MAILS)


def show(screen: Screen, view: View) -> None:
    """The chosen view; a mail that the address names instead of the list."""
    mail_id = screen.optional_id_param("mail")
    if view is View.LEDGER:
        _ledger(screen)
    elif view is View.HELD:
        delivery_holds.show(screen)
    elif view is View.AHEAD:
        _ahead(screen)
    elif mail_id is not None:
        delivery_story.show(screen, mail_id)
    else:
        delivery_list.show(screen)


def _ahead(screen: Screen) -> None:
    t = screen.t
    st.caption(t("What each day would raise if nothing changed until then. Nothing is raised by looking."))
    with found(screen):
        ahead = desk_counts(screen.ctx).ahead
    if not ahead:
        empty_state(screen, "No obligation reaches a stage within seven days.", "Look at the projects for what comes later.")
        return
    days = sorted(ahead)
    names = {one: t("{day}: {n}", day=date_text(one), n=f"{ahead[one]:,}") for one in days}
    day = st.selectbox(t("Day"), days, key="deliveries-ahead", format_func=names.__getitem__)
    with found(screen):
        shown = foresee(screen.ctx, day)
    if shown.looked < shown.of:
        st.caption(t("The first {n} of {of} obligations were worked out.", n=f"{shown.looked:,}", of=f"{shown.of:,}"))
    if not shown.rows:
        empty_state(screen, "Nobody would be told on this day.", "What is reached then is overtaken or not a duty.")
        return
    st.dataframe([_foreseen(screen, row) for row in shown.rows], hide_index=True, key="deliveries-foreseen")


def _foreseen(screen: Screen, row: Foreseen) -> dict[str, str]:
    t = screen.t
    return {
        t("Project"): row.project,
        t("What it is about"): t.pick(row.title_zh, row.title_en),
        t("Stage"): wording.stage_text(t, row.stage),
        t("Legal last day"): date_text(row.due_on),
        t("Recipients"): t.pick("、", ", ").join(row.people),
    }


def _ledger(screen: Screen) -> None:
    t = screen.t
    code = st.text_input(t("Code of the project"), key="deliveries-project", placeholder="DEMO-OWN-01").strip()
    if not code:
        empty_state(screen, "The ledger holds every stage of every obligation.", "Give the code of a project to see its stages.")
        return
    with found(screen):
        rows = alert_list(screen.ctx, project=code)
        answered = acknowledgements(screen.ctx, [row.id for row in rows])
    if not rows:
        empty_state(screen, "Nothing was raised for {code} yet.", "Check the code, or see the project's page.", code=code)
        return
    st.dataframe([_line(screen, row, answered.get(row.id, ())) for row in rows], hide_index=True, key="deliveries-ledger")


def _line(screen: Screen, row: AlertRow, answered: tuple[Acknowledged, ...]) -> dict[str, str]:
    t = screen.t
    return {
        t("Legal last day"): date_text(row.due_on),
        t("Obligation"): row.obligation,
        t("Stage"): wording.stage_text(t, row.stage),
        t("Day of the stage"): date_text(row.stage_on),
        t("State"): t(wording.STATE_MSGIDS[row.state]),
        t("Recipients"): ", ".join(row.recipients),
        t("Acknowledged by"): t.pick("、", ", ").join(f"{one.name} {instant_text(one.at)}" for one in answered),
        t("Recorded"): instant_text(row.raised_at),
    }
