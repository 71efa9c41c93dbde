"""Pieces of the programmes screen: what each call asks for, in its own words, how sure that is, and its reminders."""

from __future__ import annotations

import streamlit as st

from tracker.domain.statuses import Basis, DateStatus, DischargedBy
from tracker.services.ladders import ProgrammeView, RuleView
from tracker.ui import feeds, institution_contacts, ladder
from tracker.ui.components import confidence_text, date_text, empty_state, escape
from tracker.ui.guard import Screen
from tracker.ui.ladder_words import KIND_MSGIDS

_STATUS_MSGIDS = {
    DateStatus.DATED: ("dated by the rule", "green", "event_available"),
    DateStatus.ON_NOTICE: ("dated by notice", "blue", "mark_email_unread"),
    DateStatus.NOT_STATED: ("not stated in the call", "gray", "event_busy"),
}
_BASIS_MSGIDS = {
    Basis.CALL: "from the call",
    Basis.SETTING: "a setting of this system",
    Basis.CONTRACT: "from the contract",
    Basis.OFFICIAL: "from an official letter",
}


def choose(screen: Screen, views: list[ProgrammeView]) -> ProgrammeView | None:
    """The programme to look at; None where there is none."""
    t = screen.t
    if not views:
        empty_state(screen, "No programme here.", "A programme appears with your first project in it, or when you get a role in it.")
        return None
    if len(views) == 1:
        return views[0]
    by_code = {view.code: view for view in views}
    code = st.selectbox(
        t("Programme"),
        list(by_code),
        format_func=lambda one: t.pick(by_code[one].title_zh, by_code[one].title_en),
        key="programmes-choice",
    )
    return by_code[code]


def show(screen: Screen, view: ProgrammeView) -> None:
    """One programme: its head, its reminders, for the office the contacts at institutions, its rules."""
    t = screen.t
    st.subheader(t.pick(view.title_zh, view.title_en), anchor=False)
    if view.fictional:
        st.badge(t("sample, made up"), color="orange", icon=":material/science:")
    authority = escape(t.pick(view.authority_zh, view.authority_en))
    st.caption(f"{authority} · {escape(view.code)} · {t('version {version}', version=escape(view.pack_version))}")
    st.caption(t("Checked against the text on {day}", day=date_text(view.checked_on)))
    st.markdown(f"#### {t('Reminders')}")
    ladder.show(screen, view)
    feeds.of_programme(screen, view.programme_id)
    if view.may_edit_contacts:
        st.markdown(f"#### {t('Contacts at institutions')}")
        institution_contacts.show(screen, view)
    st.markdown(f"#### {t('Rules')}")
    for rule in view.rules:
        _rule(screen, rule)


def _rule(screen: Screen, rule: RuleView) -> None:
    t = screen.t
    msgid, colour, icon = _STATUS_MSGIDS[DateStatus(rule.status)]
    with st.container(border=True, key=f"rule-{rule.id}"):
        st.markdown(f"**{escape(t.pick(rule.title_zh, rule.title_en))}**")
        with st.container(horizontal=True):
            st.badge(t(KIND_MSGIDS[rule.kind]), color="gray")
            st.badge(t(msgid), color=colour, icon=f":material/{icon}:")
            if not rule.duty:
                st.badge(t("a reminder, not a duty"), color="gray")
            if rule.discharged_by == DischargedBy.EXTERNAL:
                st.badge(t("also to be filed with the funder"), color="orange", icon=":material/outbox:")
        if rule.wording:
            st.markdown(f"> {escape(rule.wording)}")
        if rule.gloss_en and not t.is_chinese:
            st.caption(escape(rule.gloss_en))
        if rule.clause:
            st.caption(t("Clause: {clause}", clause=escape(rule.clause)))
        sure = f"{t(_BASIS_MSGIDS[Basis(rule.basis)])} · {confidence_text(screen, rule.confidence)}"
        st.caption(t("How sure: {confidence}", confidence=sure))
        st.caption(t("In force from {day}, checked on {checked}", day=date_text(rule.effective_from), checked=date_text(rule.checked_on)))
