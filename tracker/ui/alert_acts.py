"""What can be done with an alert on the inbox page, each with its consequence; and for the office who has seen what."""

from __future__ import annotations

import streamlit as st

from tracker.notify import wording
from tracker.services.alert_acts import AlertActs, acknowledge, acts_on, delegate_alert, snooze, take_back_alert
from tracker.services.inbox import InboxItem
from tracker.services.policy import Act, Target, may
from tracker.services.project_page import ProjectPage
from tracker.services.seen_alerts import Reached, SeenAlert, seen_alerts
from tracker.services.viewer import Role
from tracker.ui.components import attempt, date_text, escape, found, instant_text, say_after_rerun
from tracker.ui.frame import ROLE_MSGIDS
from tracker.ui.guard import Screen
from tracker.ui.keys import Key, form_key, renew_key

FIELDS = {"until_on": "Remind me again on", "reason": "Why it can wait", "to_person_id": "Colleague"}


def state(screen: Screen, item: InboxItem) -> None:
    """What she did with it already, in one line."""
    t = screen.t
    if item.acknowledged_at is not None:
        st.caption(f":material/visibility: {t('You have seen it: {at}', at=instant_text(item.acknowledged_at))}")
    if item.snoozed_until_on is not None and item.snoozed_until_on > screen.ctx.today:
        st.caption(f":material/snooze: {t('You are reminded again on {day}', day=date_text(item.snoozed_until_on))}")


def buttons(screen: Screen, item: InboxItem) -> None:
    """Seen, later, a colleague: beside the way to the page; what needs a choice opens."""
    t = screen.t
    means = t(
        "This stage is not repeated to you; the next one comes on its day. It hands nothing in. The office sees that you have seen it."
    )
    unseen = item.acknowledged_at is None
    if unseen and st.button(t("I have seen it"), key=f"ack-{item.id}", icon=":material/visibility:", type="tertiary", help=means):
        _acknowledge(screen, item)
    slot = f"{Key.ASKED}-later-{item.id}"
    label = (
        t("Remind me again later") if item.role in (Role.OFFICER, Role.CHIEF) else t("Later, or a colleague")
    )  # an office hands over elsewhere
    is_open = bool(st.session_state.get(slot))
    label = t("Close") if is_open else label
    # What the button said when it was pressed, and not the other way round: a second click on "Later" leaves it open.
    st.button(label, key=f"later-{item.id}", icon=":material/more_time:", type="tertiary", on_click=_open, args=(slot, not is_open))


def choices(screen: Screen, item: InboxItem) -> None:
    """Below the buttons, once opened: another day, or a colleague."""
    if item.settled or not st.session_state.get(f"{Key.ASKED}-later-{item.id}"):
        return
    with found(screen):
        acts = acts_on(screen.ctx, item.alert_id)
    with st.grid(min_column_width=260, key=f"choices-{item.id}"):
        with st.container():
            _snooze(screen, acts)
        with st.container():
            _delegate(screen, acts)


def _open(slot: str, is_open: bool) -> None:
    st.session_state[slot] = is_open


def _acknowledge(screen: Screen, item: InboxItem) -> None:
    form = f"ack-{item.id}"
    with attempt(screen) as outcome:
        acknowledge(screen.ctx, alert_id=item.alert_id, key=form_key(form))
    if outcome.ok:
        renew_key(form)
        st.rerun()


def _snooze(screen: Screen, acts: AlertActs) -> None:
    t, item = screen.t, acts.item
    st.markdown(f"**{t('Remind me again')}**")
    if acts.snooze_until is None:
        st.caption(t(acts.no_snooze))
        return
    days = acts.snooze_days(screen.ctx.today)
    day = st.selectbox(t("Remind me again on"), days, format_func=lambda one: wording.day_text(t, one), key=f"snooze-day-{item.id}")
    reason = ""
    if acts.needs_reason:
        reason = st.text_area(t("Why it can wait"), key=f"snooze-why-{item.id}")  # a limit here would drop a long paste in silence
    st.caption(t("You get this alert once more in the morning of that day. It moves no date: the legal last day stays."))
    if not st.button(t("Remind me again"), key=f"snooze-send-{item.id}") or day is None:
        return
    form = f"snooze-{item.id}-{day}"
    with attempt(screen, names=FIELDS) as outcome:
        snooze(screen.ctx, alert_id=item.alert_id, until_on=day, reason=reason, key=form_key(form))
    if outcome.ok:
        renew_key(form)
        st.session_state.pop(f"{Key.ASKED}-later-{item.id}", None)
        say_after_rerun(t("Noted: you are reminded again on {day}.", day=date_text(day)))
        st.rerun()


