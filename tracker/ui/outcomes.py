"""The outcomes of one project: what it has brought about, what of it deserves a second look, and the answer of every year."""

from __future__ import annotations

import streamlit as st

from tracker.services.outcome_views import NIL, RECORDED, OutcomeLine, OutcomePage, YearAnswer, outcome_page
from tracker.services.outcomes import declare_nil, withdraw_nil
from tracker.services.policy import Act
from tracker.services.project_choices import project_choices
from tracker.services.viewer import Role
from tracker.ui import outcome_form
from tracker.ui.attachments import download_link
from tracker.ui.components import attempt, confirm, date_text, empty_state, escape, found, instant_text, say_after_rerun, subheading
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key
from tracker.ui.outcome_words import CHECKED, KINDS, NAMES, NUMBERS, STAGES
from tracker.ui.pages import link, named_link

_OFFICE = frozenset({Role.OFFICER, Role.CHIEF, Role.AUDITOR})


def for_office(screen: Screen) -> bool:
    """Whether the page without a project is the office's list."""
    return bool(screen.viewer.roles & _OFFICE)


def chosen(screen: Screen) -> int | None:
    """The project of the address, or one that a member chooses among hers; None where the office's list is shown, or there is none."""
    wanted = screen.optional_id_param("project")
    if wanted is not None or for_office(screen):
        return wanted
    with found(screen):
        offered = project_choices(screen.ctx, Act.SEE_PROJECT, ended_too=True)
    if not offered:
        empty_state(screen, "You are on no project.", "Outcomes are kept with a project; ask the office to enter yours.")
        return None
    names = {one.project_id: f"{one.code} {screen.t.pick(one.title_zh, one.title_en)}" for one in offered}
    return st.selectbox(screen.t("Project"), list(names), key="outcomes-project", format_func=names.__getitem__)


def render(screen: Screen, project_id: int) -> None:
    """The years and their answers, the outcomes, and the form for another one."""
    with found(screen):
        page = outcome_page(screen.ctx, project_id)
    title = escape(screen.t.pick(page.project.title_zh, page.project.title_en))
    named_link(screen, "project", code=escape(page.project.code), title=title, project=page.project.code)
    if for_office(screen):
        link(screen, "outcomes", label=screen.t("All outcomes"), icon=":material/arrow_back:")
    show(screen, page)


def show(screen: Screen, page: OutcomePage) -> None:
    """Everything about one project's outcomes."""
    t = screen.t
    _years(screen, page)
    subheading(screen, "Recorded outcomes")
    if not page.lines:
        empty_state(
            screen, "No outcome is recorded yet.", "A paper, a patent, a licence, a product or a field trial goes here, with what shows it."
        )
    for line in page.lines:
        _line(screen, page, line)
    if page.may_write:
        with st.expander(t("Record an outcome"), icon=":material/add:", expanded=not page.lines):
            outcome_form.new(screen, page)
    if page.withdrawn:
        with st.expander(t("{n} withdrawn", n=len(page.withdrawn)), icon=":material/undo:"):
            for row in page.withdrawn:
                st.caption(f"~~{escape(row.title)}~~ · {instant_text(row.withdrawn_at)} · {escape(row.withdrawn_why)}")


# --- The answer of every year ------------------------------------------------------------------------------------------------


def _years(screen: Screen, page: OutcomePage) -> None:
    t = screen.t
    subheading(screen, "The answer of every year")
    until = (
        t("Asked for until {day}.", day=date_text(page.tracked_until))
        if page.tracked_until
        else t("The call states no end: asked for after closing too.")
    )
    st.caption(f"{until} {t('Clause: {clause}', clause=escape(page.rules.clause))}")
    with st.container(horizontal=True):
        for answer in page.years:
            _year(screen, page, answer)


