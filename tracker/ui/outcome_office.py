"""Outcomes of the office's programmes: how many of each kind, what to check, what deserves a second look, who said nothing."""

from __future__ import annotations

import streamlit as st

from tracker.services.outcome_views import OutcomeOverview, outcome_overview
from tracker.ui.components import empty_state, escape, found, subheading
from tracker.ui.guard import Screen
from tracker.ui.outcome_words import KINDS
from tracker.ui.outcomes import facts
from tracker.ui.pages import named_link

_SHOWS = {"": "All", "unchecked": "Not checked yet", "doubtful": "Worth a second look"}
_FIRST = 30


def overview(screen: Screen) -> None:
    """The list with its two filters, which stand in the address."""
    t = screen.t
    shows, kinds = list(_SHOWS), ["", *KINDS]
    show = st.query_params.get("show", "")
    kind = st.query_params.get("kind", "")
    left, right = st.columns(2)
    with left:
        show = (
            st.segmented_control(
                t("Show"), shows, default=show if show in shows else "", key="outcomes-show", format_func=lambda one: t(_SHOWS[one])
            )
            or ""
        )
    with right:
        kind = st.selectbox(t("Kind"), kinds, index=kinds.index(kind) if kind in kinds else 0, key="outcomes-kind",
                            format_func=lambda one: t(KINDS[one][0]) if one else t("All kinds"))  # fmt: skip
    st.query_params.from_dict({name: value for name, value in (("show", show), ("kind", kind)) if value})
    with found(screen):
        seen = outcome_overview(screen.ctx, kind=kind, show=show)
    _figures(screen, seen)
    _silent(screen, seen)
    subheading(screen, "Outcomes")
    if not seen.lines:
        empty_state(screen, "Nothing here.", "The projects record their outcomes; they appear here at once.")
    for line in seen.lines[:_FIRST]:
        with st.container(border=True, key=f"outcome-{line.row.id}"):
            title = escape(t.pick(line.row.project_zh, line.row.project_en))
            named_link(screen, "outcomes", code=escape(line.row.project_code), title=title, project=line.row.project_id)
            facts(screen, line)
    if seen.lines[_FIRST:]:
        st.caption(t("{n} more; narrow the list.", n=len(seen.lines) - _FIRST))


def _figures(screen: Screen, seen: OutcomeOverview) -> None:
    t = screen.t
    with st.grid(min_column_width=170, key="outcome-figures"):
        for kind, (msgid, _) in KINDS.items():
            st.metric(t(msgid), seen.counts.get(kind, 0), border=True)
        st.metric(t("Not checked yet"), seen.unchecked, border=True)
        st.metric(t("Worth a second look"), seen.doubtful, border=True)


def _silent(screen: Screen, seen: OutcomeOverview) -> None:
    if not seen.silent:
        return
    t = screen.t
    year = seen.silent[0].year
    with st.expander(
        t("{n} projects have said nothing of {roc} ({year})", n=len(seen.silent), roc=year - 1911, year=year), icon=":material/help:"
    ):
        for one in seen.silent[:200]:
            title = escape(t.pick(one.project.title_zh, one.project.title_en))
            named_link(screen, "outcomes", code=escape(one.project.code), title=title, project=one.project.id)
