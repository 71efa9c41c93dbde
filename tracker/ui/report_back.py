"""Below a report that was handed in: taking it back while nobody has opened it, and correcting it after it was accepted."""

from __future__ import annotations

import streamlit as st

from tracker.services import policy
from tracker.services.policy import Act
from tracker.services.report_corrections import abandon_correction, open_correction
from tracker.services.report_drafts import ReportScreen
from tracker.services.report_withdrawal import Withdrawal, withdraw, withdrawal_of
from tracker.ui.components import attempt, confirm, date_text, escape, found, say_after_rerun
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key

_NAMES = {"reason": "Reason"}


def show(screen: Screen, shown: ReportScreen) -> None:
    """What the writers can still do about it; nothing for who may not."""
    row = shown.state.row
    if row.accepted_version is not None and row.status in ("correcting", "returned"):
        _under_way(screen, shown)
    elif row.status == "submitted":
        with found(screen):
            stands = withdrawal_of(screen.ctx, row.id)
        if stands is not None:
            _take_back(screen, shown, stands)
    elif row.status == "accepted" and policy.may(screen.viewer, Act.CORRECT_REPORT, shown.state.target):
        _correct(screen, shown)


def _take_back(screen: Screen, shown: ReportScreen, stands: Withdrawal) -> None:
    t, row = screen.t, shown.state.row
    if stands.refused is not None:
        msgid, params = stands.refused
        if stands.until_on is not None:  # where the programme gives no days there is nothing to explain
            st.caption(f":material/undo: {t(msgid, **{name: escape(value) for name, value in params.items()})}")
        return
    name = f"withdraw-{row.id}-{row.version}"
    with st.expander(t("Take it back (until {day})", day=date_text(stands.until_on)), icon=":material/undo:"):
        st.caption(t("Possible as long as nobody of the office or the panel has opened it."))
        reason = st.text_area(t("Reason"), key=f"{name}-reason", height=80)
        if confirm(screen, name, t("Take the report back"), _then(screen, stands), yes=t("Yes, take it back")):
            with attempt(screen, names=_NAMES) as outcome:
                key = form_key(f"{name}-{reason}")
                withdraw(screen.ctx, report_id=row.id, expected_version=row.version, reason=reason, key=key)
            _done(screen, outcome.ok, name, t("The report is taken back and can be written on again. The office is told."))


def _then(screen: Screen, stands: Withdrawal) -> str:
    t = screen.t
    said = [t("Version {n} stays in the file, marked as withdrawn. The office is told, with your reason.", n=stands.version)]
    if not stands.reopens:
        said.append(t("The first submission stays; only this answer or correction is open again."))
    elif stands.late_then:
        said.append(t("**The due day ({day}) has passed: handed in again, the report counts as late.**", day=date_text(stands.due_on)))
    elif stands.due_on is not None:
        said.append(
            t("It is owed again, and reminders go on. Handed in again after {day}, it counts as late.", day=date_text(stands.due_on))
        )
    return "\n\n".join(said)


def _correct(screen: Screen, shown: ReportScreen) -> None:
    t, row = screen.t, shown.state.row
    name = f"correct-{row.id}-{row.version}"
    with st.expander(t("Correct this accepted report"), icon=":material/edit_note:"):
        st.caption(t("The accepted version stays in force everywhere until the office accepts the correction."))
        reason = st.text_area(t("What is corrected, and why"), key=f"{name}-reason", height=80)
        if st.button(t("Open it for correction"), key=name):
            with attempt(screen, names={"reason": "What is corrected, and why"}) as outcome:
                open_correction(screen.ctx, report_id=row.id, expected_version=row.version, reason=reason, key=form_key(f"{name}-{reason}"))
            _done(screen, outcome.ok, name, t("The report is open for correction."))


def _under_way(screen: Screen, shown: ReportScreen) -> None:
    t, row = screen.t, shown.state.row
    said = t("**A correction is being written.** Version {n} stays in force until the new one is accepted.", n=row.accepted_version)
    st.info(said, icon=":material/edit_note:")
    st.caption(t("Why: {reason}", reason=escape(row.correction_reason)))
    if not policy.may(screen.viewer, Act.CORRECT_REPORT, shown.state.target):
        return
    name = f"abandon-{row.id}-{row.version}"
    told = t("What you changed for the correction is put aside; the accepted version simply stays.")
    if confirm(screen, name, t("Give the correction up"), told, yes=t("Yes, give it up")):
        with attempt(screen) as outcome:
            abandon_correction(screen.ctx, report_id=row.id, expected_version=row.version, key=form_key(name))
        _done(screen, outcome.ok, name, t("The correction is given up; the accepted version stays."))


def _done(screen: Screen, ok: bool, name: str, said: str) -> None:
    if ok:
        renew_key(name)
        say_after_rerun(said)
        st.rerun()
