"""Calendar feeds on the account page, on a project's page and of a programme: make one, how to add it, take it back."""

from __future__ import annotations

import streamlit as st

from tracker.services.calendar_feeds import FeedLine, FeedScope, feed_list, make_feed, may_make, revoke_feed
from tracker.ui.components import attempt, confirm, escape, found, instant_text, say_after_rerun, subheading
from tracker.ui.guard import Screen
from tracker.ui.keys import Key, form_key, renew_key

FIELDS = {"calendar": "Calendar"}


def of_person(screen: Screen) -> None:
    """On the account page: the calendar of what she is told of, and every calendar that she has, with the way to take each back."""
    t = screen.t
    subheading(screen, "My calendar")
    st.caption(t("Your dates in the calendar you use anyway: Google, Outlook, Apple and others. It follows every change by itself."))
    with found(screen):
        rows = feed_list(screen.ctx)
    _make(screen, FeedScope.PERSON, "person")
    for row in rows:
        _card(screen, row)


def of_project(screen: Screen, project_id: int, programme_id: int) -> None:
    """On a project's page: its dates as a calendar. The programme is the project's own."""
    if may_make(screen.ctx, project_id=project_id, programme_id=programme_id):
        with st.expander(screen.t("This project's dates in my calendar"), icon=":material/calendar_add_on:"):
            _part(screen, FeedScope.PROJECT, f"project-{project_id}", project_id=project_id)


def of_programme(screen: Screen, programme_id: int) -> None:
    """For staff: all dates of a programme as a calendar."""
    if may_make(screen.ctx, programme_id=programme_id):
        with st.expander(screen.t("This programme's dates in my calendar"), icon=":material/calendar_add_on:"):
            _part(screen, FeedScope.PROGRAMME, f"programme-{programme_id}", programme_id=programme_id)


def _part(screen: Screen, scope: FeedScope, name: str, **about: int) -> None:
    with found(screen):
        rows = feed_list(screen.ctx, project_id=about.get("project_id"), programme_id=about.get("programme_id"))
    _make(screen, scope, name, **about)
    for row in rows:
        _card(screen, row)


def _make(screen: Screen, scope: FeedScope, name: str, **about: int) -> None:
    """The button, and after it the address: shown once, since only its hash is kept."""
    t, form, slot = screen.t, f"feed-{name}", f"{Key.FEED}-{name}"
    means = t(
        "Whoever has the address reads these dates: titles and days, no amounts and no names. Take it back when you no longer need it."
    )
    made = st.session_state.get(slot)
    if made is not None and made.feed_id in {row.feed_id for row in feed_list(screen.ctx)}:
        _address(screen, made.address(screen.desk.settings.public_url), form, means)
        if st.button(t("I have copied it"), key=f"copied-{form}", icon=":material/done:"):
            st.session_state.pop(slot)
            st.rerun()
        return
    # While an address is shown, none is made: a second click finds no button.
    if st.button(t("Make a calendar address"), key=f"make-{form}", icon=":material/calendar_add_on:", help=means):
        with attempt(screen, names=FIELDS) as outcome:
            st.session_state[slot] = make_feed(screen.ctx, scope=scope.value, key=form_key(form), **about)
        if outcome.ok:
            renew_key(form)
            st.rerun()


def _address(screen: Screen, address: str, form: str, means: str) -> None:
    t = screen.t
    with st.container(border=True, key=f"new-{form}"):
        st.markdown(f"**{t('Copy this address now; it is not shown again.')}**")
        st.code(address, language=None, wrap_lines=True)
        st.caption(means)
        _how_to_add(screen, address)


def _how_to_add(screen: Screen, address: str) -> None:
    t = screen.t
    webcal = "webcal://" + address.split("://", 1)[1]
    st.markdown(
        "\n".join(
            (
                f"- **Google**{t.pick('：', ': ')}{t('on a computer, Settings, Add calendar, From URL; paste the address.')}",
                f"- **Outlook**{t.pick('：', ': ')}{t('Calendar, Add calendar, Subscribe from web; paste the address.')}",
                f"- **Apple**{t.pick('：', ': ')}{t('on the device itself, open this address and agree:')}",
            )
        )
    )
    st.code(webcal, language=None, wrap_lines=True)
    st.caption(t("Programs look for changes on their own: Apple within hours, Outlook and Google within a day. Mails tell you sooner."))


def _card(screen: Screen, row: FeedLine) -> None:
    t = screen.t
    with st.container(border=True, key=f"feed-{row.feed_id}"):
        st.markdown(f"**{_title(screen, row)}**")
        read = t("last read {at}", at=instant_text(row.last_read_at)) if row.last_read_at else t("no program has read it yet")
        st.caption(t("made {at}", at=instant_text(row.created_at)) + " · " + read)
        consequences = " ".join(
            (
                t("Every program that reads this address gets nothing from now on."),
                t("Dates it already holds may stay until you remove the calendar there."),
                t("This cannot be undone; a new address can be made at any time."),
            )
        )
        if confirm(screen, f"revoke-feed-{row.feed_id}", t("Revoke this address"), consequences, yes=t("Revoke it")):
            form = f"revoke-feed-{row.feed_id}"
            with attempt(screen) as outcome:
                revoke_feed(screen.ctx, feed_id=row.feed_id, key=form_key(form))
            if outcome.ok:
                renew_key(form)
                say_after_rerun(t("The address opens nothing any more."))
                st.rerun()


def _title(screen: Screen, row: FeedLine) -> str:
    t = screen.t
    if row.scope == FeedScope.PERSON:
        return t("What I am told of")
    return escape(f"{row.code} {t.pick(row.title_zh, row.title_en)}".strip())
