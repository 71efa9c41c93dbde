"""A course of a signal tried on what there is now, before it is saved: what would be raised and for whom, what would be settled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from tracker.domain.signals import Course, Step
from tracker.services import policy, signals
from tracker.services.context import Context
from tracker.services.course_drafts import CourseDraft, checked
from tracker.services.policy import INSTALLATION, Act
from tracker.services.recipients import Recipient
from tracker.services.signal_conditions import Found, Survey
from tracker.services.signal_courses import tried_plans
from tracker.services.signal_holds import would_hold
from tracker.services.signal_people import People
from tracker.store import tables as t

FIRST = 10


@dataclass(frozen=True)
class Person:
    """Whom a step would tell, and in which role."""

    name: str
    role: str


@dataclass(frozen=True)
class PreviewLine:
    """One step that the next watch would raise. Titles are those of the obligation, or what the condition named; may be empty."""

    project_code: str
    project_zh: str
    project_en: str
    title_zh: str
    title_en: str
    period_label: str
    begins_on: date
    step: Step
    told: tuple[Person, ...]


@dataclass(frozen=True)
class CoursePreview:
    """What the next watch would do with a course: `raised` steps (`anyway` of them with the present course, too), of which the `first`
    stand here; `settled` matters that are open would fall away. `held`: so much at once that the brake would stop it."""

    raised: int
    anyway: int
    first: tuple[PreviewLine, ...]
    settled: int
    held: bool


def preview_course(ctx: Context, *, kind: str, programme_id: int | None, draft: CourseDraft) -> CoursePreview:
    """What would happen now with this course. Writes nothing. Administrators. Raises Forbidden, NotFound, Invalid naming each field."""
    policy.authorise(ctx.viewer, Act.EDIT_SIGNALS, INSTALLATION)
    course = checked(kind, draft)
    with ctx.store.read() as conn:
        now, then = Survey(conn, ctx), Survey(conn, ctx, tried=tried_plans(conn, kind, programme_id, course))
        touched = {number for number in now.programmes if _here(then, kind, number, course, programme_id)}
        before, after = signals.work_of(now, kind), signals.work_of(then, kind)
        steps = [(found, step) for found, step, _ in after.steps if step is not None and found.programme_id in touched]
        known = {(found.subject, found.since_on, step.stage) for found, step, _ in before.steps if step is not None}
        anyway = sum((found.subject, found.since_on, step.stage) in known for found, step in steps)
        settled = len(set(after.settle) - set(before.settle))
        steps.sort(key=lambda pair: (pair[0].begins_on, pair[0].subject))
        every = sum(step is not None for _, step, _ in after.steps)
        return CoursePreview(len(steps), anyway, _lines(conn, ctx, steps[:FIRST]), settled, would_hold(conn, every))


def _here(survey: Survey, kind: str, number: int, course: Course, programme_id: int | None) -> bool:
    """Whether this very course would hold in a programme."""
    return number == programme_id or (programme_id is None and survey.course(kind, number) == course)


def _lines(conn: Connection, ctx: Context, steps: list[tuple[Found, Step]]) -> tuple[PreviewLine, ...]:
    people = People(conn, ctx, [found for found, _ in steps]) if steps else None
    told = [people.of(found, step.tells) if people else () for found, step in steps]
    names = _names(conn, {one.person_id for some in told for one in some})
    projects = {row.id: row for row in conn.execute(select(t.project).where(t.project.c.id.in_({f.project_id for f, _ in steps})))}
    o = t.obligation
    duties = {row.id: row for row in conn.execute(select(o).where(o.c.id.in_({f.obligation_id for f, _ in steps if f.obligation_id})))}
    both = zip(steps, told, strict=True)
    return tuple(_line(found, step, some, projects[found.project_id], duties, names) for (found, step), some in both)


def _line(found: Found, step: Step, told: tuple[Recipient, ...], project, duties, names: dict[int, str]) -> PreviewLine:
    duty, params = duties.get(found.obligation_id), found.params
    titles = (params["title_zh"], params["title_en"], "-") if params.get("title_zh") else None
    titles = titles or ((duty.title_zh, duty.title_en, duty.period_label) if duty else ("", "", "-"))
    people = tuple(Person(names.get(one.person_id or 0, ""), one.role) for one in told)
    return PreviewLine(project.code, project.title_zh, project.title_en, *titles, found.begins_on, step, people)


def _names(conn: Connection, ids: set[int | None]) -> dict[int, str]:
    p = t.person.c
    return {row.id: row.name for row in conn.execute(select(p.id, p.name).where(p.id.in_([one for one in ids if one is not None])))}
