"""Projects as they are entered: members, years, facts, and the obligations that follow from the rules they were signed under."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from tracker.domain.calendars import canonical_county
from tracker.domain.free_text import clean_line
from tracker.domain.periods import Period, last_day_from, project_years
from tracker.programmes.model import FACTS, Programme, UnknownProgramme
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import Invalid, NotFound, Problem
from tracker.services.planning import plan_project
from tracker.services.policy import INSTALLATION, Act, Target
from tracker.services.project_entries import MemberEntry as MemberEntry
from tracker.services.project_entries import ProjectEntry, cleaned, text_problems
from tracker.services.project_history import settle_history, settled_problems
from tracker.services.viewer import Role
from tracker.store import tables as t
from tracker.store.writing import Tx


@dataclass(frozen=True)
class EnteredProject:
    """What entering a project gives back."""

    project_id: int
    code: str
    obligations: int


@dataclass(frozen=True)
class ProjectHeader:
    """What every screen of a project shows first."""

    project_id: int
    programme_id: int
    code: str
    title_zh: str
    title_en: str
    organisation: str
    county: str | None
    programme_code: str
    programme_zh: str
    programme_en: str
    programme_version: str
    start_on: date
    end_on: date
    original_end_on: date
    status: str
    officer_id: int | None
    officer_name: str
    entered_on: date
    version: int


def enter_project(ctx: Context, entry: ProjectEntry, *, key: str) -> EnteredProject:
    """Enter one project with everything that follows from it. Administrators and the command line only.

    Raises Invalid with every problem of the entry at once, Forbidden, and UnknownProgramme.
    """
    policy.authorise(ctx.viewer, Act.IMPORT_PROJECTS, INSTALLATION)
    entry = cleaned(entry)
    programme = programme_for(ctx, entry)
    problems = check_entry(entry, programme, ctx.today)
    if problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict:
        entered = insert_project(tx, ctx, entry, programme)
        tx.record("project", entered["project_id"], {"code": entry.code, "programme": entry.programme, "rules": programme.sha256})
        return entered

    return EnteredProject(**ctx.store.write(ctx.request("project.enter", key, entry), body))


def programme_for(ctx: Context, entry: ProjectEntry) -> Programme:
    """The programme an entry names. Raises Invalid naming the known ones."""
    try:
        return ctx.registry.get(entry.programme)
    except UnknownProgramme as unknown:
        known = ", ".join(unknown.known)
        raise Invalid(
            [Problem("programme", "There is no programme {code}. Known: {known}.", {"code": entry.programme, "known": known})]
        ) from unknown


def check_entry(entry: ProjectEntry, programme: Programme, today: date) -> list[Problem]:
    """Everything wrong with an entry on the day it is entered, by field."""
    problems = text_problems(entry) + settled_problems(entry.settled_through, entry.start_on, today)
    if not entry.code.strip() or "/" in entry.code or len(entry.code) > 60:
        problems.append(Problem("code", "Give a code of at most 60 characters without a slash."))
    for field in ("title_zh", "organisation"):
        if not getattr(entry, field).strip():
            problems.append(Problem(field, "This must not be empty."))
    if entry.end_on < entry.start_on:
        problems.append(Problem("end_on", "The end lies before the start."))
    problems += _check_term(entry, programme)
    if sum(member.role == "pi" for member in entry.members) < 1:
        problems.append(Problem("members", "A project needs a principal investigator."))
    if entry.county and canonical_county(entry.county) is None:
        problems.append(Problem("county", "{county} is not a county or city of Taiwan.", {"county": entry.county}))
    problems += [
        Problem(name, "There is no fact {name}. Known: {known}.", {"name": name, "known": ", ".join(FACTS)})
        for name, _ in entry.facts
        if name not in FACTS
    ]
    if not problems:
        original = original_end(entry, programme)
        years = len(project_years(entry.start_on, original, entry.end_on if entry.end_on > original else None))
        if len(entry.approved_amounts) > years:
            problems.append(Problem("approved_amounts", "There are more amounts than project years ({n}).", {"n": years}))
    return problems


def _check_term(entry: ProjectEntry, programme: Programme) -> list[Problem]:
    """No date that the call makes impossible: a fixed start, and not longer than its years unless extended."""
    problems = []
    term = programme.term
    if term and term.start and entry.start_on != term.start:
        problems.append(
            Problem("start_on", "The call fixes the start: {start} ({clause}).", {"start": term.start.isoformat(), "clause": term.clause})
        )
    original = original_end(entry, programme)
    if entry.extended_from and entry.extended_from > entry.end_on:
        problems.append(Problem("extended_from", "The original end lies after the end in force."))
    if term and term.years and entry.start_on <= entry.end_on:
        longest = last_day_from(entry.start_on, Period(months=12 * term.years))
        if original > longest:
            problems.append(
                Problem(
                    "end_on",
                    "The call runs {years} years: the original end cannot lie after {end}.",
                    {"years": term.years, "end": longest.isoformat()},
                )
            )
    return problems


def original_end(entry: ProjectEntry, programme: Programme) -> date:
    """The end before any extension: as given, else the end of the term where the end in force lies beyond it."""
    if entry.extended_from:
        return entry.extended_from
    term = programme.term
    if term and term.end and entry.end_on > term.end:
        return term.end
    if term and term.years and entry.start_on <= entry.end_on:
        return min(entry.end_on, last_day_from(entry.start_on, Period(months=12 * term.years)))
    return entry.end_on


def insert_project(tx: Tx, ctx: Context, entry: ProjectEntry, programme: Programme) -> dict:
    """Insert one checked entry inside a write: for `enter_project` and the import of many. Raises Invalid for a code in use."""
    if tx.conn.execute(select(t.project.c.id).where(t.project.c.code == entry.code)).first():
        raise Invalid([Problem("code", "There is a project {code} already.", {"code": entry.code})])
    programme_id, version_id = ensure_programme(tx, ctx, programme)
    original = original_end(entry, programme)
    project_id = tx.insert(
        t.project,
        code=entry.code.strip(),
        programme_id=programme_id,
        programme_version_id=version_id,
        title_zh=entry.title_zh.strip(),
        title_en=entry.title_en.strip(),
        organisation=entry.organisation.strip(),
        county=canonical_county(entry.county) if entry.county else programme.county,
        start_on=entry.start_on,
        end_on=entry.end_on,
        original_end_on=original,
        status="active",
        officer_id=_officer(tx, ctx, entry, programme_id),
        entered_on=ctx.today,
    )
    extended = entry.end_on if entry.end_on > original else None
    for year in project_years(entry.start_on, original, extended):
        amount = entry.approved_amounts[year.number - 1] if year.number <= len(entry.approved_amounts) else None
        tx.insert(t.project_year, project_id=project_id, number=year.number, start_on=year.start, end_on=year.end, approved_amount=amount)
    for name, day in entry.facts:
        tx.insert(
            t.project_fact,
            project_id=project_id,
            name=name,
            value_on=day,
            confirmed=False,
            recorded_by=ctx.viewer.person_id,
            recorded_at=ctx.now,
        )
    for member in entry.members:
        person_id = ensure_person(tx, ctx, member.email, member.name, member.language)
        tx.insert(
            t.membership,
            project_id=project_id,
            person_id=person_id,
            role=member.role,
            party=member.party,
            from_on=min(ctx.today, entry.start_on),
        )
    planned = plan_project(tx, ctx, project_id)
    if entry.settled_through:
        settle_history(tx, project_id, entry.settled_through)
    tx.touch("people", "programmes")
    return {"project_id": project_id, "code": entry.code.strip(), "obligations": len(planned)}


def ensure_programme(tx: Tx, ctx: Context, programme: Programme) -> tuple[int, int]:
    """The ids of a programme and of this exact version of it, inserted where they are new."""
    programme_id = tx.conn.execute(select(t.programme.c.id).where(t.programme.c.code == programme.code)).scalar_one_or_none()
    if programme_id is None:
        programme_id = tx.insert(
            t.programme,
            code=programme.code,
            title_zh=programme.title_zh,
            title_en=programme.title_en,
            authority_zh=programme.authority_zh,
            authority_en=programme.authority_en,
        )
    versions = t.programme_version
    version_id = tx.conn.execute(
        select(versions.c.id).where(versions.c.programme_id == programme_id, versions.c.sha256 == programme.sha256)
    ).scalar_one_or_none()
    if version_id is None:
        version_id = tx.insert(
            versions,
            programme_id=programme_id,
            label=programme.version,
            sha256=programme.sha256,
            resolved_text=programme.text,
            recorded_at=ctx.now,
        )
    return programme_id, version_id


def ensure_person(tx: Tx, ctx: Context, email: str, name: str, language: str = "zh_TW") -> int:
    """The id of the person with this address; a new one cannot sign in until she has a password."""
    address = unicodedata.normalize("NFC", email).strip().lower()
    found = tx.conn.execute(select(t.person.c.id).where(t.person.c.email == address)).scalar_one_or_none()
    if found is not None:
        return found
    return tx.insert(t.person, email=address, name=name.strip() or address, language=language, active=True, created_at=ctx.now)


def _officer(tx: Tx, ctx: Context, entry: ProjectEntry, programme_id: int) -> int | None:
    """The officer in charge; entering a project under her makes her an officer of its programme."""
    if not entry.officer_email:
        return None
    person_id = ensure_person(tx, ctx, entry.officer_email, entry.officer_name)
    grants = t.role_grant
    held = tx.conn.execute(
        select(grants.c.id).where(
            grants.c.person_id == person_id,
            grants.c.programme_id == programme_id,
            grants.c.role == Role.OFFICER.value,
            grants.c.revoked_at.is_(None),
        )
    ).first()
    if held is None:
        tx.insert(grants, person_id=person_id, role=Role.OFFICER.value, programme_id=programme_id, granted_at=ctx.now)
    return person_id


def project_header(ctx: Context, code: str) -> ProjectHeader:
    """The header of one project. Raises NotFound for a code that is unknown or not the viewer's."""
    with ctx.store.read() as conn:
        row = conn.execute(
            select(
                t.project,
                t.programme.c.code.label("programme_code"),
                t.programme.c.title_zh.label("programme_zh"),
                t.programme.c.title_en.label("programme_en"),
                t.programme_version.c.label.label("programme_version"),
                t.person.c.name.label("officer_name"),
            )
            .join(t.programme, t.programme.c.id == t.project.c.programme_id)
            .join(t.programme_version, t.programme_version.c.id == t.project.c.programme_version_id)
            .outerjoin(t.person, t.person.c.id == t.project.c.officer_id)
            .where(t.project.c.code == clean_line(code), policy.scope(ctx.viewer, t.project))
        ).one_or_none()
    if row is None:
        raise NotFound()
    policy.authorise(ctx.viewer, Act.SEE_PROJECT, Target(row.id, row.programme_id))
    names = ("programme_id", "code", "title_zh", "title_en", "organisation", "county", "programme_code", "programme_zh", "programme_en",
             "programme_version", "start_on", "end_on", "original_end_on", "status", "officer_id", "entered_on", "version")  # fmt: skip
    return ProjectHeader(project_id=row.id, officer_name=row.officer_name or "", **{name: getattr(row, name) for name in names})


def project_list(ctx: Context) -> list[dict[str, str]]:
    """Every project the viewer may see, by code, as plain texts for scripts: code, programme, titles, start and end (ISO), status."""
    with ctx.store.read() as conn:
        rows = conn.execute(
            select(t.project, t.programme.c.code.label("programme_code"))
            .join(t.programme, t.programme.c.id == t.project.c.programme_id)
            .where(policy.scope(ctx.viewer, t.project))
            .order_by(t.project.c.code)
        ).all()
    return [
        {"code": row.code, "programme": row.programme_code, "title_zh": row.title_zh, "title_en": row.title_en,
         "start": row.start_on.isoformat(), "end": row.end_on.isoformat(), "status": row.status}
        for row in rows
    ]  # fmt: skip
