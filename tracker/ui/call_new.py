"""A new call: what and by when, who is asked, the form, and what would happen, before anything goes out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from tracker.notify import wording
from tracker.services.data_call_board import earlier_forms
from tracker.services.data_call_forms import FormEntry, entry_of, templates
from tracker.services.data_call_selection import (
    EVERY_PROJECT,
    Candidate,
    CheckpointState,
    ProgrammeChoice,
    ProjectState,
    Selection,
    candidates,
    programme_choices,
)
from tracker.services.data_calls import CallEntry, CallPreview, issue_call, preview_call
from tracker.services.documents import CALL_PURPOSE
from tracker.services.policy import Act
from tracker.ui import call_draft, call_form
from tracker.ui.attachments import file_field, keep_file
from tracker.ui.call_preview import show_form
from tracker.ui.components import attempt, date_text, empty_state, escape, found, heading, say_after_rerun, subheading
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key
from tracker.ui.pages import go, link

FORM = "call-new"
_PREVIEWED = "call-previewed"
NAMES = {
    "title_zh": "What the call asks for, in Chinese", "title_en": "What the call asks for, in English", "due_on": "Answers by",
    "letter_number": "Letter number", "note": "Notes for the projects", "label": "Short name", "form": "The form",
    "selection": "Who is asked", "document_id": "The letter (file)", "file": "The letter (file)", "reason": "Reason", "how": "How it ends",
}  # fmt: skip
STATE_MSGIDS = {
    ProjectState.NOT_STARTED: "not begun yet",
    ProjectState.RUNNING: "running",
    ProjectState.PAST_END: "past its last day, not closed",
}
CHECKPOINT_MSGIDS = {
    CheckpointState.BEHIND: "behind: a planned checkpoint is not reached",
    CheckpointState.SOON: "a checkpoint within 60 days",
    CheckpointState.ON_TRACK: "no checkpoint behind",
    CheckpointState.NONE: "without checkpoints",
}


def render(screen: Screen) -> None:
    """The whole page."""
    heading(screen, "Issue a call")
    link(screen, "calls", label=screen.t("All calls"), icon=":material/arrow_back:")
    offered = programme_choices(screen.ctx)
    if not offered:
        empty_state(screen, "There is no programme here to issue a call in.", "Calls are issued by the office of a programme.")
        return
    programme = _programme(screen, offered)
    if not call_draft.ready(screen, programme.programme_id):
        return
    with found(screen):
        everybody = candidates(screen.ctx, programme.programme_id)
    kept = st.empty()
    subheading(screen, "1. What, and by when")
    values = _what(screen)
    chosen_file = file_field(screen, "The letter (file)", FORM)
    subheading(screen, "2. Who is asked")
    selection = _who(screen, everybody)
    subheading(screen, "3. The form")
    form = _form(screen, programme.programme_id)
    entry = CallEntry(programme_id=programme.programme_id, form=form, selection=selection, **values)
    call_draft.keep(screen, entry, kept)
    subheading(screen, "4. Look at it, then issue it")
    _issue(screen, entry, chosen_file)


def _programme(screen: Screen, offered: Sequence[ProgrammeChoice]) -> ProgrammeChoice:
    titles = {one.programme_id: screen.t.pick(one.title_zh, one.title_en) for one in offered}
    chosen = st.selectbox(screen.t("Programme"), list(titles), key="call-programme", format_func=lambda one: titles[one])
    return next(one for one in offered if one.programme_id == chosen)


def _what(screen: Screen) -> dict[str, Any]:
    t = screen.t
    with st.container(horizontal=True):
        zh = st.text_input(t("What the call asks for, in Chinese"), key="call-title-zh", placeholder="115 年第 3 季執行情形調查")
        en = st.text_input(t("What the call asks for, in English"), key="call-title-en")
    with st.container(horizontal=True):
        due = st.text_input(t("Answers by"), key="call-due", placeholder="115-09-30 / 2026-09-30",
                            help=t("Either calendar; 民國 years have three digits. Tomorrow at the earliest."))  # fmt: skip
        letter = st.text_input(t("Letter number"), key="call-letter")
        label = st.text_input(t("Short name"), key="call-label", placeholder="115-q3",
                              help=t("For exports and keys: small letters, digits, hyphens. Made up where it is empty."))  # fmt: skip
    note = st.text_area(t("Notes for the projects"), key="call-note", height=90)
    return {"title_zh": zh, "title_en": en, "due_on": due, "letter_number": letter, "label": label, "note": note}


def _who(screen: Screen, everybody: Sequence[Candidate]) -> Selection:
    t = screen.t
    ways = {"all": t("every active project"), "filter": t("those that fit a filter"), "some": t("some by name")}
    way = st.radio(t("Who is asked"), list(ways), key="call-way", horizontal=True, format_func=ways.__getitem__)
    selection = EVERY_PROJECT
    if way == "filter":
        selection = _filter(screen, everybody)
    elif way == "some":
        names = {one.project_id: f"{one.code} {t.pick(one.title_zh, one.title_en)}" for one in everybody}
        call_draft.only_offered(call_draft.PROJECTS, names)
        chosen = st.multiselect(
            t("Projects"), list(names), key="call-projects", format_func=lambda one: names[one], placeholder=t("Choose")
        )
        if not chosen:
            st.caption(t("Choose at least one project."))
            return Selection(projects=(0,))
        selection = Selection(projects=tuple(chosen))
    fitting = sum(one.fits(selection) for one in everybody)
    st.caption(t("{n} of {all} active projects fit. Closed ones are never asked.", n=fitting, all=len(everybody)))
    return selection


def _filter(screen: Screen, everybody: Sequence[Candidate]) -> Selection:
    t = screen.t
    officers = {one.officer_id: one.officer for one in everybody if one.officer_id is not None}

    def box(label: str, name: str, options: dict[Any, str]) -> tuple[Any, ...]:
        call_draft.only_offered(f"call-by-{name}", options)
        chosen = st.multiselect(t(label), list(options), key=f"call-by-{name}", format_func=lambda one: options[one], placeholder=t("All"))
        return tuple(chosen)

    def same(values: set[str]) -> dict[str, str]:
        return {value: value for value in sorted(values) if value}

    with st.grid(min_column_width=240, key="call-filters"):
        return Selection(
            years=box(
                "Project year today", "year", {n: t("year {year}", year=n) for n in sorted({one.year for one in everybody if one.year})}
            ),
            states=box("Stands in its term", "state", {one.value: t(words) for one, words in STATE_MSGIDS.items()}),
            organisations=box("Organisation", "organisation", same({one.organisation for one in everybody})),
            counties=box("County", "county", same({one.county for one in everybody})),
            officers=box("Officer in charge", "officer", officers),
            checkpoints=box("Checkpoints", "checkpoint", {one.value: t(words) for one, words in CHECKPOINT_MSGIDS.items()}),
        )


def _form(screen: Screen, programme_id: int) -> FormEntry:
    t = screen.t
    with found(screen):
        earlier = earlier_forms(screen.ctx, programme_id)
    starts = {one.id: (t.pick(one.words.zh, one.words.en), one.entry) for one in templates()}
    starts |= {f"call-{number}": (t("copy of {title}", title=t.pick(zh, en)), entry_of(form)) for number, zh, en, form in earlier}
    if not call_form.is_started():
        call_form.start_with(starts["question"][1])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(t("Start with"), list(starts), key="call-start", format_func=lambda one: starts[one][0], width=340)
        st.button(t("Use this form"), key="call-start-put", icon=":material/download_for_offline:",
                  help=t("It takes the place of the form below."), on_click=call_form.start_with, args=(starts[chosen][1],))  # fmt: skip
    return call_form.builder(screen)


def _issue(screen: Screen, entry: CallEntry, chosen_file: Any) -> None:
    t = screen.t
    if st.button(t("Show what would happen"), key="call-preview", icon=":material/visibility:"):
        st.session_state[_PREVIEWED] = entry
    if st.session_state.get(_PREVIEWED) != entry:
        if _PREVIEWED in st.session_state:
            st.info(t("Something was changed since you looked. Look again before you issue it."), icon=":material/edit:")
        return
    with attempt(screen, names=NAMES) as outcome:
        preview = preview_call(screen.ctx, entry)
    if not outcome.ok:
        return
    show_preview(screen, preview)
    if not st.button(t("Issue to {n} projects", n=len(preview.projects)), key="call-issue", type="primary", icon=":material/send:"):
        return
    with attempt(screen, names=NAMES) as outcome:
        document_id = keep_file(screen, chosen_file, FORM, purpose=CALL_PURPOSE, act=Act.ISSUE_CALL, programme_id=entry.programme_id)
        issued = issue_call(screen.ctx, entry.with_document(document_id), project_ids=preview.project_ids, key=form_key(FORM))
    if outcome.ok:
        renew_key(FORM)
        st.session_state.pop(_PREVIEWED, None)
        call_draft.forget()
        said = t("The call is issued: {n} projects are asked, {mails} mails go out.", n=len(issued.keys), mails=issued.mails)
        say_after_rerun(said)
        go(screen, "call", call=issued.call_id)


def show_preview(screen: Screen, preview: CallPreview) -> None:
    """Who is asked, by which day, and what goes out; the form as the projects will see it."""
    t = screen.t
    weekday = t.pick(preview.day.zh, preview.day.en)
    st.markdown(t("**{n} projects** owe an answer by **{day}**, {weekday}.", n=len(preview.projects), day=date_text(preview.due_on),
                  weekday=escape(weekday)))  # fmt: skip
    if not preview.working_day:
        safe = date_text(preview.projects[0].file_by)
        st.warning(t("That is no working day: the last safe day to file is {safe}.", safe=safe), icon=":material/event_busy:")
    if preview.provisional:
        st.caption(t("The official calendar for that year is not out yet; the day may move."))
    for problem in preview.warnings:
        st.warning(t(problem.msgid, **problem.params), icon=":material/content_copy:")
    if preview.left_out:
        codes = "、".join(one.code for one in preview.left_out)
        said = t("Not asked, because you are on them yourself: {codes}. Another officer has to ask them.", codes=escape(codes))
        st.warning(said, icon=":material/person_off:")
    st.markdown(t("{n} mails and inbox entries go out at once.", n=preview.mails))
    later = t.pick("、", "; ").join(f"{wording.stage_text(t, stage)} {date_text(day)}" for stage, day in preview.later)
    if later:
        st.caption(t("Whoever has not answered is reminded: {stages}.", stages=later))
    alone = [one.code for one in preview.projects if one.nobody_on_it]
    if alone:
        said = t("Nobody of these projects has an account that is on; the office is told instead: {codes}.", codes=escape("、".join(alone)))
        st.warning(said, icon=":material/no_accounts:")
    with st.expander(t("Which projects ({n})", n=len(preview.projects)), icon=":material/folder_open:"):
        st.dataframe(
            [
                {t("Project"): one.code, t("Title"): t.pick(one.title_zh, one.title_en), t("Organisation"): one.organisation,
                 t("File by"): date_text(one.file_by), t("Told"): len(one.told), t("Officer"): one.officer}
                for one in preview.projects
            ],
            hide_index=True, key="call-preview-projects", alt=t("{n} rows", n=len(preview.projects)),
        )  # fmt: skip
    with st.expander(t("The form as the projects will see it"), icon=":material/preview:"):
        show_form(screen, preview.form, "call-shown")
