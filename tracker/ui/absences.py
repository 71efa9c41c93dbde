"""Who is away and who stands in: beside what waits, and on the people screen."""

from __future__ import annotations

import streamlit as st

from tracker.domain.minguo import both
from tracker.services import absences
from tracker.services.absences import AbsenceDesk, AbsenceLine, Choice
from tracker.ui.components import attempt, confirm, escape, found, say_after_rerun
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key

_FIELDS = {"person_id": "Who is away", "from_on": "First day away", "until_on": "Last day away", "cover_id": "Who stands in"}


def panel(screen: Screen) -> None:
    """Everybody who is or will be away, and the form to say so."""
    with found(screen):
        desk = absences.absence_desk(screen.ctx)
    t = screen.t
    away = [line for line in desk.lines if line.now]
    label = t("Absences and cover: {n} away today", n=len(away)) if away else t("Absences and cover")
    with st.expander(label, icon=":material/event_busy:"):
        if not desk.lines:
            st.caption(t("Nobody is away, today or later."))
        for line in desk.lines:
            _line(screen, line)
        if desk.choices:
            _form(screen, desk)


def _line(screen: Screen, line: AbsenceLine) -> None:
    t, name = screen.t, f"absence-{line.absence_id}"
    with st.container(border=True, key=f"card-{name}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{escape(line.name)}**", width="content")
            if line.now:
                st.badge(t("away"), color="orange", icon=":material/event_busy:")
        st.markdown(f"{both(line.from_on)} – {both(line.until_on)}")
        if line.uncovered:
            st.markdown(f":material/warning: {t('nobody stands in')}")
        else:
            st.markdown(f":material/swap_horiz: {t('{name} stands in', name=escape(line.cover))}")
        if line.may_cancel:
            consequence = t("{name} is there again from now on; nobody stands in any more.", name=escape(line.name))
            if confirm(screen, name, t("Back, or not away after all"), consequence):
                with attempt(screen, names=_FIELDS) as outcome:
                    absences.cancel_absence(screen.ctx, absence_id=line.absence_id, key=form_key(name))
                _done(screen, outcome.ok, name)


def _form(screen: Screen, desk: AbsenceDesk) -> None:
    t, name = screen.t, "absence-record"
    st.markdown(f"**{t('Say that somebody is away')}**")
    by_id: dict[int, Choice] = {one.person_id: one for one in desk.choices}
    who = st.selectbox(t("Who is away"), list(by_id), format_func=lambda one: by_id[one].name, key=f"{name}-who")
    with st.container(horizontal=True):
        first = st.text_input(t("First day away"), key=f"{name}-first", placeholder="115-12-01 / 2026-12-01")
        last = st.text_input(t("Last day away"), key=f"{name}-last", placeholder="115-12-05 / 2026-12-05")
    chosen = by_id[who]
    covers = {person_id: f"{other} · {codes}" for person_id, other, codes in chosen.covers}
    cover = st.selectbox(
        t("Who stands in"), [None, *covers], format_func=lambda one: covers.get(one, t("nobody")), key=f"{name}-cover-{who}",
        help=t("Somebody with the same role in the same programme, who is there on these days."),
    )  # fmt: skip
    if not chosen.coverable:
        st.caption(t("Nobody stands in for a reviewer: what she was given is given to another one."))
    elif cover is None:
        st.caption(t("Without anybody, steps of reviews wait for whoever has the same role."))
    else:
        st.caption(
            t("Steps of reviews then lie with {name}, who does them in her own name, on behalf of who is away.", name=escape(covers[cover]))
        )
    if st.button(t("Record the absence"), key=f"{name}-send"):
        with attempt(screen, names=_FIELDS) as outcome:
            absences.record_absence(screen.ctx, person_id=who, from_on=first, until_on=last, cover_id=cover, key=form_key(name))
        _done(screen, outcome.ok, name)


def _done(screen: Screen, ok: bool, name: str) -> None:
    if ok:
        renew_key(name)
        say_after_rerun(screen.t("Saved."))
        st.rerun()
