"""Looking at a template before it is saved: on which thing, in which language, on what screen."""

from __future__ import annotations

import streamlit as st

from tracker.notify.chat import SERVICES
from tracker.notify.templates import Words
from tracker.services.alert_templates import GENERAL, PROGRAMME, TemplateView
from tracker.services.errors import Problem
from tracker.services.template_previews import Example, examples, preview, preview_chat
from tracker.ui import mail_frame, template_words
from tracker.ui.channels import service_name
from tracker.ui.components import date_text, escape, found, subheading
from tracker.ui.guard import Screen

_LANGUAGES = {"zh_TW": "中文", "en": "English"}


def show(screen: Screen, view: TemplateView, words: Words, problems: list[Problem]) -> None:
    """The mail as it would go out, about a real thing where there is one in the situation."""
    t = screen.t
    subheading(screen, "As its reader will see it")
    with found(screen):
        known = {one.key: one for one in examples(screen.ctx, name=view.name, programme_id=view.programme_id)}
    chosen = st.selectbox(
        t("Tried on"),
        list(known),
        format_func=lambda key: _named(screen, known[key]),
        key=f"template-example-{view.programme_id}-{view.name}",
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        language = st.segmented_control(
            t("Language"), list(_LANGUAGES), default=t.language, format_func=_LANGUAGES.get, key="template-language", required=True
        )
        view_as = mail_frame.choose_view(screen, "template-view", chat=view.sort.chat)
    if len(known) == 1:
        st.info(t("Nothing here is or was in this situation: this is a made-up sample."), icon=":material/science:")
    elif not known[chosen].real:
        st.caption(t("A made-up sample: nobody and nothing in it exists."))
    if problems:
        st.warning(t("These words cannot be saved yet: see what is said below the fields. The mail is shown as far as they go."))
    _what_is_said(screen, view, known[chosen])
    link = f"{screen.desk.settings.public_url}/…"
    if view_as == mail_frame.CHAT:
        _as_chat(screen, view, words, known[chosen], language or t.language, link)
        return
    shown = preview(known[chosen], name=view.name, words=words, language=language or t.language, reader=screen.viewer.name, link=link)
    mail_frame.show_mail(screen, shown, view_as)


def _what_is_said(screen: Screen, view: TemplateView, example: Example) -> None:
    """Where a message about this very thing would really take its words from, where that is another place than the one that is tried."""
    says = example.says
    if says is None or (says.slot == view.slot and says.origin == _here(view)):
        return
    t = screen.t
    where = template_words.place_text(t, says)
    if says.slot is None or view.version is None:
        st.caption(t("As things are saved now, the message about this one takes its words from: {place}", place=where))
    else:
        st.info(t("More particular words are written for this one, and are said instead: {place}", place=where), icon=":material/rule:")


def _here(view: TemplateView) -> str:
    return GENERAL if view.programme_id is None else PROGRAMME


def _as_chat(screen: Screen, view: TemplateView, words: Words, example: Example, language: str, link: str) -> None:
    """The message as a channel shows it: its line, the day, the link."""
    t = screen.t
    service = st.segmented_control(
        t("Service"), SERVICES, default="line", format_func=lambda one: service_name(screen, one), key="template-service", required=True
    )
    shown = preview_chat(example, name=view.name, words=words, language=language, service=service or "line", link=link)
    with st.chat_message("Milepost", avatar=":material/forum:"):
        st.markdown(f"**{escape(shown.title)}**")
        for line in shown.body.split("\n"):
            st.markdown(escape(line))
    st.caption(t("A channel is read by many: the message names no person. Signs that the service would read as markup become full-width."))
    if not words.chat_zh.strip() and not words.chat_en.strip():
        st.caption(t("No line for channels is written here, so they are told the subject."))


def _named(screen: Screen, example: Example) -> str:
    t = screen.t
    what = t.pick(example.what_zh, example.what_en)
    if not example.real:
        return t("Made-up sample: {what}", what=what)
    if example.on is None:
        return t("{what}, as it stands today", what=what)
    return t("{what}, as it reads on {day}", what=what, day=date_text(example.on))
