"""The screen "Waiting for me": what lies on the office's desk, the oldest first."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from tracker.clock import civil_day
from tracker.services.queue import AGEING_DAYS, QueueItem
from tracker.ui import components as c
from tracker.ui import pages
from tracker.ui.guard import Screen
from tracker.ui.periods import title_text

_PAGE = 30

#: What an item's kind is called, and what the link to its page says. Other sources of the queue add theirs.
KINDS: dict[str, tuple[str, str]] = {
    "report": ("Report", "Review"),
    "review_seat": ("Seat of the panel is free", "Give the seats"),
    "review_nobody": ("Step that nobody could do", "Look at the review"),
    "anchor": ("Anchor date", "Confirm the anchor date"),
    "approval": ("Approval document", "Look at the approval"),
    "action_done": ("Action item said to be done", "Close it or send it back"),
    "action_office": ("Action item of the office", "Open the action item"),
    "meeting": ("Meeting whose day has passed", "Say that it was held"),
}


def render(screen: Screen, items: Sequence[QueueItem]) -> None:
    """Figures, a switch for what is mine, and one card an item."""
    t = screen.t
    if not items:
        c.empty_state(
            screen, "Nothing waits for you.",
            "What projects hand in appears here by itself. The portfolio shows who is late and who will be.",
        )  # fmt: skip
        return
    with st.grid(min_column_width=130, key="waiting_figures"):
        st.metric(t("Waiting"), len(items), border=True)
        st.metric(t("Longest wait (days)"), max(item.days for item in items), border=True)
        st.metric(t("Waiting {n} days or more", n=AGEING_DAYS), sum(item.ageing for item in items), border=True)
    if any(item.mine for item in items) and not all(item.mine for item in items):
        only_mine = st.toggle(t("Only projects in my charge"), key="waiting-mine", bind="query-params")
        items = [item for item in items if item.mine or not only_mine]
    first = 0
    if len(items) > _PAGE:
        first = (st.pagination(-(-len(items) // _PAGE), key="waiting-page") - 1) * _PAGE
    for item in items[first : first + _PAGE]:
        _card(screen, item)


def _card(screen: Screen, item: QueueItem) -> None:
    t = screen.t
    kind, action = KINDS.get(item.kind, (item.kind, "Open"))
    with st.container(border=True, key=f"waiting-{item.kind}-{'-'.join(str(value) for _, value in item.query)}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(t("waits {n} days", n=item.days), color="orange" if item.ageing else "blue", icon=":material/hourglass_top:")
            st.badge(t(kind), color="gray")
            if item.mine:
                st.badge(t("in my charge"), color="violet", icon=":material/person:")
            if item.office_over:
                st.badge(t("the office is {n} working days late", n=item.office_over), color="red", icon=":material/hourglass_disabled:")
            if item.lateness is not None:
                st.caption(c.lateness_text(screen, item.lateness), width="content")
        st.markdown(f"**{title_text(screen, item.title_zh, item.title_en, item.period_label)}**")
        st.caption(f"{c.escape(item.project_code)} · {c.escape(t.pick(item.project_zh, item.project_en))} · {c.escape(item.organisation)}")
        since = t("Since {at}", at=c.date_text(civil_day(item.since_at)))
        due = t("due {day}", day=c.date_text(item.due_on)) if item.due_on else ""
        promised = t("answer promised by {day}", day=c.date_text(item.office_due_on)) if item.office_due_on else ""
        st.markdown(" · ".join(part for part in (since, due, promised) if part))
        step = _step(screen, item)
        if step:
            st.caption(step)
        pages.link(screen, item.page, label=t(action), icon=":material/rate_review:", **dict(item.query))


def _step(screen: Screen, item: QueueItem) -> str:
    """Which step of a review it is, on whose desk, and by when it is to be done."""
    t = screen.t
    if not item.step_zh:
        return ""
    said = [t("Step: {step}", step=c.escape(t.pick(item.step_zh, item.step_en)))]
    if item.behind:
        said.append(t("you stand in for {name}", name=c.escape(item.behind)))
    elif item.holder and not item.mine:
        said.append(t("lies with {name}", name=c.escape(item.holder)))
    if item.step_due_on:
        said.append(t("step due {day}", day=c.date_text(item.step_due_on)))
    return " · ".join(said)
