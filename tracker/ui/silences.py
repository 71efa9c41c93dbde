"""Silences and pauses: what runs, what comes and what is over; a form with a look ahead before anything is held back."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from tracker.domain.ladder import STAGES
from tracker.notify import wording
from tracker.services.errors import Invalid, NotFound, Problem
from tracker.services.projects import project_header
from tracker.services.silence_changes import (
    LONGEST,
    ROLES,
    Preview,
    ProgrammeChoice,
    SilenceEntry,
    make_silence,
    person_to_silence,
    preview_silence,
    silenceable_programmes,
)
from tracker.services.silences import silence_list
from tracker.ui import silence_cards
from tracker.ui.components import attempt, confirm, date_text, empty_state, escape, found, say_after_rerun, subheading
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key
from tracker.ui.ladder import KIND_MSGIDS
from tracker.ui.moment_field import moment_field

_FORM = "silence-new"
FIELDS = {
    "programme_id": "Programme",
    "project_id": "Code of the project",
    "obligation_kind": "Kind of obligation",
    "stage": "Stage",
    "role": "Role",
    "person": "E-mail address of one person",
    "from_at": "Beginning",
    "until_at": "End",
    "reason": "Reason",
    "silence": "Silence",
    "kind": "Sort",
}


def show(screen: Screen) -> None:
    """What holds mails now, what will, the form, and what is over."""
    t = screen.t
    with found(screen):
        rows = silence_list(screen.ctx)
        choices = silenceable_programmes(screen.ctx)
    st.caption(t("A silence delays mails and drops none: alerts stand in the ledger and in the inboxes, and no date moves."))
    running = [row for row in rows if row.state in ("running", "coming")]
    with st.container():  # a place of its own: where one comes or runs out, the form below stays where it is
        if not running:
            means = "Give one below." if choices else "A chief or an administrator gives one here; a project is paused on its own page."
            empty_state(screen, "No mail is held back.", means)
        for row in running:
            silence_cards.card(screen, row)
    if choices:
        with st.expander(t("Hold mails back"), icon=":material/notifications_paused:", expanded=not running):
            _form(screen, choices)
    past = [row for row in rows if row.state in ("over", "lifted")]
    if past:
        subheading(screen, "Over")
        for row in past[:50]:
            silence_cards.card(screen, row)


def _form(screen: Screen, programmes: tuple[ProgrammeChoice, ...]) -> None:
    typed = _typed(screen, programmes)
    with attempt(screen, names=FIELDS) as outcome:
        entry, shown = _looked_ahead(screen, typed)
    if not outcome.ok:
        return
    show_preview(screen, shown)
    t = screen.t
    told = t("Mails held at once: {n}, and every other that matches until the end. Nothing is lost, and no date moves.", n=shown.mails)
    if confirm(screen, _FORM, t("Hold them back"), told, main=True):
        name = f"{_FORM}-{entry}"
        with attempt(screen, names=FIELDS) as outcome:
            make_silence(screen.ctx, entry, key=form_key(name))
        if outcome.ok:
            renew_key(name)
            for field in ("reason", "email", "project"):
                st.session_state.pop(f"{_FORM}-{field}", None)
            say_after_rerun(t("The mails are held back until the end."))
            st.rerun()


@dataclass(frozen=True)
class _Typed:
    """The form as it stands; `entry` is None where a day is none, which `problems` say."""

    entry: SilenceEntry | None
    project: str
    email: str
    problems: list[Problem]


def _looked_ahead(screen: Screen, typed: _Typed) -> tuple[SilenceEntry, Preview]:
    """The entry with the project and the person that were named, and what it would do. Raises what the services raise."""
    entry = typed.entry
    if entry is None or typed.problems:
        raise Invalid(typed.problems)
    if typed.email:
        entry = replace(entry, person_id=person_to_silence(screen.ctx, typed.email, programme_id=entry.programme_id))
    if not typed.project:
        return entry, preview_silence(screen.ctx, entry)
    try:
        entry = replace(entry, project_id=project_header(screen.ctx, typed.project).project_id)
        return entry, preview_silence(screen.ctx, entry)
    except NotFound as none:
        msgid = "There is no project {code} in this programme." if entry.programme_id else "There is no project {code}."
        raise Invalid([Problem("project_id", msgid, {"code": typed.project[:40]})]) from none


def _typed(screen: Screen, programmes: tuple[ProgrammeChoice, ...]) -> _Typed:
    """What is typed, and what of it is no day."""
    t = screen.t
    titles = {one.programme_id or 0: t.pick(one.title_zh, one.title_en) or t("every programme") for one in programmes}
    with st.grid(min_column_width=240, key="silence_form"):
        where = st.selectbox(t("Programme"), list(titles), key=f"{_FORM}-programme", format_func=titles.__getitem__)
        project = st.text_input(t("Code of the project"), key=f"{_FORM}-project", help=t("Empty: every project.")).strip()
        kind = _any_of(screen, "Kind of obligation", {str(one): t(name) for one, name in KIND_MSGIDS.items()}, t("every kind"))
        stage = _any_of(screen, "Stage", {one: wording.stage_text(t, one) for one in STAGES}, t("every stage"))
        role = _any_of(screen, "Role", {str(one): t(silence_cards.ROLE_MSGIDS[str(one)]) for one in ROLES}, t("every role"))
        email = st.text_input(t("E-mail address of one person"), key=f"{_FORM}-email", help=t("Empty: everybody.")).strip()
    later = st.checkbox(t("It begins later"), key=f"{_FORM}-later")
    problems: list[Problem] = []
    begins = moment_field(screen, "Beginning", f"{_FORM}-from", "from_at", problems, days=0, hour=18) if later else None
    until = moment_field(screen, "End", f"{_FORM}-until", "until_at", problems, days=1)
    st.caption(t("At the longest {n} days. At the end each reader gets one mail with what then still holds.", n=LONGEST.days))
    reason = st.text_area(t("Reason"), key=f"{_FORM}-reason", height=80, help=t("Everybody who sees the silence reads it."))
    if until is None:
        return _Typed(None, project, email, problems)
    entry = SilenceEntry(until, reason, programme_id=where or None, obligation_kind=kind, stage=stage, role=role, from_at=begins)
    return _Typed(entry, project, email, problems)


def _any_of(screen: Screen, label: str, names: dict[str, str], every: str) -> str | None:
    chosen = st.selectbox(screen.t(label), ["", *names], key=f"{_FORM}-{label}", format_func=lambda one: names[one] if one else every)
    return chosen or None


def show_preview(screen: Screen, shown: Preview) -> None:
    """What a silence would hold now, and the duties whose day falls inside: a warning with each of them by name."""
    t = screen.t
    if shown.mails:
        names = t.pick("、", ", ").join(escape(name) for name in shown.people)
        more = t(" and {n} more", n=shown.people_count - len(shown.people)) if shown.people_count > len(shown.people) else ""
        st.markdown(t("Waiting mails that would be held: {n}, to {people}.", n=shown.mails, people=names + more))
    else:
        st.caption(t("No mail that waits now would be held; those to come would."))
    if shown.days:
        lines = [f"- {date_text(day.due_on)} · {escape(t.pick(day.title_zh, day.title_en))} ({escape(day.project)})" for day in shown.days]
        left = [t("and {n} more", n=shown.days_count - len(shown.days))] if shown.days_count > len(shown.days) else []
        head = t(
            "**Duties that fall due while mails are held: {n}. Their days do not move, and nobody is reminded of them:**",
            n=shown.days_count,
        )
        st.warning("\n".join([head, "", *lines, *left]), icon=":material/event_busy:")
