"""The chief's decision: the form, what it would bring about, and the confirmation in two steps, since it is recorded for good."""

from __future__ import annotations

import streamlit as st

from tracker.domain.decisions import Course, EffectKind
from tracker.services.evaluation_views import EvaluationDesk
from tracker.services.evaluations import DecisionEntry, DecisionPreview, EffectEntry, decide, preview_decision
from tracker.services.policy import Act
from tracker.ui.attachments import file_field, keep_file
from tracker.ui.components import attempt, confirm, escape, say_after_rerun
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key

COURSES = {Course.CONTINUE: "the grant goes on", Course.TERMINATE: "the grant ends"}
EFFECTS = {
    EffectKind.CHANGE_CONTENT: "change the content", EffectKind.CHANGE_MEMBERS: "change the members", EffectKind.MERGE_TEAMS: "merge teams",
    EffectKind.CUT: "cut the money",
}  # fmt: skip
_NAMES = {
    "course": "Course", "decided_on": "Day of the decision", "letter_number": "Letter number", "clause": "Clause", "reason": "Reason",
    "effects": "Effects", "document_id": "The letter (file)", "file": "The letter (file)",
}  # fmt: skip


def render(screen: Screen, desk: EvaluationDesk) -> None:
    """The form; then, for the decision as it stands in it, the consequences and the confirmation."""
    evaluation = desk.evaluation
    if evaluation is None:
        return
    t, name = screen.t, f"decision-{evaluation.evaluation_id}-{evaluation.version}"
    if desk.clause is not None:
        st.caption(f"{desk.clause.clause}：「{escape(desk.clause.wording)}」 {escape(desk.clause.gloss_en) if not t.is_chinese else ''}")
    entry = _entry(screen, desk, name)
    chosen = file_field(screen, "The letter (file)", name)
    if st.button(t("Show what this brings about"), key=f"{name}-preview"):
        st.session_state[f"{name}-seen"] = entry
    if st.session_state.get(f"{name}-seen") != entry:
        return
    names = _NAMES | {
        f"effects.{index}.{part}": "Effects" for index in range(len(entry.effects)) for part in ("detail", "amount", "project_year", "kind")
    }
    with attempt(screen, names=names) as outcome:
        preview = preview_decision(screen.ctx, evaluation_id=evaluation.evaluation_id, entry=entry)
    if outcome.ok and confirm(screen, name, t("Record this decision"), _told(screen, preview), yes=t("Yes, record it for good")):
        _record(screen, desk, name, entry, chosen, names)


def _entry(screen: Screen, desk: EvaluationDesk, name: str) -> DecisionEntry:
    t = screen.t
    course = st.radio(t("Course"), list(COURSES), key=f"{name}-course", format_func=lambda one: t(COURSES[one]), horizontal=True)
    st.markdown(f"**{t('Effects')}** — {t('any combination, or none')}")
    effects = [effect for kind, label in EFFECTS.items() if kind is not EffectKind.CUT and (effect := _change(screen, name, kind, label))]
    if st.checkbox(t(EFFECTS[EffectKind.CUT]), key=f"{name}-cut"):
        effects += _cuts(screen, desk, name)
    decided_on = st.text_input(t("Day of the decision"), key=f"{name}-day", placeholder="116-04-19 / 2027-04-19")
    letter = st.text_input(t("Letter number"), key=f"{name}-letter")
    clause = st.text_input(t("Clause"), value=desk.clause.clause if desk.clause else "", key=f"{name}-clause")
    reason = st.text_area(t("Reason"), key=f"{name}-reason", help=t("The project reads it."))
    return DecisionEntry(course.value, decided_on, letter, clause, reason, tuple(effects))


def _change(screen: Screen, name: str, kind: EffectKind, label: str) -> EffectEntry | None:
    if not st.checkbox(screen.t(label), key=f"{name}-{kind.value}"):
        return None
    return EffectEntry(kind.value, st.text_area(screen.t("What is to change"), key=f"{name}-{kind.value}-detail"))


def _cuts(screen: Screen, desk: EvaluationDesk, name: str) -> list[EffectEntry]:
    """One amount for each year; years left at zero are not cut. With none above zero the cut still stands, so that it is refused by
    name.
    """
    t, found = screen.t, []
    for year in desk.years:
        approved = f"NT${year.approved_amount:,}" if year.approved_amount is not None else t("not recorded")
        amount = st.number_input(
            t("Cut in year {year}, NT$ (approved: {amount})", year=year.number, amount=approved),
            0,
            10**12,
            0,
            step=10_000,
            key=f"{name}-cut-{year.number}",
        )
        if amount:
            found.append(EffectEntry(EffectKind.CUT.value, "", int(amount), year.number))
    return found or [EffectEntry(EffectKind.CUT.value, "", None, desk.year)]


def _told(screen: Screen, preview: DecisionPreview) -> str:
    t = screen.t
    lines = [f"**{t('This is what the decision brings about:')}**"]
    lines += [f"- {escape(t.pick(sentence.zh, sentence.en))}" for sentence in preview.consequences]
    lines += [f"- :material/warning: {t(one.msgid, **one.params)}" for one in preview.warnings]
    return "\n".join([*lines, "", t("It is recorded for good and cannot be changed afterwards. The project sees it at once.")])


def _record(screen: Screen, desk: EvaluationDesk, name: str, entry: DecisionEntry, chosen, names: dict[str, str]) -> None:
    evaluation = desk.evaluation
    with attempt(screen, names=names) as outcome:
        document_id = keep_file(screen, chosen, name, purpose="decision", act=Act.DECIDE, project_id=desk.project_id)
        decide(
            screen.ctx,
            evaluation_id=evaluation.evaluation_id,
            entry=entry.with_document(document_id),
            expected_version=evaluation.version,
            key=form_key(name),
        )
    if outcome.ok:
        renew_key(name)
        say_after_rerun(screen.t("The decision is recorded."))
        st.rerun()
