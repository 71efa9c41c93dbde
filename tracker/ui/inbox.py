"""Pieces of the inbox: one card an alert, in the words of its mail, with the way to what it is about."""

from __future__ import annotations

import streamlit as st

from tracker.notify import notice_wording, wording
from tracker.services.inbox import InboxItem, mark_read
from tracker.services.notices import NoticeItem, mark_notices_read
from tracker.ui import alert_acts
from tracker.ui.components import attempt, date_text, empty_state, escape, instant_text
from tracker.ui.guard import Screen
from tracker.ui.keys import Key, form_key, renew_key
from tracker.ui.pages import link, page

_NOTICES_AT_ONCE = 3
_COLOURS = {"+1": "red", "+7": "red", "+14": "red", "due": "orange", "file_by": "orange", "T-1": "orange"}

_DRAWN = f"{Key.SEEN}-inbox"
"""The newest alert and the newest notice that she was shown: "all" is what she saw, and not what came while she read."""


def unread_only(screen: Screen) -> bool:
    """Whether only what was not read is wanted."""
    return st.toggle(screen.t("Only what I have not read"), key="inbox-unread-only")


def show(screen: Screen, items: list[InboxItem], unread: int, notices: list[NoticeItem]) -> None:
    """What happened first, then one card for each thing owed, with its newest alert; what came before it is named below."""
    t = screen.t
    if not items and not notices:
        if not screen.viewer.roles:
            means = "No role yet: ask your administrator."
        elif page("must_do").is_for(screen.viewer):
            means = "What you owe, with all its days, is under “What I owe” and on each project's page."
        else:
            means = "What concerns your work appears here as it happens."
        empty_state(screen, "No alert here.", means)
        return
    drawn = max((one.id for one in items), default=0), max((one.id for one in notices), default=0)
    if unread:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(t("{n} not read", n=unread))
            if st.button(t("Mark all as read"), key="inbox-read-all", icon=":material/done_all:"):
                _read(screen, "all", None, st.session_state.get(_DRAWN, drawn))
    _notices(screen, notices)
    series: dict[int, list[InboxItem]] = {}
    for item in items:
        series.setdefault(item.obligation_id, []).append(item)
    for newest, *earlier in series.values():
        _card(screen, newest, earlier)
    st.session_state[_DRAWN] = drawn


def _card(screen: Screen, item: InboxItem, earlier: list[InboxItem]) -> None:
    t = screen.t
    text = item.text(screen.ctx.today)
    new = [one.id for one in (item, *earlier) if one.read_at is None]
    with st.container(border=True, key=f"inbox-item-{item.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            _badges(screen, item, text)
        if item.settled:
            thing = escape(f"{wording.what(t, text)} ({item.project_code})")
            st.markdown(t("Settled since: {what}", what=thing))
        else:
            headline = escape(wording.headline(t, text, item.own))
            st.markdown(f"**{headline}**" if new else headline)
        days = t("Legal last day: {day}", day=date_text(item.due_on))
        if item.file_by_on and not item.settled and item.file_by_on != item.due_on:
            days += " · " + t("File by: {day}", day=date_text(item.file_by_on))
        st.caption(days)
        st.caption(f"{escape(t.pick(item.project_zh, item.project_en))} · {instant_text(item.placed_at)}")
        alert_acts.state(screen, item)
        if earlier:
            st.caption(t("Before: {stages}", stages=t.pick("、", ", ").join(wording.stage_text(t, one.stage) for one in earlier)))
        with st.container(horizontal=True, vertical_alignment="center"):
            link(screen, item.page, label=t("Open the page"), icon=":material/arrow_forward:", **item.query)
            if new and st.button(t("Mark as read"), key=f"inbox-read-{item.id}", type="tertiary", icon=":material/done:"):
                _read(screen, "-".join(map(str, new)), new)
            if not item.settled:
                alert_acts.buttons(screen, item)
        alert_acts.choices(screen, item)


def _notices(screen: Screen, notices: list[NoticeItem]) -> None:
    """The newest ones open, what is older folded away: a receipt stays to be found, and is in nobody's way."""
    for one in notices[:_NOTICES_AT_ONCE]:
        _notice(screen, one)
    if notices[_NOTICES_AT_ONCE:]:
        with st.expander(screen.t("{n} earlier notices", n=len(notices) - _NOTICES_AT_ONCE), icon=":material/history:"):
            for one in notices[_NOTICES_AT_ONCE:]:
                _notice(screen, one)


def _notice(screen: Screen, item: NoticeItem) -> None:
    t, text = screen.t, item.text
    new = item.read_at is None
    with st.container(border=True, key=f"notice-{item.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            if new:
                st.badge(t("new"), color="blue", icon=":material/fiber_new:")
            st.badge(t(notice_wording.NAME_MSGIDS[text.kind]), color="green", icon=":material/info:")
        headline = escape(notice_wording.headline(t, text, item.own))
        st.markdown(f"**{headline}**" if new else headline)
        for name, label in (("letter_number", t("Letter")), ("reason", t("Reason"))):
            if text.params.get(name):
                st.caption(f"{label}{t.pick('：', ': ')}{escape(str(text.params[name]))}")
        project = escape(t.pick(text.project_zh, text.project_en))
        st.caption(t.pick("、", ", ").join(text.params.get("codes") or ()) + f"{project} · {instant_text(item.placed_at)}")
        with st.container(horizontal=True, vertical_alignment="center"):
            if item.page != "inbox":
                link(screen, item.page, label=t("Open the page"), icon=":material/arrow_forward:", **item.query)
            if new and st.button(t("Mark as read"), key=f"notice-read-{item.id}", type="tertiary", icon=":material/done:"):
                _read_notice(screen, item.id)


def _read_notice(screen: Screen, notice_id: int) -> None:
    form = f"notice-read-{notice_id}"
    with attempt(screen) as outcome:
        mark_notices_read(screen.ctx, notice_ids=[notice_id], key=form_key(form))
    if outcome.ok:
        renew_key(form)
        st.rerun()


def _badges(screen: Screen, item: InboxItem, text: wording.AlertText) -> None:
    t = screen.t
    if item.read_at is None:
        st.badge(t("new"), color="blue", icon=":material/fiber_new:")
    unconfirmed = text.anchor_unconfirmed and text.days_over > 0
    colour = "gray" if item.settled else "orange" if unconfirmed else _COLOURS.get(item.stage, "blue")
    st.badge(wording.stage_text(t, item.stage), color=colour, icon=":material/notifications:")
    if item.state == "cancelled":
        st.badge(t(wording.STATE_MSGIDS[item.state]), color="gray", icon=":material/notifications_off:")
    if text.waits_for_receipt:
        st.badge(t("not yet filed with the funder"), color="orange", icon=":material/outbox:")


def _read(screen: Screen, name: str, item_ids: list[int] | None, newest: tuple[int, int] | None = None) -> None:
    form = f"inbox-read-{name}"
    with attempt(screen) as outcome:
        mark_read(screen.ctx, item_ids=item_ids, newest=newest, key=form_key(form))
    if outcome.ok:
        renew_key(form)
        st.rerun()
