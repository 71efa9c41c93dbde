"""The receipt of a submission, and what is still to do where handing in here is not the end of the duty."""

from __future__ import annotations

import streamlit as st

from tracker.clock import TAIPEI
from tracker.domain.minguo import both
from tracker.services.discharge import discharge_of, record_discharge
from tracker.services.documents import store_document
from tracker.services.policy import Act
from tracker.services.report_submission import Receipt
from tracker.ui import components as c
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key

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
        with st.container(horizontal=True):
            _fact(t("Receipt number"), f"`{receipt.number}`")
            _fact(t("Received at (Taipei time)"), f"**{both(local.date())} {local:%H:%M:%S}**")
            _fact(t("Version"), f"**{receipt.version}**")
            _fact(t("Handed in by"), f"**{c.escape(receipt.submitter)}**")
        if receipt.due_on is not None and receipt.first_submitted_on is not None:
            facts = {"first": both(receipt.first_submitted_on), "due": both(receipt.due_on)}
            st.caption(t("Judged by the first submission on {first}, against the due day {due}.", **facts))
        st.caption(t("SHA-256 of the content: {sha}", sha=receipt.sha256))


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
        return
    agency = c.escape(t.pick(receipt.authority_zh, receipt.authority_en))
    st.warning(
        t("**Sent in this system, not yet handed in to the funding agency.** Hand it in on the site of {agency} as well, then record its receipt here. Reminders go on until then.", agency=agency),
        icon=":material/outbox:",
    )  # fmt: skip
    if stands.may_record:
        _receipt_form(screen, obligation_id, project_id)


def _receipt_form(screen: Screen, obligation_id: int, project_id: int) -> None:
    t = screen.t
    name = f"discharge-{obligation_id}"
    with st.expander(t("Record the funder's receipt"), expanded=True), st.form(name, border=False):
        received = st.text_input(
            t(_NAMES["received_on"]), key=f"{name}-day", placeholder="115-08-31 / 2026-08-31", help=t("Either calendar."),
        )  # fmt: skip
        number = st.text_input(t(_NAMES["receipt_number"]), key=f"{name}-number")
        upload = st.file_uploader(t(_NAMES["document_id"]), key=f"{name}-file")
        sent = st.form_submit_button(t("Record the receipt"), type="primary")
    if not sent:
        return
    with c.attempt(screen, names=_NAMES) as outcome:
        document_id = None
        if upload is not None:
            document_id = store_document(
                screen.ctx, project_id=project_id, filename=upload.name, content=upload.getvalue(), purpose="discharge",
                key=form_key(f"{name}-file-{upload.file_id}"), act=Act.RECORD_DISCHARGE,
            )  # fmt: skip
        record_discharge(
            screen.ctx, obligation_id=obligation_id, received_on=received or "", receipt_number=number or "", document_id=document_id,
            key=form_key(f"{name}-{received}-{number}-{document_id}"),
        )  # fmt: skip
    if outcome.ok:
        renew_key(name)
        c.say_after_rerun(t("The funder's receipt is recorded."))
        st.rerun()
