"""The report in review: section by section, what changed word by word, the period before beside it, and remarks at each field."""

from __future__ import annotations

from functools import partial

import streamlit as st

from tracker.domain.text_diff import Change, difference
from tracker.programmes.report_types import Holds
from tracker.services.report_comparison import FieldView
from tracker.services.report_review import ReviewScreen
from tracker.services.review_comments import Comment, save_comment, withdraw_comment
from tracker.services.review_steps import Reader
from tracker.ui import components as c
from tracker.ui import review_verdicts
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key
from tracker.ui.periods import title_text
from tracker.ui.report_files import download, look
from tracker.ui.report_words import label_text, slug, words

_NAMES = {"body": "Remark", "field": "Field"}
_STATES = {"draft": "inside the office", "kept": "panel's remark", "sent": "sent to the project"}


def render(screen: Screen, shown: ReviewScreen) -> None:
    """Every section in the order of the form."""
    t = screen.t
    if any(field.changed for field in shown.fields):
        st.caption(t("Changed since the version that was returned: marked with {mark}.", mark=":material/change_circle:"))
    for section in shown.state.form.sections:
        fields = [field for field in shown.fields if field.section == section.id]
        with st.container(border=True, key=f"section-{section.id}"):
            st.subheader(words(screen, section.title), anchor=False)
            if not fields:
                st.caption(t("Nothing was entered here."))
            if section.holds == Holds.CHECKPOINTS:
                for reviewed in shown.checkpoints:
                    own = [field for field in fields if field.line == f"checkpoint:{reviewed.checkpoint_id}"]
                    with review_verdicts.card(screen, shown, reviewed, partial(_claim_remark, screen, shown, own)):
                        for field in own:
                            if field.field.endswith(":actual"):
                                review_verdicts.last_claim(screen, field)
                                _remarks(screen, shown, field)
                            else:
                                _field(screen, shown, field)
                        review_verdicts.give(screen, shown, reviewed)
                fields = [field for field in fields if not field.line]
            for field in fields:
                _field(screen, shown, field, titled=len(fields) == 1 and label_text(screen, field.label) == words(screen, section.title))


def _field(screen: Screen, shown: ReviewScreen, field: FieldView, *, titled: bool = False) -> None:
    """One field, with the period before beside it (below it on a narrow screen) where that one has it, and its remarks."""
    t, previous = screen.t, shown.state.previous
    mark = ":material/change_circle: " if field.changed else ""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if mark or not titled:
            st.markdown(f"{mark}**{label_text(screen, field.label)}**", width="content")
        _own_remark(screen, shown, field)
    if previous is None or not field.last_period:
        _now(screen, field)
    else:
        now, before = st.columns(2, gap="medium")
        with now:
            _now(screen, field)
        with before, st.container(border=True, gap=None):
            st.caption(t("Period before: {period}", period=title_text(screen, previous.title_zh, previous.title_en, previous.period_label)))
            st.text(field.last_period)
    _remarks(screen, shown, field)


def _now(screen: Screen, field: FieldView) -> None:
    for document_id, filename in field.files:
        st.markdown(download(document_id, filename))
        look(screen.t, document_id, filename)
    if field.changed:
        _difference(screen, field)
    elif not field.files:
        st.text(field.now or "—")


def _difference(screen: Screen, field: FieldView) -> None:
    """What is gone is struck out in red, what is new is marked green; both texts whole below."""
    t = screen.t
    st.markdown(marked(field.last_version or "", field.now))
    with st.expander(t("Both texts whole")):
        st.caption(t("As it reads now"))
        st.text(field.now or "—")
        st.caption(t("In the version before"))
        st.text(field.last_version or "—")


def marked(before: str, now: str) -> str:
    """The difference of two texts as markdown that says it with marks and colours; user text in it is escaped."""
    lines: list[str] = [""]
    for piece in difference(before, now):
        for n, part in enumerate(piece.text.split("\n")):
            if n:
                lines.append("")
            lines[-1] += _piece(piece.change, part)
    return "  \n".join(line if line.strip() else "\u00a0" for line in lines)


