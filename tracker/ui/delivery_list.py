"""The list of mails: how many there are of each, which are asked for, page by page, and what is done to those that are chosen."""

from __future__ import annotations

from datetime import date, datetime

import streamlit as st

from tracker.domain.ladder import STAGES
from tracker.notify import wording
from tracker.services.day_fields import read_day
from tracker.services.delivery_acts import cancel_deliveries, retry_deliveries, send_again
from tracker.services.delivery_desk import STATUSES, Counts, Filters, MailPage, MailRow, desk_counts, mail_page
from tracker.services.errors import Invalid, Problem
from tracker.services.policy import INSTALLATION, Act, may
from tracker.ui.components import attempt, confirm, date_text, empty_state, escape, found, say_after_rerun
from tracker.ui.day_field import PLACEHOLDER
from tracker.ui.delivery_words import (
    CHANNEL_MSGIDS,
    SORT_MSGIDS,
    STATUS_MSGIDS,
    WHY_MSGIDS,
    about_text,
    reason_text,
    title_text,
    when_text,
)
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key
from tracker.ui.pages import link

_A_PAGE = 25
_PAGES = "deliveries-pages"
_NAMES = {"reason": "Reason for cancelling", "deliveries": "Mails", "day": "Day of sending"}


def show(screen: Screen) -> None:
    """Counts, filters, the mails, and what may be done to them."""
    t = screen.t
    if screen.desk.settings.is_demo:
        st.info(t("A demo sends nothing: these are the mails as they would have gone out."), icon=":material/outbox:")
    elif not screen.desk.settings.smtp_url:
        st.warning(t("No mail server is set up: mails are only kept here. Set TRACKER_SMTP_URL."), icon=":material/unsubscribe:")
    with found(screen):
        _counts(screen, desk_counts(screen.ctx))
    filters = _filters(screen)
    places = _places(filters)
    with found(screen):
        page = mail_page(screen.ctx, filters, before=places[-1], limit=_A_PAGE)
    if not page.rows:
        _nothing(screen, page, filters)
        return
    may_act = may(screen.viewer, Act.RETRY_DELIVERY, INSTALLATION)
    if may_act:
        _all_of_them(screen, page)
    chosen = [row for row in page.rows if _card(screen, row, may_act)]
    if may_act and chosen:
        _acts(screen, chosen)
    _turn(screen, page, places)


def _counts(screen: Screen, counts: Counts) -> None:
    t = screen.t
    waiting = {why: number for why, number in counts.waiting.items() if number}
    with st.grid(min_column_width=150, key="deliveries_counts"):
        st.metric(t("Failed"), counts.failed, border=True)
        st.metric(t("Held by the brake"), counts.held, border=True)
        st.metric(t("Mails waiting"), sum(waiting.values()) + counts.sending, border=True)
        st.metric(t("Sent today"), counts.sent_today, border=True)
        st.metric(t("Overtaken today"), counts.overtaken_today, border=True)
        st.metric(t("Cancelled, 30 d"), sum(counts.cancelled.values()), border=True)
    comma = t.pick("、", ", ")
    if waiting:
        told = comma.join(f"{t(WHY_MSGIDS[why])} {number:,}" for why, number in sorted(waiting.items(), key=lambda one: -one[1]))
        st.caption(t("What waits, and for what: {what}", what=told))
    if counts.cancelled:
        reasons = sorted(counts.cancelled.items(), key=lambda one: -one[1])
        told = comma.join(f"{escape(reason_text(screen, code))} {number:,}" for code, number in reasons)
        st.caption(t("Why cancelled: {what}", what=told))
    if counts.ahead:
        told = t.pick("、", "; ").join(t("{day}: {n}", day=date_text(day), n=f"{number:,}") for day, number in sorted(counts.ahead.items()))
        st.caption(t("Obligations that reach a stage, by day: {what}", what=told))
    else:
        st.caption(t("No obligation reaches a stage within seven days."))


