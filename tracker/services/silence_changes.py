"""Making, changing and lifting silences and pauses. Every one has an author, a reason and an end; the longest lasts a month.

Nobody's date moves by one, and nothing is dropped: the ledger and the inboxes go on, only mails wait. At the end each reader
gets what then still holds, for a later stage overtakes an earlier one at the moment of sending.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from tracker.clock import civil_day
from tracker.domain.free_text import clean_line
from tracker.domain.ladder import STAGES
from tracker.domain.statuses import Kind
from tracker.services import policy, silences
from tracker.services.context import Context
from tracker.services.errors import Invalid, NotFound, Problem, Stale
from tracker.services.hold_rules import after_quiet, from_when, read_reason
from tracker.services.office import authorise_office
from tracker.services.policy import INSTALLATION, Target
from tracker.services.silences import PAUSE, SILENCE
from tracker.services.viewer import Role
from tracker.store import outbox_acts, q_silences
from tracker.store import tables as t
from tracker.store.writing import StaleVersion, Tx, Unchanged

LONGEST = timedelta(days=31)
FARTHEST = timedelta(days=92)
"""How far ahead one may begin."""

ROLES = (Role.PI, Role.CO_PI, Role.ASSISTANT, "institution", Role.OFFICER, Role.CHIEF)
_NAMED = 20
_COUNTED = 5_000


@dataclass(frozen=True)
class SilenceEntry:
    """A silence as it is asked for. What is None matches everything; a project stands for its programme too. Instants are aware.

    `from_at` None: from now on. `kind` is `silence` or `pause` (of one project, and of all of it).
    """

    until_at: datetime
    reason: str
    kind: str = SILENCE
    programme_id: int | None = None
    project_id: int | None = None
    obligation_kind: str | None = None
    stage: str | None = None
    role: str | None = None
    person_id: int | None = None
    from_at: datetime | None = None


@dataclass(frozen=True)
class ProgrammeChoice:
    """A programme in which somebody may hold mails back; None: every programme."""

    programme_id: int | None
    title_zh: str
    title_en: str


@dataclass(frozen=True)
class DayInside:
    """A duty that falls due while mails are held."""

    key: str
    project: str
    title_zh: str
    title_en: str
    due_on: date
    file_by_on: date | None


@dataclass(frozen=True)
class Preview:
    """What a silence would do: the mails that wait now and would be held, to whom, and the duties whose day falls inside.

    `mails` counts no further than five thousand; `days` are the first of `days_count`.
    """

    mails: int
    people: tuple[str, ...]
    people_count: int
    days: tuple[DayInside, ...]
    days_count: int


@dataclass(frozen=True)
class Changed:
    """A silence after a change, and how many mails it let go at once."""

    silence_id: int
    let_go: int = 0


def silenceable_programmes(ctx: Context) -> tuple[ProgrammeChoice, ...]:
    """The programmes in which the viewer may hold mails back, by code; first `programme_id` None, where she may for all of them."""
    with ctx.store.read() as conn:
        rows = q_silences.programmes(conn)
    act = silences.act_for(SILENCE)
    every = (ProgrammeChoice(None, "", ""),) if policy.may(ctx.viewer, act, INSTALLATION) else ()
    return every + tuple(ProgrammeChoice(*row) for row in rows if policy.may(ctx.viewer, act, Target(programme_id=row.id)))


def person_to_silence(ctx: Context, email: str, *, programme_id: int | None) -> int:
    """The id of somebody by address, for a silence about her: of this programme's people; None: of everybody (administrators).

    Raises NotFound, Forbidden as `make_silence` does; Invalid where nobody has this address there.
    """
    policy.authorise(ctx.viewer, silences.act_for(SILENCE), Target(programme_id=programme_id))
    with ctx.store.read() as conn:
        found = q_silences.person_by_address(conn, clean_line(email).lower(), programme_id)
    if found is None:
        raise Invalid([Problem("person", "Nobody with this address is in this programme.")])
    return found


def preview_silence(ctx: Context, entry: SilenceEntry) -> Preview:
    """What a silence would hold, before it is made. Raises NotFound, Forbidden, Invalid as `make_silence` does, but asks for no reason."""
    with ctx.store.read() as conn:
        entry = _placed(conn, entry)
        _authorise(ctx, entry)
        problems: list[Problem] = []
        from_at = _check_times(ctx, entry, problems)
        _check_words(entry, problems)
        if problems:
            raise Invalid(problems)
        matcher = _matcher(entry)
        rows = [row for row in q_silences.waiting_alerts(conn, matcher, _COUNTED) if _is_of_role(row, entry.role)]
        first, last = civil_day(from_at), civil_day(entry.until_at)
        number, days = q_silences.days_inside(conn, matcher, first, last, _NAMED)
    people = sorted({row.name or row.payload_json.get("name", "") for row in rows} - {""})
    inside = tuple(DayInside(d.key, d.code, d.title_zh, d.title_en, d.due_on, d.file_by_on) for d in days)
    return Preview(len({row.id for row in rows}), tuple(people[:_NAMED]), len(people), inside, number)


def make_silence(ctx: Context, entry: SilenceEntry, *, key: str) -> Changed:
    """Hold back what matches until the end. A chief in her programme, an administrator everywhere; a pause: the office of the project.

    Raises NotFound, Forbidden, Invalid (every field at once).
    """
    with ctx.store.read() as conn:
        entry = _placed(conn, entry)
    _authorise(ctx, entry)
    problems: list[Problem] = []
    from_at = _check_times(ctx, entry, problems)
    _check_words(entry, problems)
    said = read_reason(entry.reason, problems)
    if problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict:
        if entry.person_id is not None and not q_silences.is_person_of(tx.conn, entry.person_id, entry.programme_id):
            raise NotFound()
        _refuse_a_second(tx.conn, entry, from_at)
        values = {**_matcher(entry), "kind": entry.kind, "reason": said, "created_by": ctx.viewer.person_id, "created_at": ctx.now}
        made = tx.insert(t.silence, **values, from_at=from_at, until_at=entry.until_at)
        times = {"from": from_at.isoformat(), "until": entry.until_at.isoformat()}
        tx.record("silence", made, {"kind": entry.kind, **_matcher(entry), **times, "reason": _hash(said)})
        tx.touch("alerts", *([f"project:{entry.project_id}"] if entry.project_id else []))
        return {"silence_id": made}

    return Changed(**ctx.store.write(ctx.request(f"{entry.kind}.make", key, asdict(entry)), body))


def change_end(ctx: Context, *, silence_id: int, until_at: datetime, expected_version: int, key: str) -> Changed:
    """Give a silence that is not over another end. Mails that wait under it wait for the new one.

    Raises NotFound, Forbidden, Invalid, Stale.
    """

    def body(tx: Tx) -> dict:
        row = _unended(tx.conn, ctx, silence_id)
        problems: list[Problem] = []
        _check_end(ctx, row.from_at, until_at, problems)
        if problems:
            raise Invalid(problems)
        if tx.stands(t.silence, silence_id, expected_version, until_at=until_at):
            raise Unchanged(silence_id=silence_id)
        tx.update_versioned(t.silence, silence_id, expected_version, until_at=until_at)
        waiting = q_silences.waiting_under(tx.conn, silence_id)
        outbox_acts.wait_until(tx.conn, after_quiet(tx.conn, waiting, until_at))
        old, new = row.until_at.isoformat(), until_at.isoformat()
        tx.record("silence", silence_id, {"until": [old, new], "mails": len(waiting)})
        tx.touch("alerts", *([f"project:{row.project_id}"] if row.project_id else []))
        return {"silence_id": silence_id}

    _ask(ctx, silence_id)
    return _written(ctx, "silence.change_end", key, (silence_id, until_at, expected_version), body)


def lift_silence(ctx: Context, *, silence_id: int, reason: str, expected_version: int, key: str) -> Changed:
    """End a silence now, with a reason. What waits under it may go at once, but for quiet hours.

    Raises NotFound, Forbidden, Invalid, Stale.
    """
    _ask(ctx, silence_id)
    problems: list[Problem] = []
    said = read_reason(reason, problems)
    if problems:
        raise Invalid(problems)

    def body(tx: Tx) -> dict:
        row = _unended(tx.conn, ctx, silence_id)
        ended = {"lifted_at": ctx.now, "lifted_by": ctx.viewer.person_id, "lift_reason": said}
        tx.update_versioned(t.silence, silence_id, expected_version, **ended)
        waiting = q_silences.waiting_under(tx.conn, silence_id)
        outbox_acts.let_go(tx.conn, from_when(tx.conn, ctx, waiting))
        tx.record("silence", silence_id, {"lifted": True, "mails": len(waiting), "reason": _hash(said)})
        tx.touch("alerts", *([f"project:{row.project_id}"] if row.project_id else []))
        return {"silence_id": silence_id, "let_go": len(waiting)}

    return _written(ctx, "silence.lift", key, (silence_id, said, expected_version), body)


def _written(ctx: Context, action: str, key: str, fingerprint: tuple, body) -> Changed:
    try:
        return Changed(**ctx.store.write(ctx.request(action, key, fingerprint), body))
    except StaleVersion as stale:
        raise Stale() from stale


def _placed(conn: Connection, entry: SilenceEntry) -> SilenceEntry:
    """The entry with the programme of its project. Raises NotFound for a project that is none, or one of another programme."""
    if entry.project_id is None:
        return entry
    target = policy.target_of_project(conn, entry.project_id)
    if entry.programme_id not in (None, target.programme_id):
        raise NotFound()
    return SilenceEntry(**{**asdict(entry), "programme_id": target.programme_id})


def _authorise(ctx: Context, entry: SilenceEntry) -> None:
    if entry.kind == PAUSE and entry.project_id is None:
        raise NotFound()
    target = Target(project_id=entry.project_id, programme_id=entry.programme_id)
    authorise_office(ctx.viewer, silences.act_for(entry.kind), target)


def _ask(ctx: Context, silence_id: int) -> None:
    """Who may make it may change it; who may silence the project or programme may change its pauses as well."""
    with ctx.store.read() as conn:
        row = conn.execute(t.silence.select().where(t.silence.c.id == silence_id)).one_or_none()
    if row is None:
        raise NotFound()
    target = silences.target_of(row)
    pauses = row.kind == PAUSE and policy.may(ctx.viewer, silences.act_for(PAUSE), target)
    authorise_office(ctx.viewer, silences.act_for(PAUSE if pauses else SILENCE), target)


def _unended(conn: Connection, ctx: Context, silence_id: int):
    row = q_silences.locked(conn, silence_id)
    if row.lifted_at is not None or row.until_at <= ctx.now:
        raise Invalid([Problem("silence", "This is over already; nothing waits for it any more.")])
    return row


def _refuse_a_second(conn: Connection, entry: SilenceEntry, from_at: datetime) -> None:
    """Two that hold the same at the same time: one would be lifted, and the other be forgotten. Two people at once: one after the other."""
    one_row = t.project.select().where(t.project.c.id == entry.project_id)
    if entry.project_id is None:
        one_row = t.programme.select().order_by(t.programme.c.id).limit(1)
    conn.execute(one_row.with_for_update()).first()
    if q_silences.alike(conn, entry.kind, _matcher(entry), from_at, entry.until_at):
        paused = Problem("until_at", "The project is paused in this time already; change the end of that pause.")
        silenced = Problem("until_at", "The same mails are held back in this time already; change the end of that silence.")
        raise Invalid([paused if entry.kind == PAUSE else silenced])


def _check_times(ctx: Context, entry: SilenceEntry, problems: list[Problem]) -> datetime:
    from_at = max(entry.from_at or ctx.now, ctx.now)
    if from_at > ctx.now + FARTHEST:
        problems.append(Problem("from_at", "No more than {n} days ahead.", {"n": FARTHEST.days}))
    _check_end(ctx, from_at, entry.until_at, problems)
    return from_at


def _check_end(ctx: Context, from_at: datetime, until_at: datetime, problems: list[Problem]) -> None:
    if until_at <= max(ctx.now, from_at):
        problems.append(Problem("until_at", "The end lies before the beginning or has passed already."))
    elif until_at > from_at + LONGEST:
        problems.append(Problem("until_at", "No longer than {n} days: then somebody should look again.", {"n": LONGEST.days}))


def _check_words(entry: SilenceEntry, problems: list[Problem]) -> None:
    known = (("obligation_kind", {kind.value for kind in Kind}), ("stage", set(STAGES)), ("role", {str(role) for role in ROLES}))
    for field, values in known:
        if getattr(entry, field) is not None and getattr(entry, field) not in values:
            problems.append(Problem(field, "There is no such choice."))
    narrowed = (entry.obligation_kind, entry.stage, entry.role, entry.person_id)
    if entry.kind == PAUSE and any(one is not None for one in narrowed):
        problems.append(Problem("kind", "A pause is of the whole project."))


def _matcher(entry: SilenceEntry) -> dict[str, int | str | None]:
    names = ("programme_id", "project_id", "obligation_kind", "stage", "role", "person_id")
    return {name: getattr(entry, name) for name in names}


def _is_of_role(row, role: str | None) -> bool:
    return role is None or row.payload_json.get("role") == role


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
