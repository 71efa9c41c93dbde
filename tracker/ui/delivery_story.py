"""The whole story of one mail: by which policy it was raised, what it tells, each attempt, what its readers did with it."""

from __future__ import annotations

import streamlit as st

from tracker.domain.alert_policy import Policy
from tracker.notify import wording
from tracker.notify.notice_wording import NAME_MSGIDS
from tracker.services.delivery_desk import Line, Story, delivery_story
from tracker.ui.components import date_text, escape, found, instant_text, subheading
from tracker.ui.delivery_words import STATUS_MSGIDS, WHY_MSGIDS, about_text, reason_text, title_text
from tracker.ui.guard import Screen
from tracker.ui.ladder import LEVEL_MSGIDS, level_line
from tracker.ui.pages import link, named_link


def show(screen: Screen, mail_id: int) -> None:
    """One mail, from the alert to the acknowledgement."""
    t = screen.t
    link(screen, "deliveries", label=t("All mails"), icon=":material/arrow_back:")
    with found(screen):
        story = delivery_story(screen.ctx, mail_id)
    _head(screen, story)
    _steps(screen, story)
    if story.lines:
        subheading(screen, "What it tells of")
        for line in story.lines:
            _line(screen, line)
    for news in story.news:
        with st.container(border=True):
            st.markdown(f"**{escape(t(NAME_MSGIDS.get(news.kind, news.kind)))}** {escape(news.project)}")
            st.caption(_read(screen, news.read_at))
    if story.text:
        with st.expander(t("Read the mail"), icon=":material/drafts:", expanded=True):
            st.code(story.text, language=None, wrap_lines=True)


def _head(screen: Screen, story: Story) -> None:
    t, row = screen.t, story.row
    msgid, colour, icon = STATUS_MSGIDS[row.status]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(t(msgid), color=colour, icon=f":material/{icon}:")
        st.badge(escape(about_text(screen, row)), color="gray")
        if row.possibly_twice:
            st.badge(t("possibly delivered twice"), color="orange", icon=":material/content_copy:")
    subheading(screen, "{subject}", subject=title_text(screen, row))
    st.caption(f"{escape(row.name)} · {escape(row.address)}")


def _steps(screen: Screen, story: Story) -> None:
    t, row = screen.t, story.row
    steps = [t("Decided on {at}", at=instant_text(story.created_at))]
    if row.resent_of_id:
        steps.append(t("A copy of mail {n}, sent by hand", n=row.resent_of_id))
    if row.silence_id:
        steps.append(
            t("Held by a silence until {at}", at=instant_text(row.available_at)) if row.why == "silence" else t("Was held by a silence")
        )
    if row.hold_id:
        steps.append(t("Held by the brake") if row.status == "held" else t("Was held by the brake"))
    if row.why and row.why not in ("silence", "brake"):  # said just before
        steps.append(t("Waits until {at}: {why}", at=instant_text(row.available_at), why=t(WHY_MSGIDS[row.why])))
    if story.put_off_because:
        steps.append(t("Put off by its reader: {reason}", reason=escape(story.put_off_because)))
    if row.attempts:
        steps.append(t("Attempts: {n}", n=row.attempts))
    if row.error:
        said = t("Cancelled: {why}") if row.status == "cancelled" else t("The server answered: {why}")
        steps.append(said.format(why=escape(reason_text(screen, row.error))))
    if row.cancel_reason:
        steps.append(
            t("Cancelled by {name}: {reason}", name=escape(row.cancelled_by or t("command line")), reason=escape(row.cancel_reason))
        )
    if row.sent_at:
        steps.append(t("Taken by {via} at {at}", via=escape(story.via or "—"), at=instant_text(row.sent_at)))
    for copy in story.copies:
        steps.append(
            t("Copy {n} asked for at {at}, sent {sent}", n=copy.id, at=instant_text(copy.created_at), sent=instant_text(copy.sent_at))
        )
    st.markdown("\n".join(f"1. {step}" for step in steps))
    st.caption("Message-ID")
    st.text(story.message_id)


def _line(screen: Screen, line: Line) -> None:
    t = screen.t
    with st.container(border=True, key=f"story-{line.alert_id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(wording.stage_text(t, line.stage), color="gray")
            st.badge(t(wording.STATE_MSGIDS[line.state]), color="blue" if line.state == "raised" else "gray")
        named_link(screen, "project", code=escape(line.project), title=escape(t.pick(line.title_zh, line.title_en)), project=line.project)
        due, stage = date_text(line.due_on), date_text(line.stage_on)
        st.caption(
            t("Legal last day {due}; the stage fell on {stage}; recorded {at}", due=due, stage=stage, at=instant_text(line.raised_at))
        )
        if line.left_out:
            st.caption(t("Not told by it: {why}", why=escape(reason_text(screen, line.left_out))))
        st.caption(_answer(screen, line))
        if line.policy:
            with st.expander(t("The policy by which it was raised"), icon=":material/policy:"):
                _policy(screen, line)


def _policy(screen: Screen, line: Line) -> None:
    t = screen.t
    policy = Policy.from_dict(line.policy)
    st.markdown(t("Reminders: {stages}", stages=t.pick("、", ", ").join(wording.stage_text(t, stage) for stage in policy.stages)))
    st.markdown("\n".join(f"- **{t(LEVEL_MSGIDS[level.role])}**: {level_line(t, level)}" for level in policy.levels))


def _answer(screen: Screen, line: Line) -> str:
    t = screen.t
    told = _read(screen, line.read_at)
    if line.acknowledged_at:
        via = t("by a link in the mail") if line.acknowledged_via == "mail" else t("on the screen")
        told += " · " + t("Acknowledged at {at}, {via}", at=instant_text(line.acknowledged_at), via=via)
    if line.snoozed_until_on:
        told += " · " + t("Put off until {day}", day=date_text(line.snoozed_until_on))
    return told


def _read(screen: Screen, at) -> str:
    return screen.t("Read in the inbox at {at}", at=instant_text(at)) if at else screen.t("Not marked as read in the inbox")
