"""The end of the writing page: check, say what will happen, hand in once."""

from __future__ import annotations

import streamlit as st

from tracker.services.errors import Invalid, Problem
from tracker.services.report_state import LATE_REASON
from tracker.services.report_submission import comes_late, submit_report
from tracker.ui import components as c
from tracker.ui.keys import form_key
from tracker.ui.report_fields import Page, long_text
from tracker.ui.report_words import label_text, problem_text, section_title


def tried(report_id: int) -> str:
    """The name in session state of: the writer asked for a check, so problems are shown from now on."""
    return f"report-tried-{report_id}"


def hand_in(page: Page, found: list[Problem]) -> None:
    """What stands against handing in, and the button where nothing does."""
    t, row = page.screen.t, page.shown.state.row
    c.subheading(page.screen, "Check and hand in")
    errors = [problem for problem in found if problem.severity == "error"]
    warnings = [problem for problem in found if problem.severity != "error"]
    if st.session_state.get(tried(row.id)):
        _list(page, errors, warnings)
    if comes_late(page.shown.state, page.screen.ctx.today):
        long_text(page, LATE_REASON, t("Why it comes late"), height=80)
    if errors or not st.session_state.get(tried(row.id)):
        st.button(t("Check the report"), key=f"check-{row.id}", type="primary", on_click=_try, args=(row.id,))
    if not page.shown.may_submit:
        st.info(t("Only the principal investigator hands in. Everything you write is saved; tell her when it is ready."))
    elif st.session_state.get(tried(row.id)) and not errors:
        _ask(page)


def _ask(page: Page) -> None:
    t, row = page.screen.t, page.shown.state.row
    if c.confirm(page.screen, f"submit-{row.id}-{row.version}", t("Hand in"), _consequences(page), yes=t("Hand in now"), main=True):
        _submit(page)


def _try(report_id: int) -> None:
    st.session_state[tried(report_id)] = True


def _list(page: Page, errors: list[Problem], warnings: list[Problem]) -> None:
    t = page.screen.t
    if errors:
        st.error(t("Before it can be handed in:") + "\n" + _bullets(page, errors), icon=":material/error:")
    if warnings:
        st.warning(t("Please look again (this does not stop you):") + "\n" + _bullets(page, warnings), icon=":material/warning:")
    if not errors and not warnings:
        st.success(t("Everything is filled in."), icon=":material/check:")


def _bullets(page: Page, problems: list[Problem]) -> str:
    lines = []
    for problem in problems:
        known = page.shown.state.fields.get(problem.field)
        label = label_text(page.screen, known.label) if known else page.screen.t("Why it comes late")
        if problem.field.startswith("remarks:"):
            label = f"{section_title(page.screen, page.shown.state.form, known.section)} · {label}"
        lines.append(f"- **{label}**: {problem_text(page.screen, problem)}")
    return "\n" + "\n".join(lines)


def _consequences(page: Page) -> str:
    t, row = page.screen.t, page.shown.state.row
    said = [t("The office gets the report as it stands now; it cannot be changed unless the office returns it. You get a receipt at once.")]
    if row.o_discharged_by == "external":
        said.append(t("It must also be handed in on the funder's own site; handing in here does not end that duty."))
    return "\n\n".join(said)


def _submit(page: Page) -> None:
    row = page.shown.state.row
    with c.attempt(page.screen) as outcome:
        done = submit_report(
            page.screen.ctx, report_id=row.id, expected_version=row.version, key=form_key(f"submit-report-{row.id}-{row.version}"),
            seen=page.seen_before,
        )  # fmt: skip
    if outcome.ok:
        st.session_state.pop(tried(row.id), None)
        c.say_after_rerun(page.screen.t("Handed in. Receipt {number}.", number=done.number))
        st.rerun()
    elif isinstance(outcome.error, Invalid):
        st.caption(page.screen.t("Nothing was handed in; everything you wrote is kept."))
