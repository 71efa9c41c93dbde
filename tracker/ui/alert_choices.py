"""How the viewer wants to be told: a section of her account."""

from __future__ import annotations

from dataclasses import asdict
from functools import lru_cache
from zoneinfo import available_timezones

import streamlit as st

from tracker.notify.wording import day_text
from tracker.services.alert_choices import AlertChoice, choose_alerts, my_alert_choice, next_digest
from tracker.ui.components import attempt, found, say_after_rerun, subheading
from tracker.ui.guard import Screen
from tracker.ui.keys import Key, form_key, renew_key

_FORM = "alert-choices"
_HOURS = list(range(24))
_FIELD_NAMES = {
    "digest_hour": "Hour of the digest",
    "quiet_from": "Quiet from",
    "quiet_until": "Quiet until",
    "time_zone": "Time zone",
}
_ALWAYS = (
    "What is urgent cannot be switched off: the last days before a date, what is overdue, and what the office sends you itself."
    " It comes in a mail of its own as soon as your quiet hours end; on a last day that would be over by then, at once."
)


def section(screen: Screen) -> None:
    """The form, with what it means for the next days."""
    t = screen.t
    subheading(screen, "When I am told")
    with found(screen):
        mine = my_alert_choice(screen.ctx)
    st.markdown(t(_ALWAYS))
    st.caption(_meaning(screen, mine))
    with st.container(border=True, key=_FORM):
        begun = st.session_state.setdefault(Key.ALERT_CHOICE, mine)
        values = _fields(screen, begun)
        if mine.version == begun.version:
            if st.button(t("Keep it so"), key=f"{_FORM}-send"):
                _keep(screen, mine, values)
        elif values == asdict(begun.choice):
            _begin_with(mine)
        else:
            _overtaken(screen, mine, values)


def _meaning(screen: Screen, mine: AlertChoice) -> str:
    t, choice = screen.t, mine.choice
    if not choice.digest:
        return t("You get no digest by mail: everything else is in your inbox here.")
    day, hour = next_digest(screen.ctx, choice)
    return t("Everything else comes in one mail a day. The next one goes out on {day} at {hour}, if there is anything to tell.",
             day=day_text(t, day), hour=hour)  # fmt: skip


def _fields(screen: Screen, begun: AlertChoice) -> dict:
    """The inputs, beginning with what was kept when they were first drawn: what was chosen stays, whatever another window does."""
    t, choice, version = screen.t, begun.choice, begun.version
    digest = st.toggle(t("One mail a day with everything that is not urgent"), choice.digest, key=f"{_FORM}-digest-{version}")
    hour = _hour(screen, "Hour of the digest", choice.digest_hour, f"{_FORM}-hour-{version}")
    with st.container(horizontal=True):
        quiet_from = _hour(screen, "Quiet from", choice.quiet_from, f"{_FORM}-from-{version}")
        quiet_until = _hour(screen, "Quiet until", choice.quiet_until, f"{_FORM}-until-{version}")
    st.caption(t("Nothing is mailed to you in your quiet hours. The same hour twice means that there are none."))
    rest = st.toggle(
        t("No digest on days off in Taiwan (it comes on the next working day)"), choice.rest_on_days_off, key=f"{_FORM}-rest-{version}"
    )
    zones = _zones(choice.time_zone)
    zone = st.selectbox(t("Time zone"), zones, zones.index(choice.time_zone), key=f"{_FORM}-zone-{version}")
    values = {"digest": digest, "digest_hour": hour, "quiet_from": quiet_from, "quiet_until": quiet_until}
    return {**values, "rest_on_days_off": rest, "time_zone": zone}


def _overtaken(screen: Screen, mine: AlertChoice, values: dict) -> None:
    """Something else was kept meanwhile: say so, keep what was chosen here, and let her decide."""
    t = screen.t
    st.warning(
        t("You kept something else in another window meanwhile. What you chose here is not kept yet."), icon=":material/sync_problem:"
    )
    with st.container(horizontal=True):
        if st.button(t("Keep what I chose here"), key=f"{_FORM}-mine"):
            _keep(screen, mine, values)
        if st.button(t("Take over the other"), key=f"{_FORM}-theirs"):
            _begin_with(mine)


def _begin_with(mine: AlertChoice) -> None:
    st.session_state[Key.ALERT_CHOICE] = mine
    st.rerun()


def _keep(screen: Screen, mine: AlertChoice, values: dict) -> None:
    kept = mine
    with attempt(screen, names=_FIELD_NAMES) as outcome:
        if values != asdict(mine.choice):  # a second click finds it kept
            kept = choose_alerts(screen.ctx, **values, expected_version=mine.version, key=form_key(_FORM))
    if outcome.ok:
        renew_key(_FORM)
        say_after_rerun(screen.t("Kept. Mails that wait already follow it."))
        _begin_with(kept)


def _hour(screen: Screen, msgid: str, value: int, key: str) -> int:
    return st.selectbox(screen.t(msgid), _HOURS, value, format_func=lambda hour: f"{hour:02}:00", key=key)


@lru_cache(maxsize=64)
def _zones(mine: str) -> list[str]:
    """Every zone that is named after a place, Taipei first."""
    found = {name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix/", "right/", "SystemV/"))}
    first = ["Asia/Taipei"] if mine == "Asia/Taipei" else ["Asia/Taipei", mine]
    return [*first, *sorted(found - set(first))]
