"""The form of a date from a document: what it is for, the date or the rule, where it stands, and what it would change."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from tracker.services.date_entries import DateEntry
from tracker.services.document_date_views import Gap, GivenDate, Slot, contract_gaps, given_dates, slots
from tracker.services.document_dates import (
    DateChange,
    DatePreview,
    ThreeDates,
    enter_document_date,
    preview_document_date,
    withdraw_document_date,
)
from tracker.services.planned_documents import DOCUMENT_ANCHORS
from tracker.services.policy import Act
from tracker.services.project_choices import ProjectChoice, project_choices
from tracker.ui.attachments import download_link, file_field, keep_file
from tracker.ui.components import attempt, confidence_text, date_text, empty_state, escape, found, say_after_rerun, subheading
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key
from tracker.ui.periods import period_text, title_text
from tracker.ui.words import date_and_safe_day

FORM = "dates"
_PREVIEWED = "dates-previewed"
_TURN = "dates-turn"
_NEW = "new"
_SHOWN_CHANGES = 50

_NAMES = {
    "project_id": "For which project", "kind": "What the date is for", "rule": "Short name of the new item",
    "title_zh": "Title in Chinese", "period_label": "Period", "given_on": "Date",
    "direction": "Before or after", "anchor": "Counted from", "months": "Months or days", "basis": "Where it stands",
    "letter_number": "Letter number",
    "contract_page": "Contract page", "document_id": "The document (file)", "file": "The document (file)", "reason": "Reason",
}  # fmt: skip
_ANCHORS = {
    "project_start": "first day of the project", "project_end": "last day of the project", "period_start": "first day of the period",
    "period_end": "last day of the period", "applied_on": "day of the application", "signed_on": "day the contract was signed",
    "notified_on": "day of the award letter",
}  # fmt: skip


@dataclass(frozen=True)
class Chosen:
    """For what the date is entered: one project, or (None) every active one of the programme."""

    programme_id: int
    project_id: int | None


def choose(screen: Screen) -> Chosen | None:
    """Project or whole programme; the address may name the project. None where there is nothing to choose."""
    offered = project_choices(screen.ctx, Act.ENTER_DATE)
    wanted = screen.optional_id_param("project")
    if not offered or (wanted is not None and wanted not in {one.project_id for one in offered}):
        empty_state(
            screen, "There is no project here to give a date to.", "Dates are entered by the office of a programme for its own projects."
        )
        return None
    programmes = {one.programme_id: one for one in offered}
    # Options are plain texts, so that a choice survives every rerun: the project's code, or the programme's id after a star.
    options = {one.code: (Chosen(one.programme_id, one.project_id), _project_text(screen, one)) for one in offered}
    options |= {f"*{pid}": (Chosen(pid, None), _programme_text(screen, one)) for pid, one in programmes.items()}
    start = next((index for index, (one, _) in enumerate(options.values()) if wanted is not None and one.project_id == wanted), 0)
    code = st.selectbox(screen.t("For which project"), list(options), index=start, key="dates-for", format_func=lambda one: options[one][1])
    return options[code][0]


def render(screen: Screen, chosen: Chosen) -> None:
    """What is missing, the form with its preview, and the dates entered so far."""
    with found(screen):
        offered = slots(screen.ctx, programme_id=chosen.programme_id, project_id=chosen.project_id)
        given = given_dates(screen.ctx, project_id=chosen.project_id, programme_id=chosen.programme_id)
        gaps = contract_gaps(screen.ctx, chosen.project_id) if chosen.project_id else ()
    show_gaps(screen, gaps)
    subheading(screen, "Enter a date")
    _form(screen, chosen, offered)
    subheading(screen, "Dates entered so far")
    show_given(screen, given, may_withdraw=True)


def show_gaps(screen: Screen, gaps: tuple[Gap, ...]) -> None:
    """What the contract schedule of a project lacks; nothing where it is complete."""
    if not gaps:
        return
    t = screen.t
    lines = [t("The contract schedule is not complete. The call states no date for these; enter them from the contract:")]
    lines += [
        f"- **{escape(t.pick(gap.title_zh, gap.title_en))}** — {escape(t.pick(gap.enter_from_zh, gap.enter_from_en))}" for gap in gaps
    ]
    st.warning("\n".join(lines), icon=":material/playlist_add:")


def show_given(screen: Screen, given: tuple[GivenDate, ...], *, may_withdraw: bool = False) -> None:
    """The dates from documents, newest first, withdrawn ones struck out."""
    t = screen.t
    if not given:
        empty_state(screen, "No date was entered from a document yet.", "The dates of the rules hold until one is.")
    for one in given:
        with st.container(border=True):
            name = escape(t.pick(one.title_zh, one.title_en)) or one.rule
            title = f"**{name}**{_period(screen, one.period_label)} · {_date_or_rule(screen, one)}"
            st.markdown(f"~~{title}~~" if one.withdrawn else title)
            st.caption(" · ".join(_source(screen, one)))
            if one.withdrawn:
                st.caption(t("Withdrawn: {reason}", reason=escape(one.withdrawn_reason)))
            download_link(screen, one.document_id, one.filename)
            if may_withdraw and not one.withdrawn:
                _withdraw(screen, one)


def _project_text(screen: Screen, project: ProjectChoice) -> str:
    return f"{project.code} {screen.t.pick(project.title_zh, project.title_en)}"


def _programme_text(screen: Screen, project: ProjectChoice) -> str:
    return screen.t("Every project of: {programme}", programme=screen.t.pick(project.programme_zh, project.programme_en))


def _key(field: str) -> str:
    """The widget's key; another one after every save, so that the next form opens empty."""
    turn = st.session_state.get(_TURN, 0)
    return f"dates-{field}-{turn}" if turn else f"dates-{field}"