def _piece(change: Change, text: str) -> str:
    if change is Change.SAME or not text.strip():
        return c.escape(text)
    head, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    inner = c.escape(text.strip())
    said = f":red-background[~~{inner}~~]" if change is Change.GONE else f":green-background[**{inner}**]"
    return f"{head}{said}{tail}"


# --- Remarks ----------------------------------------------------------------------------------------------------------------------


def _may_remark(shown: ReviewScreen) -> bool:
    return shown.may_review or (shown.reader is Reader.PANEL and shown.turn is not None)


def _here(shown: ReviewScreen, field: FieldView) -> list[Comment]:
    return [one for one in shown.comments if one.field == field.field and one.section == field.section]


def _mine(shown: ReviewScreen, field: FieldView) -> Comment | None:
    """The reader's own remark that she can still change."""
    return next((one for one in _here(shown, field) if _is_open(shown, one)), None) if _may_remark(shown) else None


def _remarks(screen: Screen, shown: ReviewScreen, field: FieldView) -> None:
    """What was remarked on this field, one's own included."""
    mine = _mine(shown, field)
    for one in _here(shown, field):
        if one is mine:
            st.markdown(f"> :material/comment: {c.escape(one.body)}  \n> :gray[{screen.t('My remark')}]")
        else:
            _said(screen, one)


def _claim_remark(screen: Screen, shown: ReviewScreen, own: list[FieldView]) -> None:
    for field in own:
        if field.field.endswith(":actual"):
            _own_remark(screen, shown, field)


def _own_remark(screen: Screen, shown: ReviewScreen, field: FieldView) -> None:
    """Beside a field's name, the place for one's own remark: kept as soon as the cursor leaves it."""
    if not _may_remark(shown):
        return
    t, mine = screen.t, _mine(shown, field)
    name = f"remark-{shown.version.id}-{slug(field.field)}-{mine.id if mine else 0}"
    with st.popover(
        t("My remark") if mine else t("Write a remark"), icon=":material/comment:" if mine else ":material/add_comment:", type="tertiary"
    ):
        if mine is None:
            st.caption(t("Kept as you write, seen by the office alone until it is sent with a return."))
        body = st.text_area(
            label_text(screen, field.label), value=mine.body if mine else "", key=name, height=100, label_visibility="collapsed",
            placeholder=t("What should the project put right here?"),
        )  # fmt: skip
        if mine is not None:
            st.caption(t("Kept {at}", at=c.instant_text(mine.written_at)))
    if (body or "").strip() != (mine.body if mine else ""):
        _keep(screen, shown, field, mine, body or "")


def _is_open(shown: ReviewScreen, one: Comment) -> bool:
    return one.mine and one.state == "draft" and one.report_version == shown.version.number


def _said(screen: Screen, one: Comment) -> None:
    t = screen.t
    state = t(_STATES[one.state]) + (f" · {t('Version {n}', n=one.report_version)}" if one.state == "sent" else "")
    st.markdown(f"> :material/comment: {c.escape(one.body)}  \n> :gray[{c.escape(one.author)} · {state}]")


def _keep(screen: Screen, shown: ReviewScreen, field: FieldView, mine: Comment | None, body: str) -> None:
    """Keep what stands in the box; an empty one takes the remark back."""
    name = f"remark-{shown.version.id}-{field.field}-{mine.version if mine else 0}-{body}"
    with c.attempt(screen, names=_NAMES) as outcome:
        if body.strip():
            save_comment(
                screen.ctx, report_id=shown.state.row.id, section=field.section, field=field.field, body=body,
                comment_id=mine.id if mine else None, expected_version=mine.version if mine else None, key=form_key(name),
            )  # fmt: skip
        elif mine is not None:
            withdraw_comment(screen.ctx, comment_id=mine.id, expected_version=mine.version, key=form_key(name))
    if outcome.ok:
        st.rerun()
