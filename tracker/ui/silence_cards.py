"""One silence or pause as a card: what it holds, who gave it and why, until when; its end can be moved, and it can be lifted."""

from __future__ import annotations

import streamlit as st

from tracker.clock import TAIPEI
from tracker.notify import wording
from tracker.services.errors import Invalid, Problem
from tracker.services.silence_changes import change_end, lift_silence
from tracker.services.silences import PAUSE, SilenceView
from tracker.services.viewer import Role
from tracker.ui.begun import begun, forget, overtaken
from tracker.ui.components import attempt, confirm, escape, instant_text, say_after_rerun
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key
from tracker.ui.ladder import KIND_MSGIDS, LEVEL_MSGIDS
from tracker.ui.moment_field import moment_field
from tracker.ui.pages import link, page

_STATE_MSGIDS = {
    "running": ("holds mails", "orange", "notifications_paused"),
    "coming": ("will hold mails", "blue", "schedule"),
    "over": ("over", "gray", "check"),
    "lifted": ("lifted", "gray", "notifications_active"),
}
_NAMES = {"until_at": "End", "reason": "Reason", "silence": "Silence"}
ROLE_MSGIDS = {**LEVEL_MSGIDS, Role.CO_PI.value: "Co-principal investigator"}


def card(screen: Screen, row: SilenceView) -> None:
    """The whole card."""
    t = screen.t
    with st.container(border=True, key=f"silence-{row.id}"):
        msgid, colour, icon = _STATE_MSGIDS[row.state]
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(t(msgid), color=colour, icon=f":material/{icon}:")
            st.badge(t("pause of a project") if row.kind == PAUSE else t("silence"), color="gray")
        st.markdown(f"**{about(screen, row)}**")
        st.markdown(t("Reason: {reason}", reason=escape(row.reason)))
        times = t("{since} – {until}", since=instant_text(row.from_at), until=instant_text(row.until_at))
        st.caption(f"{times} · {t('by {name}', name=escape(row.author or '—'))}")
        with st.container():  # a place of its own: where mails begin to wait, the fold below it stays open
            _what_became_of_it(screen, row)
        if row.state in ("running", "coming") and row.may_change:
            _change(screen, row)


def _what_became_of_it(screen: Screen, row: SilenceView) -> None:
    t = screen.t
    if row.lifted_at:
        told = t(
            "Lifted at {at} by {name}: {reason}",
            at=instant_text(row.lifted_at),
            name=escape(row.lifted_by),
            reason=escape(row.lift_reason),
        )
        st.caption(told)
    if row.mails:
        st.markdown(t("Mails that wait for its end: {mails}, people: {people}.", mails=row.mails, people=row.people))
        if page("deliveries").is_for(screen.viewer):
            link(screen, "deliveries", label=t("Look at the mails"), icon=":material/list:", silence=row.id)


def about(screen: Screen, row: SilenceView) -> str:
    """What it matches, in words."""
    t = screen.t
    if row.project_code:
        parts = [f"{escape(row.project_code)} {escape(t.pick(row.project_zh, row.project_en or row.project_zh))}"]
    elif row.programme_code:
        parts = [escape(t.pick(row.programme_zh, row.programme_en))]
    else:
        parts = [t("every programme")]
    parts += [t(KIND_MSGIDS[row.obligation_kind])] if row.obligation_kind else []
    parts += [wording.stage_text(t, row.stage)] if row.stage else []
    parts += [t(ROLE_MSGIDS.get(row.role, row.role))] if row.role else []
    parts += [escape(row.whom)] if row.whom else []
    return " · ".join(parts)


def _change(screen: Screen, row: SilenceView) -> None:
    t, form = screen.t, f"silence-{row.id}"
    with st.expander(t("Change the end or lift it"), icon=":material/edit:"):
        old = begun(form, row)
        name = f"{form}-{old.version}"
        end = old.until_at.astimezone(TAIPEI)  # nobody shortens it by leaving the fields as they are
        problems: list[Problem] = []
        days = (end.date() - screen.ctx.today).days
        until = moment_field(screen, "New end", f"{name}-until", "until_at", problems, days=days, hour=end.hour)
        change = st.empty()
        reason = st.text_input(t("Why it is lifted"), key=f"{name}-why")
        untouched = until == end.replace(minute=0, second=0, microsecond=0) and not reason
        if overtaken(screen, form, row, untouched=untouched):
            return
        if change.button(t("Change the end"), key=f"{name}-end"):
            with attempt(screen, names=_NAMES) as outcome:
                if until is None:
                    raise Invalid(problems)
                change_end(screen.ctx, silence_id=row.id, until_at=until, expected_version=row.version, key=form_key(f"{name}-{until}"))
            _done(screen, outcome.ok, form, f"{name}-{until}", "The end was changed.")
        told = t("Mails that go out as soon as each reader's quiet hours allow: {n}.", n=row.mails)
        if confirm(screen, f"{name}-lift", t("Lift it now"), told):
            with attempt(screen, names=_NAMES) as outcome:
                lift_silence(screen.ctx, silence_id=row.id, reason=reason, expected_version=row.version, key=form_key(f"{name}-{reason}"))
            _done(screen, outcome.ok, form, f"{name}-{reason}", "It was lifted; what waited goes out.")


def _done(screen: Screen, ok: bool, form: str, sent: str, said_msgid: str) -> None:
    if ok:
        forget(form)
        renew_key(sent)
        say_after_rerun(screen.t(said_msgid))
        st.rerun()
