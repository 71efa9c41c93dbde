"""Approvals of a project: each with its state, its clocks, what the members hand in and what the office says to it."""

from __future__ import annotations

import streamlit as st

from tracker.domain.approvals import KIND_TITLES, ApprovalKind, ApprovalState
from tracker.services.approval_views import ApprovalClock, ApprovalDesk, ApprovalView, RunningOut, approval_desk, approvals_running_out
from tracker.services.approvals import ApprovalPaper, add_approval, record_approval, record_proof
from tracker.services.policy import Act
from tracker.services.project_choices import project_choices
from tracker.ui import approval_office
from tracker.ui.attachments import download_link, file_field, keep_file, project_line
from tracker.ui.components import (
    attempt,
    because,
    date_text,
    days_left_text,
    empty_state,
    escape,
    found,
    lateness_badge,
    say_after_rerun,
    subheading,
)
from tracker.ui.day_field import day_field
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key
from tracker.ui.pages import link
from tracker.ui.words import date_and_safe_day

_STATES = {
    ApprovalState.NOTHING_YET: ("nothing handed in yet", "gray", "hourglass_empty"),
    ApprovalState.UNDER_REVIEW: ("with the board; proof of submission is here", "blue", "hourglass_top"),
    ApprovalState.VALID: ("valid", "green", "verified"),
    ApprovalState.RUNNING_OUT: ("runs out soon", "orange", "timer"),
    ApprovalState.EXPIRED: ("has run out", "red", "gpp_bad"),
}
_NAMES = {
    "kind": "Kind of approval", "title": "What is approved", "board": "Board", "submitted_on": "Day it went to the board",
    "number": "Number of the approval",
    "approved_on": "Day of the approval", "expires_on": "Last day of validity", "document_id": "The document (file)",
    "file": "The document (file)",
}  # fmt: skip


def choose(screen: Screen) -> int | None:
    """The project of the address, or the one chosen; above the choice, what runs out in all of hers. None where there is none."""
    wanted = screen.optional_id_param("project")
    if wanted is not None:
        return wanted
    with found(screen):
        ending = approvals_running_out(screen.ctx)
        offered = project_choices(screen.ctx, Act.SEE_PROJECT)
    show_running_out(screen, ending)
    if not offered:
        empty_state(screen, "You have no active project.", "Approvals are kept with a project; ask the office to enter yours.")
        return None
    names = {one.code: one for one in offered}
    code = st.selectbox(
        screen.t("Project"),
        list(names),
        key="approvals-project",
        format_func=lambda one: f"{one} {screen.t.pick(names[one].title_zh, names[one].title_en)}",
    )
    return names[code].project_id


def render(screen: Screen, project_id: int) -> None:
    """The approvals of one project, then the form that lists another one."""
    with found(screen):
        desk = approval_desk(screen.ctx, project_id)
    project_line(screen, desk.project)
    show_approvals(screen, desk, forms=True)
    if desk.may_write:
        with st.expander(screen.t("List an approval that this project needs"), icon=":material/add:", expanded=not desk.approvals):
            _add_form(screen, project_id, len(desk.approvals))


def show_approvals(screen: Screen, desk: ApprovalDesk, *, forms: bool = False) -> None:
    """The approvals with their clocks; with `forms` what the viewer may do about them."""
    if not desk.approvals:
        empty_state(
            screen,
            "No approval is listed for this project.",
            "Where the work needs one (human research, animals, biosafety), a member of the project lists it here.",
        )
    acted: set[int] = set()  # a duty that several approvals answer is shown with each of them, its forms only once
    for view in desk.approvals:
        with st.container(border=True):
            _approval(screen, desk, view, forms, acted)
    if desk.unlisted:
        subheading(screen, "Duties without a listed approval")
        st.caption(screen.t("These hold only where the work needs such an approval."))
        for clock in desk.unlisted:
            with st.container(border=True):
                _clock(screen, desk, clock, forms, acted)


def show_running_out(screen: Screen, ending: tuple[RunningOut, ...]) -> None:
    """Approvals that end soon or have ended, the first to end first; nothing where there is none."""
    if not ending:
        return
    subheading(screen, "Running out")
    for one in ending:
        name = screen.t.pick(KIND_TITLES[ApprovalKind(one.kind)].zh, KIND_TITLES[ApprovalKind(one.kind)].en)
        with st.container(border=True):
            st.markdown(f"**{escape(one.project_code)}** · {escape(name)} · {escape(one.title)}")
            st.markdown(f"{screen.t('Last day of validity')}: {date_text(one.expires_on)} · {days_left_text(screen, one.expires_on)}")
            link(screen, "approvals", label=screen.t("Open"), icon=":material/arrow_forward:", project=one.project_id)


def _approval(screen: Screen, desk: ApprovalDesk, view: ApprovalView, forms: bool, acted: set[int]) -> None:
    t = screen.t
    kind = KIND_TITLES[ApprovalKind(view.kind)]
    st.markdown(f"#### {escape(t.pick(kind.zh, kind.en))}")
    st.markdown(f"{escape(view.title)}{' · ' + escape(view.board) if view.board else ''}")
    msgid, colour, icon = _STATES[view.state]
    st.badge(t(msgid), color=colour, icon=f":material/{icon}:")
    if view.proof_submitted_on:
        st.markdown(t("Proof of submission: {day}", day=date_text(view.proof_submitted_on)))
        download_link(screen, view.proof_document_id, view.proof_filename)
    if view.approved_on:
        until = date_text(view.expires_on) if view.expires_on else t("without end")
        st.markdown(
            t(
                "Approved on {day}, number {number}, valid through {until}",
                day=date_text(view.approved_on),
                number=escape(view.number),
                until=until,
            )
        )
        download_link(screen, view.approval_document_id, view.approval_filename)
    if view.exception_letter:
        st.info(t("Justified exception by {letter}: {reason}", letter=escape(view.exception_letter), reason=escape(view.exception_reason)))
    for clock in view.clocks:
        st.divider()
        _clock(screen, desk, clock, forms, acted)
    if forms and desk.may_write:
        _member_forms(screen, desk.project_id, view)


