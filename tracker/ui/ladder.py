"""The alert ladder of a programme: shown to everybody in it, edited by its chief and by the administrator."""

from __future__ import annotations

import streamlit as st

from tracker.domain.ladder import STAGES, Ladder, LadderSet
from tracker.domain.statuses import Kind
from tracker.notify import wording
from tracker.services.errors import Stale
from tracker.services.ladders import ProgrammeView, edit_ladder
from tracker.ui.components import attempt, say_after_rerun
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key

KIND_MSGIDS: dict[str, str] = {
    Kind.INTERIM_REPORT: "interim report",
    Kind.QUARTERLY_REPORT: "quarterly report",
    Kind.FINAL_REPORT: "final report",
    Kind.EXPENDITURE_CLOSING: "closing of expenditure",
    Kind.YEAR_END_NOTICE: "year-end notice",
    Kind.APPROVAL_CATCH_UP: "approval to be handed in later",
    Kind.APPROVAL_RENEWAL: "renewal of an approval",
    Kind.CHECKPOINT: "checkpoint",
    Kind.EVALUATION: "evaluation",
    Kind.DATA_CALL: "call for data",
    Kind.ACTION_ITEM: "action item",
    Kind.MEETING: "meeting or event",
    Kind.REPLY: "reply to the office",
    Kind.CONTRACT_ITEM: "contract item",
}
FIELD_MSGIDS = {"stages": "Stages", "kinds": "Kinds with stages of their own", "chief_from": "The chief is told from"}
_NEVER = "never"


def show(screen: Screen, view: ProgrammeView) -> None:
    """The ladder in words, and the editor where the viewer may change it."""
    t = screen.t
    ladder = view.ladders.ladder
    st.markdown(t("Reminders: {stages}", stages=_stages(screen, ladder.stages)))
    for kind, own in view.ladders.kinds.items():
        st.markdown(t("For {kind}: {stages}", kind=t(KIND_MSGIDS[kind]), stages=_stages(screen, own.stages)))
    st.caption(
        t(
            "To principal investigator and assistants; to the officer from: {officer}; to the chief from: {chief}. "
            "A date whose anchor is not confirmed goes no higher than the officer.",
            officer=_from(screen, ladder.officer_from),
            chief=_from(screen, ladder.chief_from),
        )
    )
    st.caption(t("Changed by the office.") if view.ladder_edited else t("As the programme's file has it."))
    if view.may_edit:
        with st.expander(t("Change the reminders"), icon=":material/tune:"):
            _editor(screen, view)


def _editor(screen: Screen, view: ProgrammeView) -> None:
    t = screen.t
    slot = f"ladder-version-{view.programme_id}"
    opened_at = st.session_state.setdefault(slot, view.version)
    name = f"ladder-{view.programme_id}-{opened_at}"
    ladder = view.ladders.ladder
    stages = _pick_stages(screen, t("Stages"), ladder.stages, f"{name}-stages")
    officer = _pick_from(screen, t("The officer is told from"), ladder.officer_from, f"{name}-officer")
    chief = _pick_from(screen, t("The chief is told from"), ladder.chief_from, f"{name}-chief")
    kinds = st.multiselect(
        t("Kinds with stages of their own"),
        list(KIND_MSGIDS),
        default=list(view.ladders.kinds),
        format_func=lambda kind: t(KIND_MSGIDS[kind]),
        key=f"{name}-kinds",
    )
    own = {
        str(kind): Ladder(_pick_stages(screen, t(KIND_MSGIDS[kind]), view.ladders.of(kind).stages, f"{name}-{kind}"), officer, chief)
        for kind in kinds
    }
    st.caption(t("It holds at once for everything that is still open. What was raised stays recorded."))
    if not st.button(t("Save the reminders"), key=f"{name}-save", type="primary", icon=":material/save:"):
        return
    wanted = LadderSet(Ladder(stages, officer, chief), own)
    form = f"edit-ladder-{view.programme_id}-{wanted.as_dict()}"
    with attempt(screen, names=FIELD_MSGIDS) as outcome:
        edit_ladder(screen.ctx, programme_id=view.programme_id, ladders=wanted, expected_version=opened_at, key=form_key(form))
    if outcome.ok or isinstance(outcome.error, Stale):
        st.session_state.pop(slot, None)
    if outcome.ok:
        renew_key(form)
        say_after_rerun(t("The reminders were changed."))
        st.rerun()


def _pick_stages(screen: Screen, label: str, chosen: tuple[str, ...], key: str) -> tuple[str, ...]:
    picked = st.pills(
        label,
        STAGES,
        selection_mode="multi",
        default=chosen,
        format_func=lambda stage: wording.stage_text(screen.t, stage),
        key=key,
    )
    return tuple(picked)


def _pick_from(screen: Screen, label: str, chosen: str | None, key: str) -> str | None:
    options = [*STAGES, _NEVER]
    picked = st.selectbox(
        label,
        options,
        index=options.index(chosen or _NEVER),
        format_func=lambda stage: _from(screen, None if stage == _NEVER else stage),
        key=key,
    )
    return None if picked == _NEVER else picked


def _stages(screen: Screen, stages: tuple[str, ...]) -> str:
    return screen.t.pick("、", ", ").join(wording.stage_text(screen.t, stage) for stage in stages)


def _from(screen: Screen, stage: str | None) -> str:
    return screen.t(_NEVER) if stage is None else wording.stage_text(screen.t, stage)
