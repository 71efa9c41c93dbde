"""On the page of a project: that its reminders are paused, why and until when; and for its office the form for it."""

from __future__ import annotations

import streamlit as st

from tracker.services.errors import Invalid, Problem
from tracker.services.policy import Act
from tracker.services.project_page import ProjectPage
from tracker.services.silence_changes import LONGEST, SilenceEntry, make_silence, preview_silence
from tracker.services.silences import PAUSE, SilenceView, project_silences
from tracker.ui import silence_cards
from tracker.ui.components import attempt, confirm, escape, found, instant_text, say_after_rerun
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key
from tracker.ui.moment_field import moment_field
from tracker.ui.silences import FIELDS, show_preview


def notice(screen: Screen, page: ProjectPage) -> None:
    """What holds back mails of this project now or soon, above everything else on its page."""
    with found(screen):
        rows = project_silences(screen.ctx, page.header.project_id)
    for row in rows:
        if row.may_change and row.kind == PAUSE:
            silence_cards.card(screen, row)
        else:
            _told(screen, row)


def _told(screen: Screen, row: SilenceView) -> None:
    t = screen.t
    what = (
        t("Reminders of this project are paused")
        if row.kind == PAUSE
        else t("Mails are silenced: {what}", what=silence_cards.about(screen, row))
    )
    times = t("{since} – {until}", since=instant_text(row.from_at), until=instant_text(row.until_at))
    said = t("{name}: {reason}", name=escape(row.author or "—"), reason=escape(row.reason))
    st.info(
        f"**{what}** {times}\n\n{said}\n\n{t('No date moves by it; what falls due is still due.')}", icon=":material/notifications_paused:"
    )


def form(screen: Screen, page: ProjectPage) -> None:
    """The office's form to pause the reminders of a running project; nothing for others."""
    t, header = screen.t, page.header
    if header.status != "active" or header.project_id in screen.ctx.viewer.project_ids or Act.PAUSE_ALERTS not in page.acts:
        return
    name = f"pause-{header.project_id}"
    with st.expander(t("Pause the reminders"), icon=":material/notifications_paused:"):
        st.warning(t("A pause moves no date. Whatever falls due is due on its day, and late after it."), icon=":material/event_busy:")
        st.caption(
            t(
                "Mails wait until the end; inboxes and ledger go on. At the longest {n} days. Everybody on the project sees it.",
                n=LONGEST.days,
            )
        )
        problems: list[Problem] = []
        until = moment_field(screen, "End", f"{name}-until", "until_at", problems, days=7)
        reason = st.text_area(t("Reason"), key=f"{name}-reason", height=80, help=t("Everybody on the project reads it."))
        with attempt(screen, names=FIELDS) as outcome:
            if until is None:
                raise Invalid(problems)
            entry = SilenceEntry(until, reason, PAUSE, project_id=header.project_id)
            show_preview(screen, preview_silence(screen.ctx, entry))
        if not outcome.ok:
            return
        told = t("No mail about this project leaves before {until}. No date moves.", until=instant_text(until))
        if confirm(screen, name, t("Pause the reminders"), told):
            with attempt(screen, names=FIELDS) as outcome:
                make_silence(screen.ctx, entry, key=form_key(f"{name}-{entry}"))
            if outcome.ok:
                renew_key(f"{name}-{entry}")
                say_after_rerun(t("The reminders are paused."))
                st.rerun()
