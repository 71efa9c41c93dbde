"""The page of one report in review: where it stands and with whom, what is new beside what was, and the act of the step that is hers."""

from __future__ import annotations

import streamlit as st

from tracker.services.report_review import ReviewScreen
from tracker.services.report_submission import receipt_of
from tracker.services.review_seats import NOT_YOUR_STEP
from tracker.services.review_steps import Reader
from tracker.ui import components as c
from tracker.ui import pages, receipt, review_answers, review_conflicts, review_fields, review_step_form, review_strip
from tracker.ui.guard import Screen
from tracker.ui.periods import title_text
from tracker.ui.report_words import section_title

_MINE = "my-step"


def render(screen: Screen, shown: ReviewScreen) -> None:
    """The whole page."""
    _head(screen, shown)
    if shown.reader is not Reader.PANEL:
        row, newest = shown.state.row, receipt_of(screen.ctx, shown.state.row.id, shown.version.number)
        receipt.show(screen, newest)
        receipt.still_to_file(screen, newest, obligation_id=row.o_id, project_id=row.project_id)
    if shown.version.late_reason and shown.reader is not Reader.PANEL:
        reason = c.escape(shown.version.late_reason)
        st.warning(screen.t("Why it comes late: {reason}", reason=reason), icon=":material/schedule:")
    review_strip.render(screen, shown)
    _history(screen, shown)
    review_fields.render(screen, shown)
    _decision(screen, shown)
    review_conflicts.render(screen, shown)


def _head(screen: Screen, shown: ReviewScreen) -> None:
    t, row = screen.t, shown.state.row
    panel = shown.reader is Reader.PANEL
    pages.link(screen, "assignments" if panel else "waiting", icon=":material/arrow_back:")
    st.title(title_text(screen, row.o_title_zh, row.o_title_en, row.o_period_label), anchor=False)
    st.caption(f"{c.escape(row.p_code)} · {c.escape(t.pick(row.p_title_zh, row.p_title_en))}")
    with st.container(horizontal=True, vertical_alignment="center"):
        if not panel:
            c.lateness_badge(
                screen, status=row.o_status, due_on=row.o_due_on, first_submitted_on=row.o_first_submitted_on, duty=row.o_duty,
                confidence=row.o_confidence,
            )  # fmt: skip
        st.badge(t("Version {n}", n=shown.version.number), color="gray")
        if not panel:
            st.markdown(t("due {day}", day=c.date_text(row.o_due_on)), width="content")
    if shown.turn is not None:
        st.markdown(f"[:material/south: {t('Go to what is mine to do')}](#{_MINE})")
    pages.link(screen, "dossier", label=t("Project dossier"), icon=":material/summarize:", project=row.p_code)


def _history(screen: Screen, shown: ReviewScreen) -> None:
    """Earlier rounds: what was asked, and until when."""
    if not shown.state.reviews:
        return
    t = screen.t
    said = {
        "accept": lambda one: t("accepted"),
        "return": lambda one: t("returned, answer by {day}", day=c.date_text(one.reply_by_on)),
        "reset": lambda one: t("reset as a whole, answer by {day}", day=c.date_text(one.reply_by_on)),
    }
    with st.expander(t("Earlier rounds ({n})", n=len(shown.state.reviews))):
        for review in shown.state.reviews:
            version = t("Version {n}", n=review.version_number)
            who = c.escape(review.reviewer) if shown.reader is Reader.OFFICE else t("the office")
            st.markdown(f"**{version}** · {c.instant_text(review.reviewed_at)} · {who}: {said[review.outcome](review)}")
            for section, comment in review.comments.items():
                place = t("Reason") if review.outcome == "reset" else section_title(screen, shown.state.form, section)
                st.markdown(f"- {place}: {c.escape(comment)}")


def _decision(screen: Screen, shown: ReviewScreen) -> None:
    t, status = screen.t, shown.state.row.status
    if shown.turn is not None and (shown.may_review or shown.reader is Reader.PANEL):
        if shown.turn.behind:
            st.info(t("You stand in for {name}, who is away.", name=c.escape(shown.turn.behind)), icon=":material/switch_account:")
        if shown.turn.decides:
            st.subheader(t("Decision"), anchor=_MINE)
            review_answers.decide(screen, shown)
        else:
            step = c.escape(t.pick(shown.turn.zh, shown.turn.en))
            st.subheader(t("My step: {step}", step=step), anchor=_MINE)
            review_step_form.render(screen, shown)
        return
    c.subheading(screen, "Decision")
    now = next((step for step in shown.steps if step.current), None)
    if status == "submitted" and now is not None and shown.refused == NOT_YOUR_STEP and shown.reader is Reader.OFFICE:
        st.info(
            t("The review is at this step: {step}. It is not yours to do.", step=c.escape(t.pick(now.zh, now.en))), icon=":material/info:"
        )
        return
    if status == "submitted" and shown.refused and shown.reader is Reader.OFFICE:
        st.info(t(shown.refused, **{name: c.escape(str(value)) for name, value in shown.params.items()}), icon=":material/info:")
        return
    said = {
        "accepted": "This report is accepted.",
        "returned": "This report was returned; the project is working on its answer.",
        "correcting": "This report is accepted; the project is writing a correction of it.",
    }.get(status, "You cannot review this report: you are on the project, or it is not yours to decide.")
    if shown.reader is Reader.PANEL:
        said = "Your step of this review is done."
    st.info(t(said), icon=":material/info:")
