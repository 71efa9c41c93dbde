"""The forms of an outcome: recorded, corrected, withdrawn, checked. Which fields are asked follows from its kind."""

from __future__ import annotations

import streamlit as st
from sqlalchemy import Row

from tracker.domain.minguo import roc
from tracker.services.outcome_entries import ANSWERS, NUMBERS, PUBLISHED, STAGES, OutcomeEntry
from tracker.services.outcome_views import OutcomePage
from tracker.services.outcomes import FOUND, check_outcome, edit_outcome, record_outcome, withdraw_outcome
from tracker.services.policy import Act
from tracker.ui import outcome_words as words
from tracker.ui.attachments import file_field, keep_file
from tracker.ui.components import attempt, confirm, escape, say_after_rerun
from tracker.ui.day_field import day_field
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key


def new(screen: Screen, page: OutcomePage) -> None:
    """An outcome that is not on the list yet."""
    name = f"outcome-new-{len(page.lines) + len(page.withdrawn)}-{page.project.id}"
    entry, upload = _fields(screen, page, name, None)
    if not st.button(screen.t("Record it"), key=f"{name}-save", type="primary"):
        return
    with attempt(screen, names=words.NAMES) as outcome:
        entry = _with_file(screen, page, name, entry, upload)
        record_outcome(screen.ctx, project_id=page.project.id, entry=entry, key=form_key(f"{name}-{hash(entry)}"))
    if outcome.ok:
        say_after_rerun(screen.t("The outcome is recorded."))
        st.rerun()


def edit(screen: Screen, page: OutcomePage, row: Row) -> None:
    """Correct an outcome, or take it off the list with a reason."""
    t, name = screen.t, f"outcome-edit-{row.id}-{row.version}"
    entry, upload = _fields(screen, page, name, row)
    if row.checked != "unchecked":
        st.caption(t("The office checks it anew after a correction."))
    if st.button(t("Save the correction"), key=f"{name}-save", type="primary"):
        with attempt(screen, names=words.NAMES) as outcome:
            entry = _with_file(screen, page, name, entry, upload)
            edit_outcome(screen.ctx, outcome_id=row.id, entry=entry, expected_version=row.version, key=form_key(f"{name}-{hash(entry)}"))
        if outcome.ok:
            say_after_rerun(t("The correction is saved."))
            st.rerun()
    st.divider()
    _withdraw(screen, row)


def _withdraw(screen: Screen, row: Row) -> None:
    t, name = screen.t, f"outcome-withdraw-{row.id}-{row.version}"
    reason = st.text_input(t("Reason"), key=f"{name}-reason", placeholder=t("for example: entered twice"))
    means = t("It leaves the list and every count; title and reason stay readable below.")
    if not confirm(screen, name, t("Withdraw it"), means):
        return
    with attempt(screen, names=words.NAMES) as outcome:
        key = form_key(f"{name}-{reason}")
        withdraw_outcome(screen.ctx, outcome_id=row.id, reason=reason or "", expected_version=row.version, key=key)
    if outcome.ok:
        say_after_rerun(t("It is withdrawn."))
        st.rerun()


def check(screen: Screen, row: Row) -> None:
    """What the office found of the acknowledgement and the evidence."""
    t, name = screen.t, f"outcome-check-{row.id}-{row.version}"
    labels = {"found_good": t("Acknowledgement and evidence are good"), "found_wanting": t("Something is wanting")}
    at = FOUND.index(row.checked) if row.checked in FOUND else None
    found = st.radio(t("What was found"), FOUND, index=at, key=f"{name}-found", format_func=labels.__getitem__, horizontal=True)
    note = st.text_area(t("Note for the project"), value=row.checked_note, key=f"{name}-note", height=80)
    if not st.button(t("Keep what was found"), key=f"{name}-save", type="primary"):
        return
    with attempt(screen, names=words.NAMES) as outcome:
        key = form_key(f"{name}-{found}-{note}")
        check_outcome(screen.ctx, outcome_id=row.id, found=found or "", note=note or "", expected_version=row.version, key=key)
    if outcome.ok:
        renew_key(name)
        say_after_rerun(t("It is kept."))
        st.rerun()


