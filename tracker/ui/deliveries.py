"""Pieces of the deliveries screen: every mail with what became of it, and the ledger of the alerts."""

from __future__ import annotations

from enum import StrEnum

import streamlit as st

from tracker.notify import wording
from tracker.notify.notice_wording import NAME_MSGIDS
from tracker.services.alerts import AlertRow, alert_list
from tracker.services.delivery import CANCELLED_MSGIDS, Delivery, delivery_list, retry_delivery
from tracker.services.policy import INSTALLATION, Act, may
from tracker.ui.components import attempt, date_text, empty_state, escape, found, instant_text, say_after_rerun
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key


class View(StrEnum):
    """What of the alerts is looked at."""

    MAILS = "mails"
    LEDGER = "ledger"


STATUS_MSGIDS: dict[str, tuple[str, str, str]] = {
    "failed": ("failed", "red", "error"),
    "pending": ("waiting", "blue", "schedule"),
    "sending": ("being sent", "blue", "outgoing_mail"),
    "sent": ("sent", "green", "check_circle"),
    "cancelled": ("cancelled", "gray", "cancel"),
}
_VIEW_MSGIDS = {View.MAILS: "Mails", View.LEDGER: "Ledger"}
_MOST = 100


def choose_view(screen: Screen) -> View:
    """Mails or ledger."""
    t = screen.t
    chosen = st.segmented_control(
        t("What to look at"),
        list(View),
        default=View.MAILS,
        key="deliveries-view",
        format_func=lambda view: t(_VIEW_MSGIDS[view]),
        label_visibility="collapsed",
    )
    return View(chosen or View.MAILS)


def show(screen: Screen, view: View) -> None:
    """The chosen view."""
    if view is View.LEDGER:
        _ledger(screen)
    else:
        _mails(screen)


def _mails(screen: Screen) -> None:
    t = screen.t
    if screen.desk.settings.is_demo:
        st.info(t("A demo sends nothing: these are the mails as they would have gone out."), icon=":material/outbox:")
    elif not screen.desk.settings.smtp_url:
        st.warning(t("No mail server is set up: mails are only kept here. Set TRACKER_SMTP_URL."), icon=":material/unsubscribe:")
    chosen = st.pills(
        t("State"),
        list(STATUS_MSGIDS),
        selection_mode="multi",
        key="deliveries-status",
        format_func=lambda status: t(STATUS_MSGIDS[status][0]),
    )
    with found(screen):
        rows = delivery_list(screen.ctx, statuses=tuple(chosen or STATUS_MSGIDS), limit=_MOST)
    if not rows:
        empty_state(screen, "No mail here.", "Mails appear when the worker raises an alert, from 08:00 of its day.")
        return
    if len(rows) == _MOST:
        st.caption(t("The newest {n} are shown.", n=_MOST))
    may_retry = may(screen.viewer, Act.RETRY_DELIVERY, INSTALLATION)
    for row in rows:
        _card(screen, row, may_retry)


def _card(screen: Screen, row: Delivery, may_retry: bool) -> None:
    t = screen.t
    msgid, colour, icon = STATUS_MSGIDS[row.status]
    with st.container(border=True, key=f"delivery-{row.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(t(msgid), color=colour, icon=f":material/{icon}:")
            st.badge(t(NAME_MSGIDS[row.notice]) if row.notice else wording.stage_text(t, row.stage), color="gray")
            if row.possibly_twice:
                st.badge(t("possibly delivered twice"), color="orange", icon=":material/content_copy:")
        title = row.subject or f"{t.pick(row.title_zh, row.title_en)} ({row.project})"
        st.markdown(f"**{escape(title)}**")
        st.caption(f"{escape(row.name)} · {escape(row.address)} · {t('Legal last day: {day}', day=date_text(row.due_on))}")
        st.caption(_when(screen, row))
        if row.error:
            said = t(CANCELLED_MSGIDS[row.error]) if row.error in CANCELLED_MSGIDS else row.error
            st.markdown(t("Reason: {reason}", reason=escape(said)))
        if row.text:
            with st.expander(t("Read the mail"), icon=":material/drafts:"):
                st.code(row.text, language=None, wrap_lines=True)
                st.text(row.message_id)
        if row.status == "failed" and may_retry and st.button(t("Try again"), key=f"retry-{row.id}", icon=":material/refresh:"):
            _retry(screen, row)


def _when(screen: Screen, row: Delivery) -> str:
    t = screen.t
    if row.sent_at:
        return t("Sent at {at}, attempts: {n}", at=instant_text(row.sent_at), n=row.attempts)
    if row.status in ("pending", "sending"):
        return t("From {at}, attempts: {n}", at=instant_text(row.available_at), n=row.attempts)
    return t("Attempts: {n}", n=row.attempts)


def _retry(screen: Screen, row: Delivery) -> None:
    form = f"retry-delivery-{row.id}-{row.attempts}"
    with attempt(screen) as outcome:
        retry_delivery(screen.ctx, delivery_id=row.id, key=form_key(form))
    if outcome.ok:
        renew_key(form)
        say_after_rerun(screen.t("The mail waits to be sent again."))
        st.rerun()


def _ledger(screen: Screen) -> None:
    t = screen.t
    code = st.text_input(t("Code of the project"), key="deliveries-project", placeholder="DEMO-OWN-01").strip()
    if not code:
        empty_state(screen, "The ledger holds every stage of every obligation.", "Give the code of a project to see its stages.")
        return
    with found(screen):
        rows = alert_list(screen.ctx, project=code)
    if not rows:
        empty_state(screen, "Nothing was raised for {code} yet.", "Check the code, or see the project's page.", code=code)
        return
    st.dataframe([_line(screen, row) for row in rows], hide_index=True, key="deliveries-ledger")


def _line(screen: Screen, row: AlertRow) -> dict[str, str]:
    t = screen.t
    return {
        t("Legal last day"): date_text(row.due_on),
        t("Obligation"): row.obligation,
        t("Stage"): wording.stage_text(t, row.stage),
        t("Day of the stage"): date_text(row.stage_on),
        t("State"): t(wording.STATE_MSGIDS[row.state]),
        t("Recipients"): ", ".join(row.recipients),
        t("Recorded"): instant_text(row.raised_at),
    }
