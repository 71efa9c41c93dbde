"""The office says that a duty which the call asks of some projects only does not concern this one."""

from __future__ import annotations

import streamlit as st
from sqlalchemy import Row

from tracker.domain.reasons import Reason
from tracker.services.conditions import set_aside
from tracker.ui.components import attempt, confirm, escape, say_after_rerun
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key

_NAMES = {"reason": "Reason", "obligation_id": "Duty"}


def set_aside_form(screen: Screen, row: Row, condition: Reason) -> None:
    """A folded form beside an open conditional duty."""
    t, name = screen.t, f"aside-{row.id}"
    with st.expander(t("This duty does not concern the project"), icon=":material/block:"):
        st.caption(t("The call asks it of some projects only: {condition}", condition=escape(t.pick(condition.zh, condition.en))))
        reason = st.text_area(t("Reason"), key=f"{name}-reason")
        told = t("Nobody is reminded of it any more. A date from a document brings it back.")
        if confirm(screen, name, t("Set it aside"), told, yes=t("Yes, set it aside")):
            with attempt(screen, names=_NAMES) as outcome:
                set_aside(screen.ctx, obligation_id=row.id, reason=reason, expected_version=row.version, key=form_key(name))
            if outcome.ok:
                renew_key(name)
                say_after_rerun(t("The duty is set aside."))
                st.rerun()
