"""What the office does about one clock of an approval: accept, send back, confirm the day it counts from, grant the exception."""

from __future__ import annotations

import streamlit as st

from tracker.services.anchors import confirm_anchor, preview_anchor
from tracker.services.approval_reviews import accept_approval, grant_exception, return_approval
from tracker.services.approval_views import ApprovalClock
from tracker.services.policy import Act
from tracker.ui.attachments import file_field, keep_file
from tracker.ui.components import attempt, confirm, date_text, escape, say_after_rerun
from tracker.ui.day_field import day_field
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key

_NAMES = {
    "remark": "What has to be put right", "reply_by": "Answer by", "anchor_on": "Day that the period counts from",
    "letter_number": "Letter number",
    "document_id": "The letter (file)", "file": "The letter (file)", "reason": "Reason", "obligation_id": "Duty",
}  # fmt: skip


def actions(screen: Screen, project_id: int, clock: ApprovalClock) -> None:
    """The forms that this clock's state asks for; none where nothing is to be done."""
    t = screen.t
    if clock.status == "submitted":
        _accept(screen, clock)
        with st.expander(t("Send it back"), icon=":material/reply:"):
            _send_back(screen, clock)
    if clock.confidence == "assumed" and clock.status in ("open", "submitted", "returned"):
        with st.expander(t("Confirm the day it counts from"), icon=":material/event_available:"):
            _anchor(screen, project_id, clock)
    if clock.kind == "approval_catch_up" and clock.status in ("open", "returned"):
        if clock.exception_clause:
            with st.expander(t("Grant a justified exception"), icon=":material/gavel:"):
                _exception(screen, clock)
        else:
            st.caption(t("{clause} has no exception: this approval cannot be released from its date.", clause=escape(clock.clause)))


def _accept(screen: Screen, clock: ApprovalClock) -> None:
    name = f"accept-{clock.obligation_id}"
    if st.button(screen.t("Accept"), key=name, type="primary", icon=":material/check:"):
        with attempt(screen) as outcome:
            accept_approval(screen.ctx, obligation_id=clock.obligation_id, expected_version=clock.version, key=form_key(name))
        _done(screen, outcome.ok, name, "The approval is accepted.")


def _send_back(screen: Screen, clock: ApprovalClock) -> None:
    t, name = screen.t, f"return-{clock.obligation_id}"
    remark = st.text_area(t("What has to be put right"), key=f"{name}-remark")
    reply_by = day_field(screen, "Answer by", f"{name}-by")
    if st.button(t("Send it back"), key=f"{name}-save"):
        with attempt(screen, names=_NAMES) as outcome:
            return_approval(
                screen.ctx,
                obligation_id=clock.obligation_id,
                remark=remark,
                reply_by=reply_by,
                expected_version=clock.version,
                key=form_key(name),
            )
        _done(screen, outcome.ok, name, "It is sent back; the answer has a day of its own.")


def _anchor(screen: Screen, project_id: int, clock: ApprovalClock) -> None:
    t, name = screen.t, f"anchor-{clock.obligation_id}"
    st.caption(t("The clause does not say from when its period counts. Until the day is confirmed by a letter, the date accuses nobody."))
    day = day_field(screen, "Day that the period counts from", f"{name}-day")
    letter = st.text_input(t("Letter number"), key=f"{name}-letter")
    chosen = file_field(screen, "The letter (file)", name)
    if day.strip():
        with attempt(screen, names=_NAMES) as outcome:
            preview = preview_anchor(screen.ctx, obligation_id=clock.obligation_id, anchor_on=day)
        if outcome.ok:
            for change in preview.changes:
                dates = {"before": date_text(change.before), "after": date_text(change.after)}
                st.markdown(f"- {escape(t.pick(change.title_zh, change.title_en))}: {t('{before} becomes {after}', **dates)}")
    if st.button(t("Confirm this day"), key=f"{name}-save", type="primary"):
        with attempt(screen, names=_NAMES) as outcome:
            document_id = keep_file(screen, chosen, name, purpose="anchor", act=Act.CONFIRM_ANCHOR, project_id=project_id)
            confirm_anchor(
                screen.ctx,
                obligation_id=clock.obligation_id,
                anchor_on=day,
                letter_number=letter,
                document_id=document_id,
                key=form_key(name),
            )
        _done(screen, outcome.ok, name, "The day is confirmed; the dates now count from it.")


def _exception(screen: Screen, clock: ApprovalClock) -> None:
    t, name = screen.t, f"except-{clock.obligation_id}"
    st.caption(t("The clause allows it: “{words}”.", words=escape(clock.exception_clause or "")))
    reason = st.text_area(t("Reason"), key=f"{name}-reason")
    letter = st.text_input(t("Letter number"), key=f"{name}-letter")
    told = t(
        "The duty to hand in by {day} ends for every approval that this clause covers. This cannot be taken back here.",
        day=date_text(clock.due_on),
    )
    if confirm(screen, name, t("Grant the exception"), told, yes=t("Yes, grant it")):
        with attempt(screen, names=_NAMES) as outcome:
            grant_exception(
                screen.ctx,
                obligation_id=clock.obligation_id,
                reason=reason,
                letter_number=letter,
                expected_version=clock.version,
                key=form_key(name),
            )
        _done(screen, outcome.ok, name, "The exception is recorded.")


def _done(screen: Screen, ok: bool, name: str, said_msgid: str) -> None:
    if ok:
        renew_key(name)
        say_after_rerun(screen.t(said_msgid))
        st.rerun()
