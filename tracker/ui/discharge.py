"""The funder's own receipt, on the pages of what is owed: where it stands, and the form that records it."""

from __future__ import annotations

import streamlit as st

from tracker.services.discharge import Discharge, discharge_of, record_discharge
from tracker.services.policy import Act
from tracker.ui.attachments import download_link, file_field, keep_file
from tracker.ui.components import attempt, date_text, escape, found, say_after_rerun
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key

_NAMES = {
    "received_on": "Day the funder received it",
    "receipt_number": "Receipt number",
    "document_id": "The funder's receipt (file)",
    "file": "The funder's receipt (file)",
    "obligation_id": "Duty",
}


def show_discharge(screen: Screen, obligation_id: int, project_id: int) -> None:
    """Where a duty stands with the funder and, for those who may, the form of the receipt. Shows nothing where handing in here is enough."""
    with found(screen):
        stands = discharge_of(screen.ctx, obligation_id)
    if not stands.external:
        return
    t = screen.t
    if stands.received_on is None:
        here = (
            t("Handed in here on {day}, not yet to the funder.", day=date_text(stands.here_on))
            if stands.here_on
            else t("Not yet handed in here.")
        )
        st.warning(
            f"{here} {t('This duty ends only with the receipt of the funder’s own site: reminders go on until it is recorded.')}",
            icon=":material/outbound:",
        )
    else:
        _recorded(screen, stands)
    if stands.may_record:
        with st.expander(
            t("Correct the funder's receipt") if stands.received_on else t("Record the funder's receipt"), icon=":material/receipt_long:"
        ):
            _form(screen, obligation_id, project_id)


def _recorded(screen: Screen, stands: Discharge) -> None:
    t = screen.t
    st.success(
        t("The funder received it on {day}, receipt {number}.", day=date_text(stands.received_on), number=escape(stands.receipt_number)),
        icon=":material/task_alt:",
    )
    if stands.on_time is not None:
        verdict = t("in time at the funder") if stands.on_time else t("late at the funder")
        st.caption(
            t(
                "Last day {due}: {verdict}. Handed in here: {here}.",
                due=date_text(stands.due_on),
                verdict=verdict,
                here=date_text(stands.here_on),
            )
        )
    download_link(screen, stands.document_id, stands.filename)


def _form(screen: Screen, obligation_id: int, project_id: int) -> None:
    t, name = screen.t, f"discharge-{obligation_id}"
    day = st.text_input(t("Day the funder received it"), key=f"{name}-day", placeholder="115-08-31 / 2026-08-31")
    number = st.text_input(t("Receipt number"), key=f"{name}-number")
    chosen = file_field(screen, "The funder's receipt (file)", name)
    if not st.button(t("Record the receipt"), key=f"{name}-save", type="primary"):
        return
    with attempt(screen, names=_NAMES) as outcome:
        document_id = keep_file(screen, chosen, name, purpose="discharge", act=Act.RECORD_DISCHARGE, project_id=project_id)
        record_discharge(
            screen.ctx, obligation_id=obligation_id, received_on=day, receipt_number=number, document_id=document_id, key=form_key(name)
        )
    if outcome.ok:
        renew_key(name)
        say_after_rerun(t("The funder's receipt is recorded; no more reminders are sent for this duty."))
        st.rerun()
