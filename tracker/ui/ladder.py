"""The alert policy of a programme: shown to everybody in it, edited by its chief and by the administrator."""

from __future__ import annotations

import streamlit as st

from tracker.domain.alert_policy import Level, Policy, PolicySet
from tracker.domain.ladder import STAGES
from tracker.notify import wording
from tracker.services.errors import Stale
from tracker.services.ladders import ProgrammeView, edit_ladder, reset_ladder
from tracker.ui import ladder_preview
from tracker.ui.components import attempt, confirm, say_after_rerun
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key
from tracker.ui.ladder_levels import pick_levels
from tracker.ui.ladder_words import KIND_MSGIDS, LEVEL_MSGIDS, level_line, stages_text

FIELD_MSGIDS = {
    "stages": "Stages",
    "kinds": "Kinds with reminders of their own",
    "officer": "Officer",
    "chief_from": "Chief",
    "pi": "Principal investigator",
    "institution": "Institution",
    "grace": "Grace in working days",
    "channels": "Beside the inbox by",
    "language": "Language",
}


def show(screen: Screen, view: ProgrammeView) -> None:
    """The policy in words, what it does on an example, and the editor where the viewer may change it."""
    t = screen.t
    _in_words(screen, view.policies.policy)
    for kind, own in view.policies.kinds.items():
        with st.container(border=True, key=f"policy-of-{view.programme_id}-{kind}"):
            st.markdown(f"**{t('For {kind}', kind=t(KIND_MSGIDS[kind]))}**")
            _in_words(screen, own, None if own.levels != view.policies.policy.levels else ())
    st.caption(t("A date whose anchor is not confirmed goes no higher than the officer, and never to the institution."))
    st.caption(t("Changed by the office.") if view.policy_edited else t("As the programme's file has it."))
    with st.expander(t("Who is told on which day: an example"), icon=":material/event_note:"):
        ladder_preview.example(screen, view, view.policies, f"policy-{view.programme_id}")
    if view.may_edit:
        with st.expander(t("Change the reminders"), icon=":material/tune:"):
            _editor(screen, view)


def _in_words(screen: Screen, policy: Policy, levels: tuple[Level, ...] | None = None) -> None:
    t = screen.t
    st.markdown(t("Reminders: {stages}", stages=stages_text(t, policy.stages)))
    colon = t.pick("：", ": ")
    lines = [f"- **{t(LEVEL_MSGIDS[level.role])}**{colon}{level_line(t, level)}" for level in (policy.levels if levels is None else levels)]
    if lines:
        st.markdown("\n".join(lines))


def _editor(screen: Screen, view: ProgrammeView) -> None:
    t = screen.t
    slot = f"ladder-version-{view.programme_id}"
    opened_at = st.session_state.setdefault(slot, view.version)
    name = f"ladder-{view.programme_id}-{opened_at}"
    wanted = _wanted(screen, view, name)
    st.markdown(f"**{t('What this would do')}**")
    ladder_preview.example(screen, view, wanted, name)
    ladder_preview.dry_run(screen, view, wanted, name)
    st.caption(t("It holds at once for everything that is still open. What was raised stays recorded, with the policy it was raised by."))
    if st.button(t("Save the reminders"), key=f"{name}-save", type="primary", icon=":material/save:"):
        _save(screen, view, wanted, slot)
    if view.policy_edited and confirm(
        screen,
        f"{name}-reset",
        t("Back to the programme's file"),
        t("What the office changed here is given up, and the reminders are again those of the programme's file."),
    ):
        _reset(screen, view, slot)


def _wanted(screen: Screen, view: ProgrammeView, name: str) -> PolicySet:
    """The policy as the form has it now."""
    t = screen.t
    policy = view.policies.policy
    stages = _pick_stages(screen, t("Stages"), policy.stages, f"{name}-stages")
    st.markdown(f"**{t('Who is told')}**")
    levels = pick_levels(screen, policy.levels, name)
    kinds = st.multiselect(
        t("Kinds with reminders of their own"),
        list(KIND_MSGIDS),
        default=list(view.policies.kinds),
        format_func=lambda kind: t(KIND_MSGIDS[kind]),
        placeholder=t("None: every kind as above"),
        key=f"{name}-kinds",
    )
    own = {str(kind): _of_kind(screen, view, kind, levels, f"{name}-{kind}") for kind in kinds}
    return PolicySet(Policy(stages, levels), own)


def _of_kind(screen: Screen, view: ProgrammeView, kind: str, levels: tuple[Level, ...], name: str) -> Policy:
    t = screen.t
    now = view.policies.of(kind)
    with st.container(border=True):
        label = t("Stages for {kind}", kind=t(KIND_MSGIDS[kind]))
        stages = _pick_stages(screen, label, now.stages, name)
        apart = st.toggle(t("Other people than for the rest"), value=now.levels != view.policies.policy.levels, key=f"{name}-apart")
        return Policy(stages, pick_levels(screen, now.levels, name) if apart else levels)


def _save(screen: Screen, view: ProgrammeView, wanted: PolicySet, slot: str) -> None:
    form = f"edit-ladder-{view.programme_id}-{wanted.as_dict()}"
    version, said = _expected(slot), screen.t("The reminders were changed.")
    with attempt(screen, names=FIELD_MSGIDS) as outcome:
        now = edit_ladder(screen.ctx, programme_id=view.programme_id, policies=wanted, expected_version=version, key=form_key(form))
        said = said if now.version != version else screen.t("These reminders are in force already: nothing was changed.")
    _after(screen, outcome, form, slot, view.version, said)


def _reset(screen: Screen, view: ProgrammeView, slot: str) -> None:
    form = f"reset-ladder-{view.programme_id}-{view.version}"
    with attempt(screen) as outcome:
        reset_ladder(screen.ctx, programme_id=view.programme_id, expected_version=_expected(slot), key=form_key(form))
    _after(screen, outcome, form, slot, view.version, screen.t("The reminders are those of the programme's file again."))


def _expected(slot: str) -> int:
    """The version that she has seen: the one she began with, or that of somebody else after she was told of it."""
    return st.session_state.get(f"{slot}-looked-at", st.session_state[slot])


def _after(screen: Screen, outcome, form: str, slot: str, version: int, said: str) -> None:
    if isinstance(outcome.error, Stale):  # what was chosen stays; the policy of the other one stands above the form
        st.session_state[f"{slot}-looked-at"] = version
    if outcome.ok:
        st.session_state.pop(slot, None)
        st.session_state.pop(f"{slot}-looked-at", None)
        renew_key(form)
        say_after_rerun(said)
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