def _filters(screen: Screen) -> Filters:
    t = screen.t
    chosen = st.pills(
        t("State"),
        list(STATUS_MSGIDS),
        selection_mode="multi",
        key="deliveries-status",
        format_func=lambda status: t(STATUS_MSGIDS[status][0]),
    )
    silence, hold = screen.optional_id_param("silence"), screen.optional_id_param("hold")
    with st.expander(t("Narrow the list"), icon=":material/filter_alt:"), st.grid(min_column_width=220, key="deliveries_filters"):
        person = st.text_input(t("Name or address"), key="deliveries-person")
        project = st.text_input(t("Code of the project"), key="deliveries-code", value=st.query_params.get("project", ""))
        stages = ["", *STAGES]
        stage = st.selectbox(
            t("Stage"), stages, key="deliveries-stage", format_func=lambda one: wording.stage_text(t, one) if one else t("every stage")
        )
        sort = st.selectbox(
            t("Sort"), ["", *SORT_MSGIDS], key="deliveries-sort", format_func=lambda one: t(SORT_MSGIDS[one]) if one else t("every sort")
        )
        channel = st.selectbox(
            t("Way"), ["", *CHANNEL_MSGIDS], key="deliveries-channel",
            format_func=lambda one: t(CHANNEL_MSGIDS[one]) if one else t("every way"),
        )  # fmt: skip
        day = _day(screen)
    if silence or hold:
        st.caption(t("Only what one silence or one pull of the brake holds or held."))
        link(screen, "deliveries", label=t("Show all mails"), icon=":material/list:")
    return Filters(
        statuses=tuple(status for status in STATUSES if status in chosen), sorts=(sort,) if sort else (), channel=channel,
        person=person.strip(), project=project.strip(), stage=stage, day=day, silence_id=silence, hold_id=hold,
    )  # fmt: skip


def _day(screen: Screen) -> date | None:
    """The day that was typed, None for every day; where it is none that is said, and the list stays that of every day."""
    typed = st.text_input(screen.t("Day of sending"), key="deliveries-day", placeholder=PLACEHOLDER)
    problems: list[Problem] = []
    day = read_day("day", typed, problems, needed=False)
    with attempt(screen, names=_NAMES):
        if problems:
            raise Invalid(problems)
    return day


def _places(filters: Filters) -> list[tuple[datetime, int] | None]:
    """Where each page that was turned so far began; other filters begin at the first page again."""
    asked, places = st.session_state.get(_PAGES, (None, [None]))
    if asked != filters:
        places = [None]
    st.session_state[_PAGES] = (filters, places)
    return places


def _turn(screen: Screen, page: MailPage, places: list[tuple[datetime, int] | None]) -> None:
    t = screen.t
    if len(places) == 1 and page.next is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(t("Newer"), key="deliveries-newer", icon=":material/chevron_left:", disabled=len(places) == 1):
            places.pop()
            st.rerun()
        st.caption(t("Page {n}", n=len(places)), width="content")
        if st.button(t("Older"), key="deliveries-older", icon=":material/chevron_right:", disabled=page.next is None):
            places.append(page.next)
            st.rerun()


def _nothing(screen: Screen, page: MailPage, filters: Filters) -> None:
    if page.unknown:
        empty_state(screen, "There is no project {code}.", "Check the code; it is on the project's page.", code=page.unknown)
    elif filters == Filters():
        empty_state(screen, "No mail here.", "Mails appear when the worker raises an alert, from 08:00 of its day.")
    else:
        empty_state(screen, "No mail is like this.", "Take a filter away, or look at another day.")


def _all_of_them(screen: Screen, page: MailPage) -> None:
    keys = [_pick(row) for row in page.rows]
    every = all(st.session_state.get(key) for key in keys)
    label = screen.t("Choose none") if every else screen.t("Choose all {n} on this page", n=len(keys))
    st.button(label, key="deliveries-all", on_click=_set_all, args=(keys, not every), icon=":material/checklist:")


def _set_all(keys: list[str], value: bool) -> None:
    for key in keys:
        st.session_state[key] = value


def _pick(row: MailRow) -> str:
    return f"pick-{row.id}"


