"""The dossier of a project on the screen: where it stands at a glance, then what that rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import streamlit as st

from tracker.charts.course import course_alt, course_chart
from tracker.charts.style import percent
from tracker.charts.timeline import STANDS
from tracker.domain.statuses import Lateness
from tracker.services.dossier import CheckpointLine, Dossier, EvaluationLine
from tracker.services.dossier_words import (
    OPEN_MSGIDS,
    OUTCOME_KIND_MSGIDS,
    change_days,
    change_text,
    open_text,
    report_state,
    report_title,
)
from tracker.ui.components import date_text, escape
from tracker.ui.guard import Screen, nothing_here
from tracker.ui.pages import link
from tracker.ui.prints import print_links
from tracker.ui.words import (
    APPROVAL_MSGIDS,
    APPROVAL_STATE_MSGIDS,
    COURSE_MSGIDS,
    EFFECT_MSGIDS,
    MEMBER_MSGIDS,
    PROJECT_STATUS_MSGIDS,
    VERDICT_MSGIDS,
    money,
    number,
)

LONGEST_CODE = 60
_COLOURS = {
    Lateness.LATE: "red",
    Lateness.LATE_ANCHOR_UNCONFIRMED: "orange",
    Lateness.SUBMITTED_ON_TIME: "green",
    Lateness.SUBMITTED_LATE: "violet",
    Lateness.SUBMITTED_LATE_ANCHOR_UNCONFIRMED: "violet",
    Lateness.DUE_TODAY: "orange",
    "met": "green",
    "partly_met": "blue",
    "not_met": "red",
}

_STATE_COLOURS = {"expired": "red", "running_out": "orange", "valid": "green"}


def code_param(screen: Screen) -> str:
    """The project's code in the address. None shows the notice and ends the run."""
    code = st.query_params.get("project", "").strip()
    if not code or len(code) > LONGEST_CODE:
        nothing_here(screen.t)
    return code


def show(screen: Screen, d: Dossier) -> None:
    """The whole dossier."""
    _head(screen, d)
    _figures(screen, d)
    for title, draw in (
        ("Open items", _open),
        ("Checkpoints", _checkpoints),
        ("Indicators", _indicators),
        ("Reported", _reported),
        ("Changed", _changed),
        ("Evaluations and decisions", _evaluations),
        ("Approvals", _approvals),
        ("Outcomes", _outcomes),
    ):
        st.subheader(screen.t(title), anchor=False)
        draw(screen, d)


def _head(screen: Screen, d: Dossier) -> None:
    t, head = screen.t, d.head
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{t('Project dossier')} · {escape(head.code)}", width="content")
        st.badge(t(PROJECT_STATUS_MSGIDS[head.status]), color="green" if head.status == "active" else "gray")
    st.title(escape(t.pick(head.title_zh, head.title_en)), anchor=False)
    leaders = [escape(row.name) + t(" ({about})", about=t(MEMBER_MSGIDS[row.role])) for row in d.people if row.role != "assistant"]
    st.markdown(f":material/apartment: {escape(head.organisation)} · " + t(", ").join(leaders))
    term = f"{date_text(head.start_on)} – {date_text(head.end_on)}"
    if head.end_on != head.original_end_on:
        term += f" · {t('Extended; the original end was {day}', day=date_text(head.original_end_on))}"
    st.markdown(f":material/date_range: {term}")
    if d.approved is not None:
        st.markdown(f":material/payments: {t('Approved')} {money(d.approved)}")
    st.caption(f"{escape(t.pick(head.programme_zh, head.programme_en))} · {t('as of {day}', day=date_text(d.day))}")
    with st.container(horizontal=True, vertical_alignment="center"):
        print_links(screen, "dossier", head.id)
    link(screen, "project", label=t("Open the project"), icon=":material/folder:", project=head.code)


