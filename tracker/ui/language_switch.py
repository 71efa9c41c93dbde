"""What was chosen survives a change of the language, in its new words.

A choice travels between browser and server as its label. After a change of the language the browser still holds the old label, which
the new list does not know: it would go on showing the old words, and with the next action the choice would silently fall back to the
first one. So the first run in another language reads every choice by the old labels and gives it back by the new ones.

What was typed is untouched, also in a form that was not sent. A choice in such a form is unknown to the server until it is sent: it goes
back to what the server knows, and shows so.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.elements.lib.mutable_tab_container import TabContainer
from streamlit.runtime.scriptrunner import get_script_run_ctx

from tracker.ui.guard import Screen
from tracker.ui.keys import Key

OWN_LANGUAGE = "account-language"
"""The choice of the language itself: there is one for each language, and the one of the language before must not come along."""


def carry_choices_over(screen: Screen) -> None:
    """Call once a run, before anything is drawn. Does nothing while the language stays."""
    before = st.session_state.get(Key.LANGUAGE, screen.t.language)
    st.session_state[Key.LANGUAGE] = screen.t.language
    if before == screen.t.language:
        return
    for key in [str(name) for name in st.session_state]:
        if not key.startswith(OWN_LANGUAGE) and _is_chosen_by_label(key):
            st.session_state[key] = st.session_state[key]  # marks it to be shown anew


def tabs(screen: Screen, name: str, labels: Sequence[str]) -> Sequence[TabContainer]:
    """Tabs of which the open one stays open when the language changes. `name` is unique on the page; a change of tab runs the page."""
    language, slot = screen.t.language, f"{Key.TAB}-{name}"
    at, began, drawn_in = st.session_state.get(slot, (0, 0, language))
    if drawn_in != language:  # a new set of tabs, which begins where the old one stood
        began = at
    st.session_state[slot] = (at, began, language)
    key = f"tabs-{name}-{language}"
    return st.tabs(labels, default=labels[began], key=key, on_change=_went, args=(slot, key, tuple(labels)))


def _went(slot: str, key: str, labels: tuple[str, ...]) -> None:
    _, began, language = st.session_state[slot]
    chosen = st.session_state.get(key)
    st.session_state[slot] = (labels.index(chosen) if chosen in labels else began, began, language)


def _is_chosen_by_label(key: str) -> bool:
    """Whether the widget of this key was one to choose from a list in the run before.

    Streamlit has no public way to ask; should it change, the browser test of the language says so.
    """
    run = get_script_run_ctx()
    if run is None:
        return False
    state = run.session_state._state
    found = state.get_widget_metadata(state.get_widget_id_from_key(key) or "")
    return found is not None and hasattr(getattr(found.deserializer, "__self__", None), "formatted_option_to_option_index")