def _card(screen: Screen, row: MailRow, may_act: bool) -> bool:
    """One mail; True where it is chosen."""
    t = screen.t
    msgid, colour, icon = STATUS_MSGIDS[row.status]
    with st.container(border=True, key=f"delivery-{row.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            title = title_text(screen, row)
            chosen = may_act and st.checkbox(
                t("Choose: {title}", title=title), key=_pick(row), label_visibility="collapsed", width="content"
            )
            st.badge(t(msgid), color=colour, icon=f":material/{icon}:")
            st.badge(escape(about_text(screen, row)), color="gray")
            if row.channel == "chat":
                st.badge(t("chat"), color="violet", icon=":material/forum:")
            if row.sort in ("again", "snoozed", "trial"):
                st.badge(t(SORT_MSGIDS[row.sort]), color="gray", icon=":material/content_copy:")
            if row.possibly_twice:
                st.badge(t("possibly delivered twice"), color="orange", icon=":material/content_copy:")
        st.markdown(f"**{escape(title)}**")
        due = f" · {t('Legal last day: {day}', day=date_text(row.due_on))}" if row.due_on else ""
        st.caption(f"{escape(row.name)} · {escape(row.address)}{due}  \n{when_text(screen, row)}")
        _reason(screen, row)
        with st.container(horizontal=True):
            link(screen, "deliveries", label=t("The whole story"), icon=":material/history_edu:", mail=row.id)
            if row.silence_id and row.why == "silence":
                link(screen, "silences", label=t("The silence"), icon=":material/notifications_paused:")
            if row.status == "failed" and may_act and st.button(t("Try again"), key=f"retry-{row.id}", icon=":material/refresh:"):
                _do(screen, [row], "retry", lambda ids, key: retry_deliveries(screen.ctx, delivery_ids=ids, key=key))
    return bool(chosen)


def _reason(screen: Screen, row: MailRow) -> None:
    t = screen.t
    if row.cancelled_by or row.cancel_reason:
        st.markdown(
            t("Cancelled by {name}: {reason}", name=escape(row.cancelled_by or t("command line")), reason=escape(row.cancel_reason))
        )
    elif row.error:
        st.markdown(t("Reason: {reason}", reason=escape(reason_text(screen, row.error))))


def _acts(screen: Screen, chosen: list[MailRow]) -> None:
    t = screen.t
    failed = [row for row in chosen if row.status == "failed"]
    gone = [row for row in chosen if row.status == "sent" and row.channel == "mail"]
    waiting = [row for row in chosen if row.may_be_cancelled]
    with st.container(border=True, key="deliveries_acts"):
        st.markdown(f"**{t('{n} chosen', n=len(chosen))}**")
        if failed:
            told = t("Mails to be sent again at once, with fresh patience: {n}.", n=len(failed))
            if confirm(screen, "retry-chosen", t("Try again ({n})", n=len(failed)), told):
                _do(screen, failed, "retry", lambda ids, key: retry_deliveries(screen.ctx, delivery_ids=ids, key=key))
        if gone:
            told = t(
                "People who get a second mail with the same words and a Message-ID of its own: {n}. It cannot be taken back.", n=len(gone)
            )
            if confirm(screen, "again-chosen", t("Send a copy ({n})", n=len(gone)), told):
                _do(screen, gone, "again", lambda ids, key: send_again(screen.ctx, delivery_ids=ids, key=key))
        if waiting:
            reason = st.text_input(t("Reason for cancelling"), key="deliveries-reason")
            told = t(
                "Mails that are never sent: {n}. What they tell stays in the inboxes; the ledger shows who was not mailed.", n=len(waiting)
            )
            if confirm(screen, "cancel-chosen", t("Cancel the sending ({n})", n=len(waiting)), told, yes=t("Yes, do not send them")):
                _do(screen, waiting, "cancel", lambda ids, key: cancel_deliveries(screen.ctx, delivery_ids=ids, reason=reason, key=key))


_SAID = {
    "retry": "Mails that wait to be sent again: {n}.",
    "again": "Copies on their way: {n}.",
    "cancel": "Mails cancelled: {n}.",
}


def _do(screen: Screen, rows: list[MailRow], what: str, act) -> None:
    ids = [row.id for row in rows]
    form = f"delivery-{what}-{ids}-{[(row.status, row.attempts) for row in rows]}"
    with attempt(screen, names=_NAMES) as outcome:
        done = act(ids, form_key(form))
    if outcome.ok:
        renew_key(form)
        for row in rows:
            st.session_state.pop(_pick(row), None)
        said = screen.t(_SAID[what], n=len(done.ids))
        left = screen.t("{n} had gone on meanwhile and were left.", n=done.left) if done.left else ""
        say_after_rerun(f"{said} {left}".strip())
        st.rerun()