def _figures(screen: Screen, d: Dossier) -> None:
    t = screen.t
    claimed, verdict = ("—" if share is None else percent(share) for share in (d.attainment.claimed, d.attainment.verdict))
    late = sum(item.is_late for item in d.open_items)
    with st.grid(min_column_width=150, key="dossier_figures"):
        st.metric(t("Attained: claim"), claimed, border=True)
        st.metric(t("Attained: verdict"), verdict, border=True)
        st.metric(t("Checkpoints met"), f"{d.met} / {len(d.planned_by_now)}", border=True)
        st.metric(t("Reports in time"), f"{d.on_time} / {len(d.handed_in)}", border=True)
        st.metric(t("Open items"), len(d.open_items), border=True)
        st.metric(t("Of these late"), late, border=True)


def _lines(lines: Iterable[str]) -> None:
    st.markdown("\n".join(f"- {line}" for line in lines))


def _nothing(screen: Screen, msgid: str) -> None:
    st.caption(screen.t(msgid))


def _open(screen: Screen, d: Dossier) -> None:
    t = screen.t
    if not d.open_items:
        _nothing(screen, "Nothing is open.")
        return
    lines = []
    for item in d.open_items:
        badge = f":{'red' if item.is_late else 'blue'}-badge[{t(OPEN_MSGIDS[item.what])}]"
        lines.append(f"{badge} {escape(open_text(t, item))}" + (f" · {date_text(item.due_on)}" if item.due_on else ""))
    _lines(lines)


def _checkpoints(screen: Screen, d: Dossier) -> None:
    if not d.checkpoints:
        _nothing(screen, "The plan has no checkpoints yet.")
        return
    with st.grid(min_column_width=320, key="dossier_checkpoints"):
        for line in d.checkpoints:
            _checkpoint(screen, line, d)


def _checkpoint(screen: Screen, line: CheckpointLine, d: Dossier) -> None:
    t, row, verdict = screen.t, line.row, line.verdict
    with st.container(border=True, height="stretch", key=f"dossier-checkpoint-{row.id}"):
        st.markdown(f"**{escape(row.code)} {escape(t.pick(row.title_zh, row.title_en))}**")
        target = f"{number(row.target)} {escape(row.unit)}"
        st.caption(f"{t('planned for {day}', day=date_text(row.planned_on))} · {t('target {target}', target=target)}")
        found = number(verdict.actual) if verdict is not None else "—"
        st.markdown(f"{t('Claimed')} **{number(line.claimed)}** · {t('Found')} **{found}**")
        if verdict is not None:
            st.badge(t(VERDICT_MSGIDS[verdict.verdict]), color=_COLOURS[verdict.verdict])
            if verdict.remark:
                st.markdown(f"> {escape(verdict.remark)}")
        else:
            behind = row.planned_on <= d.day
            st.badge(t("not judged yet") if behind else t("planned"), color="orange" if behind else "gray")


def _indicators(screen: Screen, d: Dossier) -> None:
    if not d.curves:
        _nothing(screen, "The approved plan has no indicators.")
        return
    t = screen.t
    with st.grid(min_column_width=320, key="dossier_indicators"):
        for one in d.curves:
            with st.container(border=True, key=f"dossier-indicator-{one.row.id}"):
                st.markdown(f"**{escape(one.row.code)} {escape(t.pick(one.row.title_zh, one.row.title_en))}**")
                st.markdown(f"{t('Now')} **{number(one.actual)}** {escape(one.row.unit)}")
                st.plotly_chart(
                    course_chart(one, d.head.start_on, d.head.end_on, d.day, t),
                    key=f"course-{one.row.id}",
                    alt=course_alt(one, t),
                    config={"displayModeBar": False},
                )


