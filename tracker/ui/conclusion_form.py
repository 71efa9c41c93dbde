"""The conclusions of a meeting as rows: for whom, who owes it, what, by when; shown as action items before they are recorded."""

from __future__ import annotations

import streamlit as st

from tracker.services.meeting_conclusions import MOST_ROWS, Conclusion, PlannedItem, conclude, preview_conclusions
from tracker.services.meeting_views import MeetingPage, people_for
from tracker.ui.action_items import SIDES
from tracker.ui.components import attempt, date_text, escape, say_after_rerun
from tracker.ui.day_field import day_field
from tracker.ui.guard import Screen
from tracker.ui.keys import form_key, renew_key

_FIELDS = {"body": "what is to be done", "side": "who has to do it", "owner_id": "owner", "due_on": "due day"}
_ALL = 0


def render(screen: Screen, page: MeetingPage) -> None:
    """The rows, the preview, and the button that records them."""
    t = screen.t
    turn = st.session_state.get(f"conclusions-turn-{page.row.id}", 0)
    name = f"conclusions-{page.row.id}-{turn}"
    many = st.session_state.setdefault(f"{name}-many", 1)
    rows = tuple(_row(screen, page, f"{name}-{number}", number) for number in range(many))
    with st.container(horizontal=True):
        if many < MOST_ROWS:
            st.button(t("One more row"), key=f"{name}-more", icon=":material/add:", on_click=_count, args=(f"{name}-many", many + 1))
        if many > 1:
            st.button(
                t("Take the last row away"), key=f"{name}-less", icon=":material/remove:", on_click=_count, args=(f"{name}-many", many - 1)
            )
        if st.button(t("Show what this makes"), key=f"{name}-preview"):
            st.session_state[f"{name}-shown"] = rows
    if st.session_state.get(f"{name}-shown") != rows:
        return
    planned: tuple[PlannedItem, ...] = ()
    with attempt(screen, names=_names(screen, many)) as outcome:
        planned = preview_conclusions(screen.ctx, meeting_id=page.row.id, conclusions=rows)
    if outcome.ok:
        _preview(screen, planned)
        if st.button(t("Record {n} action items", n=len(planned)), key=f"{name}-save", type="primary"):
            _save(screen, page, name, rows)


def _row(screen: Screen, page: MeetingPage, name: str, number: int) -> Conclusion:
    t = screen.t
    with st.container(border=True, key=name):
        st.caption(t("Conclusion {n}", n=number + 1))
        body = st.text_area(t("What is to be done"), key=f"{name}-body", height=80)
        titles = {project.id: f"{project.code} {t.pick(project.title_zh, project.title_en)}" for project in page.projects}
        options = [_ALL, *titles] if len(titles) > 1 else list(titles)
        project = st.selectbox(
            t("For which project"), options, key=f"{name}-project",
            format_func=lambda one: titles[one] if one else t("every project that took part, one item each"),
        )  # fmt: skip
        side = st.segmented_control(
            t("Who has to do it"), list(SIDES), format_func=lambda one: t(SIDES[one]), default="project", required=True, key=f"{name}-side"
        )  # fmt: skip
        owner = _owner(screen, page, name, project or None, side or "project")
        due_on = day_field(screen, "Due day", f"{name}-due")
    return Conclusion(project or None, side or "project", body, due_on, owner)


def _owner(screen: Screen, page: MeetingPage, name: str, project_id: int | None, side: str) -> int | None:
    """A person of that side; of every project at once only somebody of the office can be named."""
    t = screen.t
    if project_id is None and side == "project":
        st.caption(t("Each project decides who does it."))
        return None
    people = people_for(screen.ctx, project_id or page.projects[0].id, side)
    names = {person.person_id: person.name for person in people}
    chosen = st.selectbox(
        t("Owner"), [0, *names], key=f"{name}-owner-{project_id}-{side}",
        format_func=lambda one: names.get(one) or t("nobody in particular"),
    )  # fmt: skip
    return chosen or None


def _preview(screen: Screen, planned: tuple[PlannedItem, ...]) -> None:
    t = screen.t
    for one in planned:
        with st.container(border=True):
            st.markdown(f"**{escape(one.body)}**")
            who = [escape(one.project_code), t("owed by {side}", side=t(SIDES[one.side]))]
            who += [escape(one.owner)] if one.owner else []
            day = t("Due {day}", day=date_text(one.due_on))
            if one.file_by is not None and one.file_by != one.due_on:
                day += " · " + t("last working day before it {day}", day=date_text(one.file_by))
            st.caption(" · ".join([*who, day]))
            if one.side == "project":
                st.caption(t("The project is reminded of it, and it stands in its reports until it is closed."))


def _save(screen: Screen, page: MeetingPage, name: str, rows: tuple[Conclusion, ...]) -> None:
    made: tuple[int, ...] = ()
    with attempt(screen, names=_names(screen, len(rows))) as outcome:
        made = conclude(screen.ctx, meeting_id=page.row.id, conclusions=rows, expected_version=page.row.version, key=form_key(name))
    if outcome.ok:
        renew_key(name)
        st.session_state[f"conclusions-turn-{page.row.id}"] = st.session_state.get(f"conclusions-turn-{page.row.id}", 0) + 1
        say_after_rerun(screen.t("{n} action items are recorded.", n=len(made)))
        st.rerun()


def _count(slot: str, many: int) -> None:
    st.session_state[slot] = many


def _names(screen: Screen, many: int) -> dict[str, str]:
    """What each field of each row is called in a message."""
    t = screen.t
    named = {
        f"rows.{number}.{field}": t("Conclusion {n}: {field}", n=number + 1, field=t(msgid))
        for number in range(many)
        for field, msgid in _FIELDS.items()
    }
    return named | {"rows": "Conclusions", "state": "State"}
