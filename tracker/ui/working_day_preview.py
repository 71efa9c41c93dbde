"""What a change of the working days would do, in words and lists: days, dates that move, what stays, who is told."""

from __future__ import annotations

import streamlit as st

from tracker.domain.calendar_changes import DayChange
from tracker.domain.calendars import COUNTIES
from tracker.domain.minguo import both
from tracker.services.calendar_previews import CalendarPreview, PreviewedMove
from tracker.services.date_moves import SOON
from tracker.services.errors import Invalid
from tracker.ui.components import escape
from tracker.ui.guard import Screen
from tracker.ui.periods import title_text

SHOWN_DAYS, SHOWN_MOVES, SHOWN_NAMES = 40, 100, 6


def show(screen: Screen, seen: CalendarPreview) -> None:
    """The whole outcome, the most urgent first."""
    t = screen.t
    for msgid, params in seen.remarks:
        st.warning(t(msgid, **{name: escape(str(value)) for name, value in params.items()}), icon=":material/warning:")
    if seen.changes_nothing:
        st.info(t("Nothing would change: no working day differs from what is in force."), icon=":material/check:")
        return
    _days(screen, seen)
    _moves(screen, seen)
    _kept(screen, seen)


def consequences(screen: Screen, seen: CalendarPreview) -> str:
    """One paragraph to confirm."""
    t = screen.t
    parts = [t("Dates that move: {n} (projects: {m}); nearer than now: {k}.", n=len(seen.moves), m=len(seen.told), k=seen.nearer)]
    if seen.people:
        parts.append(
            t(
                "People told: {n}, each once for a project; at once where a day within {days} days comes nearer.",
                n=seen.people,
                days=SOON.days,
            )
        )
    parts.append(t("Days before stay readable. No reminder is sent twice. You can take this back with a reason."))
    return ("" if t.is_chinese else " ").join(parts)


def refused(screen: Screen, error: Invalid, *, fields: int = 0) -> None:
    """What is wrong with a file or a list, by row and column; the first `fields` rows were typed above the list."""
    t = screen.t
    lines = [t("Nothing was read in. Please put right what is named below.")]
    for problem in error.problems:
        params = {name: escape(str(value)) for name, value in problem.params.items()}
        row, column = problem.params.get("row"), problem.params.get("column")
        place = ""
        typed_above = bool(row and row <= fields)
        if row:
            row -= fields
            params = {**params, "row": row}
        if typed_above:
            place = t("Days, separated by commas")
        elif row and column:
            place = t("Row {row}, column {column}", row=row, column=escape(str(column)))
        elif row:
            place = t("Row {row}", row=row)
        lines.append(f"- **{place}**{t.pick('：', ': ')}{t(problem.msgid, **params)}" if place else f"- {t(problem.msgid, **params)}")
    st.error("\n".join(lines), icon=":material/error:")


def _days(screen: Screen, seen: CalendarPreview) -> None:
    t = screen.t
    if seen.days:
        st.markdown(f"**{t('Days that differ from what is in force: {n}', n=len(seen.days))}**")
        st.markdown("\n".join(_day(screen, day) for day in seen.days[:SHOWN_DAYS]))
        if len(seen.days) > SHOWN_DAYS:
            st.caption(t("{n} more", n=len(seen.days) - SHOWN_DAYS))
    for year in seen.years:
        st.markdown(f":material/verified: {t('{year} changes its status: dates in it are marked anew.', year=f'{year - 1911} ({year})')}")


def _day(screen: Screen, day: DayChange) -> str:
    t = screen.t
    where = f" · {t.pick(day.county, COUNTIES.get(day.county, day.county))}" if day.county else ""
    becomes = t("becomes a working day") if day.works else t("becomes a day off")
    before, now = escape(t.pick(day.old.zh, day.old.en)), escape(t.pick(day.new.zh, day.new.en))
    return f"- {both(day.on)}{where}{t.pick('：', ': ')}{before} → **{now}** ({becomes})"


def _moves(screen: Screen, seen: CalendarPreview) -> None:
    t = screen.t
    if not seen.moves:
        st.markdown(f":material/event_available: **{t('No date moves.')}**")
        return
    st.markdown(f"**{t('Dates that move: {n}', n=len(seen.moves))}**")
    if seen.nearer:
        st.warning(t("NEARER than now: {n}. They stand first below.", n=seen.nearer), icon=":material/priority_high:")
    for move in seen.moves[:SHOWN_MOVES]:
        with st.container(border=True):
            _move(screen, move, seen)
    if len(seen.moves) > SHOWN_MOVES:
        st.caption(t("{n} more", n=len(seen.moves) - SHOWN_MOVES))


def _move(screen: Screen, move: PreviewedMove, seen: CalendarPreview) -> None:
    t = screen.t
    st.markdown(f"**{escape(move.project_code)}** {title_text(screen, move.title_zh, move.title_en, move.period_label)}")
    if move.old_due_on != move.new_due_on:
        st.markdown(t("Last legal day: ~~{old}~~ → **{new}**", old=both(move.old_due_on), new=both(move.new_due_on)))
    if (move.old_file_by_on, move.new_file_by_on) != (move.old_due_on, move.new_due_on):
        st.markdown(t("Safe filing day: ~~{old}~~ → **{new}**", old=both(move.old_file_by_on), new=both(move.new_file_by_on)))
    with st.container(horizontal=True):
        if move.nearer:
            st.badge(t("comes nearer"), color="orange", icon=":material/priority_high:")
        if move.was_late and not move.is_late:
            st.badge(t("no longer late"), color="green", icon=":material/check_circle:")
        if move.is_late and not move.was_late:
            st.badge(t("late from now on"), color="red", icon=":material/error:")
    names = seen.told.get(move.project_id, ())
    more = t(" and {n} more", n=len(names) - SHOWN_NAMES) if len(names) > SHOWN_NAMES else ""
    told = t.pick("、", ", ").join(escape(name) for name in names[:SHOWN_NAMES]) + more
    st.caption(t("Told: {names}", names=told) if names else t("Nobody is there to be told."))


def _kept(screen: Screen, seen: CalendarPreview) -> None:
    t = screen.t
    if seen.handed_in:
        st.caption(t("Handed in or settled, and staying as they are: {n}.", n=seen.handed_in))
    if not seen.kept:
        return
    lines = [t("Handed in late by the day then in force, and in time by the new one. It stays recorded as late; the office decides:")]
    for one in seen.kept[:SHOWN_DAYS]:
        days = t("due {old}, would be {new}, handed in {day}", old=both(one.due_on), new=both(one.would_be_on), day=both(one.handed_in_on))
        lines.append(f"- **{escape(one.project_code)}** {escape(t.pick(one.title_zh, one.title_en))}{t.pick('：', ': ')}{days}")
    st.warning("\n".join(lines), icon=":material/gavel:")
