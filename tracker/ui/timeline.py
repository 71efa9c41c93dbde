"""The life of a project as a chart for wide screens and as a list for narrow ones."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import streamlit as st

from tracker.charts.timeline import STANDS, Mark, Stretch, timeline_alt, timeline_chart
from tracker.charts.words import KIND_MSGIDS
from tracker.notify.wording import period_text
from tracker.services.project_page import ProjectPage
from tracker.ui.components import date_text, days_left_text, escape
from tracker.ui.guard import Screen
from tracker.ui.words import APPROVAL_MSGIDS, COURSE_MSGIDS

CHART, LIST = "chart", "list"


def show(screen: Screen, page: ProjectPage) -> None:
    """The chart, or the list of the same dates; the choice stays in the address."""
    t = screen.t
    names = {CHART: t("Chart"), LIST: t("List")}
    found = marks(screen, page)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader(t("Timeline"), anchor=False)
        form = st.segmented_control(
            t("Show the timeline as"),
            [CHART, LIST],
            format_func=names.__getitem__,
            default=LIST if _is_phone() else CHART,
            required=True,
            key="timeline",
            label_visibility="collapsed",
        )
    if form == LIST:
        _list(screen, found)
        return
    header = page.header
    st.plotly_chart(
        timeline_chart(
            found,
            stretches(screen, page),
            [(t("Year {n}", n=year.number), year.start_on, year.end_on) for year in page.years],
            screen.ctx.today,
            t,
            extended_from=header.original_end_on if header.original_end_on != header.end_on else None,
        ),
        key="chart-timeline",
        alt=timeline_alt(found, screen.ctx.today, t),
        config={"displayModeBar": False},
    )


def _is_phone() -> bool:
    """Whether the browser says so: a timeline of years is easier to read there as a list."""
    return "Mobi" in (st.context.headers.get("User-Agent") or "")


def marks(screen: Screen, page: ProjectPage) -> list[Mark]:
    """Every dated thing of the project: duties by kind, checkpoints, decisions."""
    return [*_duties(screen, page), *_checkpoints(screen, page), *_decisions(screen, page)]


def _duties(screen: Screen, page: ProjectPage) -> Iterable[Mark]:
    order = list(KIND_MSGIDS)
    for line in sorted(page.obligations, key=lambda line: order.index(line.row.kind)):
        row = line.row
        if row.due_on is not None:
            text = " · ".join(filter(None, (screen.t.pick(row.title_zh, row.title_en), period_text(screen.t, row.period_label))))
            yield Mark(screen.t(KIND_MSGIDS[row.kind]), row.due_on, line.stands, text, row.file_by_on)


def _checkpoints(screen: Screen, page: ProjectPage) -> Iterable[Mark]:
    for line in page.checkpoints:
        stands = line.verdict.verdict if line.verdict is not None else "planned"
        yield Mark(
            screen.t("Checkpoints"), line.row.planned_on, stands, f"{line.row.code} {screen.t.pick(line.row.title_zh, line.row.title_en)}"
        )


def _decisions(screen: Screen, page: ProjectPage) -> Iterable[Mark]:
    for line in page.evaluations:
        if line.row.decided_on is not None:
            text = f"{screen.t('Year {n}', n=line.row.project_year)}: {screen.t(COURSE_MSGIDS[line.row.course])}"
            yield Mark(screen.t("Decisions"), line.row.decided_on, "decided", text)


def stretches(screen: Screen, page: ProjectPage) -> list[Stretch]:
    """The validity of every approval that was given; without a last day it runs to the end of the project."""
    found = []
    for line in page.approvals:
        row = line.row
        if row.approved_on is not None:
            last: date = row.expires_on or max(page.header.end_on, row.approved_on)
            found.append(Stretch(screen.t("Approvals"), row.approved_on, last, f"{screen.t(APPROVAL_MSGIDS[row.kind])} {row.title}"))
    return found


def _list(screen: Screen, found: list[Mark]) -> None:
    """By day, with a line where today falls."""
    t, today = screen.t, screen.ctx.today
    ordered = sorted(found, key=lambda mark: (mark.day, mark.lane))
    lines = [
        f"- {date_text(m.day)} · **{escape(m.text)}** · {escape(t(STANDS[m.stands][0]))} · {days_left_text(screen, m.day)}" for m in ordered
    ]
    behind = sum(mark.day < today for mark in ordered)
    lines.insert(behind, f"- :blue-badge[{t('today')} {date_text(today)}]")
    st.markdown("\n".join(lines))
