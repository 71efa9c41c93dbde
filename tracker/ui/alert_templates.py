"""The screen of the words of alerts: choose a situation, write both languages, look at the mail, save or take back."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import streamlit as st

from tracker.notify.message_sorts import named
from tracker.notify.sorts import FIELD_MSGIDS, GROUP_MSGIDS, slot_name
from tracker.notify.templates import Words
from tracker.notify.wording import stage_text
from tracker.services.alert_templates import (
    BUILT_IN,
    TemplateRow,
    TemplateView,
    edit_template,
    problems_of,
    template_list,
    template_view,
)
from tracker.services.directory import programme_choices
from tracker.services.errors import Problem
from tracker.ui import template_history, template_preview, template_words
from tracker.ui.components import attempt, escape, found, say_after_rerun
from tracker.ui.guard import Screen
from tracker.ui.keys import Key, form_key, renew_key
from tracker.ui.ladder_words import KIND_MSGIDS

LABEL_MSGIDS = {
    "subject_zh": "Subject in Chinese",
    "opening_zh": "Opening in Chinese",
    "subject_en": "Subject in English",
    "opening_en": "Opening in English",
    "chat_zh": "Line for channels in Chinese",
    "chat_en": "Line for channels in English",
    "words": "Words",
    "programme": "Programme",
}
_EVERY = 0  # no programme has this id


@dataclass(frozen=True)
class Draft:
    """What was typed and not saved, and the version it was begun on."""

    words: Words
    version: int | None


def render(screen: Screen) -> None:
    """The whole screen."""
    t = screen.t
    st.markdown(
        t(
            "What each message says first: its subject and its opening. Below them every mail keeps its facts, the reasons of its day and "
            "its one link to the page; no template can take them out."
        )
    )
    programme_id = _programme(screen)
    with found(screen):
        rows = template_list(screen.ctx, programme_id=programme_id)
        view = template_view(screen.ctx, name=_name(screen, rows, programme_id), programme_id=programme_id)
    _head(screen, view)
    draft = _editor(screen, view)
    problems = problems_of(draft.words, view.sort)
    _save(screen, view, draft)
    template_preview.show(screen, view, draft.words, problems)
    template_history.show(screen, view, on_done=lambda: _forget(view))


def _programme(screen: Screen) -> int | None:
    t = screen.t
    with found(screen):
        known = {one.programme_id: one for one in programme_choices(screen.ctx)}
    chosen = st.selectbox(
        t("Programme"),
        [_EVERY, *known],
        format_func=lambda one: t.pick(known[one].title_zh, known[one].title_en) if one else t("Every programme without words of its own"),
        key="templates-programme",
    )
    return chosen or None


def _name(screen: Screen, rows: list[TemplateRow], programme_id: int | None) -> str:
    """Which situation, and at which stage of the ladder where that makes a difference."""
    t, by_name = screen.t, {row.sort.name: row for row in rows}

    def label(name: str) -> str:  # the same whatever was written: a choice is kept by its label
        sort = by_name[name].sort
        return t("{group}: {when}", group=t(GROUP_MSGIDS[sort.group]), when=t(sort.when_msgid))

    _marks(screen, "Not saved: {names}", [label(sort) for sort in by_name if any(_is_of(slot, programme_id, sort) for slot in _drafts())])
    changed = [row for row in rows if row.origin != BUILT_IN or row.refined]
    _marks(screen, "Not as built in: {names}", [label(row.sort.name) for row in changed])
    name = st.selectbox(t("Situation"), list(by_name), format_func=label, key="templates-sort")
    return _refined(screen, by_name[name])


def _refined(screen: Screen, row: TemplateRow) -> str:
    """The stage and the kind of obligation, where a situation has such."""
    t, sort, stage, kind = screen.t, row.sort, "", ""
    if sort.kinds:
        kind = st.selectbox(
            t("Kind of obligation"),
            ["", *sort.kinds],
            format_func=lambda one: t(KIND_MSGIDS[one]) if one else t("every kind"),
            key=f"templates-kind-{sort.name}",
        )
    if sort.stages:
        stage = st.pills(
            t("Stage"),
            ["", *sort.stages],
            default="",
            format_func=lambda one: stage_text(t, one) if one else t("every stage"),
            key=f"templates-stage-{sort.name}",
            required=True,
        )
    _marks(screen, "With words of their own: {names}", [template_words.slot_text(t, slot) for slot in row.refined])
    return slot_name(sort.name, stage or "", kind or "")


def _marks(screen: Screen, msgid: str, names: list[str]) -> None:
    if names:
        st.caption(screen.t(msgid, names=escape(screen.t.pick("；", "; ").join(names))))


def _is_of(slot: tuple[int | None, str], programme_id: int | None, sort: str) -> bool:
    return slot[0] == programme_id and named(slot[1]).sort.name == sort


def _head(screen: Screen, view: TemplateView) -> None:
    t = screen.t
    msgid, colour, icon = template_words.ORIGINS[view.origin]
    with st.container(horizontal=True):
        st.badge(t(msgid), color=colour, icon=f":material/{icon}:")
        if view.version is None and view.origin != BUILT_IN:
            st.badge(t("nothing was written in this place yet"), color="gray")
    template_words.show_order(screen, view)
    if view.sort.unconfirmed:
        st.info(
            t("Here nobody is late: the anchor date is not confirmed. Write nothing that blames; the mail says so itself below."),
            icon=":material/help:",
        )


def _editor(screen: Screen, view: TemplateView) -> Draft:
    """Both languages side by side, one above the other on a telephone; what was typed stays when another situation is looked at."""
    slot = (view.programme_id, view.name)
    kept = _drafts().get(slot)
    if kept is not None and kept.version != view.version:
        kept = _overtaken(screen, view, kept)
    words, version = (kept.words, kept.version) if kept else (view.words, view.version)
    _fields(screen, view)
    typed = {}
    for column, language in zip(st.columns(2), ("zh", "en"), strict=True):
        with column:
            for part in ("subject", "opening", "chat") if view.sort.chat else ("subject", "opening"):
                typed[f"{part}_{language}"] = _field(screen, view, words, f"{part}_{language}")
    draft = Draft(replace(words, **typed), version)
    if draft.words == view.words:
        _drafts().pop(slot, None)
    else:
        _drafts()[slot] = draft
    return draft


def _field(screen: Screen, view: TemplateView, words: Words, field: str) -> str:
    """One input, and right below it what is wrong with what stands in it; a limit of the input would drop a long paste in silence."""
    t = screen.t
    key = f"template-{view.programme_id}-{view.name}-{_shown(view)}-{_generation(view)}-{field}"
    if field.startswith("chat"):
        help_msgid = "One line for the office's chat channels. Where it is left empty, they are told the subject."
        typed = st.text_input(t(LABEL_MSGIDS[field]), getattr(words, field), key=key, help=t(help_msgid))
    elif field.startswith("subject"):
        typed = st.text_input(t(LABEL_MSGIDS[field]), getattr(words, field), key=key)
    else:
        typed = st.text_area(t(LABEL_MSGIDS[field]), getattr(words, field), height=140, key=key)
    here = Words(**{**asdict(words), field: typed})
    for problem in problems_of(here, view.sort):
        if problem.field == field:
            st.markdown(f":red[:material/error: {_said(screen, problem)}]")
    return typed


def _said(screen: Screen, problem: Problem) -> str:
    return escape(screen.t(problem.msgid, **problem.params))


def _fields(screen: Screen, view: TemplateView) -> None:
    """The fields as they are typed, and on a touch what each of them says."""
    t = screen.t
    names = " ".join(f"`{{{name}}}`" for name in view.sort.fields)
    with st.expander(f"{t('Fields that are filled in for each mail')}  {names}", icon=":material/data_object:"):
        rows = [f"| `{{{name}}}` | {t(FIELD_MSGIDS[name])} |" for name in view.sort.fields]
        st.markdown("\n".join([f"| {t('Field')} | {t('What it says')} |", "| --- | --- |", *rows]))


def _overtaken(screen: Screen, view: TemplateView, kept: Draft) -> Draft | None:
    """Somebody saved other words meanwhile: show them, keep what was typed, and let the editor choose."""
    t = screen.t
    with st.container(border=True):
        st.warning(t("Other words were put in force while you wrote. Yours are kept below."), icon=":material/sync_problem:")
        template_history.show_words(screen, view.words)
        with st.container(horizontal=True):
            mine = st.button(t("Go on with mine"), key=f"mine-{view.name}-{view.version}")
            theirs = st.button(t("Take these instead"), key=f"theirs-{view.name}-{view.version}")
    if mine:
        _drafts()[view.programme_id, view.name] = Draft(kept.words, view.version)
        st.rerun()
    if theirs:
        _forget(view)
        st.rerun()
    return kept


def _save(screen: Screen, view: TemplateView, draft: Draft) -> None:
    t = screen.t
    where = t("in this programme") if view.programme_id else t("in every programme without words of its own")
    st.caption(t("Saved, it is said from the next mail on, {where}. What was sent stays as it was.", where=where))
    changed = draft.words != view.words
    with st.container(horizontal=True):
        wanted = st.button(t("Save these words"), type="primary", icon=":material/save:", key="template-save", disabled=not changed)
        if changed and st.button(t("Drop what I typed"), key="template-drop"):
            _forget(view)
            st.rerun()
    if not wanted:
        return
    form = f"template-{view.programme_id}-{view.name}-{draft.version}-{draft.words}"
    with attempt(screen, names=LABEL_MSGIDS) as outcome:
        now = edit_template(
            screen.ctx, name=view.name, programme_id=view.programme_id, words=draft.words, expected=draft.version, key=form_key(form)
        )
    if outcome.ok:
        renew_key(form)
        _drafts().pop((view.programme_id, view.name), None)
        if now.words == draft.words:  # the inputs stay: somebody may be writing on in one of them
            st.session_state[_slot(view, "shown")] = _shown(view), now.version
        say_after_rerun(t("The words are in force."))
        st.rerun()


def _drafts() -> dict[tuple[int | None, str], Draft]:
    return st.session_state.setdefault(Key.TEMPLATE_DRAFTS, {})


def _slot(view: TemplateView, what: str) -> str:
    return f"{Key.TEMPLATE_DRAFTS}-{what}-{view.programme_id}-{view.name}"


def _shown(view: TemplateView) -> int | None:
    """The version that the inputs began with: that in force, or the one before where she saved what stands in them."""
    began, known = st.session_state.get(_slot(view, "shown"), (view.version, view.version))
    if known != view.version:
        began = view.version
    st.session_state[_slot(view, "shown")] = began, view.version
    return began


def _generation(view: TemplateView) -> int:
    return st.session_state.get(_slot(view, "times"), 0)


def _forget(view: TemplateView) -> None:
    """Drop what was typed here; the inputs begin anew with the words in force."""
    _drafts().pop((view.programme_id, view.name), None)
    st.session_state[_slot(view, "times")] = _generation(view) + 1
