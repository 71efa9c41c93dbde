"""A report to read: the newest submitted version, section by section."""

from __future__ import annotations

import streamlit as st

from tracker.services.report_drafts import ReportScreen
from tracker.services.report_forms import ATTACHMENTS, CHECKPOINTS, INDICATORS, Section
from tracker.ui import components as c
from tracker.ui.guard import Screen
from tracker.ui.report_fields import download


def read_only(screen: Screen, shown: ReportScreen) -> None:
    """The whole report, and where it stands."""
    t = screen.t
    if shown.state.row.status == "accepted":
        st.success(t("The office accepted this report."), icon=":material/verified:")
    else:
        st.info(t("The report is with the office. It can be changed again only if the office returns it."), icon=":material/hourglass_top:")
    for section in shown.state.form.sections:
        with st.container(border=True, key=f"section-{section.id}"):
            st.subheader(t(section.title), anchor=False)
            show_section(screen, shown, section)


def show_section(screen: Screen, shown: ReportScreen, section: Section) -> None:
    """A section of the newest submitted version, to read."""
    content, t = shown.state.versions[-1].content, screen.t
    for text in section.texts:
        st.text(content["texts"].get(text.id, "") or "—")
    for line in content.get(section.id, []) if section.id in (CHECKPOINTS, INDICATORS) else []:
        actual = f"{line['actual']} / {line['target']} {line['unit']}"
        st.markdown(f"**{c.escape(line['code'])} {c.escape(t.pick(line['title_zh'], line['title_en']))}**: {c.escape(actual)}")
        if line.get("evidence"):
            st.markdown(download(line["evidence"]["document_id"], line["evidence"]["filename"]))
        if line["note"]:
            st.text(line["note"])
    for file in content.get(ATTACHMENTS, []) if section.id == ATTACHMENTS else []:
        st.markdown(download(file["document_id"], file["filename"]))
    if answer := content.get("remarks", {}).get(section.id):
        st.caption(t("Your answer to the office"))
        st.text(answer)
