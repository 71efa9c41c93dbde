"""Which words a message says and why: the places in which they may stand, in the order in which they are asked."""

from __future__ import annotations

import streamlit as st

from tracker.i18n import Translator
from tracker.notify.sorts import Slot
from tracker.notify.wording import stage_text
from tracker.services.alert_templates import BUILT_IN, GENERAL, PROGRAMME, Candidate, TemplateView, said_by
from tracker.ui.guard import Screen
from tracker.ui.ladder_words import KIND_MSGIDS

ORIGINS = {
    BUILT_IN: ("built-in words", "gray", "auto_awesome"),
    GENERAL: ("words of the office, for all programmes", "blue", "edit"),
    PROGRAMME: ("words of the office, for this programme", "violet", "edit"),
}


def slot_text(t: Translator, slot: Slot) -> str:
    """Kind and stage of a slot in words."""
    parts = [t(KIND_MSGIDS[slot.kind])] if slot.kind else []
    parts += [stage_text(t, slot.stage)] if slot.stage else []
    return t.pick("、", ", ").join(parts) or t("every kind and stage")


def place_text(t: Translator, place: Candidate) -> str:
    """Where words stand, in words."""
    if place.slot is None:
        return t("the built-in words")
    where = t("in this programme") if place.origin == PROGRAMME else t("for all programmes")
    return t("{where}: {what}", where=where, what=slot_text(t, place.slot)) if place.slot.sort.kinds or place.slot.sort.stages else where


def show_order(screen: Screen, view: TemplateView) -> None:
    """The order in which words are looked for, and which are said; nothing to choose."""
    t, says = screen.t, said_by(view.asked)
    with st.expander(t("Said here: {place}", place=place_text(t, says)), icon=":material/rule:"):
        st.markdown(t("The first of these places in which something is written gives the words; the more particular one comes first:"))
        lines = []
        for place in view.asked:
            said = (
                t("**said**") if place is says else t("written, but a place above comes first") if place.written else t("nothing written")
            )
            lines.append(f"1. {place_text(t, place)}{t.pick('：', ': ')}{said}")
        st.markdown("\n".join(lines))