def _period(screen: Screen, label: str) -> str:
    """The period behind a title, with a space before it; nothing for what is owed once."""
    text = period_text(screen, label)
    return f" {text}" if text else ""


def _form(screen: Screen, chosen: Chosen, offered: tuple[Slot, ...]) -> None:
    entry = _entry(screen, chosen, offered)
    chosen_file = file_field(screen, "The document (file)", _key("file"))
    if st.button(screen.t("Show what this would change"), key="dates-preview"):
        st.session_state[_PREVIEWED] = entry
    if st.session_state.get(_PREVIEWED) != entry:
        return
    with attempt(screen, names=_NAMES) as outcome:
        preview = preview_document_date(screen.ctx, entry)
    if not outcome.ok:
        return
    show_preview(screen, preview)
    if st.button(screen.t("Enter this date"), key="dates-save", type="primary"):
        _save(screen, chosen, entry, chosen_file)


def _entry(screen: Screen, chosen: Chosen, offered: tuple[Slot, ...]) -> DateEntry:
    t = screen.t
    by_key = {f"{slot.rule}/{slot.period_label}": slot for slot in offered}
    key = st.selectbox(
        t("What the date is for"), [*by_key, _NEW], key=_key("slot"), format_func=lambda one: _slot_text(screen, by_key.get(one))
    )
    slot = by_key.get(key)
    values = (
        {"rule": slot.rule, "kind": slot.kind, "period_label": slot.period_label}
        if slot
        else {"kind": "contract_item", "period_label": "-"}
    )
    if slot is None:
        values["rule"] = st.text_input(
            t("Short name of the new item"),
            key=_key("rule"),
            placeholder="insurance_policy",
            help=t("Small letters, digits and underscores."),
        )
        values["title_zh"] = st.text_input(t("Title in Chinese"), key=_key("title-zh"))
        values["title_en"] = st.text_input(t("Title in English"), key=_key("title-en"))
    basis = st.radio(t("Where it stands"), ["official", "contract"], key=_key("basis"), horizontal=True,
                     format_func=lambda one: t("an official letter") if one == "official" else t("the contract"))  # fmt: skip
    values |= _date_fields(screen)
    values["clause"] = st.text_input(t("Clause"), key=_key("clause"))
    if basis == "official":
        values["letter_number"] = st.text_input(t("Letter number"), key=_key("letter"))
    else:
        values["contract_page"] = st.text_input(t("Contract page"), key=_key("page"))
    return DateEntry(programme_id=chosen.programme_id, project_id=chosen.project_id, basis=basis, document_id=None, **values)


def _date_fields(screen: Screen) -> dict:
    t = screen.t
    how = st.radio(t("How the document says it"), ["date", "rule"], key=_key("how"), horizontal=True,
                   format_func=lambda one: t("as a date") if one == "date" else t("as a rule"))  # fmt: skip
    if how == "date":
        return {
            "given_on": st.text_input(
                t("Date"), key=_key("given"), placeholder="115-08-31 / 2026-08-31", help=t("Either calendar; 民國 years have three digits.")
            )
        }
    direction = st.selectbox(
        t("Before or after"),
        ["after", "before"],
        key=_key("direction"),
        format_func=lambda one: t("after") if one == "after" else t("before"),
    )
    anchor = st.selectbox(t("Counted from"), DOCUMENT_ANCHORS, key=_key("anchor"), format_func=lambda one: t(_ANCHORS[one]))
    months = st.number_input(t("Months"), 0, 120, 0, key=_key("months"))
    days = st.number_input(t("Days"), 0, 3660, 0, key=_key("days"))
    return {"direction": direction, "anchor": anchor, "months": int(months) or None, "days": int(days) or None}


