"""Pieces of the screen of chat channels. An address is typed here and never shown again."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from tracker.notify.chat import SERVICES
from tracker.notify.chat_answers import answer_text
from tracker.services import chat_channels, chat_hosts
from tracker.services.chat_channels import Channels, ChannelView
from tracker.services.chat_hosts import ChatHost
from tracker.services.errors import Stale
from tracker.ui.begun import begun, changed_by_herself, forget, overtaken
from tracker.ui.components import attempt, confirm, empty_state, escape, instant_text, say_after_rerun, subheading
from tracker.ui.guard import Screen
from tracker.ui.keys import Key, form_key, form_name, next_form, renew_key

FIELDS = {
    "name": "Name of the channel",
    "service": "Service",
    "address": "Address",
    "recipient": "Group, room or user",
    "programme": "Programme",
    "language": "Language",
    "hosts": "Hosts of webhooks",
}
_NAMES = {"line": "LINE", "teams": "Microsoft Teams", "slack": "Slack"}
_LANGUAGES = {"zh_TW": "中文（臺灣）", "en": "English"}
_ADDRESS = {
    "line": "Channel access token",
    "teams": "Address of the workflow",
    "slack": "Address of the incoming webhook",
    "webhook": "Address of the webhook",
}
_GUIDES = {
    "line": (
        "In the LINE Developers Console open your Messaging API channel and issue a long-lived channel access token. Invite the channel's"
        " official account into the group; its webhook events show the group's id, which begins with C. LINE Notify ended in March 2025."
    ),
    "teams": (
        "In Teams choose Workflows for the channel, take “Post to a channel when a webhook request is received”, and copy the address"
        " that it shows at the end. The old Office 365 connectors no longer work."
    ),
    "slack": "In Slack add the app “Incoming Webhooks”, choose the channel, and copy the webhook address.",
    "webhook": (
        "Any program that takes JSON by HTTPS: it gets title, message and type. Put its host on the list at the foot of this page first."
    ),
}


def service_name(screen: Screen, service: str) -> str:
    """The name of a service."""
    return _NAMES.get(service) or screen.t("Webhook")


def error_text(screen: Screen, error: str) -> str:
    """What a service answered, in the reader's language, with the code it gave."""
    return escape(answer_text(screen.t, error))


def intro(screen: Screen) -> None:
    """What a channel gets, and what it never gets."""
    st.markdown(
        screen.t(
            "A channel gets the alerts of those levels of a programme's policy that use chat: what is due, of which project, and when."
            " No names of people, no amounts; between 08:00 and 20:00 only, and many alerts at once as one message."
        )
    )


def add_form(screen: Screen, found: Channels) -> None:
    """Enter a channel; whatever is wrong, what was typed stays."""
    t, name = screen.t, form_name("channel-add")
    with st.expander(t("Add a channel"), icon=":material/add_comment:", expanded=not found.channels):
        service = st.segmented_control(
            t("Service"),
            SERVICES,
            default="line",
            format_func=lambda one: service_name(screen, one),
            key=f"{name}-service",
            required=True,
        )
        st.caption(t(_GUIDES[service]))
        with st.form(name, border=False):
            entry = _fields(screen, found, name, service)
            sent = st.form_submit_button(t("Add the channel"), type="primary", key=f"{name}-send")
    if not sent:
        return
    with attempt(screen, names=FIELDS) as outcome:
        chat_channels.add_channel(screen.ctx, service=service, key=form_key(name), **entry)
    if outcome.ok:
        next_form("channel-add")
        say_after_rerun(t("The channel was added. Send a trial message to see whether it arrives."))
        st.rerun()


def list_of(screen: Screen, found: Channels) -> None:
    """One card a channel."""
    subheading(screen, "Channels")
    if not found.channels:
        empty_state(
            screen,
            "No channel yet.",
            "Mail and the inbox work without any. Add one above, then let a level of a programme's policy use chat.",
        )
    for row in found.channels:
        with st.container(border=True, key=f"channel-{row.id}"):
            _card(screen, found, row)
    if any(row.trial and row.trial.status in ("pending", "sending") for row in found.channels):
        st.fragment(_watch, run_every=2)(screen, found)


def _watch(screen: Screen, before: Channels) -> None:
    """Look every two seconds whether a trial has come to an end, for as long as one is under way."""
    now = chat_channels.channel_list(screen.ctx)
    if [row.trial for row in now.channels] != [row.trial for row in before.channels]:
        st.rerun()


