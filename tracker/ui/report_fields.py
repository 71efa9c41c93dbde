"""The fields of a report in writing, each with what stands below it: when it was saved, what is wrong, a colleague's change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import streamlit as st

from tracker.clock import TAIPEI
from tracker.domain.minguo import DateTextError, both, parse_date, weekday_zh
from tracker.domain.report_values import DATE_SAYS
from tracker.programmes.report_types import Field, FieldType
from tracker.services.errors import Invalid, ServiceError
from tracker.services.report_drafts import Conflict
from tracker.store.q_reports import DraftField
from tracker.ui import components as c
from tracker.ui import report_files, report_table
from tracker.ui.report_page import Page, field_part
from tracker.ui.report_saving import note_kept, revision, save, slot, take_mine, take_theirs
from tracker.ui.report_words import field_title, label_text, problem_text, safe, slug, words

_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def own_field(page: Page, field: Field, *, titled: bool = False) -> None:
    """A field as the form of the report defines it. `titled`: a heading above says its label already."""
    field_part(page, field.id, lambda now: _own(now, field, titled))


def _own(page: Page, field: Field, titled: bool) -> None:
    label, help_text = field_title(page.screen, field), words(page.screen, field.help)
    with _box(page, field.id, field.longest if field.type in (FieldType.TEXT, FieldType.LINE) else 0):
        if field.type in (FieldType.TEXT, FieldType.FILES, FieldType.TABLE):
            if not titled:
                st.markdown(label)
            if help_text:
                st.caption(help_text)
        if field.type == FieldType.TEXT:
            _area(page, field.id, words(page.screen, field.label), 240, titled=True)
        elif field.type == FieldType.FILES:
            report_files.files(page, field.id, field.files_most)
        elif field.type == FieldType.TABLE:
            report_table.table(page.screen, page.report_id, field, page.shown.state.value(field.id, []), revision(page.shown, field.id))
        elif field.type == FieldType.CHOICE:
            names = {choice.id: page.screen.t.pick(choice.words.zh, choice.words.en) for choice in field.choices}
            _choice(page, field.id, label, names, help_text)
        else:
            _line(page, field.id, label, help_text)
        if field.type == FieldType.DATE:
            _echo(page, field.id)


def long_text(page: Page, field: str, label: str, *, most: int, height: int = 80) -> None:
    """A built-in text of several lines that saves itself."""

    def draw(now: Page) -> None:
        with _box(now, field, most):
            _area(now, field, label, height, titled=False)

    field_part(page, field, draw)


def number(page: Page, field: str, label: str) -> None:
    """A quantity as text, so that nothing a person types is silently changed."""

    def draw(now: Page) -> None:
        with _box(now, field):
            _line(now, field, label, "")

    field_part(page, field, draw)


def choice(page: Page, field: str, label: str, names: dict[str, str]) -> None:
    """One of a few answers, each with its id."""

    def draw(now: Page) -> None:
        with _box(now, field):
            _choice(now, field, label, names, "")

    field_part(page, field, draw)


def evidence(page: Page, field: str, label: str) -> None:
    """One file for one checkpoint."""

    def draw(now: Page) -> None:
        with _box(now, field):
            report_files.one_file(now, field, label)

    field_part(page, field, draw)


# --- Widgets --------------------------------------------------------------------------------------------------------------------


def _area(page: Page, field: str, label: str, height: int, titled: bool) -> None:
    st.text_area(
        label, key=_prepared(page, field), height=height, on_change=save, args=(page.report_id, field),
        label_visibility="collapsed" if titled else "visible",
    )  # fmt: skip


def _line(page: Page, field: str, label: str, help_text: str) -> None:
    st.text_input(label, key=_prepared(page, field), on_change=save, args=(page.report_id, field), help=help_text or None)


def _choice(page: Page, field: str, label: str, names: dict[str, str], help_text: str) -> None:
    key = _prepared(page, field)
    if st.session_state.get(key) not in names:
        st.session_state[key] = None
    shown = {
        "options": list(names), "index": None, "format_func": lambda one: c.escape(names.get(one, one)), "key": key, "on_change": save,
        "args": (page.report_id, field), "help": help_text or None,
    }  # fmt: skip
    if len(names) <= 4:
        st.radio(label, horizontal=True, **shown)
    else:
        st.selectbox(label, placeholder=page.screen.t("Choose one"), **{**shown, "format_func": lambda one: names.get(one, one)})


def _prepared(page: Page, field: str) -> str:
    """The widget's key, with what is stored put in where the widget is new on this page."""
    key = slot("w", page.report_id, field)
    if key not in st.session_state:
        stored = page.shown.state.value(field)
        st.session_state[key] = stored
        st.session_state[slot("seen", page.report_id, field)] = revision(page.shown, field)
        note_kept(page.report_id, field, stored)
    return key


def _echo(page: Page, field: str) -> None:
    """How a typed date was understood, in both calendars."""
    written = str(st.session_state.get(slot("w", page.report_id, field)) or "").strip()
    if not written:
        return
    try:
        day = parse_date(written)
    except DateTextError as error:
        st.caption(f":orange[{page.screen.t(DATE_SAYS[error.code])}]")
    else:
        weekday = page.screen.t.pick(weekday_zh(day), _WEEKDAYS_EN[day.weekday()])
        st.caption(f":material/event: {both(day)} {weekday}")


