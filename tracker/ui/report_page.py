"""One open writing page, shared by its parts. A part that draws itself anew (a fragment) works on what the page knows already, with
what was saved laid in: a save costs one field, not one report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import streamlit as st

from tracker.services import policy
from tracker.services.errors import Problem
from tracker.services.policy import Act
from tracker.services.report_drafts import ReportScreen, report_screen
from tracker.services.report_problems import problems_of
from tracker.services.review_comments import sent_comments
from tracker.store.q_reports import DraftField
from tracker.ui import components as c
from tracker.ui import guard
from tracker.ui.guard import Screen
from tracker.ui.report_saving import fresh_screen, news, save_again, slot


@dataclass
class Page:
    """Who writes, what is shown, and which parts have been drawn with it.

    `seen_before` holds the revisions that the run before this one showed: a click answers to those.
    """

    screen: Screen
    shown: ReportScreen
    seen_before: Mapping[str, int]
    drawn: set[str] = field(default_factory=set)
    _found: list[Problem] | None = None
    _remarks: dict[str, list[str]] | None = None

    @property
    def report_id(self) -> int:
        return self.shown.state.row.id

    @property
    def is_on_behalf(self) -> bool:
        """Whether the viewer would hand in by a right that a principal investigator gave her."""
        return policy.principal(self.screen.viewer, Act.SUBMIT_REPORT, self.shown.state.target) is not None

    @property
    def is_checked(self) -> bool:
        """Whether the writer asked for a check: what is missing is said at its field from then on."""
        return bool(st.session_state.get(tried(self.report_id)))

    @property
    def found(self) -> list[Problem]:
        """Everything that stands against handing in, or deserves another look, as the page knows the report."""
        if self._found is None:
            self._found = problems_of(self.shown.state, self.screen.ctx.today)
        return self._found

    def remarks(self, name: str) -> list[str]:
        """What the office remarked on a field when it returned the report; nothing once that is answered."""
        if self._remarks is None:
            self._remarks = {}
            state = self.shown.state
            if state.row.status == "returned" and state.versions:
                for said in sent_comments(self.screen.ctx, self.report_id):
                    if said.report_version == state.versions[-1].number:
                        self._remarks.setdefault(said.field, []).append(said.body)
        return self._remarks.get(name, [])

    def problems(self, name: str) -> list[Problem]:
        """What stands against a field, where it is to be said."""
        return [problem for problem in self.found if problem.field == name] if self.is_checked else []

    def fields_of(self, section: str) -> list[str]:
        """The fields of a section, in their order."""
        return [name for name, place in self.shown.state.fields.items() if place.section == section]

    def lay_in(self, draft: DraftField) -> None:
        """What was saved just now takes its place among what the page knows."""
        state = replace(self.shown.state, drafts={**self.shown.state.drafts, draft.field: draft})
        self.shown, self._found = replace(self.shown, state=state), None

    def reload(self) -> None:
        """Read the report anew, with what could not be kept before. Ends the run where it cannot be read any more; starts the page anew
        where it cannot be written.
        """
        opened = self.shown.state.open_sections
        save_again(self.report_id, self.shown.state.fields)
        with c.found(self.screen):
            self.shown, self._found = report_screen(self.screen.ctx, self.report_id), None
        if not self.shown.may_write or self.shown.state.open_sections != opened:
            st.rerun()


def tried(report_id: int) -> str:
    """The name in session state of: the writer asked for a check, so problems are shown from now on."""
    return f"report-tried-{report_id}"


def begin(screen: Screen, shown: ReportScreen) -> Page:
    """The page of a whole run."""
    report_id = shown.state.row.id
    if save_again(report_id, shown.state.fields):
        with c.found(screen):
            shown = report_screen(screen.ctx, report_id)
    for name in shown.state.fields:
        news(report_id, name)  # this run has read it all
    fresh_screen()
    before = st.session_state.get(_seen(report_id), shown.seen)
    st.session_state[_seen(report_id)] = {}
    return Page(screen, shown, before)


def field_part(page: Page, name: str, draw: Callable[[Page], None]) -> None:
    """A field that draws itself anew, alone, when it was saved. `draw` must be a plain function of the page."""
    st.fragment(_field, key=slot("part", page.report_id, name))(page, name, draw)


def _field(page: Page, name: str, draw: Callable[[Page], None]) -> None:
    is_again = not present(page, name)
    if is_again:
        draft, whole = news(page.report_id, name)
        if whole:
            page.reload()
        elif draft is not None:
            page.lay_in(draft)
    saw(page, name)
    draw(page)
    if is_again and page.is_checked:
        st.rerun([STATUS, ENDING])  # what stands against handing in is said there too


def draw_changed(page: Page) -> None:
    """Let the fields that changed under the writer draw themselves anew: they say so, and what she types stays. Ends the run if any."""
    state, seen = page.shown.state, seen_now(page)
    changed = [name for name, draft in state.drafts.items() if name in page.drawn and seen.get(name) != draft.rev]
    if changed:
        st.rerun([slot("part", page.report_id, name) for name in changed])


STATUS, ENDING = "report-status", "report-ending"


def present(page: Page, part: str) -> bool:
    """Whether this is the whole run's first drawing of a part. Drawn again by itself, it finds out anew who is there.

    Ends the run where the session is over.
    """
    if part not in page.drawn:
        page.drawn.add(part)
        return True
    screen = fresh_screen() or guard.identify()
    if screen is None:
        guard.signed_out()
    page.screen = screen
    return False


def saw(page: Page, name: str) -> None:
    """Remember which revision of a field was shown."""
    if name in page.shown.state.drafts:
        st.session_state.setdefault(_seen(page.report_id), {})[name] = page.shown.state.drafts[name].rev


def seen_now(page: Page) -> Mapping[str, int]:
    """The revisions that stand on the screen: what somebody who hands in has read."""
    return st.session_state.get(_seen(page.report_id), page.seen_before)


def _seen(report_id: int) -> str:
    return f"report-shown-{report_id}"
