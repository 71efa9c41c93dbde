"""The programmes as the office sees them: every rule with its clause and how sure it is, and the alert ladder, which can be edited."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Row, select, update

from tracker.domain.ladder import STAGES, Ladder, LadderSet
from tracker.domain.statuses import Kind
from tracker.programmes.model import Programme, Rule, UnknownProgramme
from tracker.programmes.registry import Registry
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import Invalid, NotFound, Problem, Stale
from tracker.services.policy import Act, Target
from tracker.store import q_alerts
from tracker.store import tables as t
from tracker.store.writing import StaleVersion, Tx


@dataclass(frozen=True)
class RuleView:
    """One rule as its text stands today. `clause` and `wording` are the call's own; `gloss_en` explains it in English."""

    id: str
    kind: str
    duty: bool
    title_zh: str
    title_en: str
    clause: str
    wording: str
    gloss_en: str
    status: str
    confidence: str
    basis: str
    discharged_by: str
    checked_on: date
    effective_from: date


@dataclass(frozen=True)
class ProgrammeView:
    """One programme of this installation with its rules and its ladder. `ladder_edited`: the office changed the pack's own."""

    programme_id: int
    code: str
    title_zh: str
    title_en: str
    authority_zh: str
    authority_en: str
    pack_version: str
    checked_on: date | None
    fictional: bool
    rules: tuple[RuleView, ...]
    ladders: LadderSet
    ladder_edited: bool
    may_edit: bool
    version: int


def programme_views(ctx: Context) -> list[ProgrammeView]:
    """The programmes that the viewer works in, as staff or through a project of hers, by code."""
    with ctx.store.read() as conn:
        rows = q_alerts.programmes(conn)
        hers = set(conn.scalars(select(t.project.c.programme_id).where(policy.scope(ctx.viewer, t.project)).distinct()))
    staff = {row.id for row in rows if policy.may(ctx.viewer, Act.SEE_PROJECT, Target(programme_id=row.id))}
    return [_view(ctx, row) for row in rows if row.id in hers | staff]


def ladder_sets(conn: Connection, registry: Registry, programme_ids: Collection[int]) -> dict[int, LadderSet]:
    """The ladders in force of these programmes: the office's, else the pack's, else every stage."""
    return {row.id: _in_force(row, _pack(registry, row.code)) for row in q_alerts.programmes(conn, programme_ids)}


def edit_ladder(ctx: Context, *, programme_id: int, ladders: LadderSet, expected_version: int, key: str) -> ProgrammeView:
    """Give a programme another ladder, from now on and for every obligation that is still open.

    What the ledger holds stays. A stage that is switched on and has already passed is raised at the next look if nothing
    further on was recorded, else superseded. Raises NotFound, Forbidden, Invalid, Stale.
    """
    policy.authorise(ctx.viewer, Act.EDIT_LADDER, Target(programme_id=programme_id))
    problems = _problems(ladders)
    if problems:
        raise Invalid(problems)
    stored = ladders.as_dict()

    def body(tx: Tx) -> dict:
        tx.update_versioned(t.programme, programme_id, expected_version, ladder_json=stored)
        waiting = t.obligation.c.due_on.is_not(None), t.obligation.c.status.in_(("open", "submitted", "returned", "accepted"))
        tx.conn.execute(update(t.obligation).where(t.obligation.c.programme_id == programme_id, *waiting).values(next_look_on=ctx.today))
        tx.record("programme", programme_id, {"ladder": stored})
        tx.touch("programmes", "alerts")
        return {}

    try:
        ctx.store.write(ctx.request("ladder.edit", key, (programme_id, stored)), body)
    except StaleVersion as stale:
        raise Stale() from stale
    with ctx.store.read() as conn:
        row = conn.execute(select(t.programme).where(t.programme.c.id == programme_id)).one_or_none()
    if row is None:
        raise NotFound()
    return _view(ctx, row)


def _problems(ladders: LadderSet) -> list[Problem]:
    problems = []
    if not ladders.ladder.stages:
        problems.append(Problem("stages", "Keep at least one stage: without any, nobody is ever reminded."))
    unknown = sorted(set(ladders.kinds) - set(Kind))
    if unknown:
        problems.append(Problem("kinds", "There is no kind of obligation called {names}.", {"names": ", ".join(unknown)}))
    officer, chief = ladders.ladder.officer_from, ladders.ladder.chief_from
    if chief is not None and (officer is None or STAGES.index(chief) < STAGES.index(officer)):
        problems.append(Problem("chief_from", "The chief is told no earlier than the officer."))
    return problems


def _pack(registry: Registry, code: str) -> Programme | None:
    try:
        return registry.get(code)
    except UnknownProgramme:  # its file was taken away; the projects signed under it go on
        return None


def _in_force(row: Row, pack: Programme | None) -> LadderSet:
    if row.ladder_json is not None:
        return LadderSet.from_dict(row.ladder_json)
    if pack is None:
        return LadderSet()
    kinds = {rule.kind.value: Ladder(rule.ladder) for rule in pack.rules if rule.ladder}
    return LadderSet(Ladder(pack.ladder or STAGES), kinds)


def _view(ctx: Context, row: Row) -> ProgrammeView:
    pack = _pack(ctx.registry, row.code)
    rules = [_rule(rule, ctx.today) for rule in pack.rules] if pack else []
    return ProgrammeView(
        programme_id=row.id,
        code=row.code,
        title_zh=row.title_zh,
        title_en=row.title_en,
        authority_zh=row.authority_zh,
        authority_en=row.authority_en,
        pack_version=pack.version if pack else "",
        checked_on=pack.checked_on if pack else None,
        fictional=bool(pack and pack.fictional),
        rules=tuple(rule for rule in rules if rule is not None),
        ladders=_in_force(row, pack),
        ladder_edited=row.ladder_json is not None,
        may_edit=policy.may(ctx.viewer, Act.EDIT_LADDER, Target(programme_id=row.id)),
        version=row.version,
    )


def _rule(rule: Rule, today: date) -> RuleView | None:
    version = rule.version_on(today) or (rule.versions[-1] if rule.versions else None)
    if version is None:
        return None
    return RuleView(
        id=rule.id,
        kind=rule.kind.value,
        duty=rule.duty,
        title_zh=rule.title_zh,
        title_en=rule.title_en,
        clause=version.clause,
        wording=version.wording,
        gloss_en=version.gloss_en,
        status=version.status.value,
        confidence=version.confidence.value,
        basis=version.basis.value,
        discharged_by=rule.discharged_by.value,
        checked_on=version.checked_on,
        effective_from=version.effective_from,
    )