# --- Around and below a field ---------------------------------------------------------------------------------------------------


@contextmanager
def _box(page: Page, field: str, most: int = 0) -> Iterator[None]:
    """A field with what stands below it. Its key tells the page's script its name and how many characters it may have."""
    with st.container(key=f"field-{most}-{slug(field)}", gap="xsmall"):
        for remark in page.remarks(field):
            st.warning(page.screen.t("The office: {comment}", comment=c.escape(remark)), icon=":material/comment:")
        yield
        _below(page, field)


def _below(page: Page, field: str) -> None:
    """When it was saved and by whom, what stands against it, and a colleague's change."""
    t, draft, place = page.screen.t, page.shown.state.drafts.get(field), page.shown.state.fields.get(field)
    error = st.session_state.get(slot("problem", page.report_id, field))
    if error is not None and place is not None:
        _refused(page, label_text(page.screen, place.label), error)
    elif draft is not None:
        kept = st.session_state.get(slot("kept", page.report_id, field), "")
        with st.container(key=f"kept-{kept or '00000000'}-{slug(field)}", gap=None):
            if field in page.shown.state.carried:
                st.caption(t(":material/history: Carried over from last period; look whether it still holds."))
            else:
                st.caption(_saved(page, draft) + _since_last(page, field))
    for problem in page.problems(field):
        colour, icon = ("red", "error") if problem.severity == "error" else ("orange", "warning")
        st.markdown(f":{colour}[:material/{icon}: {problem_text(page.screen, problem)}]")
    _colleague(page, field)


def _saved(page: Page, draft: DraftField) -> str:
    """When it was saved; by whom, where that was not the reader herself."""
    t, at = page.screen.t, _when(page, draft.saved_at)
    if draft.author == page.screen.viewer.name:
        return t(":material/cloud_done: Saved {time}", time=at)
    return t(":material/cloud_done: Saved {time} · {author}", time=at, author=c.escape(draft.author))


def _since_last(page: Page, field: str) -> str:
    """That a field which began with last period's entry now says something else."""
    state = page.shown.state
    return (
        f" · :blue[{page.screen.t('new since last period')}]" if field in state.starts and state.value(field) != state.starts[field] else ""
    )


def _when(page: Page, at: datetime) -> str:
    """The time of day; with its date where that is not today."""
    local = at.astimezone(TAIPEI)
    return f"{local:%H:%M}" if local.date() == page.screen.ctx.today else c.instant_text(at)


def _refused(page: Page, label: str, error: Exception) -> None:
    """Why a field was not saved, by name. What was typed is still in it."""
    t = page.screen.t
    if isinstance(error, Invalid):
        reasons = [problem_text(page.screen, problem) for problem in error.problems]
        st.error(t("**{label}** was not saved: {reason}", label=label, reason=" ".join(reasons)))
    elif isinstance(error, ServiceError):
        reason = t(error.msgid, **safe(page.screen, error.params))
        st.error(t("**{label}** was not saved: {reason}", label=label, reason=reason))
    else:
        st.error(
            t(
                "**{label}** is not saved yet: the system is busy. Your text is still here; it is tried again by itself every few seconds.",
                label=label,
            )
        )


def _colleague(page: Page, field: str) -> None:
    """A change of somebody else (or of another window of hers): both are there to choose from."""
    t, report_id = page.screen.t, page.report_id
    conflict: Conflict | None = st.session_state.get(slot("conflict", report_id, field))
    if conflict is not None:
        when = f"{conflict.at.astimezone(TAIPEI):%H:%M}"
        text = t(
            "{author} saved this field at {time} while you were writing. Both texts are kept.", author=c.escape(conflict.author), time=when
        )
        st.warning(text)
        st.caption(t("The other text:"))
        entry(page, field, conflict.theirs)
        with st.container(horizontal=True):
            st.button(t("Use mine"), key=slot("mine", report_id, field), on_click=take_mine, args=(report_id, field))
            st.button(t("Use the other one"), key=slot("theirs", report_id, field), on_click=take_theirs,
                      args=(report_id, field, conflict.theirs, conflict.rev))  # fmt: skip
        return
    draft, seen = page.shown.state.drafts.get(field), st.session_state.get(slot("seen", report_id, field))
    if draft is not None and seen is not None and draft.rev > seen:
        st.info(t("{author} changed this field meanwhile.", author=c.escape(draft.author)))
        st.button(
            t("Show the change"), key=slot("show", report_id, field), on_click=take_theirs, args=(report_id, field, draft.value, draft.rev)
        )


def entry(page: Page, field: str, value: Any) -> None:
    """An entry of a field to read: as it was written, whatever it is."""
    place = page.shown.state.fields.get(field)
    spec = place.field if place else None
    if spec is not None and spec.type == FieldType.TABLE:
        st.text(report_table.rows_text(page.screen, spec, value))
    elif spec is not None and spec.type == FieldType.CHOICE:
        st.text(next((page.screen.t.pick(one.words.zh, one.words.en) for one in spec.choices if one.id == value), "—"))
    elif isinstance(value, list) or field.endswith(":evidence"):
        report_files.listed(page, value if isinstance(value, list) else [value])
    else:
        st.text(str(value) or "—")
