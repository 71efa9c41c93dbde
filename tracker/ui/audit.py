"""Pieces of the audit screen."""

from __future__ import annotations

import json

import streamlit as st

from tracker.services.audit_trail import EventRow, check_chain
from tracker.ui.components import attempt, empty_state, instant_text
from tracker.ui.guard import Screen
from tracker.ui.words import doer

PAGE_KEY = "audit-page"


def check_button(screen: Screen) -> None:
    """Verify the chain on demand and show the result, with the hash to keep elsewhere."""
    t = screen.t
    st.caption(
        t(
            "Every change is one event, and each event holds the hash of the one before it: an edit, a deletion or another "
            "order shows. Keep the hash below somewhere else; with it a cut end shows too."
        )
    )
    if not st.button(t("Check the whole chain now"), key="audit-check", icon=":material/link:"):
        return
    with attempt(screen) as outcome:
        result = check_chain(screen.ctx)
    if not outcome.ok:
        return
    if result.is_whole:
        st.success(t("The chain is whole: {n} events.", n=result.anchor.n), icon=":material/verified:")
    else:
        st.error(t("The chain is broken in {n} places.", n=len(result.findings)), icon=":material/gpp_bad:")
        shown = [{t("No."): f.seq, t("Finding"): f.code, t("Detail"): f.detail} for f in result.findings[:200]]
        st.dataframe(shown, hide_index=True)
    st.code(f"{result.anchor.n} {result.anchor.head}", language=None)


def filters(screen: Screen, types: tuple[str, ...]) -> tuple[str, int]:
    """The chosen kind of object ("" for all) and page."""
    t = screen.t
    chosen = st.selectbox(
        t("Kind of object"),
        ["", *types],
        key="audit-type",
        format_func=lambda value: value or t("All"),
        on_change=lambda: st.session_state.pop(PAGE_KEY, None),
    )
    return chosen, st.session_state.get(PAGE_KEY) or 1


def table(screen: Screen, events: tuple[EventRow, ...], pages: int) -> None:
    """One page of events, the newest first."""
    t = screen.t
    if not events:
        empty_state(screen, "No event yet.", "The first change to anything appears here.")
        return
    rows = [
        {
            t("No."): e.seq,
            t("When"): instant_text(e.at),
            t("Who"): doer(screen, e.actor, e.principal),
            t("What"): e.action,
            t("Object"): f"{e.object_type} {e.object_id}",
            t("Detail"): json.dumps(e.payload, ensure_ascii=False),
            t("Hash"): e.hash[:12],
        }
        for e in events
    ]
    st.dataframe(rows, hide_index=True, key="audit-events")
    if pages > 1:
        st.pagination(pages, key=PAGE_KEY)
