"""What the brake holds back: why, how much, what may have caused it, and an administrator's decision."""

from __future__ import annotations

import streamlit as st

from tracker.notify import wording
from tracker.services.mass_holds import Hold, drop, hold_list, limits, release, set_thresholds, waiting_holds
from tracker.services.policy import INSTALLATION, Act, may
from tracker.ui import signal_holds
from tracker.ui.components import attempt, confirm, empty_state, escape, found, instant_text, say_after_rerun, subheading
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key
from tracker.ui.pages import link

_WHY_MSGIDS = {
    "mass": "Unusually much was raised at once",
    "clock": "The machine's clock jumped by more than a day",
    "restore": "The database was put back from a copy",
}
_DECISION_MSGIDS = {"released": "let go", "dropped": "dropped"}
_NAMES = {"reason": "Reason", "hold": "Brake", "share": "Share in percent", "least": "At least so many"}


def banner(screen: Screen) -> None:
    """On each page of an administrator, while something is held: that it is, and where to decide. Nothing for others."""
    held = waiting_holds(screen.ctx)
    if held:
        t = screen.t
        st.error(
            t("**Mails are held back** and wait for your decision: nobody is being reminded of what they tell."),
            icon=":material/front_hand:",
        )
        link(screen, "deliveries", label=t("Look at what is held"), icon=":material/arrow_forward:", view="held")


def show(screen: Screen) -> None:
    """The holds that wait first, then those that were decided, and what counts as a mass."""
    with found(screen):
        holds = hold_list(screen.ctx)
        now = limits(screen.ctx)
    may_decide = may(screen.viewer, Act.RETRY_DELIVERY, INSTALLATION)
    open_ones = [hold for hold in holds if not hold.decision]
    if not open_ones:
        empty_state(
            screen,
            "The brake holds nothing.",
            "Where more than {share} % of the obligations and at least {least} are raised at once, their mails wait here for a decision.",
            share=now.share,
            least=now.least,
        )
    for hold in open_ones:
        _open(screen, hold, may_decide)
    past = [hold for hold in holds if hold.decision]
    if past:
        subheading(screen, "Decided")
        for hold in past:
            _past(screen, hold)
    if may_decide:
        _thresholds(screen, now.share, now.least)


def _why(hold: Hold) -> str:
    return (signal_holds.WHY_MSGIDS if hold.about == "signals" else _WHY_MSGIDS)[hold.why]


def _open(screen: Screen, hold: Hold, may_decide: bool) -> None:
    t = screen.t
    with st.container(border=True, key=f"hold-{hold.id}"):
        st.markdown(f":material/front_hand: **{t(_why(hold))}** · {instant_text(hold.held_at)}")
        if hold.about == "signals":
            signal_holds.show(screen, hold)
        else:
            _mails(screen, hold)
        if may_decide:
            _decide(screen, hold)


def _mails(screen: Screen, hold: Hold) -> None:
    t = screen.t
    st.markdown(t("Mails that wait: {mails}, people: {people}.", mails=f"{hold.mails:,}", people=f"{hold.people:,}"))
    if hold.since_at:
        _restored(screen, hold)
    else:
        st.caption(
            t("Obligations that were due for a look: {owed}, of {among} on a ladder.", owed=f"{hold.owed:,}", among=f"{hold.among:,}")
        )
    for cause in hold.causes:
        st.markdown(f"- {t('In the day before: {what}', what=t(cause))}")
    if not hold.causes and not hold.since_at:
        st.caption(t("Nothing in the day before explains it."))
    for part in hold.parts[:12]:
        title = escape(t.pick(part.title_zh, part.title_en))
        st.markdown(f"- {title} · {wording.stage_text(t, part.stage)} · {t('mails: {n}', n=f'{part.number:,}')}")
    if len(hold.parts) > 12:
        st.caption(t("Further kinds: {n}.", n=len(hold.parts) - 12))
    link(screen, "deliveries", label=t("Look at the mails"), icon=":material/list:", hold=hold.id)


def _restored(screen: Screen, hold: Hold) -> None:
    t = screen.t
    st.warning(
        t(
            "The copy is of {at}. What was mailed after it is not known here: these mails may have gone out already, "
            "and what was raised since is raised again. Until you decide, whatever falls due waits here as well; receipts and "
            "what tells of rights leave. Compare with the log of the mail server, cancel single mails in the list, then let the rest go. "
            "A mail that goes twice has the same Message-ID.",
            at=instant_text(hold.since_at),
        ),
        icon=":material/settings_backup_restore:",
    )


def _decide(screen: Screen, hold: Hold) -> None:
    t = screen.t
    reason = st.text_input(t("Reason"), key=f"hold-reason-{hold.id}", help=t("It stays with the decision."))
    let_go = t("Mails that go out as soon as each reader's quiet hours allow: {n}. What no longer holds falls away.", n=f"{hold.mails:,}")
    dropped = t(
        "Mails that are never sent: {n}. The inboxes keep what they tell; what falls on a day to come waits for it.", n=f"{hold.mails:,}"
    )
    if hold.about == "signals":
        let_go, dropped = signal_holds.consequences(screen, hold)
    with st.container(horizontal=True):
        if confirm(screen, f"release-{hold.id}", t("Let them go"), let_go, main=True):
            _decided(screen, hold, release, reason, "It was let go." if hold.about == "signals" else "The mails are on their way.")
        if confirm(screen, f"drop-{hold.id}", t("Drop them"), dropped, yes=t("Yes, drop them")):
            _decided(screen, hold, drop, reason, "It was dropped." if hold.about == "signals" else "The mails were dropped.")


def _decided(screen: Screen, hold: Hold, act, reason: str, said_msgid: str) -> None:
    name = f"hold-{act.__name__}-{hold.id}-{reason}"
    with attempt(screen, names=_NAMES) as outcome:
        act(screen.ctx, hold_id=hold.id, reason=reason, expected_version=hold.version, key=form_key(name))
    if outcome.ok:
        renew_key(name)
        say_after_rerun(screen.t(said_msgid))
        st.rerun()


def _past(screen: Screen, hold: Hold) -> None:
    t = screen.t
    with st.container(border=True):
        st.markdown(f"**{t(_why(hold))}** · {instant_text(hold.held_at)} · {t(_DECISION_MSGIDS[hold.decision])}")
        if hold.decided_by or hold.reason:
            st.caption(
                t(
                    "{name}, {at}: {reason}",
                    name=escape(hold.decided_by or t("command line")),
                    at=instant_text(hold.decided_at),
                    reason=escape(hold.reason),
                )
            )
        else:
            over = "Its cause was gone, and the hold ended by itself."
            st.caption(t(over if hold.about == "signals" else "It turned out to be no mass and went out by itself."))


def _thresholds(screen: Screen, share: int, least: int) -> None:
    t = screen.t
    with st.expander(t("What counts as a mass"), icon=":material/tune:"):
        st.caption(t("Both must be passed. A share of 100 switches the brake off, but for a clock that jumped."))
        new_share = st.number_input(t("Share in percent"), 1, 100, share, key="brake-share")
        new_least = st.number_input(t("At least so many"), 1, 1_000_000, least, key="brake-least")
        if st.button(t("Save"), key="brake-save", icon=":material/save:"):
            name = f"brake-{new_share}-{new_least}"
            with attempt(screen, names=_NAMES) as outcome:
                set_thresholds(screen.ctx, share=int(new_share), least=int(new_least), key=form_key(name))
            if outcome.ok:
                renew_key(name)
                say_after_rerun(t("The brake was set."))
                st.rerun()
