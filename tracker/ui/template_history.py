"""Who wrote which words when, and back to what would be said without them."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from tracker.notify.templates import Words
from tracker.services.alert_templates import TemplateView, take_back_template
from tracker.ui.components import attempt, confirm, escape, instant_text, say_after_rerun, subheading
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key


def show(screen: Screen, view: TemplateView, *, on_done: Callable[[], None]) -> None:
    """The way back and the history; nothing where nobody ever wrote here."""
    t = screen.t
    if not view.history:
        return
    subheading(screen, "What was written here")
    if view.version is not None:
        _take_back(screen, view, on_done)
    for one in view.history:
        until = t("said now") if one.id == view.version else t("replaced")
        if one.taken_back_at is not None:
            until = t("taken out by {name} at {at}", at=instant_text(one.taken_back_at), name=one.taker or t("the system"))
        title = t("{at}, {name}: {state}", at=instant_text(one.edited_at), name=one.editor or t("the system"), state=until)
        with st.expander(escape(title)):
            show_words(screen, one.words)


def show_words(screen: Screen, words: Words) -> None:
    """Both languages of one set of words, side by side."""
    for column, (subject, opening, chat) in zip(st.columns(2), _by_language(words), strict=True):
        with column:
            st.markdown(f"**{escape(subject)}**")
            for line in opening.split("\n"):
                st.markdown(escape(line))
            if chat:
                st.markdown(f":material/forum: {escape(chat)}")


def _take_back(screen: Screen, view: TemplateView, on_done: Callable[[], None]) -> None:
    """Two steps, with what is said now and what would be said then."""
    t = screen.t
    lines = [t("**Said now, and no longer:**"), *_lines(view.words), t("**Said from the next mail on:**"), *_lines(view.without)]
    agreed = confirm(
        screen,
        f"template-{view.programme_id}-{view.name}-{view.version}",
        t("Take these words back"),
        "\n\n".join(lines),
        yes=t("Take these words back"),
    )
    if not agreed or view.version is None:
        return
    form = f"template-back-{view.version}"
    with attempt(screen) as outcome:
        take_back_template(screen.ctx, name=view.name, programme_id=view.programme_id, expected=view.version, key=form_key(form))
    if outcome.ok:
        renew_key(form)
        on_done()
        say_after_rerun(t("The words were taken back."))
        st.rerun()


def _lines(words: Words) -> list[str]:
    return [
        f"- {escape(subject)}\n" + "\n".join(f"    - {escape(line)}" for line in (*opening.split("\n"), *([chat] if chat else [])))
        for subject, opening, chat in _by_language(words)
    ]


def _by_language(words: Words) -> tuple[tuple[str, str, str], ...]:
    return (words.subject_zh, words.opening_zh, words.chat_zh), (words.subject_en, words.opening_en, words.chat_en)
