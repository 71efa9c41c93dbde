"""Weeks ahead by person: a row each, a column a week, what is more than usual marked; and the whole as a file."""

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
            "What lands with each, and in brackets what each usually manages in the days at work of that week: the median of that "
            "person's own answers in the last {n} weeks. ▲ is more than that; — is too little to say. Absences, and closures in the county "
            "of most of that person's projects, are days off.",
            n=plan.looked_back,
        )
    )
    _over(screen, plan)
    st.dataframe(
        [_row(screen, plan, person) for person in plan.people], hide_index=True, key="load-people", height="content",
        alt=t("What lands by person and week"), column_config={t("Officer"): st.column_config.TextColumn(pinned=True, width=130)},
    )  # fmt: skip
    if plan.nobody:
        parts = t.pick("、", ", ").join(f"{week_label(monday)} {number}" for monday, number in plan.nobody)
        st.caption(f":orange[:material/person_off: {t('Nobody is in charge of what lands in: {weeks}', weeks=parts)}]")
    st.download_button(
        t("Download as CSV"), data=lambda: service.load_csv(screen.ctx, t, **narrowed), key="load_csv", icon=":material/download:",
        file_name=f"milepost-weeks-{screen.ctx.today.isoformat()}.csv", mime="text/csv", on_click="ignore",
    )  # fmt: skip


def _over(screen: Screen, plan: ByPerson) -> None:
    """The weeks that somebody has to do something about, in words."""
    t = screen.t
    for person in plan.people:
        weeks = [week for week in person.weeks if week.over]
        if weeks:
            name = escape(plan.names.get(person.person_id, "?"))
            listed = t.pick("、", ", ").join(f"{week_label(week.monday)} ({week.landing} / {week.capacity:g})" for week in weeks[:4])
            said = t("{name}: weeks with more than usual ({n}): {weeks}", name=name, n=len(weeks), weeks=listed)
            st.markdown(f":red[:material/trending_up: {said}]")


def _row(screen: Screen, plan: ByPerson, person: PersonLoad) -> dict[str, str]:
    t = screen.t
    usual = "—" if person.usual is None else f"{person.usual:g}"
    cells = {t("Officer"): plan.names.get(person.person_id, "?"), t("A usual week"): usual}
    return cells | {week_label(week.monday): _cell(screen, plan, week) for week in person.weeks}


def _cell(screen: Screen, plan: ByPerson, week: PersonWeek) -> str:
    t = screen.t
    text = f"{week.landing} ({'—' if week.capacity is None else f'{week.capacity:g}'})" + (" ▲" if week.over else "")
    if week.away:
        cover = plan.names.get(week.cover_id, "") if week.cover_id is not None else ""
        text += " " + (t("away, {name} stands in", name=cover) if cover else t("away, nobody stands in"))
    if week.closed:
        text += " " + t("days closed: {n}", n=week.closed)
    return text
