"""Pieces of the health screen: is the worker alive, do mails go out, is the database safe."""

from __future__ import annotations

from datetime import datetime, timedelta

import streamlit as st

from tracker.clock import SystemClock
from tracker.services.assignments import KIND_MSGIDS
from tracker.services.heartbeat import DAILY, RAISES, SENDS, Health, Pulse
from tracker.ui.components import escape, instant_text, subheading
from tracker.ui.deliveries import STATUS_MSGIDS
from tracker.ui.guard import Screen
from tracker.ui.pages import link

_JOBS = {RAISES: "raises alerts", SENDS: "sends mails", DAILY: "daily work and signals"}


def machine_time() -> datetime:
    """The machine's own clock: signs of life are by it, also where the demo's clock stands still."""
    return SystemClock().now()


def show(screen: Screen, found: Health) -> None:
    """The three parts, the worst of each first."""
    _worker(screen, found)
    _mails(screen, found)
    _database(screen, found)
    _left_behind(screen, found)


def _left_behind(screen: Screen, found: Health) -> None:
    t = screen.t
    subheading(screen, "Desks")
    if not found.left_behind:
        st.success(t("Nothing lies with anybody whose account is off."), icon=":material/verified:")
    for one in found.left_behind:
        what = t.pick("、", ", ").join(f"{t(KIND_MSGIDS[kind])} {n}" for kind, n in one.counts)
        label = t("{name} is switched off and still has: {what}. Hand it over.", name=escape(one.name), what=what)
        link(screen, "hand_over", label=label, icon=":material/swap_horiz:", person=one.person_id)


def _worker(screen: Screen, found: Health) -> None:
    t = screen.t
    subheading(screen, "Worker")
    if not found.worker_is_alive:
        st.error(
            t("No worker has looked for more than a minute and a half: nothing is raised or mailed. Start it with `tracker worker`."),
            icon=":material/heart_broken:",
        )
    elif any(not pulse.is_fresh for pulse in found.pulses if pulse.error):
        st.warning(t("The worker runs, but its last look failed; the log says more."), icon=":material/warning:")
    else:
        st.success(t("The worker looks every half minute."), icon=":material/monitor_heart:")
    for pulse in found.pulses:
        _pulse(screen, pulse)


def _pulse(screen: Screen, pulse: Pulse) -> None:
    t = screen.t
    with st.container(border=True):
        st.markdown(f"**{escape(pulse.host)}** · {t(_JOBS.get(pulse.name, pulse.name))}")
        st.caption(t("Last look {at}, {age} ago", at=instant_text(pulse.last_look_at), age=_age(screen, pulse.age)))
        if pulse.error:
            st.markdown(t("Failed with: {error}", error=escape(pulse.error)))
            st.caption(t("Last good one {at}", at=instant_text(pulse.last_ok_at)))


def _age(screen: Screen, age: timedelta) -> str:
    seconds = max(0, int(age.total_seconds()))
    if seconds < 120:
        return screen.t("{n} seconds", n=seconds)
    if seconds < 7200:
        return screen.t("{n} minutes", n=seconds // 60)
    return screen.t("{n} hours", n=seconds // 3600)


def _mails(screen: Screen, found: Health) -> None:
    t = screen.t
    subheading(screen, "Mail")
    if not screen.desk.settings.is_demo and not screen.desk.settings.smtp_url:
        st.warning(t("No mail server is set up: mails are only kept here. Set TRACKER_SMTP_URL."), icon=":material/unsubscribe:")
    with st.grid(min_column_width=130, key="health_mails"):
        for status, (msgid, _, _) in STATUS_MSGIDS.items():
            st.metric(t(msgid), f"{found.mails.get(status, 0):,}", border=True)
    if found.mails.get("held"):
        told = t("Mails that the brake holds back: {n}. Decide on the page of alerts and deliveries.", n=found.mails["held"])
        st.error(told, icon=":material/front_hand:")
    if found.mails.get("failed"):
        st.error(t("Mails have failed; look at the reasons and try again."), icon=":material/error:")
    link(screen, "deliveries", icon=":material/arrow_forward:")


def _database(screen: Screen, found: Health) -> None:
    t = screen.t
    subheading(screen, "Database")
    with st.container(horizontal=True):
        st.metric(t("Kind"), f"{found.database} {found.sqlite}".strip(), border=True)
        st.metric(t("Size"), f"{found.database_bytes / 1_048_576:,.1f} MB", border=True)
    for remark in found.remarks:
        message = t(remark.msgid, **{name: escape(str(value)) for name, value in remark.params.items()})
        if remark.level == "stop":
            st.error(message, icon=":material/report:")
        else:
            st.warning(message, icon=":material/warning:")
    if not found.remarks:
        st.success(t("Nothing is wrong with the database and its place."), icon=":material/verified:")
