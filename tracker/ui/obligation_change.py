"""The office gives one obligation a later day, waives or skips it, or takes that back: what it brings about first, then yes or no."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from sqlalchemy import Row

from tracker.notify.wording import stage_text
from tracker.services.errors import Problem
from tracker.services.obligation_changes import extend, reinstate, skip, waive
from tracker.services.obligation_previews import (
    ChangePreview,
    Choices,
    Later,
    MadeChange,
    choices,
    owed_days,
    preview_extension,
    preview_release,
)  # fmt: skip
from tracker.services.policy import Act
from tracker.ui.attachments import download_link, file_field, keep_file
from tracker.ui.components import attempt, confirm, date_text, escape, found, instant_text, say_after_rerun
from tracker.ui.day_field import day_field
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key
from tracker.ui.periods import title_text
from tracker.ui.words import date_and_safe_day

EXTEND, WAIVE, SKIP, BACK = "extend", "waive", "skip", "reinstate"
_OPEN = "change-open"
_LISTED = 3
_NAMES = {
    "new_due_on": "New last day", "reason": "Reason", "letter_number": "Letter number", "document_id": "The letter (file)",
    "file": "The letter (file)", "obligation_id": "Duty", "owed_days": "Working days owed",
}  # fmt: skip
_WHAT = {EXTEND: "Give it a later day", WAIVE: "Waive it", SKIP: "Skip this period", BACK: "Take the decision back"}
_DONE = {
    EXTEND: "It is extended; the project is told.",
    WAIVE: "It is waived; the project is told.",
    SKIP: "The period is skipped; the project is told.",
    BACK: "The decision is taken back; the project is told.",
}
_MADE = {EXTEND: "Extended", WAIVE: "Waived", SKIP: "Skipped", BACK: "Taken back"}
_ICONS = {EXTEND: "update", WAIVE: "do_not_disturb_on", SKIP: "skip_next", BACK: "undo"}
_VERBS = {WAIVE: waive, SKIP: skip}


def show_made(screen: Screen, made: Sequence[MadeChange]) -> None:
    """What the office changed about a duty, for everybody who sees it: the old day stays readable."""
    t = screen.t
    for one in made:
        days = ""
        if one.new_due_on is not None and one.old_due_on is not None and one.new_due_on != one.old_due_on:
            days = f": ~~{date_text(one.old_due_on)}~~ → **{date_text(one.new_due_on)}**"
        st.markdown(f":material/{_ICONS[one.kind]}: {t(_MADE[one.kind])}{days} · {escape(one.reason)}")
        facts = [escape(one.letter_number), escape(one.decided_by), instant_text(one.decided_at)]
        if one.owed_days:
            facts.append(t("{n} working days owed by the office", n=one.owed_days))
        st.caption(" · ".join(fact for fact in facts if fact))
        download_link(screen, one.document_id, one.filename)


def change_form(screen: Screen, row: Row) -> None:
    """For the office, below a duty: a button that opens the form; one form at a time."""
    t = screen.t
    if st.session_state.get(_OPEN) != row.id:
        label = t("Take it up again or change it") if row.status == "waived" else t("Extend, waive or skip")
        st.button(label, key=f"change-{row.id}", icon=":material/edit_calendar:", type="tertiary", on_click=_open, args=(row.id,))
        return
    with st.container(border=True, key=f"change-form-{row.id}"):
        with found(screen):
            can = choices(screen.ctx, row.id)
        _form(screen, row, can)
        st.button(t("Close this form"), key=f"change-close-{row.id}", type="tertiary", on_click=_open, args=(None,))


def _open(obligation_id: int | None) -> None:
    st.session_state[_OPEN] = obligation_id


def _form(screen: Screen, row: Row, can: Choices) -> None:
    t = screen.t
    st.markdown(f"**{t('Change this duty')}**")
    if can.earlier:
        st.info(t("These come first and are not settled: {periods}", periods=_listed(screen, can.earlier)), icon=":material/low_priority:")
    offered = [BACK] if can.released else [EXTEND, WAIVE, SKIP, *([BACK] if can.granted else [])]
    chosen = st.segmented_control(
        t("What to do"), offered, key=f"change-what-{row.id}", default=offered[0], required=True, format_func=lambda one: t(_WHAT[one])
    )
    refused = {EXTEND: can.extend, WAIVE: can.waive, SKIP: can.skip}.get(chosen, ())
    if refused:
        st.warning("\n".join(_said(screen, one) for one in refused), icon=":material/block:")
        return
    day = _day(screen, row, can, chosen)
    reason = st.text_area(t("Reason"), key=_key(row, chosen, "reason"), help=t("The project reads it, and it stays."))
    letter = st.text_input(t("Letter number"), key=_key(row, chosen, "letter"))
    chosen_file = file_field(screen, "The letter (file)", _key(row, chosen, "file"))
    preview = _preview(screen, row, chosen, day)
    if chosen != BACK and preview is None:
        return
    told = _consequences(screen, chosen, preview)
    if confirm(screen, f"change-{chosen}-{row.id}-{row.version}", t(_WHAT[chosen]), told, main=True):
        _save(screen, row, chosen, day, reason, letter, chosen_file)


def _key(row: Row, chosen: str, field: str) -> str:
    return f"change-{chosen}-{row.id}-{field}"


def _day(screen: Screen, row: Row, can: Choices, chosen: str) -> str:
    """The new last day where one is asked for; prefilled with what the office owes."""
    t = screen.t
    if chosen == BACK and can.released:
        st.caption(t("Where its day has passed, give a new one after today."))
        return day_field(screen, "New last day", _key(row, chosen, "day"))
    if chosen != EXTEND:
        return ""
    st.caption(t("It is due on {day} now.", day=date_and_safe_day(screen, row.due_on, row.file_by_on)))
    with found(screen):
        offer = owed_days(screen.ctx, row.id)
    if offer is not None:
        said = t("The office was late by {n} working days with reports of this project and owes them: {day}.", n=offer.days,
                 day=date_text(offer.new_due_on))  # fmt: skip
        st.info(said, icon=":material/balance:")
        why = t("The office answered earlier reports {n} working days later than promised; the time is made good.", n=offer.days)
        args = (row, chosen, offer.new_due_on.isoformat(), why)
        st.button(t("Fill in what is owed"), key=_key(row, chosen, "owed"), on_click=_fill, args=args)
    return day_field(screen, "New last day", _key(row, chosen, "day"))


def _fill(row: Row, chosen: str, day: str, why: str) -> None:
    st.session_state[_key(row, chosen, "day")] = day
    st.session_state[_key(row, chosen, "reason")] = why


def _preview(screen: Screen, row: Row, chosen: str, day: str) -> ChangePreview | None:
    """What it would bring about, as soon as there is enough to say so."""
    if chosen == BACK or (chosen == EXTEND and not day.strip()):
        return None
    with attempt(screen, names=_NAMES) as outcome:
        if chosen == EXTEND:
            shown = preview_extension(screen.ctx, obligation_id=row.id, new_due_on=day)
        else:
            shown = preview_release(screen.ctx, obligation_id=row.id, kind=chosen)
    if not outcome.ok:
        return None
    _show_preview(screen, shown)
    return shown


def _show_preview(screen: Screen, shown: ChangePreview) -> None:
    t = screen.t
    with st.container(border=True, key="change-preview"):
        st.markdown(f"**{t('What it brings about')}**")
        before = date_and_safe_day(screen, shown.before.due_on, shown.before.file_by)
        after = date_and_safe_day(screen, shown.after.due_on, shown.after.file_by) if shown.after else t("no longer owed")
        st.markdown(f"~~{before}~~ → **{after}**")
        for one in shown.warnings:
            st.markdown(f":orange[:material/warning: {_said(screen, one)}]")
        if shown.mails:
            st.markdown(f"- {t('{n} mails that wait for the old day are not sent.', n=shown.mails)}")
        if shown.ending:
            st.markdown(f"- {t('Reminders that end: {stages}', stages=_stages(screen, shown.ending))}")
        if shown.coming:
            st.markdown(f"- {t('Reminders to come: {stages}', stages=_stages(screen, shown.coming))}")
        if shown.later:
            st.markdown(f"- {t('What follows it: {periods}', periods=_listed(screen, shown.later))}")


def _stages(screen: Screen, steps) -> str:
    t = screen.t
    shown = [f"{stage_text(t, step.stage)} {date_text(step.on)}" for step in steps[:4]]
    return t.pick("、", ", ").join(shown) + (" …" if len(steps) > 4 else "")


def _listed(screen: Screen, items: Sequence[Later]) -> str:
    t = screen.t
    named = [f"{title_text(screen, one.title_zh, one.title_en, one.period_label)} ({date_text(one.due_on)})" for one in items[:_LISTED]]
    more = t("… and {n} more.", n=len(items) - _LISTED) if len(items) > _LISTED else ""
    return t.pick("、", ", ").join(named) + more


def _said(screen: Screen, problem: Problem) -> str:
    return screen.t(problem.msgid, **{name: escape(str(value)) for name, value in problem.params.items()})


def _consequences(screen: Screen, chosen: str, preview: ChangePreview | None) -> str:
    t = screen.t
    if chosen == EXTEND and preview is not None and preview.after is not None:
        return t("It is due on {day}. The old day stays readable, and the investigators get a mail.", day=date_text(preview.after.due_on))
    if chosen == WAIVE:
        return t("Nobody has to hand it in any more. It can be taken up again by letter. The investigators get a mail.")
    if chosen == SKIP:
        return t("The period is passed over, and the next one can be accepted without it. The investigators get a mail.")
    return t("It is owed as before that decision. The investigators get a mail.")


def _save(screen: Screen, row: Row, chosen: str, day: str, reason: str, letter: str, chosen_file) -> None:
    t, name = screen.t, f"change-{chosen}-{row.id}-{row.version}"
    with attempt(screen, names=_NAMES) as outcome:
        document_id = keep_file(screen, chosen_file, name, purpose="letter", act=Act.MOVE_DATE, project_id=row.project_id)
        # The content is part of the key's name: after a refusal the corrected form is another write.
        form = f"{name}-{day}-{reason}-{letter}-{document_id}"
        said = {
            "obligation_id": row.id, "reason": reason, "letter_number": letter, "document_id": document_id,
            "expected_version": row.version, "key": form_key(form),
        }  # fmt: skip
        if chosen == EXTEND:
            owed = owed_days(screen.ctx, row.id)
            made_good = owed.days if owed is not None and day.strip() == owed.new_due_on.isoformat() else None
            extend(screen.ctx, new_due_on=day, owed_days=made_good, **said)
        elif chosen == BACK:
            reinstate(screen.ctx, new_due_on=day or None, **said)
        else:
            _VERBS[chosen](screen.ctx, **said)
    if outcome.ok:
        renew_key(form)
        st.session_state.pop(_OPEN, None)
        say_after_rerun(t(_DONE[chosen]))
        st.rerun()