def _fields(screen: Screen, page: OutcomePage, name: str, row: Row | None) -> tuple[OutcomeEntry, object]:
    t = screen.t
    kinds = list(words.KINDS)
    kind = st.selectbox(
        t("Kind"), kinds, index=kinds.index(row.kind) if row else 0, key=f"{name}-kind", format_func=lambda k: t(words.KINDS[k][0])
    )
    title = st.text_input(t("Title"), value=row.title if row else "", key=f"{name}-title")
    stages = STAGES[kind]
    at = stages.index(row.stage) if row and row.stage in stages else 0
    stage = st.selectbox(t("How far it has come"), stages, index=at, key=f"{name}-stage-{kind}", format_func=lambda s: t(words.STAGES[s]))
    day = day_field(screen, "Day of this stage", f"{name}-day", roc(row.occurred_on) if row and row.occurred_on else "")
    left, right = st.columns(2)
    with left:
        people = st.text_input(t(words.PEOPLE.get(kind, "People")), value=row.people if row else "", key=f"{name}-people")
    with right:
        venue = st.text_input(t(words.VENUES[kind]), value=row.venue if row else "", key=f"{name}-venue")
    number_kind, number = _number(screen, name, kind, row)
    funder, project, printed = _acknowledgement(screen, page, name, (kind, stage), row)
    if row and row.document_id:
        st.caption(t("Kept file: {name}. Choosing another one replaces it.", name=escape(row.filename)))
    upload = file_field(screen, words.NAMES["document_id"], name)
    note = st.text_area(t("Note"), value=row.note if row else "", key=f"{name}-note", height=80)
    entry = OutcomeEntry(
        kind=kind, title=title or "", stage=stage, people=people or "", venue=venue or "", identifier_kind=number_kind, identifier=number,
        occurred_on=day or "", acknowledges_funder=funder, acknowledges_project=project, acknowledgement=printed,
        document_id=row.document_id if row else None, note=note or "",
    )  # fmt: skip
    return entry, upload


def _number(screen: Screen, name: str, kind: str, row: Row | None) -> tuple[str, str]:
    t, offered = screen.t, NUMBERS[kind]
    at = offered.index(row.identifier_kind) if row and row.identifier_kind in offered else 0
    sort = offered[0]
    if len(offered) > 1:
        sort = st.segmented_control(
            t("Kind of number"), offered, default=offered[at], key=f"{name}-sort-{kind}", format_func=lambda one: t(words.NUMBERS[one]),
        ) or offered[0]  # fmt: skip
    number = st.text_input(
        t(words.NUMBERS[sort]), value=row.identifier if row else "", key=f"{name}-number", placeholder=words.EXAMPLES[sort],
        help=t("Checked for its form only; copy it as it stands, with or without the address in front."),
    )  # fmt: skip
    return sort, number or ""


def _acknowledgement(screen: Screen, page: OutcomePage, name: str, at: tuple[str, str], row: Row | None) -> tuple[str, str, str]:
    t = screen.t
    names = "、".join((*page.rules.funder_names[:3], *page.rules.programme_names[:1], page.project.code))
    st.caption(t("A publication has to name the funder, and the programme or the project's number: {names}. Clause: {clause}",
                 clause=escape(page.rules.clause), names=escape(names)))  # fmt: skip
    answers = ANSWERS[:2] if at in PUBLISHED else ANSWERS
    given = []
    for field in ("acknowledges_funder", "acknowledges_project"):
        stood = getattr(row, field) if row else answers[-1]
        index = answers.index(stood) if stood in answers else None
        given.append(
            st.radio(t(words.NAMES[field]), answers, index=index, key=f"{name}-{field}-{len(answers)}", horizontal=True,
                     format_func=lambda one: t(words.ANSWERS[one])) or ""
        )  # fmt: skip
    printed = st.text_area(t(words.NAMES["acknowledgement"]), value=row.acknowledgement if row else "", key=f"{name}-printed", height=80)
    return given[0], given[1], printed or ""


def _with_file(screen: Screen, page: OutcomePage, name: str, entry: OutcomeEntry, upload: object) -> OutcomeEntry:
    kept = keep_file(screen, upload, name, purpose="outcome", act=Act.WRITE_OUTCOME, project_id=page.project.id)
    return entry if kept is None else OutcomeEntry(**{**entry.__dict__, "document_id": kept})
