"""On top of the writing page: how far the report is, what is missing with links to the fields, and who else is writing."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from tracker.services.errors import Problem
from tracker.services.report_presence import Present, drafts_stand
from tracker.services.report_state import CONFIRMED
from tracker.ui import components as c
from tracker.ui import report_presence
from tracker.ui.report_page import STATUS, Page, draw_changed, present
from tracker.ui.report_saving import save_again
from tracker.ui.report_words import label_text, problem_text, slug, words


def status(page: Page, places: dict[str, DeltaGenerator]) -> None:
    """Draws itself anew every few seconds by itself; what is being typed is not touched. `places` are above the parts."""
    st.fragment(_status, key=STATUS, run_every=report_presence.LOOK_AGAIN)(page, places)


def _status(page: Page, places: dict[str, DeltaGenerator]) -> None:
    is_again = not present(page, STATUS)
    if is_again:
        _look_around(page)
    here = report_presence.others(page.screen, page.report_id)
    _at_sections(page, places, here)
    with st.container(border=True, key="report-progress", gap="xsmall"):
        _who(page, here)
        _progress(page)
        _missing(page)
    if is_again:
        draw_changed(page)


def _look_around(page: Page) -> None:
    """Read the report anew where somebody else (or another window of hers) saved something, and only then."""
    save_again(page.report_id, page.shown.state.fields)
    with c.found(page.screen):
        stands = drafts_stand(page.screen.ctx, page.report_id)
    known = page.shown.state
    if stands.status != known.row.status or stands.revisions != {name: draft.rev for name, draft in known.drafts.items()}:
        page.reload()


# --- Who else is here -------------------------------------------------------------------------------------------------------------


def _at_sections(page: Page, places: dict[str, DeltaGenerator], here: tuple[Present, ...]) -> None:
    for section, place in places.items():
        names = page.screen.t.pick("、", ", ").join(c.escape(seen.name) for seen in here if seen.section == section)
        if names:
            place.markdown(f":blue-background[:material/edit: {page.screen.t('{name} is writing here', name=names)}]")
        else:
            place.empty()


def _who(page: Page, here: tuple[Present, ...]) -> None:
    t, sections = page.screen.t, {one.id: (n, one) for n, one in enumerate(page.shown.state.form.sections, start=1)}
    for seen in here:
        name = c.escape(seen.name)
        if seen.section in sections:
            number, section = sections[seen.section]
            part = f"[{words(page.screen, section.title)}](#go-section-{slug(section.id)})"
            st.markdown(f":blue[:material/edit:] {t('**{name}** is writing in part {n}, {part}', name=name, n=number, part=part)}")
        else:
            st.caption(f":material/visibility: {t('**{name}** has this report open', name=name)}")


# --- How far it is ----------------------------------------------------------------------------------------------------------------


def _progress(page: Page) -> None:
    state, t = page.shown.state, page.screen.t
    wanted = [name for name in state.fields if _is_wanted(page, name)]
    wrong = {problem.field for problem in page.found if problem.severity == "error"}
    done = len([name for name in wanted if name not in wrong])
    text = t("{done} of {all} required fields are filled in", done=done, all=len(wanted))
    st.progress(done / len(wanted) if wanted else 1.0, text=text)
    marks = []
    for number, section in enumerate(state.form.sections, start=1):
        if section.id not in state.open_sections:
            sign = ":material/lock:"
        elif wrong & set(page.fields_of(section.id)):
            sign = ":orange[:material/radio_button_unchecked:]"
        else:
            sign = ":green[:material/check_circle:]"
        marks.append(f"{sign} [{number} {words(page.screen, section.title)}](#go-section-{slug(section.id)})")
    st.markdown(" &nbsp; ".join(marks))


def _is_wanted(page: Page, name: str) -> bool:
    """Whether a field has to be filled in before the report can be handed in."""
    place = page.shown.state.fields[name]
    if place.section not in page.shown.state.open_sections:
        return False
    return name.endswith((":actual", ":claimed")) or name == CONFIRMED or (place.field is not None and place.field.required != "no")


# --- What is missing --------------------------------------------------------------------------------------------------------------


def _missing(page: Page) -> None:
    t = page.screen.t
    errors = [problem for problem in page.found if problem.severity == "error"]
    warnings = [problem for problem in page.found if problem.severity != "error"]
    if not page.found:
        st.markdown(f":green[:material/check: {t('Everything is filled in.')}]")
        return
    title = t("Checklist: {errors} missing or wrong, {warnings} to look at again", errors=len(errors), warnings=len(warnings))
    with st.expander(title, icon=":material/checklist:"):
        st.markdown(bullets(page, [*errors, *warnings]))


def bullets(page: Page, problems: list[Problem]) -> str:
    """What stands against handing in, by section; every line leads to its field."""
    sections = {one.id: words(page.screen, one.title) for one in page.shown.state.form.sections}
    by_section: dict[str, list[Problem]] = {}
    for problem in problems:
        place = page.shown.state.fields.get(problem.field)
        by_section.setdefault(place.section if place else "", []).append(problem)
    lines = []
    for section in [*sections, ""]:
        if section in by_section:
            lines += [f"- **{sections[section]}**"] if section else []
            lines += [f"{'  ' if section else ''}- {_line(page, problem)}" for problem in by_section[section]]
    return "\n".join(lines)


def _line(page: Page, problem: Problem) -> str:
    """One problem with the name of its field as a link to it."""
    place = page.shown.state.fields.get(problem.field)
    sign = ":red[:material/error:]" if problem.severity == "error" else ":orange[:material/warning:]"
    if place is None:
        return f"{sign} {problem_text(page.screen, problem)}"
    return f"{sign} [{label_text(page.screen, place.label)}](#go-{slug(problem.field)}): {problem_text(page.screen, problem)}"
