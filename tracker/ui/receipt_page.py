"""The page of receipts: one receipt with all it proves, and the check of a number and a hash for anybody who holds the paper."""

from __future__ import annotations

import streamlit as st

from tracker.clock import TAIPEI
from tracker.domain.minguo import both
from tracker.services.receipts import ReceiptCheck, ReceiptPage, Verdict, check_receipt
from tracker.ui.attachments import download_link
from tracker.ui.components import attempt, date_text, escape, instant_text
from tracker.ui.guard import Screen
from tracker.ui.pages import link
from tracker.ui.periods import title_text
from tracker.ui.prints import print_links

_NAMES = {"number": "Receipt number", "sha256": "SHA-256 on the receipt"}
_VERDICTS = {
    Verdict.GENUINE: "Genuine: a version with this hash was handed in under this number, and it is stored unchanged.",
    Verdict.HOLDS: "A version was handed in under this number, and it is stored unchanged. Give the hash too to compare it.",
    Verdict.OTHER_HASH: "The number exists, but the hash belongs to another content.",
    Verdict.BROKEN: "What is stored under this number is not what was handed in. Please tell the administrator.",
    Verdict.UNKNOWN: "No receipt with this number and this hash was given here.",
}
_KINDS = {"first": "first submission", "again": "handed in again", "answer": "answer to a return", "correction": "correction"}


def show(screen: Screen, page: ReceiptPage) -> None:
    """One receipt."""
    t, row = screen.t, page.row
    local = row.submitted_at.astimezone(TAIPEI)
    with st.container(border=True, key="receipt-page"):
        st.markdown(f":material/task_alt: **{title_text(screen, row.title_zh, row.title_en, row.period_label)}**")
        st.caption(f"{escape(row.project_code)} · {escape(t.pick(row.project_zh, row.project_en))} · {escape(row.organisation)}")
        _states(screen, page)
        _fact(t("Receipt number"), f"`{row.receipt_number}`")
        _fact(t("Received at (Taipei time)"), f"**{both(local.date())} {local:%H:%M:%S}**")
        who = escape(row.submitter) + (f" ({t('on behalf of {name}', name=escape(row.behalf))})" if row.behalf else "")
        _fact(t("Handed in by"), who)
        _fact(t("Version"), f"{row.number} · {t(_KINDS[row.kind])}")
        if row.due_on is not None and row.first_submitted_on is not None:
            facts = {"first": both(row.first_submitted_on), "due": both(row.due_on)}
            st.caption(t("Judged by the first submission on {first}, against the due day {due}.", **facts))
        st.caption(t("SHA-256 of the content"))
        st.code(row.content_sha256, language=None, wrap_lines=True)
        _funder(screen, page)
        print_links(screen, "receipt", row.id, forms=("pdf",))
    link(screen, "project", label=t("Open the project"), icon=":material/folder:", project=row.project_code)


def _fact(label: str, value: str) -> None:
    with st.container(gap=None):
        st.caption(label)
        st.markdown(value)


def _states(screen: Screen, page: ReceiptPage) -> None:
    t, row = screen.t, page.row
    with st.container(horizontal=True):
        if page.withdrawn:
            st.badge(t("Withdrawn on {at}", at=instant_text(row.withdrawn_at)), color="gray", icon=":material/undo:")
        if page.newer is not None:
            st.badge(t("Version {n} is in force now", n=page.newer), color="blue", icon=":material/update:")
        if page.external and page.funder is None:
            st.badge(t("Sent here, not yet handed in to the funder"), color="orange", icon=":material/outbox:")
    if row.reason:
        st.caption(t("Why it was corrected: {reason}", reason=escape(row.reason)))
    if page.withdrawn and row.withdrawn_reason:
        st.caption(t("Why it was taken back: {reason}", reason=escape(row.withdrawn_reason)))


def _funder(screen: Screen, page: ReceiptPage) -> None:
    t = screen.t
    if page.funder is None:
        return
    agency = escape(t.pick(page.row.authority_zh, page.row.authority_en))
    facts = {"agency": agency, "day": date_text(page.funder.received_on), "number": escape(page.funder.number)}
    st.success(t("{agency} has it: {day}, receipt {number}.", **facts), icon=":material/verified:")
    download_link(screen, page.funder.document_id, "")


def check_form(screen: Screen, number: str) -> None:
    """Number and hash, and what the check says."""
    t = screen.t
    st.subheader(t("Check a receipt"), anchor=False)
    st.caption(t("Whoever holds a receipt may check it. The hash proves that the content is the one that was handed in."))
    with st.form("receipt-check"):
        given = st.text_input(t("Receipt number"), value=number, key="receipt-number", placeholder="MP-1150901-000123-01-K")
        sha256 = st.text_input(t("SHA-256 on the receipt"), key="receipt-sha")
        asked = st.form_submit_button(t("Check"), type="primary", icon=":material/fact_check:", key="receipt-ask")
    if not asked:
        return
    with attempt(screen, names=_NAMES) as outcome:
        found = check_receipt(screen.ctx, number=given, sha256=sha256)
    if outcome.ok:
        _answer(screen, found)


def _answer(screen: Screen, found: ReceiptCheck) -> None:
    t = screen.t
    if found.is_good:
        st.success(t(_VERDICTS[found.verdict]), icon=":material/verified:")
    else:
        st.error(t(_VERDICTS[found.verdict]), icon=":material/gpp_bad:")
    if found.at is not None:
        st.markdown(f"{t('Received at (Taipei time)')}: **{instant_text(found.at)}**")
    if found.withdrawn_at is not None:
        st.badge(t("Withdrawn on {at}", at=instant_text(found.withdrawn_at)), color="gray", icon=":material/undo:")
    if found.project_code:
        st.markdown(
            f"{escape(found.project_code)} · {escape(t.pick(found.title_zh, found.title_en))} · {t('version {n}', n=found.version)}"
        )
    if found.version_id is not None:
        link(screen, "receipt", label=t("Open this receipt"), icon=":material/receipt_long:", version=found.version_id)