def _card(screen: Screen, found: Channels, row: ChannelView) -> None:
    t = screen.t
    with st.container(horizontal=True):
        st.markdown(f"**{escape(row.name)}** · {service_name(screen, row.service)}")
        st.badge(t(_badge(row)[0]), color=_badge(row)[1])
    st.caption(f"{escape(row.masked)} · {escape(row.programme or '') or t('every programme')} · {_LANGUAGES[row.language]}")
    with st.container():  # a place of its own: where a trial comes to its end, the fold below stays open
        _state(screen, row)
    with st.container(horizontal=True):
        _try(screen, row)
        _switch(screen, row)
        _remove(screen, row)
    with st.expander(t("Change")):
        _change(screen, found, row)


def _badge(row: ChannelView) -> tuple[str, str]:
    if not row.active:
        return "switched off", "gray"
    return ("broken", "red") if row.broken_at else ("on", "green")


def _state(screen: Screen, row: ChannelView) -> None:
    t = screen.t
    if not row.readable:
        st.error(
            t("Enter its address again: the installation's secret key is another one than when it was entered."), icon=":material/key_off:"
        )
    if not row.listed:
        st.error(t("{host} is not on the list of hosts, so nothing is sent.", host=escape(row.host)), icon=":material/block:")
    if row.active and row.broken_at:
        said = t(
            "It takes nothing since {at}: {answer}. What would be told there alone goes by mail. Enter its address again, or send a trial"
            " message: when one arrives, alerts go there again.",
            at=instant_text(row.broken_at), answer=error_text(screen, row.broken_error),
        )  # fmt: skip
        st.error(said, icon=":material/link_off:")
    if row.failed:
        st.warning(t("Messages that could not be delivered: {n}", n=row.failed), icon=":material/error:")
    lines = [t("Last message taken {at}", at=instant_text(row.last_taken_at)) if row.last_taken_at else t("Nothing was sent yet.")]
    if row.waiting:
        lines.append(t("waiting: {n}", n=row.waiting))
    st.caption(" · ".join(lines))
    trial = row.trial
    if trial is None:
        return
    if trial.status == "sent":
        st.success(t("The last trial was taken {at}.", at=instant_text(trial.at)), icon=":material/check_circle:")
    elif trial.status == "failed" or trial.error:
        st.error(t("The last trial was not taken: {error}", error=error_text(screen, trial.error)), icon=":material/error:")
    elif trial.status != "cancelled":
        st.info(t("The trial message waits for the worker; that takes a few seconds."), icon=":material/hourglass_top:")


def _try(screen: Screen, row: ChannelView) -> None:
    t, name = screen.t, f"channel-try-{row.id}"
    under_way = row.trial is not None and row.trial.status in ("pending", "sending")
    if st.button(t("Send a trial message"), key=name, disabled=under_way or not row.readable, icon=":material/send:") and not under_way:
        with attempt(screen, names=FIELDS) as outcome:
            chat_channels.try_channel(screen.ctx, channel_id=row.id, key=form_key(name))
        if outcome.ok:
            renew_key(name)
            st.rerun()


def _switch(screen: Screen, row: ChannelView) -> None:
    t, name = screen.t, f"channel-switch-{row.id}-{row.version}"
    label = t("Switch off") if row.active else t("Switch on")
    if row.active:
        said = t("Nothing more goes to {name}. Waiting messages cancelled: {n}.", name=escape(row.name), n=row.waiting)
    else:
        said = t("Alerts that are raised from now on go to {name} again.", name=escape(row.name))
    if confirm(screen, name, label, said):
        with attempt(screen, names=FIELDS) as outcome:
            chat_channels.switch_channel(
                screen.ctx, channel_id=row.id, active=not row.active, expected_version=row.version, key=form_key(name)
            )
        if outcome.ok:
            changed_by_herself(f"channel-change-{row.id}")
            _done(screen, name, t("Saved."))


def _remove(screen: Screen, row: ChannelView) -> None:
    t, name = screen.t, f"channel-remove-{row.id}-{row.version}"
    said = t(
        "{name} and its address are gone for good. Waiting messages cancelled: {n}. What was sent stays in the list of deliveries.",
        name=escape(row.name), n=row.waiting,
    )  # fmt: skip
    if confirm(screen, name, t("Remove"), said):
        with attempt(screen, names=FIELDS) as outcome:
            chat_channels.remove_channel(screen.ctx, channel_id=row.id, expected_version=row.version, key=form_key(name))
        if outcome.ok:
            _done(screen, name, t("The channel was removed."))


