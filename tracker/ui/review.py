"""The office's page of one report: what is new beside what was, a verdict for each checkpoint, and accept or return."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import streamlit as st

from tracker.domain.report_checks import quantity_text
from tracker.programmes.report_types import Holds
from tracker.services.report_comparison import FieldView
from tracker.services.report_review import (
    VERDICTS,
    CheckpointReview,
    ReviewScreen,
    accept_report,
    record_verdict,
    reply_day_problems,
    return_report,
)  # fmt: skip
from tracker.services.report_submission import receipt_of
from tracker.ui import components as c
from tracker.ui import pages, receipt
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key
from tracker.ui.periods import title_text
from tracker.ui.report_files import download
from tracker.ui.report_words import label_text, section_title, words

_VERDICTS = {"met": "met", "partly_met": "partly met", "not_met": "not met"}
_COLOURS = {"met": "green", "partly_met": "orange", "not_met": "red"}
_NAMES = {
    "reply_by": "Answer by", "comments": "Comments", "verdict": "Verdict", "accepted": "Accepted quantity", "remark": "Remark",
}  # fmt: skip
_FIRST_REPLY = timedelta(days=14)


def render(screen: Screen, shown: ReviewScreen) -> None:
    """The whole page."""
    t, row = screen.t, shown.state.row
    pages.link(screen, "waiting", icon=":material/arrow_back:")
    st.title(title_text(screen, row.o_title_zh, row.o_title_en, row.o_period_label), anchor=False)
    st.caption(f"{c.escape(row.p_code)} · {c.escape(t.pick(row.p_title_zh, row.p_title_en))}")
    with st.container(horizontal=True, vertical_alignment="center"):
        c.lateness_badge(
            screen, status=row.o_status, due_on=row.o_due_on, first_submitted_on=row.o_first_submitted_on, duty=row.o_duty,
            confidence=row.o_confidence,
        )  # fmt: skip
        st.badge(t("Version {n}", n=shown.version.number), color="gray")
        st.markdown(t("due {day}", day=c.date_text(row.o_due_on)), width="content")
    newest = receipt_of(screen.ctx, row.id)
    receipt.show(screen, newest)
    receipt.still_to_file(screen, newest, obligation_id=row.o_id, project_id=row.project_id)
    if shown.version.late_reason:
        st.warning(t("Why it comes late: {reason}", reason=c.escape(shown.version.late_reason)), icon=":material/schedule:")
    _history(screen, shown)
    _sections(screen, shown)
    _decision(screen, shown)


def _history(screen: Screen, shown: ReviewScreen) -> None:
    """Earlier rounds: what was asked, and until when."""
    if not shown.state.reviews:
        return
    t = screen.t
    with st.expander(t("Earlier rounds ({n})", n=len(shown.state.reviews))):
        for review in shown.state.reviews:
            outcome = t("accepted") if review.outcome == "accept" else t("returned, answer by {day}", day=c.date_text(review.reply_by_on))
            version = t("Version {n}", n=review.version_number)
            st.markdown(f"**{version}** · {c.instant_text(review.reviewed_at)} · {c.escape(review.reviewer)}: {outcome}")
            for section, comment in review.comments.items():
                st.markdown(f"- {section_title(screen, shown.state.form, section)}: {c.escape(comment)}")


def _sections(screen: Screen, shown: ReviewScreen) -> None:
    t = screen.t
    if any(field.changed for field in shown.fields):
        st.caption(t("Changed since the version that was returned: marked with {mark}.", mark=":material/change_circle:"))
    for section in shown.state.form.sections:
        fields = [field for field in shown.fields if field.section == section.id]
        with st.container(border=True, key=f"section-{section.id}"):
            st.subheader(words(screen, section.title), anchor=False)
            if not fields:
                st.caption(t("Nothing was entered here."))
            if section.holds == Holds.CHECKPOINTS:
                for reviewed in shown.checkpoints:
                    own = [field for field in fields if field.line == f"checkpoint:{reviewed.checkpoint_id}"]
                    _verdict(screen, shown, reviewed, own)
                fields = [field for field in fields if not field.line]
            for field in fields:
                _field(screen, shown, field, titled=field.field == section.id)


def _field(screen: Screen, shown: ReviewScreen, field: FieldView, *, titled: bool = False) -> None:
    """One field, with the period before beside it (below it on a narrow screen) where that one has it."""
    t, previous = screen.t, shown.state.previous
    mark = ":material/change_circle: " if field.changed else ""
    if mark or not titled:
        st.markdown(f"{mark}**{label_text(screen, field.label)}**")
    if previous is None or not field.last_period:
        _now(screen, field)
        return
    now, before = st.columns(2, gap="medium")
    with now:
        _now(screen, field)
    with before, st.container(border=True, gap=None):
        st.caption(t("Period before: {period}", period=title_text(screen, previous.title_zh, previous.title_en, previous.period_label)))
        st.text(field.last_period)


def _now(screen: Screen, field: FieldView) -> None:
    for document_id, filename in field.files:
        st.markdown(download(document_id, filename))
    if not field.files:
        st.text(field.now or "—")
    if field.changed:
        with st.expander(screen.t("In the version before")):
            st.text(field.last_version or "—")


# --- Verdicts -----------------------------------------------------------------------------------------------------------------


def _verdict(screen: Screen, shown: ReviewScreen, reviewed: CheckpointReview, fields: Sequence[FieldView]) -> None:
    """The claim with its evidence and note, the period before, and what the office says of it."""
    t, claim = screen.t, reviewed.claim
    title = f"{claim['code']} {t.pick(claim['title_zh'], claim['title_en'] or claim['title_zh'])}"
    with st.container(border=True, key=f"verdict-{reviewed.checkpoint_id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{c.escape(title)}**", width="content")
            claimed = {"actual": claim["actual"], "target": claim["target"], "unit": c.escape(claim["unit"])}
            st.badge(t("claimed {actual} of {target} {unit}", **claimed), color="blue")
            if reviewed.verdict:
                accepted = {
                    "verdict": t(_VERDICTS[reviewed.verdict]),
                    "actual": quantity_text(reviewed.accepted),
                    "unit": c.escape(claim["unit"]),
                }
                st.badge(t("office: {verdict}, {actual} {unit} accepted", **accepted), color=_COLOURS[reviewed.verdict])
            else:
                st.badge(t("no verdict yet"), color="gray")
        for field in fields:
            if field.field.endswith(":actual"):
                _last_claim(screen, field)
            else:
                _field(screen, shown, field)
        if reviewed.verdict:
            said = [c.escape(reviewed.officer), c.instant_text(reviewed.given_at), c.escape(reviewed.remark)]
            st.caption(" · ".join(part for part in said if part))
        if shown.may_review:
            with st.expander(t("Give a verdict")):
                _verdict_form(screen, shown, reviewed)


def _last_claim(screen: Screen, field: FieldView) -> None:
    said = [screen.t("period before {claim}", claim=c.escape(field.last_period))] if field.last_period else []
    if field.changed:
        said.append(f":material/change_circle: {screen.t('before the return {claim}', claim=c.escape(field.last_version or '—'))}")
    if said:
        st.caption(" · ".join(said))


def _verdict_form(screen: Screen, shown: ReviewScreen, reviewed: CheckpointReview) -> None:
    t, name = screen.t, f"verdict-{shown.version.id}-{reviewed.checkpoint_id}"
    with st.form(name, border=False):
        start = VERDICTS.index(reviewed.verdict) if reviewed.verdict else None
        verdict = st.radio(
            t("Verdict"), VERDICTS, index=start, format_func=lambda value: t(_VERDICTS[value]), horizontal=True, key=f"{name}-verdict"
        )
        actual = st.text_input(
            t("Accepted quantity ({unit})", unit=c.escape(reviewed.claim["unit"])), key=f"{name}-actual",
            value=quantity_text(reviewed.accepted) if reviewed.accepted is not None else reviewed.claim["actual"],
        )  # fmt: skip
        remark = st.text_area(t("Remark"), value=reviewed.remark, key=f"{name}-remark", height=80)
        given = st.form_submit_button(t("Record the verdict"))
    if not given:
        return
    with c.attempt(screen, names=_NAMES) as outcome:
        record_verdict(
            screen.ctx, report_id=shown.state.row.id, checkpoint_id=reviewed.checkpoint_id, verdict=verdict or "", actual=actual or "",
            remark=remark or "", key=form_key(f"{name}-{verdict}-{actual}-{remark}-{reviewed.given_at}"),
        )  # fmt: skip
    if outcome.ok:
        c.say_after_rerun(t("The verdict is recorded."))
        st.rerun()


# --- Decision -----------------------------------------------------------------------------------------------------------------


def _decision(screen: Screen, shown: ReviewScreen) -> None:
    t = screen.t
    c.subheading(screen, "Decision")
    if not shown.may_review:
        status = shown.state.row.status
        said = {
            "accepted": "This report is accepted.",
            "returned": "This report was returned; the project is working on its answer.",
        }.get(status, "You cannot review this report: you are on the project, or it is not yours to decide.")
        st.info(t(said), icon=":material/info:")
        return
    accepting, returning = st.tabs([t("Accept"), t("Return with comments")])
    with accepting:
        _accept(screen, shown)
    with returning:
        _return(screen, shown)


def _accept(screen: Screen, shown: ReviewScreen) -> None:
    t, row = screen.t, shown.state.row
    said = [t("The duty is settled and the project is told nothing more about it. This cannot be taken back.")]
    if row.o_discharged_by == "external" and row.o_discharged_on is None:
        said = [t("Accepted here, the duty stays listed until the funder's own receipt is recorded.")]
    unjudged = sum(reviewed.verdict is None for reviewed in shown.checkpoints)
    if unjudged:
        said.append(t("{n} checkpoints have no verdict yet; they count as not reached in the office's attainment.", n=unjudged))
    agreed = c.confirm(screen, f"accept-{row.id}-{row.version}", t("Accept the report"), "\n\n".join(said), yes=t("Accept now"), main=True)
    if not agreed:
        return
    with c.attempt(screen) as outcome:
        accept_report(screen.ctx, report_id=row.id, expected_version=row.version, key=form_key(f"accept-{row.id}-{row.version}"))
    if outcome.ok:
        c.say_after_rerun(t("The report is accepted."))
        st.rerun()


def _return(screen: Screen, shown: ReviewScreen) -> None:
    """Comments by section, a day, and the consequences before it happens."""
    t, row = screen.t, shown.state.row
    name = f"return-{row.id}-{row.version}"
    st.caption(t("Comment where something is missing. Only commented sections open again."))
    comments: dict[str, str] = {}
    for section in shown.state.form.sections:
        # Kept while she looks something up on another screen.
        comments[section.id] = (
            st.text_area(t.pick(section.title.zh, section.title.en), key=f"{name}-{section.id}", height=80, persist_state="session") or ""
        )
    reply_by = st.date_input(
        t("Answer by"), value=_proposed(screen), min_value=shown.earliest_reply_on, key=f"{name}-by", format="YYYY-MM-DD",
        persist_state="session",
    )  # fmt: skip
    st.caption(c.date_text(reply_by))
    for problem in reply_day_problems(screen.ctx, reply_by, row.p_county):
        st.caption(f":orange[:material/warning: {t(problem.msgid, **problem.params)}]")
    named = [section.id for section in shown.state.form.sections if comments[section.id].strip()]
    if not named:
        st.button(
            t("Return the report"),
            key=f"{name}-off",
            disabled=True,
            help=t("Comment on at least one section: only commented sections open again."),
        )
        return
    titles = t.pick("、", ", ").join(section_title(screen, shown.state.form, section) for section in named)
    said = [
        t("The project may change: {sections}.", sections=titles),
        t("It has to answer by {day}, with reminders of its own. The report itself keeps its first submission.", day=c.date_text(reply_by)),
    ]
    if c.confirm(screen, name, t("Return the report"), " ".join(said), yes=t("Return now")):
        _send_back(screen, shown, comments, reply_by, name)


def _send_back(screen: Screen, shown: ReviewScreen, comments: dict[str, str], reply_by: date, name: str) -> None:
    row = shown.state.row
    with c.attempt(
        screen, names=_NAMES | {section.id: screen.t.pick(section.title.zh, section.title.en) for section in shown.state.form.sections}
    ) as outcome:
        return_report(
            screen.ctx, report_id=row.id, expected_version=row.version, comments=comments, reply_by=reply_by,
            key=form_key(f"{name}-{reply_by}-{hash(tuple(sorted(comments.items())))}"),
        )  # fmt: skip
    if outcome.ok:
        c.say_after_rerun(screen.t("The report is returned. The project has until {day}.", day=c.date_text(reply_by)))
        st.rerun()


def _proposed(screen: Screen) -> date:
    """Two weeks from today, moved to a working day."""
    return screen.ctx.calendar.next_working(screen.ctx.today + _FIRST_REPLY)
