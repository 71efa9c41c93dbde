"""Forms that change the working days: each first shows what it would move and whom it would tell, then asks."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import streamlit as st

from tracker.domain.calendars import COUNTIES
from tracker.domain.minguo import both
from tracker.services import closures, working_days
from tracker.services.calendar_previews import CalendarPreview
from tracker.services.closures import ClosureLine
from tracker.services.errors import Invalid
from tracker.services.working_days import TableLine
from tracker.ui import working_day_preview as shown
from tracker.ui.components import attempt, confirm, empty_state, escape, found, instant_text, say_after_rerun, subheading
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key

_TABLE, _CLOSE, _BACK = "working-table", "working-close", "working-back"
_NAMES = {"source": "Source", "reason": "Reason", "closures": "Days and counties", "file": "The file"}


def bring_in(screen: Screen) -> None:
    """A new or re-issued official table: file, what it would do, source, confirmation."""
    t = screen.t
    st.markdown(
        t("Take the CSV file of the office calendar (dataset 14718 of data.gov.tw), one file a year. A re-issued table replaces the year.")
    )
    turn = st.session_state.get(f"{_TABLE}-turn", 0)
    file = st.file_uploader(t("The file"), key=f"{_TABLE}-file-{turn}")  # any file: what is wrong with it is said in words below
    if file is not None and st.button(t("Show what would change"), key=f"{_TABLE}-look", type="primary"):
        content = file.getvalue()
        _look(screen, _TABLE, (content, file.name), lambda tell: working_days.preview_table(
            screen.ctx, content=content, filename=file.name, progress=tell))  # fmt: skip
    kept = st.session_state.get(_TABLE)
    if kept is None or file is None or kept[0][0] != file.getvalue():
        return
    (content, name), seen = kept
    with st.container(border=True, key=f"{_TABLE}-seen"):
        years = t.pick("、", ", ").join(f"{year - 1911} ({year})" for year in seen.years)
        st.markdown(t("**{name}**: {years}, read as {encoding}", name=escape(name), years=years, encoding=seen.encoding))
        shown.show(screen, seen.outcome)
    if seen.outcome.changes_nothing:
        return
    source = st.text_input(t("Source"), key=f"{_TABLE}-source", placeholder=t("issuing office, number or address"))
    if confirm(screen, _TABLE, t("Put in force"), shown.consequences(screen, seen.outcome), main=True):
        _do(screen, _TABLE, lambda key, tell: working_days.put_table_in_force(
            screen.ctx, content=content, filename=name, source=source, expected_calendar=seen.outcome.old_version,
            confirmed=seen.outcome.digest, key=key, progress=tell))  # fmt: skip


def close(screen: Screen) -> None:
    """Closures: counties and days, or a pasted list; what they would do, the announcement, confirmation."""
    t = screen.t
    st.markdown(
        t("A day on which a county closed its offices counts as a day off for what is handed in there. Half days do not belong here.")
    )
    chosen = st.multiselect(
        t("Counties and cities"), list(COUNTIES), key=f"{_CLOSE}-counties", format_func=lambda one: t.pick(one, COUNTIES[one]),
        placeholder=t("Choose"),
    )  # fmt: skip
    days = st.text_input(t("Days, separated by commas"), key=f"{_CLOSE}-days", placeholder=both(screen.ctx.today))
    with st.expander(t("Or paste a list"), icon=":material/content_paste:"):
        pasted = st.text_area(
            t("One line a day, with its counties"), key=f"{_CLOSE}-list",
            placeholder=f"{both(screen.ctx.today)[:9]}, 臺北市, 新北市\n{screen.ctx.today + timedelta(days=1)} Taipei City, Keelung City",
        )  # fmt: skip
    fields = [f"{days}, {', '.join(chosen)}"] if chosen or days.strip() else []
    typed = "\n".join([*fields, *([pasted] if pasted.strip() else [])])
    if st.button(t("Show what would change"), key=f"{_CLOSE}-look", type="primary") and _both_given(screen, chosen, days):
        _look(screen, _CLOSE, typed, lambda tell: _closures_seen(screen, typed, tell), fields=len(fields))
    kept = st.session_state.get(_CLOSE)
    if kept is None or kept[0] != typed:
        return
    wanted, seen = kept[1]
    with st.container(border=True, key=f"{_CLOSE}-seen"):
        st.markdown(t.pick("；", "; ").join(f"{t.pick(county, COUNTIES[county])} {both(day)}" for county, day in wanted))
        shown.show(screen, seen)
    source = st.text_input(t("Source"), key=f"{_CLOSE}-source", placeholder=t("issuing office, number or address"))
    if confirm(screen, _CLOSE, t("Enter the closures"), shown.consequences(screen, seen), main=True):
        _do(screen, _CLOSE, lambda key, tell: closures.enter_closures(
            screen.ctx, closures=wanted, source=source, expected_calendar=seen.old_version, confirmed=seen.digest, key=key,
            progress=tell))  # fmt: skip


def _both_given(screen: Screen, chosen: list[str], days: str) -> bool:
    """Whether counties and days are both there or both not; says which of them is missing."""
    if bool(chosen) == bool(days.strip()):
        return True
    t = screen.t
    label = t("Days, separated by commas") if chosen else t("Counties and cities")
    missing = t("Type at least one day.") if chosen else t("Choose at least one county or city.")
    st.error(f"**{label}**{t.pick('：', ': ')}{missing}", icon=":material/error:")
    return False


def _closures_seen(screen: Screen, typed: str, tell: Callable[[int, int], None]) -> Any:
    wanted = closures.read_closure_text(screen.ctx, content=typed)
    return wanted, closures.preview_closures(screen.ctx, closures=wanted, progress=tell)


def history(screen: Screen) -> None:
    """Every table and closure that was brought in, each with taking it back."""
    with found(screen):
        tables, closed = working_days.table_list(screen.ctx), closures.closure_list(screen.ctx)
    subheading(screen, "Tables")
    if not tables:
        empty_state(screen, "No table was brought in.", "The shipped tables are in force. A newer one replaces its year.")
    for line in tables:
        _table(screen, line)
    subheading(screen, "Closures")
    if not closed:
        empty_state(screen, "No closure was entered.", "Enter one when a county announces that its offices are closed.")
    for line in closed:
        _closure(screen, line)


def _table(screen: Screen, line: TableLine) -> None:
    t = screen.t
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{line.year - 1911} ({line.year})** · {escape(line.filename)}", width="content")
            if line.counts:
                st.badge(t("in force"), color="green", icon=":material/check_circle:")
        st.caption(f"{instant_text(line.imported_at)} · {escape(line.imported_name or t('by the system'))} · {escape(line.source)}")
        st.caption(f"{line.encoding} · SHA-256 {line.sha256[:16]}…")
        if line.withdrawn_at is not None:
            _taken_back(screen, line)
            return
        _back(
            screen, f"table-{line.id}",
            lambda tell: working_days.preview_table_withdrawal(screen.ctx, table_id=line.id, progress=tell),
            lambda **given: working_days.withdraw_table(screen.ctx, table_id=line.id, **given),
        )  # fmt: skip


def _closure(screen: Screen, line: ClosureLine) -> None:
    t = screen.t
    with st.container(border=True):
        st.markdown(f"**{both(line.closed_on)}** · {t.pick(line.county, COUNTIES.get(line.county, line.county))}")
        st.caption(f"{instant_text(line.entered_at)} · {escape(line.entered_name or t('by the system'))} · {escape(line.source)}")
        if line.withdrawn_at is not None:
            _taken_back(screen, line)
            return
        _back(
            screen, f"closure-{line.id}",
            lambda tell: closures.preview_closure_withdrawal(screen.ctx, closure_ids=[line.id], progress=tell),
            lambda **given: closures.withdraw_closures(screen.ctx, closure_ids=[line.id], **given),
        )  # fmt: skip


def _taken_back(screen: Screen, line: TableLine | ClosureLine) -> None:
    who = escape(line.withdrawn_name or screen.t("by the system"))
    st.caption(
        screen.t(
            "Taken back on {at} by {name}: {reason}", at=instant_text(line.withdrawn_at), name=who, reason=escape(line.withdraw_reason)
        )
    )


def _back(screen: Screen, name: str, look: Callable[..., CalendarPreview], act: Callable[..., Any]) -> None:
    """Take something back: what would move, why, confirmation."""
    t, slot = screen.t, f"{_BACK}-{name}"
    if st.button(t("Take back…"), key=f"{slot}-look", icon=":material/undo:"):
        _look(screen, slot, name, look)
    kept = st.session_state.get(slot)
    if kept is None:
        return
    seen = kept[1]
    shown.show(screen, seen)
    reason = st.text_input(t("Reason"), key=f"{slot}-reason")
    if confirm(screen, slot, t("Take back"), shown.consequences(screen, seen)):
        _do(screen, slot, lambda key, tell: act(
            reason=reason, expected_calendar=seen.old_version, confirmed=seen.digest, key=key, progress=tell))  # fmt: skip


def _look(screen: Screen, slot: str, about: Any, look: Callable[..., Any], *, fields: int = 0) -> None:
    """Work out a preview and keep it with what it is about; where it is refused, say why and keep what was typed.

    `fields`: how many of the first rows were typed into fields of their own.
    """
    st.session_state.pop(slot, None)
    renew_key(slot)
    with _progress(screen) as tell:
        try:
            st.session_state[slot] = (about, look(tell))
        except Invalid as refused:
            shown.refused(screen, refused, fields=fields)
        except Exception as error:
            with attempt(screen):
                raise error


def _do(screen: Screen, slot: str, act: Callable[..., Any]) -> None:
    """Confirm what was previewed; on success forget the form and say so."""
    with _progress(screen) as tell, attempt(screen, names=_NAMES) as outcome:
        act(form_key(slot), tell)
    if not outcome.ok:
        return
    for name in [name for name in st.session_state if str(name).startswith(slot) and name != f"{_TABLE}-turn"]:
        del st.session_state[name]
    st.session_state[f"{_TABLE}-turn"] = st.session_state.get(f"{_TABLE}-turn", 0) + 1
    renew_key(slot)
    say_after_rerun(screen.t("In force. The worker brings the stored dates there, the nearest first, and tells the people."))
    st.rerun()


class _progress:
    """A bar that appears only where the work takes longer than a second."""

    def __init__(self, screen: Screen) -> None:
        self._screen, self._since, self._bar = screen, time.monotonic(), None

    def __enter__(self) -> Callable[[int, int], None]:
        return self._tell

    def _tell(self, done: int, of: int) -> None:
        if time.monotonic() - self._since < 1 or not of:
            return
        text = self._screen.t("projects looked at: {done} of {of}", done=done, of=of)
        if self._bar is None:
            self._bar = st.progress(done / of, text=text)
        else:
            self._bar.progress(done / of, text=text)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.empty()