def show_preview(screen: Screen, preview: DatePreview) -> None:
    """Every obligation that would change, with its three dates now and then, and what would be late by it."""
    t = screen.t
    if not preview.changes:
        st.info(
            t("Nothing would change: the date in force stays, because it is the same or a stronger one stands."), icon=":material/equal:"
        )
        return
    st.markdown(t("{changes} obligations in {projects} projects would change:", changes=len(preview.changes), projects=preview.projects))
    if preview.late:
        st.error(t("{n} of them would be late from that moment on.", n=len(preview.late)), icon=":material/warning:")
    for change in preview.changes[:_SHOWN_CHANGES]:
        with st.container(border=True):
            title = title_text(screen, change.title_zh, change.title_en, change.period_label)
            st.markdown(f"**{title}** · {escape(change.project_code)}")
            _before_after(screen, change)
    if len(preview.changes) > _SHOWN_CHANGES:
        st.caption(t("… and {n} more.", n=len(preview.changes) - _SHOWN_CHANGES))


def _before_after(screen: Screen, change: DateChange) -> None:
    t = screen.t
    st.markdown(t("Now: {dates}", dates=_three(screen, change.before) if change.before else t("not asked for")))
    st.markdown(t("Then: {dates}", dates=_three(screen, change.after) if change.after else t("no longer asked for")))
    if change.makes_late:
        st.badge(t("late from that moment on"), color="red", icon=":material/error:")


def _three(screen: Screen, dates: ThreeDates | None) -> str:
    if dates is None or dates.due_on is None:
        return screen.t("no date yet")
    words = date_and_safe_day(screen, dates.due_on, dates.file_by)
    if dates.nominal != dates.due_on:
        words = screen.t("{dates} (by the clause {nominal})", dates=words, nominal=date_text(dates.nominal))
    return f"{words} · {confidence_text(screen, dates.confidence)}"


def _save(screen: Screen, chosen: Chosen, entry: DateEntry, chosen_file) -> None:
    with attempt(screen, names=_NAMES) as outcome:
        document_id = keep_file(
            screen, chosen_file, FORM, purpose="date", act=Act.ENTER_DATE, project_id=chosen.project_id, programme_id=chosen.programme_id
        )
        entered = enter_document_date(screen.ctx, entry.with_document(document_id), key=form_key(FORM))
    if outcome.ok:
        renew_key(FORM)
        st.session_state.pop(_PREVIEWED, None)
        st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
        say_after_rerun(screen.t("The date is entered; {n} obligations changed.", n=len(entered.changed)))
        st.rerun()


def _withdraw(screen: Screen, one: GivenDate) -> None:
    t, name = screen.t, f"withdraw-{one.document_date_id}"
    with st.expander(t("Withdraw this date"), icon=":material/undo:"):
        reason = st.text_input(t("Reason"), key=f"{name}-reason")
        if st.button(t("Withdraw"), key=name):
            with attempt(screen, names=_NAMES) as outcome:
                withdraw_document_date(screen.ctx, document_date_id=one.document_date_id, reason=reason, key=form_key(name))
            if outcome.ok:
                say_after_rerun(t("The date is withdrawn; what it had changed goes back."))
                st.rerun()


def _slot_text(screen: Screen, slot: Slot | None) -> str:
    if slot is None:
        return screen.t("A new item of the contract")
    period = _period(screen, slot.period_label)
    return f"{screen.t.pick(slot.title_zh, slot.title_en)}{period} · {date_text(slot.due_on) if slot.due_on else screen.t('no date yet')}"


def _date_or_rule(screen: Screen, one: GivenDate) -> str:
    t = screen.t
    if one.given_on is not None:
        return date_text(one.given_on)
    length = t("{n} months", n=one.months) if one.months else t("{n} days", n=one.days or 0)
    anchor = t(_ANCHORS[one.anchor or ""])
    return (
        t("{length} after the {anchor}", length=length, anchor=anchor)
        if one.direction == "after"
        else t("{length} before the {anchor}", length=length, anchor=anchor)
    )


def _source(screen: Screen, one: GivenDate) -> list[str]:
    t = screen.t
    parts = [t("an official letter") if one.basis == "official" else t("the contract"), one.letter_number, one.clause]
    parts += [t("page: {page}", page=one.contract_page)] if one.contract_page else []
    parts += [t("for every project of the programme")] if one.whole_programme else []
    parts += [t("entered on {day} by {name}", day=date_text(one.recorded_on), name=one.recorder)]
    return [escape(part) for part in parts if part]
