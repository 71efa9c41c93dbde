"""The receipt of a submission, and what is still to do where handing in here is not the end of the duty."""

from __future__ import annotations

import streamlit as st

from tracker.clock import TAIPEI
from tracker.domain.minguo import both
from tracker.services.discharge import discharge_of, record_discharge
from tracker.services.policy import Act
from tracker.services.report_submission import Receipt
from tracker.ui import components as c
from tracker.ui.attachments import download_link, file_field, keep_file
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key
from tracker.ui.pages import link
from tracker.ui.words import doer

_NAMES = {
    "received_on": "Day of the funder's receipt",
    "receipt_number": "Number of the funder's receipt",
    "document_id": "File of the funder's receipt",
    "file": "File of the funder's receipt",
}


def show(screen: Screen, receipt: Receipt) -> None:
    """Number, instant, content hash, and how it stands against the due day."""
    t = screen.t
    local = receipt.at.astimezone(TAIPEI)
    with st.container(border=True, key="receipt"):
        st.markdown(f":material/task_alt: **{t('Handed in')}** · {c.escape(t.pick(receipt.title_zh, receipt.title_en))}")
        if receipt.external and receipt.discharged_on is None:
            st.badge(t("Sent here, not yet handed in to the funder"), color="orange", icon=":material/outbox:")
        with st.container(horizontal=True):
            _fact(t("Receipt number"), f"`{receipt.number}`")
            _fact(t("Received at (Taipei time)"), f"**{both(local.date())} {local:%H:%M:%S}**")
            _fact(t("Version"), f"**{receipt.version}**")
            _fact(t("Handed in by"), f"**{c.escape(doer(screen, receipt.submitter, receipt.behalf))}**")
        if receipt.due_on is not None and receipt.first_submitted_on is not None:
            facts = {"first": both(receipt.first_submitted_on), "due": both(receipt.due_on)}
            st.caption(t("Judged by the first submission on {first}, against the due day {due}.", **facts))
        st.caption(t("SHA-256 of the content: {sha}", sha=receipt.sha256))
        link(screen, "receipt", label=t("The receipt, to print or to check"), icon=":material/receipt_long:", version=receipt.version_id)


def _fact(label: str, value: str) -> None:
    with st.container(width="content", gap=None):
        st.caption(label)
        st.markdown(value)


def still_to_file(screen: Screen, receipt: Receipt, *, obligation_id: int, project_id: int) -> None:
    """For a duty that the funder's own site discharges: say so until its receipt is recorded, and take that receipt."""
    if not receipt.external:
        return
    t = screen.t
    stands = discharge_of(screen.ctx, obligation_id)
    if stands.received_on is not None:
        facts = {"day": both(stands.received_on), "number": c.escape(stands.receipt_number)}
        st.success(t("The funder has it: {day}, receipt {number}.", **facts), icon=":material/verified:")
        download_link(screen, stands.document_id, stands.filename)
    else:
        agency = c.escape(t.pick(receipt.authority_zh, receipt.authority_en))
        said = [
            t("**Sent in this system, not yet handed in to the funding agency.**"),
            t("Hand it in on the site of {agency} as well, then record its receipt here. Reminders go on until then.", agency=agency),
        ]
        st.warning(" ".join(said), icon=":material/outbox:")
    if stands.may_record:
        label = t("Correct the funder's receipt") if stands.received_on else t("Record the funder's receipt")
        with st.expander(label, icon=":material/receipt_long:"):
            _receipt_form(screen, obligation_id, project_id)


def _receipt_form(screen: Screen, obligation_id: int, project_id: int) -> None:
    t, name = screen.t, f"discharge-{obligation_id}"
    received = st.text_input(t(_NAMES["received_on"]), key=f"{name}-day", placeholder="115-08-31 / 2026-08-31", help=t("Either calendar."))
    number = st.text_input(t(_NAMES["receipt_number"]), key=f"{name}-number")
    upload = file_field(screen, _NAMES["document_id"], name)
    if not st.button(t("Record the receipt"), key=f"{name}-save", type="primary"):
        return
    with c.attempt(screen, names=_NAMES) as outcome:
        document_id = keep_file(screen, upload, name, purpose="discharge", act=Act.RECORD_DISCHARGE, project_id=project_id)
        # The content is part of the key's name: after a refusal the corrected form is another write.
        key = form_key(f"{name}-{received}-{number}-{document_id}")
        record_discharge(
            screen.ctx, obligation_id=obligation_id, received_on=received or "", receipt_number=number or "", document_id=document_id,
            key=key,
        )  # fmt: skip
    if outcome.ok:
        c.say_after_rerun(t("The funder's receipt is recorded."))
        st.rerun()