def _clock(screen: Screen, desk: ApprovalDesk, clock: ApprovalClock, forms: bool, acted: set[int]) -> None:
    t = screen.t
    st.markdown(f"**{escape(t.pick(clock.title_zh, clock.title_en))}** · {escape(clock.clause)}")
    with st.container(horizontal=True):
        lateness_badge(
            screen,
            status=clock.status,
            due_on=clock.due_on,
            first_submitted_on=clock.first_submitted_on,
            duty=True,
            confidence=clock.confidence,
        )
        if clock.status == "submitted":
            st.badge(t("waits for the office"), color="blue", icon=":material/hourglass_top:")
        elif clock.status == "accepted":
            st.badge(t("accepted by the office"), color="green", icon=":material/check:")
    if clock.due_on:
        left = f" · {days_left_text(screen, clock.file_by or clock.due_on)}" if clock.status in ("open", "returned") else ""
        st.markdown(f"{t('Last day')}: {date_and_safe_day(screen, clock.due_on, clock.file_by)}{left}")
    if clock.reply_by:
        st.warning(t("Sent back by the office; the answer is due on {day}.", day=date_text(clock.reply_by)), icon=":material/reply:")
        for reason in clock.reply_because:
            st.markdown(f"- {escape(t.pick(reason['zh'], reason['en']))}")
    because(screen, clock.because, clause=clock.clause, confidence=clock.confidence)
    if forms and desk.may_review and clock.obligation_id not in acted:
        acted.add(clock.obligation_id)
        approval_office.actions(screen, desk.project_id, clock)


def _member_forms(screen: Screen, project_id: int, view: ApprovalView) -> None:
    t = screen.t
    if view.approved_on is None:
        with st.expander(t("Hand in proof of submission"), icon=":material/upload_file:"):
            _proof_form(screen, project_id, view)
    with st.expander(t("Hand in a renewal or correct it") if view.approved_on else t("Hand in the approval"), icon=":material/verified:"):
        _paper_form(screen, project_id, view)


def _add_form(screen: Screen, project_id: int, listed: int) -> None:
    t, name = screen.t, f"approval-add-{project_id}-{listed}"
    kind = st.selectbox(
        t("Kind of approval"), [one.value for one in ApprovalKind], key=f"{name}-kind",
        format_func=lambda one: t.pick(KIND_TITLES[ApprovalKind(one)].zh, KIND_TITLES[ApprovalKind(one)].en),
    )  # fmt: skip
    title = st.text_input(t("What is approved"), key=f"{name}-title")
    board = st.text_input(t("Board"), key=f"{name}-board")
    if st.button(t("List this approval"), key=f"{name}-save", type="primary"):
        with attempt(screen, names=_NAMES) as outcome:
            add_approval(screen.ctx, project_id=project_id, kind=kind, title=title, board=board, key=form_key(name))
        _done(screen, outcome.ok, name, "The approval is listed.")


def _proof_form(screen: Screen, project_id: int, view: ApprovalView) -> None:
    t, name = screen.t, f"proof-{view.approval_id}-{view.version}"  # a new form after every save
    day = day_field(screen, "Day it went to the board", f"{name}-day")
    chosen = file_field(screen, "The document (file)", name)
    if st.button(t("Hand in the proof"), key=f"{name}-save", type="primary"):
        with attempt(screen, names=_NAMES) as outcome:
            document_id = keep_file(screen, chosen, name, purpose="approval", act=Act.WRITE_APPROVAL, project_id=project_id)
            record_proof(
                screen.ctx,
                approval_id=view.approval_id,
                submitted_on=day,
                document_id=document_id,
                expected_version=view.version,
                key=form_key(name),
            )
        _done(screen, outcome.ok, name, "The proof of submission is recorded.")


def _paper_form(screen: Screen, project_id: int, view: ApprovalView) -> None:
    t, name = screen.t, f"paper-{view.approval_id}-{view.version}"
    number = st.text_input(t("Number of the approval"), key=f"{name}-number")
    approved_on = day_field(screen, "Day of the approval", f"{name}-from")
    expires_on = st.text_input(t("Last day of validity"), key=f"{name}-until", help=t("Leave it empty where the approval has no end."))
    chosen = file_field(screen, "The document (file)", name)
    if st.button(t("Hand it in"), key=f"{name}-save", type="primary"):
        with attempt(screen, names=_NAMES) as outcome:
            document_id = keep_file(screen, chosen, name, purpose="approval", act=Act.WRITE_APPROVAL, project_id=project_id)
            paper = ApprovalPaper(number, approved_on, expires_on, document_id)
            record_approval(screen.ctx, approval_id=view.approval_id, paper=paper, expected_version=view.version, key=form_key(name))
        _done(screen, outcome.ok, name, "The approval is handed in; the office looks at it.")


def _done(screen: Screen, ok: bool, name: str, said_msgid: str) -> None:
    if ok:
        renew_key(name)
        say_after_rerun(screen.t(said_msgid))
        st.rerun()
