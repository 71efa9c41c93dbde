"""What the daily audit of the alerts found: a part of the health screen, and a banner above every screen until it is mended."""

from __future__ import annotations

from datetime import date, datetime

import streamlit as st

from tracker.domain.minguo import both
from tracker.i18n import Translator
from tracker.notify import wording
from tracker.services.alert_audit import KIND_MSGIDS, MENDED_MSGIDS, MORE, OpenFinding, is_loud, open_findings
from tracker.services.viewer import Role
from tracker.ui.cache import cached
from tracker.ui.components import escape, instant_text, subheading
from tracker.ui.guard import Screen
from tracker.ui.pages import link

SHOWN = 20


def banner(screen: Screen) -> None:
    """Above every screen of an administrator, for as long as something loud is open."""
    if Role.ADMINISTRATOR not in screen.viewer.roles:
        return
    loud = cached(screen.ctx, "loud-findings", ("alert_finding",), lambda: sum(is_loud(one.kind) for one in open_findings(screen.ctx)))
    if loud:
        st.error(screen.t("The audit of the alerts found something wrong: {n} findings.", n=loud), icon=":material/report:")
        link(screen, "health", label=screen.t("Look at the findings"), icon=":material/arrow_forward:")


def panel(screen: Screen, found: list[OpenFinding]) -> None:
    """All findings, worst kind first, with what to do."""
    t = screen.t
    subheading(screen, "Audit of the alerts")
    if not found:
        st.success(t("The last audit found the ledger, the inboxes and the outbox as they must be."), icon=":material/verified:")
        return
    for kind in dict.fromkeys(one.kind for one in found):
        ones = [one for one in found if one.kind == kind]
        with st.container(border=True, key=f"finding-{kind}"):
            tell = st.error if is_loud(kind) else st.warning
            tell(t(KIND_MSGIDS.get(kind, kind)), icon=":material/report:")
            for one in ones[:SHOWN]:
                st.markdown(f"- {_line(screen, one)}")
            if len(ones) > SHOWN:
                st.caption(t("and {n} more", n=len(ones) - SHOWN))
            st.caption(t("Found {at}", at=instant_text(min(one.found_at for one in ones))))
            if kind in MENDED_MSGIDS:
                st.caption(t(MENDED_MSGIDS[kind]))


def _line(screen: Screen, one: OpenFinding) -> str:
    t, told = screen.t, one.detail
    if one.subject == MORE:
        return t("and {n} more", n=told["n"])
    parts = [escape(one.obligation)] if one.obligation else []
    if "stage" in told:
        parts.append(escape(_stage(t, told["stage"])))
    if "day" in told:
        parts.append(both(date.fromisoformat(told["day"])))
    if "n" in told:
        parts.append(t("messages: {n}", n=told["n"]))
    if "since" in told:
        parts.append(t("since {at}", at=_since(told["since"])))
    return " · ".join(parts or [escape(one.subject)])


def _stage(t: Translator, stage: str) -> str:
    try:
        return wording.stage_text(t, stage)
    except KeyError:
        return stage


def _since(text: str) -> str:
    return instant_text(datetime.fromisoformat(text)) if "T" in text else both(date.fromisoformat(text))
