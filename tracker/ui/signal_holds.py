"""What the brake stops of signals, in words: they are not written yet, so there are no mails to look at."""

from __future__ import annotations

import streamlit as st

from tracker.services.mass_holds import Hold
from tracker.ui.components import escape
from tracker.ui.guard import Screen
from tracker.ui.pages import link
from tracker.ui.signal_words import name_of

WHY_MSGIDS = {
    "mass": "Unusually many signals at once",
    "clock": "The machine's clock jumped by more than a day; signals wait",
}


def show(screen: Screen, hold: Hold) -> None:
    """How many would be told of which condition, and what may have caused it."""
    t = screen.t
    st.markdown(
        t("Signals that would be told at once: {owed}; projects under way: {among}.", owed=f"{hold.owed:,}", among=f"{hold.among:,}")
    )
    st.caption(
        t("Nobody was told anything and nothing is in the inboxes. While it waits no signal is raised; what no longer holds is settled.")
    )
    for cause in hold.causes:
        st.markdown(f"- {t('In the day before: {what}', what=t(cause))}")
    for part in hold.parts[:12]:
        st.markdown(f"- {escape(t.pick(part.title_zh, part.title_en))} · {name_of(t, part.stage)} · {part.number:,}")
    st.caption(
        t("Was it a mistake, mend its cause: the hold ends by itself with the next watch. A clock that is wrong is set right first.")
    )
    link(screen, "signals", label=t("Look at the courses"), icon=":material/tune:")


def consequences(screen: Screen, hold: Hold) -> tuple[str, str]:
    """What letting go does, and what dropping does."""
    t = screen.t
    let_go = t("The next watch, within half an hour, tells what still holds by then, each once. These were {n}.", n=f"{hold.owed:,}")
    if hold.why == "clock":
        return let_go, t("Nothing is told by the clock of that moment. The next watch looks anew by the clock as it is then.")
    return let_go, t(
        "Nobody is told of these {n}, now or later; the ledger says so. Their next steps come on their days.", n=f"{hold.owed:,}"
    )
