"""A report to read: the newest submitted version, section by section."""

from __future__ import annotations

import streamlit as st

from tracker.programmes.report_types import Section
from tracker.services.report_comparison import flat
from tracker.services.report_drafts import ReportScreen
from tracker.services.report_state import OPEN_FOR_WRITING
from tracker.ui.guard import Screen
from tracker.ui.prints import print_links
from tracker.ui.report_fields import entry
from tracker.ui.report_files import download
from tracker.ui.report_page import begin
from tracker.ui.report_words import label_text, words


def read_only(screen: Screen, shown: ReportScreen) -> None:
    """The whole report, and where it stands."""
    t = screen.t
    if shown.state.row.status in OPEN_FOR_WRITING:
        _draft(screen, shown)
        return
    if shown.state.row.status == "accepted":
        st.success(t("The office accepted this report."), icon=":material/verified:")
    else:
        st.info(
            t("The report is with the office. Until the office returns it, it stays as it was handed in."), icon=":material/hourglass_top:"
        )
    print_links(screen, "report", shown.state.row.id)
    for section in shown.state.form.sections:
        with st.container(border=True, key=f"section-{section.id}"):
            st.subheader(words(screen, section.title), anchor=False)
            show_section(screen, shown, section)


def _draft(screen: Screen, shown: ReportScreen) -> None:
    """What is being written, for a member who may read it and not write in it."""
    page = begin(screen, shown)
    st.info(screen.t("You may read this draft but not write in it: the principal investigator can let you."), icon=":material/visibility:")
    for section in shown.state.form.sections:
        with st.container(border=True, key=f"section-{section.id}"):
            st.subheader(words(screen, section.title), anchor=False)
            for name in page.fields_of(section.id):
                if name in shown.state.drafts:
                    st.markdown(f"**{label_text(screen, shown.state.fields[name].label)}**")
                    entry(page, name, shown.state.value(name))


def show_section(screen: Screen, shown: ReportScreen, section: Section) -> None:
    """A section of the newest submitted version, to read."""
    state = shown.state
    fields = [one for one in flat(state.versions[-1].content, state.form, screen.t.is_chinese).values() if one.section == section.id]
    for one in fields:
        name = label_text(screen, one.label)
        if len(fields) > 1 or name != words(screen, section.title):
            st.markdown(f"**{name}**")
        for document_id, filename in one.files:
            st.markdown(download(document_id, filename))
        if not one.files:
            st.text(one.text or "—")
