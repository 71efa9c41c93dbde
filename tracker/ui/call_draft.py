"""What was typed of a new call is kept as it is typed, and offered again on the next visit: to go on, or to start anew.

What was kept last is remembered in session state, so that a run in which nothing changed writes nothing. The widgets hold the texts; once
the page was left they are gone, and what was kept is offered as on any other visit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import streamlit as st

from tracker.services.context import Context
from tracker.services.data_call_drafts import CallDraft, OvertakenDraft, call_draft, drop_call_draft, keep_call_draft
from tracker.services.data_calls import CallEntry
from tracker.ui import call_form
from tracker.ui.components import attempt, confirm, escape, found, instant_text
from tracker.ui.guard import Screen
from tracker.ui.keys import Key

#: The widgets of a new call by what they hold: `ui.call_new` gives them these keys.
TEXTS = {
    "title_zh": "call-title-zh", "title_en": "call-title-en", "due_on": "call-due", "letter_number": "call-letter", "label": "call-label",
    "note": "call-note",
}  # fmt: skip
FILTERS = {
    "years": "call-by-year", "states": "call-by-state", "organisations": "call-by-organisation", "counties": "call-by-county",
    "officers": "call-by-officer", "checkpoints": "call-by-checkpoint",
}  # fmt: skip
WAY, PROJECTS = "call-way", "call-projects"


def ready(screen: Screen, programme_id: int) -> bool:
    """Whether the call can be drawn; else the question whether to go on with what was begun is on the screen."""
    if st.session_state.pop(Key.CALL_ANEW, False):
        clear()
    at = st.session_state.get(Key.CALL_DRAFT)
    if TEXTS["title_zh"] not in st.session_state:  # a new visit
        forget()
        at = None
    if at is not None and at["programme"] == programme_id:
        return True
    with found(screen):
        draft = call_draft(screen.ctx, programme_id)
        goes_along = draft is None and at is not None and at["version"] > 0
        if goes_along:  # another programme was chosen, with something typed already
            drop_call_draft(screen.ctx, at["programme"])
    if draft is None:
        _remember(programme_id, fresh=not goes_along)
        return True
    st.session_state.pop(Key.CALL_DRAFT, None)
    _ask(screen, programme_id, draft)
    return False


def keep(screen: Screen, entry: CallEntry, place: Any) -> None:
    """Keep what stands on the screen where it was changed, and say in `place` when that was."""
    at = st.session_state[Key.CALL_DRAFT]
    if at["fresh"]:
        at.update(fresh=False, kept=entry)  # as the page came up: nothing was typed yet
    with place.container(), attempt(screen):
        if at["kept"] != entry:
            answer = keep_call_draft(screen.ctx, entry, base_version=at["version"])
            if isinstance(answer, OvertakenDraft):
                _overtaken(screen, answer)
                return
            at.update(version=answer.version, kept=entry, saved_at=answer.saved_at)
        if at["version"]:
            _say_kept(screen, entry.programme_id, at)
    if Key.CALL_ANEW in st.session_state:
        st.rerun()


def only_offered(key: str, options: Collection[Any]) -> None:
    """Take out of a list what is offered no longer: another programme was chosen, or a project was closed since. Before it is drawn."""
    if key in st.session_state:
        st.session_state[key] = [one for one in st.session_state[key] if one in options]


def forget() -> None:
    """Nothing is begun any more: the call was issued, which ended its draft."""
    st.session_state.pop(Key.CALL_DRAFT, None)
    call_form.forget()


def _say_kept(screen: Screen, programme_id: int, at: dict[str, Any]) -> None:
    t = screen.t
    st.caption(":material/cloud_done: " + t("Kept {time}. Only you see it until it is issued.", time=instant_text(at["saved_at"])))
    consequences = t("Everything typed here is thrown away. Issued calls are not touched.")
    if confirm(screen, f"call-anew-{programme_id}", t("Start anew"), consequences, yes=t("Throw it away")):
        drop_call_draft(screen.ctx, programme_id)
        st.session_state[Key.CALL_ANEW] = True


def _ask(screen: Screen, programme_id: int, draft: CallDraft) -> None:
    t = screen.t
    title = draft.entry.title_zh.strip() or draft.entry.title_en.strip() or t("without a title yet")
    with st.container(border=True, key="call-begun"):
        st.markdown(t("**You have begun a call here:** {title}", title=escape(title)))
        questions = sum(len(section.fields) for section in draft.entry.form.sections)
        st.caption(t("Kept {time}, with {n} questions. A file has to be chosen again.", time=instant_text(draft.saved_at), n=questions))
        with st.container(horizontal=True):
            st.button(t("Go on with it"), key="call-go-on", type="primary", icon=":material/edit:", on_click=put_back, args=(draft,))
            st.button(t("Start anew"), key="call-anew", icon=":material/restart_alt:", on_click=_anew, args=(screen.ctx, programme_id),
                      help=t("What was begun is thrown away."))  # fmt: skip


def _overtaken(screen: Screen, answer: OvertakenDraft) -> None:
    t = screen.t
    said = t("This call was changed in another window ({time}). What stands here is not kept.", time=instant_text(answer.saved_at))
    st.warning(said, icon=":material/difference:")
    with st.container(horizontal=True):
        st.button(t("Show what was kept there"), key="call-take-theirs", on_click=_take_theirs)
        st.button(t("Keep what stands here"), key="call-keep-mine", type="primary", on_click=_keep_mine, args=(answer.version,))


def put_back(draft: CallDraft) -> None:
    """Put what was kept back onto the screen. For a button's `on_click`: before the widgets are drawn."""
    entry, chosen = draft.entry, draft.entry.selection
    way = "some" if chosen.projects else "filter" if chosen.as_dict() else "all"
    _put({name: getattr(entry, name) for name in TEXTS}, chosen.as_dict(), filter(None, chosen.projects), way)
    call_form.start_with(entry.form)
    _remember(entry.programme_id, draft.version, entry, draft.saved_at)


def _anew(ctx: Context, programme_id: int) -> None:
    drop_call_draft(ctx, programme_id)
    clear()


def clear() -> None:
    """Take everything typed off the screen; before the widgets are drawn."""
    _put(dict.fromkeys(TEXTS, ""), {}, (), "all")
    forget()


def _take_theirs() -> None:
    """Ask for what was kept as on a new visit."""
    clear()


def _keep_mine(version: int) -> None:
    st.session_state[Key.CALL_DRAFT]["version"] = version


def _put(texts: Mapping[str, Any], filters: Mapping[str, Any], projects: Iterable[int], way: str) -> None:
    for name, key in TEXTS.items():
        st.session_state[key] = texts[name]
    for name, key in FILTERS.items():
        st.session_state[key] = list(filters.get(name, ()))
    st.session_state[PROJECTS], st.session_state[WAY] = list(projects), way


def _remember(programme_id: int, version: int = 0, kept: CallEntry | None = None, saved_at: Any = None, *, fresh: bool = False) -> None:
    at = {"programme": programme_id, "version": version, "kept": kept, "saved_at": saved_at, "fresh": fresh}
    st.session_state[Key.CALL_DRAFT] = at
