"""What needs attention beyond dates: a short list on the page of a project and on the office's own page."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from tracker.clock import civil_day
from tracker.i18n import Translator
from tracker.notify.signal_wording import facts_of, name_msgid
from tracker.services.signal_list import Attention, office_attention, project_attention
from tracker.ui.cache import cached
from tracker.ui.components import date_text, escape
from tracker.ui.guard import Screen
from tracker.ui.pages import link
from tracker.ui.periods import title_text

TOPICS = ("signals", "obligations", "reports", "people")

#: What the link to the page says.
_LINKS = {
    "report": "Open the report", "review": "Review", "approvals": "Look at the approval", "meetings": "Open the action item",
    "project": "Open the project",
}  # fmt: skip


def of_project(screen: Screen, project_id: int) -> None:
    """The open signals of a project; nothing where there is none."""
    found = cached(screen.ctx, "attention.project", TOPICS, lambda: project_attention(screen.ctx, project_id), project_id)
    if not found:
        return
    with st.container(border=True, key="attention"):
        st.markdown(f":material/notification_important: **{screen.t('Needs attention')}**")
        for one in found:
            _line(screen, one, with_project=False)


def of_office(screen: Screen) -> None:
    """The open signals of the viewer's programmes, folded away; nothing where there is none."""
    found = cached(screen.ctx, "attention.office", TOPICS, lambda: office_attention(screen.ctx), screen.viewer.person_id)
    if not found:
        return
    title = screen.t("Needs attention beyond dates: {n}", n=len(found))
    with st.expander(title, icon=":material/notification_important:", key="attention-office"):
        _pages(screen, found)


def _pages(screen: Screen, found: Sequence[Attention]) -> None:
    size, first = 20, 0
    if len(found) > size:
        first = (st.pagination(-(-len(found) // size), key="attention-page") - 1) * size
    for one in found[first : first + size]:
        with st.container(border=True, key=f"attention-{one.id}"):
            _line(screen, one, with_project=True)


def _line(screen: Screen, one: Attention, *, with_project: bool) -> None:
    t = screen.t
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(t(name_msgid(one.kind)), color="orange", icon=":material/error_outline:")
        st.markdown(title_text(screen, one.title_zh, one.title_en, one.period_label), width="content")
    if with_project:
        st.caption(f"{escape(one.project_code)} · {escape(t.pick(one.project_zh, one.project_en))}")
    st.caption(_facts(t, one) + t("told on {day}", day=date_text(civil_day(one.raised_at))))
    if with_project or one.page != "project":
        link(screen, one.page, label=t(_LINKS.get(one.page, "Open")), icon=":material/arrow_forward:", **one.query)


def _facts(t: Translator, one: Attention) -> str:
    return "".join(f"{label}{t.pick('：', ': ')}{escape(text)} · " for label, text in facts_of(t, one.kind, one.params))