def _year(screen: Screen, page: OutcomePage, answer: YearAnswer) -> None:
    t = screen.t
    said = {
        RECORDED: (t("{n} recorded", n=answer.count), "green", "check_circle"),
        NIL: (t("there were none"), "blue", "do_not_disturb_on"),
    }
    text, colour, icon = said.get(answer.state, (t("no answer yet"), "orange", "help"))
    with st.container(border=True, width="content", key=f"year-{answer.year}"):
        st.markdown(f"**{answer.year - 1911} ({answer.year})**")
        st.badge(text, color=colour, icon=f":material/{icon}:")
        if answer.declared_by:
            st.caption(escape(answer.declared_by))
        if page.may_write and answer.state != RECORDED:
            _nil(screen, page, answer)


def _nil(screen: Screen, page: OutcomePage, answer: YearAnswer) -> None:
    t, name = screen.t, f"nil-{page.project.id}-{answer.year}-{answer.state}"
    if answer.state == NIL:
        label, act, told = t("Take it back"), withdraw_nil, t("Taken back.")
        means = t("The year has no answer again until an outcome is recorded or it is said anew that there were none.")
    else:
        label, act, told = t("There were none"), declare_nil, t("It is kept: no outcome in {year}.", year=answer.year)
        means = t("The office sees that the project had no outcome in {year}. An outcome recorded later takes its place.", year=answer.year)
    if not confirm(screen, name, label, means):
        return
    with attempt(screen, names=NAMES) as outcome:
        act(screen.ctx, project_id=page.project.id, year=answer.year, key=form_key(name))
    if outcome.ok:
        renew_key(name)
        say_after_rerun(told)
        st.rerun()


# --- One outcome -----------------------------------------------------------------------------------------------------------------


def _line(screen: Screen, page: OutcomePage, line: OutcomeLine) -> None:
    t, row = screen.t, line.row
    with st.container(border=True, key=f"outcome-{row.id}"):
        facts(screen, line)
        if page.may_write:
            with st.expander(t("Correct or withdraw"), icon=":material/edit:"):
                outcome_form.edit(screen, page, row)
        if page.may_check:
            with st.expander(t("What the office found"), icon=":material/fact_check:"):
                outcome_form.check(screen, row)


def facts(screen: Screen, line: OutcomeLine) -> None:
    """What an outcome is, what its acknowledgement names, and what deserves a second look."""
    t, row = screen.t, line.row
    msgid, icon = KINDS[row.kind]
    state, colour, badge = CHECKED[row.checked]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(t(msgid), color="blue", icon=f":material/{icon}:")
        st.badge(t(STAGES[row.stage]), color="gray")
        st.badge(t(state), color=colour, icon=f":material/{badge}:")
    st.markdown(f"**{escape(row.title)}**")
    said = [escape(row.people), escape(row.venue), date_text(row.occurred_on) if row.occurred_on else ""]
    if row.identifier:
        said.append(f"{t(NUMBERS[row.identifier_kind or 'other'])} {escape(row.identifier)}")
    if any(said):
        st.caption(" · ".join(one for one in said if one))
    if row.acknowledgement:
        st.caption(t("Acknowledgement as printed") + ": " + escape(row.acknowledgement))
        if line.printed.complete:
            named = {"funder": escape(line.printed.funder), "project": escape(line.printed.project)}
            st.caption(":material/check: " + t("It names {funder} and {project}.", **named))
    for doubt in line.doubts:
        st.markdown(f":orange[:material/warning: {t(doubt.msgid, **doubt.params)}]")
    if line.shared:
        st.markdown(f":orange[:material/warning: {t('Another project of the programme reports the same number.')}]")
    if row.checked_note:
        said_by = {"who": escape(row.checker or ""), "at": instant_text(row.checked_at), "note": escape(row.checked_note)}
        st.info(t("The office ({who}, {at}): {note}", **said_by), icon=":material/comment:")
    if row.document_id is not None:
        download_link(screen, row.document_id, row.filename)