def _delegate(screen: Screen, acts: AlertActs) -> None:
    t, item = screen.t, acts.item
    for giver in acts.asked_by:
        st.caption(t("{name} asked you to see to it.", name=escape(giver)))
    if acts.asked is not None:
        st.caption(t("You asked {name} to see to it.", name=escape(acts.asked.name)))
        if st.button(t("See to it myself again"), key=f"take-back-{acts.asked.delegation_id}"):
            take_back(screen, acts.asked.delegation_id)
    free = [one for one in acts.colleagues if acts.asked is None or one.person_id != acts.asked.to_person_id]
    if not free:
        return
    st.markdown(f"**{t('Ask a colleague to see to it')}**")
    names = {one.person_id: t("{name}, {role}", name=one.name, role=t(ROLE_MSGIDS[one.role])) for one in free}
    to = st.selectbox(t("Colleague"), list(names), format_func=names.__getitem__, key=f"delegate-to-{item.id}")
    st.caption(t("She is told now and of every further stage. You are told again on the last days. The duty stays with the project."))
    if not st.button(t("Ask this colleague"), key=f"delegate-send-{item.id}") or to is None:
        return
    form = f"delegate-{item.id}-{to}"
    with attempt(screen, names=FIELDS) as outcome:
        delegate_alert(screen.ctx, alert_id=item.alert_id, to_person_id=to, key=form_key(form))
    if outcome.ok:
        renew_key(form)
        st.session_state.pop(f"{Key.ASKED}-later-{item.id}", None)
        say_after_rerun(t("Noted: {name} was asked and is told now. The duty stays with the project.", name=escape(names[to])))
        st.rerun()


def take_back(screen: Screen, delegation_id: int) -> None:
    """End what was asked, and tell the other one."""
    form = f"take-back-{delegation_id}"
    with attempt(screen) as outcome:
        take_back_alert(screen.ctx, delegation_id=delegation_id, key=form_key(form))
    if outcome.ok:
        renew_key(form)
        st.rerun()


def seen(screen: Screen, page: ProjectPage) -> None:
    """For the office: the newest alert of each thing owed, and who has seen it when."""
    t, project_id = screen.t, page.header.project_id
    if not may(screen.viewer, Act.SEE_PORTFOLIO, Target(project_id, page.header.programme_id)):
        return
    with found(screen):
        rows = seen_alerts(screen.ctx, project_id)
    if not rows:
        return
    unseen = sum(row.nobody_has_seen_it for row in rows)
    title = t("Alerts and who has seen them")
    with st.expander(f"{title} · {t('{n} seen by nobody here', n=unseen)}" if unseen else title, icon=":material/visibility:"):
        st.caption(t("Seen means: opened or acknowledged here or by the link in the mail. It stops no further stage."))
        for row in rows:
            _seen_row(screen, row)


def _seen_row(screen: Screen, row: SeenAlert) -> None:
    t = screen.t
    period, title = wording.period_text(t, row.period_label), t.pick(row.title_zh, row.title_en)
    what = escape(t("{title}, {period}", title=title, period=period) if period else title)
    st.markdown(f"**{what}** · {escape(wording.stage_text(t, row.stage))} · {instant_text(row.raised_at)}")
    lines = [f"- {escape(one.name)}{t.pick('：', ': ')}{_reached(screen, one)}" for one in row.people]
    lines += [f"- {t('{giver} asked {taker} to see to it', giver=escape(giver), taker=escape(taker))}" for giver, taker in row.asked]
    st.markdown("\n".join(lines))


def _reached(screen: Screen, one: Reached) -> str:
    t = screen.t
    if one.acknowledged_at is not None:
        said = "acknowledged by the link in the mail, {at}" if one.via == "mail" else "acknowledged here, {at}"
        return t(said, at=instant_text(one.acknowledged_at))
    if one.snoozed_until_on is not None:
        return t("put off until {day}", day=date_text(one.snoozed_until_on))
    return t("opened, {at}", at=instant_text(one.read_at)) if one.read_at is not None else t("not seen here yet")
