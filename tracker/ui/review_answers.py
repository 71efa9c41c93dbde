"""The office's answer: accept, perhaps on conditions; return named sections; or, as the exception, open everything again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import streamlit as st

from tracker.domain.minguo import roc
from tracker.notify.wording import period_text
from tracker.services.day_fields import read_day
from tracker.services.errors import Invalid, Problem
from tracker.services.meeting_views import people_for
from tracker.services.report_order import OutOfOrder
from tracker.services.report_review import ReviewScreen
from tracker.services.review_decisions import CONDITIONS_MOST, Condition, accept_report, reset_report, return_report
from tracker.services.review_replies import reply_day_problems
from tracker.ui import components as c
from tracker.ui.day_field import day_field
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key
from tracker.ui.pages import link
from tracker.ui.report_words import label_text, section_title, words

_NAMES = {"reply_by": "Answer by", "comments": "Comments", "remark": "Remark", "reason": "Reason", "conditions": "Conditions"}
_PARTS = {"body": "what is to be done", "due_on": "due day", "owner_id": "owner", "side": "who has to do it"}


def decide(screen: Screen, shown: ReviewScreen) -> None:
    """The tabs of who decides."""
    accepting, returning = st.tabs([screen.t("Accept"), screen.t("Return with comments")])
    with accepting:
        _accept(screen, shown)
    with returning:
        send_back(screen, shown)


def _accept(screen: Screen, shown: ReviewScreen) -> None:
    t, row = screen.t, shown.state.row
    name = f"accept-{row.id}-{row.version}"
    conditions = _conditions(screen, shown, name)
    said = [t("The duty is settled and the project is told nothing more about it. This cannot be taken back.")]
    if row.o_discharged_by == "external" and row.o_discharged_on is None:
        said = [t("Accepted here, the duty stays listed until the funder's own receipt is recorded.")]
    unjudged = sum(reviewed.verdict is None for reviewed in shown.checkpoints)
    if unjudged:
        said.append(t("{n} checkpoints have no verdict yet; they count as not reached in the office's attainment.", n=unjudged))
    asked = sum(bool(one.body.strip()) for one in conditions)
    if asked:
        said.append(t("{n} conditions become action items of the project, with reminders until they are closed.", n=asked))
    if not c.confirm(screen, name, t("Accept the report"), "\n\n".join(said), yes=t("Accept now"), main=True):
        return
    names = _NAMES | {
        f"conditions:{n}:{part}": t("Condition {n}: {part}", n=n, part=t(msgid))
        for n in range(1, len(conditions) + 1)
        for part, msgid in _PARTS.items()
    }
    with c.attempt(screen, names=names) as outcome:
        accept_report(
            screen.ctx, report_id=row.id, expected_version=row.version, conditions=tuple(conditions),
            key=form_key(f"{name}-{hash(tuple(conditions))}"),
        )  # fmt: skip
    if outcome.ok:
        c.say_after_rerun(t("The report is accepted."))
        st.rerun()
    elif isinstance(outcome.error, OutOfOrder):
        _earlier(screen, shown, outcome.error)


def _earlier(screen: Screen, shown: ReviewScreen, refused: OutOfOrder) -> None:
    """What comes first, each by its name, and where it can be waived or skipped."""
    t = screen.t
    for one in refused.earlier:
        thing = t.pick(one.title_zh, one.title_en)
        period = period_text(t, one.period_label)
        st.markdown("- " + c.escape(t("{title}, {period}", title=thing, period=period) if period else thing))
    link(screen, "project", project=shown.state.row.p_code, label=t("To the project's page: waive or skip there, with a reason"),
         icon=":material/arrow_forward:")  # fmt: skip


def _conditions(screen: Screen, shown: ReviewScreen, name: str) -> list[Condition]:
    """Rows of what the project still has to do; none to begin with."""
    t, slot = screen.t, f"{name}-conditions"
    many = st.session_state.setdefault(slot, 0)
    people = {one.person_id: one.name for one in people_for(screen.ctx, shown.state.row.project_id, "project")} if many else {}
    rows = []
    for n in range(1, many + 1):
        with st.container(border=True, key=f"{name}-condition-{n}"):
            st.caption(t("Condition {n}", n=n))
            body = st.text_area(t("What is to be done"), key=f"{name}-{n}-body", height=80, persist_state="session") or ""
            owner = st.selectbox(
                t("Owner"), [0, *people], key=f"{name}-{n}-owner", format_func=lambda one: people.get(one) or t("the project as a whole")
            )
            rows.append(Condition(body, day_field(screen, "Due day", f"{name}-{n}-due"), owner or None))
    with st.container(horizontal=True):
        if many < CONDITIONS_MOST:
            st.button(t("Add a condition"), key=f"{name}-more", icon=":material/add:", on_click=_count, args=(slot, many + 1))
        if many:
            st.button(t("Take the last one away"), key=f"{name}-less", icon=":material/remove:", on_click=_count, args=(slot, many - 1))
    return rows


def _count(slot: str, many: int) -> None:
    st.session_state[slot] = many


# --- Return -----------------------------------------------------------------------------------------------------------------------


def send_back(screen: Screen, shown: ReviewScreen) -> None:
    """Comments by section, remarks on fields that go along, a day, and the consequences before it happens."""
    t, row = screen.t, shown.state.row
    name = f"return-{row.id}-{row.version}"
    st.caption(t("Comment where something is missing. Only commented sections open again."))
    comments: dict[str, str] = {}
    for section in shown.state.form.sections:
        # Kept while she looks something up on another screen.
        comments[section.id] = (
            st.text_area(words(screen, section.title), key=f"{name}-{section.id}", height=80, persist_state="session") or ""
        )
    chosen = _chosen(screen, shown, name)
    reply_by = _reply_by(screen, shown, name)
    opened = {one.section for one in shown.comments if one.id in chosen}
    named = [section.id for section in shown.state.form.sections if comments[section.id].strip() or section.id in opened]
    if not named or reply_by is None:
        first = "Comment on at least one section: only commented sections open again." if not named else "Put the day of the answer right."
        st.button(t("Return the report"), key=f"{name}-off", disabled=True, help=t(first))
    else:
        titles = t.pick("、", ", ").join(section_title(screen, shown.state.form, section) for section in named)
        said = [t("The project may change: {sections}.", sections=titles), _what_follows(screen, reply_by)]
        if c.confirm(screen, name, t("Return the report"), " ".join(said), yes=t("Return now")):
            _return(screen, shown, comments, chosen, reply_by, name)
    _reset(screen, shown, reply_by)


def _what_follows(screen: Screen, reply_by: date) -> str:
    return screen.t(
        "It has to answer by {day}, with reminders of its own. The report itself keeps its first submission.", day=c.date_text(reply_by)
    )


def _chosen(screen: Screen, shown: ReviewScreen, name: str) -> list[int]:
    """Which remarks on fields go along: all of them unless one is taken out."""
    t = screen.t
    ready = [one for one in shown.comments if one.id in shown.sendable]
    if not ready:
        return []
    titles = {field.field: label_text(screen, field.label) for field in shown.fields}
    st.markdown(t("**Remarks that go along** (the project reads them at the field, without names)"))
    chosen = []
    for one in ready:
        place = titles.get(one.field) or section_title(screen, shown.state.form, one.section)
        who = t("panel") if one.panel else c.escape(one.author)
        if st.checkbox(f"{place}: {c.escape(one.body)} :gray[({who})]", value=True, key=f"{name}-send-{one.id}-{one.version}"):
            chosen.append(one.id)
    return chosen


def _reply_by(screen: Screen, shown: ReviewScreen, name: str) -> date | None:
    """The day of the answer as typed: two weeks to begin with, and as many working days more as the office was late itself.

    None where nothing can be sent, which is said below the field.
    """
    t = screen.t
    problems: list[Problem] = []
    typed = day_field(screen, "Answer by", f"{name}-by", roc(shown.proposed_reply_on), keep=True)
    reply_by = read_day("reply_by", typed, problems)
    if shown.clock is not None and shown.clock.late:
        said = t("The office is {n} working days over its promise, so the proposed day lies {n} working days later.", n=shown.clock.over)
        st.caption(f":blue[:material/more_time: {said}]")
    if reply_by is not None:
        problems = reply_day_problems(screen.ctx, reply_by, shown.state.row.p_county)
    wrong = [one for one in problems if one.severity == "error"]
    if wrong:
        c.show_error(screen, Invalid(wrong), names=_NAMES)
        return None
    for problem in problems:
        st.caption(f":orange[:material/warning: {t(problem.msgid, **problem.params)}]")
    return reply_by


def _return(
    screen: Screen, shown: ReviewScreen, comments: Mapping[str, str], chosen: list[int], reply_by: date, name: str
) -> None:  # fmt: skip
    row = shown.state.row
    names = _NAMES | {section.id: screen.t.pick(section.title.zh, section.title.en) for section in shown.state.form.sections}
    with c.attempt(screen, names=names) as outcome:
        return_report(
            screen.ctx, report_id=row.id, expected_version=row.version, comments=comments, reply_by=reply_by, field_comments=chosen,
            key=form_key(f"{name}-{reply_by}-{chosen}-{hash(tuple(sorted(comments.items())))}"),
        )  # fmt: skip
    _said(screen, outcome, reply_by)


def _reset(screen: Screen, shown: ReviewScreen, reply_by: date | None) -> None:
    """The exception, folded away."""
    t, row = screen.t, shown.state.row
    name = f"reset-{row.id}-{row.version}"
    with st.expander(t("The whole report has to be written again (exception)")):
        st.caption(t("Every section opens again. What was handed in stays readable, and the report keeps its first submission."))
        reason = st.text_area(t("Reason"), key=f"{name}-reason", height=80, persist_state="session") or ""
        if reply_by is None:
            st.button(t("Open everything again"), key=f"{name}-off", disabled=True, help=t("Put the day of the answer right."))
            return
        said = f"{t('The project may change everything.')} {_what_follows(screen, reply_by)}"
        if not c.confirm(screen, name, t("Open everything again"), said, yes=t("Open it now"), disabled=not reason.strip()):
            return
        with c.attempt(screen, names=_NAMES) as outcome:
            reset_report(
                screen.ctx, report_id=row.id, expected_version=row.version, reason=reason, reply_by=reply_by,
                key=form_key(f"{name}-{reply_by}-{reason}"),
            )  # fmt: skip
        _said(screen, outcome, reply_by)


def _said(screen: Screen, outcome: c.Outcome, reply_by: date) -> None:
    if outcome.ok:
        c.say_after_rerun(screen.t("The report is returned. The project has until {day}.", day=c.date_text(reply_by)))
        st.rerun()