def _reported(screen: Screen, d: Dossier) -> None:
    t = screen.t
    if not d.reports:
        _nothing(screen, "No report was due yet.")
        return
    lines = []
    for line in d.reports:
        words = t("no date yet") if line.stands == Lateness.UNDATED else t(STANDS[line.stands][0])
        badge = f":{_COLOURS.get(line.stands, 'gray')}-badge[{words}]"
        due, handed_in = date_text(line.row.due_on), line.row.first_submitted_on
        days = t("due {due}, handed in {day}", due=due, day=date_text(handed_in)) if handed_in else t("due {due}", due=due)
        lines.append(f"**{escape(report_title(t, line))}** {badge} {days} · {report_state(t, line)}")
    _lines(lines)


def _changed(screen: Screen, d: Dossier) -> None:
    t = screen.t
    if not d.changes:
        _nothing(screen, "Nothing changed since the project was approved.")
        return
    lines = []
    for line in d.changes:
        letter = t("letter {number}", number=escape(line.letter)) if line.letter else ""
        parts = (f"**{escape(change_text(t, line))}**", change_days(t, line), letter, escape(line.why))
        lines.append(f"{date_text(line.on)} · " + " · ".join(part for part in parts if part))
    _lines(lines)


def _evaluations(screen: Screen, d: Dossier) -> None:
    if not d.evaluations:
        _nothing(screen, "No year was evaluated yet.")
    for line in d.evaluations:
        _evaluation(screen, line)


def _evaluation(screen: Screen, line: EvaluationLine) -> None:
    t, row = screen.t, line.row
    with st.container(border=True, key=f"dossier-evaluation-{row.id}"):
        st.markdown(f"**{t('Year {n}', n=row.project_year)}** · {t('held on {day}', day=date_text(row.held_on))}")
        _lines(_scores(row.scores_json))
        if row.remarks:
            st.markdown(f"> {escape(row.remarks)}")
        if row.decision_id is None:
            st.caption(t("No decision was recorded yet."))
            return
        source = " · ".join(escape(part) for part in (row.letter_number, row.clause) if part)
        st.markdown(f":material/gavel: **{t(COURSE_MSGIDS[row.course])}** · {date_text(row.decided_on)} · {source}")
        _lines(
            t(EFFECT_MSGIDS[effect.kind])
            + (f" {money(effect.amount)}" if effect.amount is not None else "")
            + (t(": {about}", about=escape(effect.detail)) if effect.detail else "")
            for effect in line.effects
        )


def _scores(scores: Sequence[dict]) -> Iterable[str]:
    for score in scores:
        name, points, most = (escape(str(score.get(part, "—"))) for part in ("criterion", "score", "out_of"))
        yield f"{name}: **{points}** / {most}"


def _approvals(screen: Screen, d: Dossier) -> None:
    t = screen.t
    if not d.approvals:
        _nothing(screen, "No approval was entered.")
        return
    lines = []
    for line in d.approvals:
        badge = f":{_STATE_COLOURS.get(line.state, 'gray')}-badge[{t(APPROVAL_STATE_MSGIDS[line.state])}]"
        days = f"{date_text(line.row.approved_on)} – {date_text(line.row.expires_on)}"
        lines.append(f"{badge} **{t(APPROVAL_MSGIDS[line.row.kind])}** {escape(line.row.title)} · {days}")
    _lines(lines)


def _outcomes(screen: Screen, d: Dossier) -> None:
    t = screen.t
    if not d.outcomes and not d.nil_years:
        _nothing(screen, "No outcome was recorded yet.")
        return
    lines = [
        " · ".join(
            part
            for part in (
                t(OUTCOME_KIND_MSGIDS[row.kind]),
                f"**{escape(row.title)}**",
                escape(row.venue),
                escape(row.identifier),
                _day(row.occurred_on),
            )
            if part
        )
        for row in d.outcomes
    ]
    if d.nil_years:
        lines.append(t("Declared without an outcome: {years}.", years=", ".join(map(str, d.nil_years))))
    _lines(lines)


def _day(day) -> str:
    return date_text(day) if day else ""
