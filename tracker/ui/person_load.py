"""Weeks ahead by person: a card each, with the weeks in which something lands or somebody is away; and the whole as a file."""

from __future__ import annotations

import streamlit as st

from tracker.domain.person_load import PersonLoad, PersonWeek
from tracker.domain.review_load import week_label
from tracker.services import person_load as service
from tracker.services.person_load import ByPerson
from tracker.ui.components import escape, found, subheading
from tracker.ui.guard import Screen


def show(screen: Screen, narrowed: dict[str, int]) -> None:
    """The whole section; nothing where there is nobody to show."""
    t = screen.t
    with found(screen):
        plan = service.load_by_person(screen.ctx, **narrowed)
    if plan.empty:
        return
    subheading(screen, "By person")
    st.caption(
        t(
            "Manageable is what each usually answers in the days at work of that week: the median of that person's own answers in the last "
            "{n} weeks. Absences, and closures in the county of most of that person's projects, are days off.",
            n=plan.looked_back,
        )
    )
    with st.grid(min_column_width=300, key="load_people"):
        for person in plan.people:
            with st.container(border=True, height="stretch", key=f"load-person-{person.person_id}"):
                _card(screen, plan, person)
    if plan.nobody:
        parts = t.pick("、", ", ").join(f"{week_label(monday)} {number}" for monday, number in plan.nobody)
        st.caption(f":orange[:material/person_off: {t('Nobody is in charge of what lands in: {weeks}', weeks=parts)}]")
    st.download_button(
        t("Download as CSV"), data=lambda: service.load_csv(screen.ctx, t, **narrowed), key="load_csv", icon=":material/download:",
        file_name=f"milepost-weeks-{screen.ctx.today.isoformat()}.csv", mime="text/csv", on_click="ignore",
    )  # fmt: skip


def _card(screen: Screen, plan: ByPerson, person: PersonLoad) -> None:
    """A list reads the same on a telephone; a table with a column for each week fits on no screen."""
    t = screen.t
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{escape(plan.names.get(person.person_id, '?'))}**", width="content")
        if person.over:
            st.badge(t("weeks with more than usual: {n}", n=person.over), color="red", icon=":material/trending_up:")
    usual = t("too little to say") if person.usual is None else f"{person.usual:g}"
    st.caption(f"{t('A usual week')}{t.pick('：', ': ')}{usual}")
    told = [week for week in person.weeks if week.landing or week.away or week.closed]
    if told:
        st.markdown("\n".join(f"- {_line(screen, plan, week)}" for week in told))
    st.caption(t("Nothing lands in the other weeks.") if told else t("Nothing lands in these weeks."))


def _line(screen: Screen, plan: ByPerson, week: PersonWeek) -> str:
    t, label = screen.t, week_label(week.monday)
    if week.capacity is None:
        text = t("{week}: landing {n}", week=label, n=week.landing)
    else:
        text = t("{week}: landing {n}, manageable {most}", week=label, n=week.landing, most=f"{week.capacity:g}")
    if week.away:
        cover = escape(plan.names.get(week.cover_id, "")) if week.cover_id is not None else ""
        text += " · " + (t("away, {name} stands in", name=cover) if cover else t("away, nobody stands in"))
    if week.closed:
        text += " · " + t("days closed: {n}", n=week.closed)
    return f":red[:material/trending_up: {text}]" if week.over else text