def _change(screen: Screen, found: Channels, row: ChannelView) -> None:
    t, form = screen.t, f"channel-change-{row.id}"
    old = begun(form, row)
    name = f"{form}-{old.version}"
    st.caption(t(_GUIDES[row.service]))
    with st.form(name, border=False):
        entry = _fields(screen, found, name, row.service, old)
        sent = st.form_submit_button(t("Save"), type="primary", key=f"{name}-send")
    if overtaken(screen, form, row) or not sent:
        return
    with attempt(screen, names=FIELDS) as outcome:
        chat_channels.change_channel(screen.ctx, channel_id=row.id, expected_version=row.version, key=form_key(name), **entry)
    if outcome.ok:
        forget(form)
        _done(screen, name, t("Saved."))


def _fields(screen: Screen, found: Channels, name: str, service: str, row: ChannelView | None = None) -> dict:
    """The fields of one channel; an address that is left empty keeps the present one."""
    t = screen.t
    titles = {one[0]: f"{one[1]} · {t.pick(one[2], one[3])}" for one in found.programmes}
    choices, languages = [None, *titles], list(_LANGUAGES)
    keep = "" if row is None else t("leave empty to keep the present one")
    entry = {"name": st.text_input(t("Name of the channel"), value=row.name if row else "", key=f"{name}-name")}
    entry["address"] = st.text_input(
        t(_ADDRESS[service]), type="password", key=f"{name}-address", autocomplete="off", placeholder=keep,
        help=t("It is stored encrypted and never shown again."),
    )  # fmt: skip
    if service == "line":
        entry["recipient"] = st.text_input(t("Group, room or user"), key=f"{name}-recipient", placeholder=keep or "C…")
    entry["programme_id"] = st.selectbox(
        t("About"), choices, index=choices.index(row.programme_id) if row and row.programme_id in choices else 0,
        format_func=lambda one: titles.get(one, t("every programme")), key=f"{name}-programme",
    )  # fmt: skip
    entry["language"] = st.radio(
        t("Language"), languages, index=languages.index(row.language) if row else 0, format_func=_LANGUAGES.__getitem__, horizontal=True,
        key=f"{name}-language",
    )  # fmt: skip
    return entry


def hosts_form(screen: Screen, found: Channels) -> None:
    """The hosts that webhooks may lead to, one a line."""
    t = screen.t
    subheading(screen, "Hosts of webhooks")
    st.caption(
        t(
            "LINE, Teams and Slack need no entry. A webhook goes only to a host on this list, over HTTPS, never by way of another address;"
            " where a name leads into a network, only if it is listed as inside."
        )
    )
    name = form_name("channel-hosts")
    slot = f"{Key.SEEN}-{name}"
    seen = st.session_state.setdefault(slot, found.hosts)
    with st.form(name, border=True):
        outside = st.text_area(t("On the internet, one a line"), value=_lines(seen, inside=False), key=f"{name}-out", height=100)
        inside = st.text_area(
            t("Inside our own network, one a line"), value=_lines(seen, inside=True), key=f"{name}-in", height=100,
            help=t("Whoever may enter a channel can then make this server send a message to that machine."),
        )  # fmt: skip
        sent = st.form_submit_button(t("Save the list"), key=f"{name}-send")
    if not sent:
        return
    wanted = [ChatHost(line) for line in outside.splitlines()] + [ChatHost(line, inside=True) for line in inside.splitlines()]
    with attempt(screen, names=FIELDS) as outcome:
        chat_hosts.set_hosts(screen.ctx, hosts=wanted, seen=seen, key=form_key(name))
    if isinstance(outcome.error, Stale):
        st.session_state[slot] = found.hosts
        st.info(t("On the list now: {hosts}", hosts=escape(t.pick("、", ", ").join(one.host for one in found.hosts)) or "—"))
    if outcome.ok:
        st.session_state.pop(slot, None)
        next_form("channel-hosts")
        say_after_rerun(t("The list of hosts was saved."))
        st.rerun()


def _lines(hosts: Sequence[ChatHost], *, inside: bool) -> str:
    return "\n".join(one.host for one in hosts if one.inside is inside)


def _done(screen: Screen, name: str, said: str) -> None:
    renew_key(name)
    say_after_rerun(said)
    st.rerun()
