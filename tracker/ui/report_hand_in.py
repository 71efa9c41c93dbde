"""The end of the writing page: check, say what will happen, hand in once."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from tracker.domain.statuses import DischargedBy
from tracker.services.errors import Invalid, Problem
from tracker.services.report_forms import LATE_REASON_LONGEST
from tracker.services.report_problems import comes_late
from tracker.services.report_state import LATE_REASON
from tracker.services.report_submission import submit_report
from tracker.ui import components as c
from tracker.ui.keys import form_key
from tracker.ui.report_fields import long_text
from tracker.ui.report_page import ENDING, Page, present, seen_now, tried
from tracker.ui.report_status import bullets


def hand_in(page: Page) -> None:
    """The reason of a late report, what stands against handing in, and the button where nothing does."""
    t = page.screen.t
    c.subheading(page.screen, "Check and hand in")
    if comes_late(page.shown.state, page.screen.ctx.today):
        day = c.date_text(page.shown.state.row.o_due_on)
        st.markdown(f":orange[:material/schedule: {t('The due date ({day}) has passed: say why it comes late.', day=day)}]")
        st.caption(t("The office reads the reason with the report."))
        long_text(page, LATE_REASON, t("Why it comes late") + " :red[*]", most=LATE_REASON_LONGEST)
    st.fragment(_ending, key=ENDING)(page)


def _ending(page: Page) -> None:
    is_whole = present(page, ENDING)
    if not is_whole:
        page.reload()
    t, row = page.screen.t, page.shown.state.row
    errors = [problem for problem in page.found if problem.severity == "error"]
    warnings = [problem for problem in page.found if problem.severity != "error"]
    if page.is_checked:
        _list(page, errors, warnings)
    if (errors or not page.is_checked) and st.button(t("Check the report"), key=f"check-{row.id}", type="primary"):
        st.session_state[tried(row.id)] = True
        st.rerun()
    if not page.shown.may_submit:
        st.info(
            t("Only the principal investigator, or whom she lets, hands in. Everything you write is saved; tell her when it is ready."),
            icon=":material/info:",
        )
    elif page.is_checked and not errors:
        _ask(page, page.seen_before if is_whole else seen_now(page))


def _ask(page: Page, seen: Mapping[str, int]) -> None:
    t, row = page.screen.t, page.shown.state.row
    if c.confirm(page.screen, f"submit-{row.id}-{row.version}", t("Hand in"), _consequences(page), yes=t("Hand in now"), main=True):
        _submit(page, seen)


def _list(page: Page, errors: list[Problem], warnings: list[Problem]) -> None:
    t = page.screen.t
    if errors:
        st.error(t("Before it can be handed in:") + "\n\n" + bullets(page, errors), icon=":material/error:")
    if warnings:
        st.warning(t("Please look again (this does not stop you):") + "\n\n" + bullets(page, warnings), icon=":material/warning:")
    if not errors and not warnings:
        st.success(t("Everything is filled in."), icon=":material/check:")


def _consequences(page: Page) -> str:
    t, row = page.screen.t, page.shown.state.row
    said = [t("You hand in on behalf of the principal investigator, who gave you that right.")] if page.is_on_behalf else []
    said += [
        t("The office gets the report as it stands now; it cannot be changed unless the office returns it. You get a receipt at once.")
    ]
    if row.o_discharged_by == DischargedBy.EXTERNAL:
        said.append(t("It must also be handed in on the funder's own site; handing in here does not end that duty."))
    return "\n\n".join(said)


def _submit(page: Page, seen: Mapping[str, int]) -> None:
    row = page.shown.state.row
    with c.attempt(page.screen) as outcome:
        done = submit_report(
            page.screen.ctx, report_id=row.id, expected_version=row.version, key=form_key(f"submit-report-{row.id}-{row.version}"),
            seen=seen,
        )  # fmt: skip
    if outcome.ok:
        st.session_state.pop(tried(row.id), None)
        c.say_after_rerun(page.screen.t("Handed in. Receipt {number}.", number=done.number))
        st.rerun()
    elif isinstance(outcome.error, Invalid):
        st.caption(page.screen.t("Nothing was handed in; everything you wrote is kept."))
