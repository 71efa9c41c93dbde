"""The parts of a report in writing, each field beside what it said last period."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from tracker.programmes.report_types import Field, FieldType, Holds, Section
from tracker.services.report_drafts import ReportScreen
from tracker.services.report_forms import REMARK_LONGEST
from tracker.ui import components as c
from tracker.ui import report_fields, report_lines
from tracker.ui.periods import period_text
from tracker.ui.report_page import Page
from tracker.ui.report_reading import show_section
from tracker.ui.report_words import label_text, words


def sections(page: Page) -> dict[str, DeltaGenerator]:
    """All parts in the order of the form. Gives the place above each of them for who is writing in it."""
    places = {}
    for number, section in enumerate(page.shown.state.form.sections, start=1):
        places[section.id] = st.empty()
        _section(page, section, number)
    return places


def _section(page: Page, section: Section, number: int) -> None:
    state, t = page.shown.state, page.screen.t
    is_open = section.id in state.open_sections
    title = f"{number}\u2002{words(page.screen, section.title)}"
    if not is_open:
        _closed(page, section, title)
        return
    with st.container(border=True, key=f"section-{section.id}"):
        st.subheader(title, anchor=False)
        if section.id in state.comments:
            st.warning(t("The office: {comment}", comment=c.escape(state.comments[section.id])), icon=":material/comment:")
        for field in section.fields:
            _own(page, section, field)
        if section.holds != Holds.FIELDS:
            report_lines.lines(page, section.holds)
        if section.id in state.comments:
            report_fields.long_text(page, f"remarks:{section.id}", t("Your answer to the office"), most=REMARK_LONGEST, height=100)


def _closed(page: Page, section: Section, title: str) -> None:
    """A part that was not returned: one line that opens to read it."""
    with st.container(key=f"section-{section.id}"):
        with st.expander(f"**{title}** · {page.screen.t('Not reopened: stays as handed in.')}", icon=":material/lock:"):
            show_section(page.screen, page.shown, section)


def _own(page: Page, section: Section, field: Field) -> None:
    """A field; a long text with last period's words beside it (below it on a narrow screen)."""
    titled = len(section.fields) == 1 and field.label == section.title
    last = page.shown.state.last_values.get(field.id) if field.type == FieldType.TEXT else None
    if not last:
        report_fields.own_field(page, field, titled=titled)
        _last_value(page, field)
        return
    writing, reading = st.columns([3, 2], gap="medium")
    with writing:
        report_fields.own_field(page, field, titled=titled)
    with reading, st.container(border=True, key=f"last-{field.id}"):
        st.caption(_handed_in(page))
        st.text(last)


def _last_value(page: Page, field: Field) -> None:
    """What a short field said last period, in one line."""
    last = page.shown.state.last_values.get(field.id)
    if last and field.type not in (FieldType.TABLE, FieldType.FILES):
        answers = {choice.id: words(page.screen, choice.words) for choice in field.choices}
        st.caption(page.screen.t("Last period: {value}", value=answers.get(str(last)) or c.escape(str(last))))


def _handed_in(page: Page) -> str:
    previous = page.shown.state.previous
    if previous is None:
        return ""
    return page.screen.t(
        "Last period ({period}), handed in {at}",
        period=period_text(page.screen, previous.period_label),
        at=c.instant_text(previous.submitted_at),
    )


def kept_aside(page: Page) -> None:
    """Entries that came second and were kept: to copy from, until the report is accepted."""
    shown: ReportScreen = page.shown
    if not shown.lost:
        return
    with st.expander(page.screen.t("Entries that were kept aside ({n})", n=len(shown.lost))):
        for entry in shown.lost:
            name = label_text(page.screen, entry.label)
            st.caption(f"{name} · {c.escape(entry.author)} · {c.instant_text(entry.at)}")
            report_fields.entry(page, entry.field, entry.value)
