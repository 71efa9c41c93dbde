"""The programmes as the office sees them: every rule with its clause and how sure it is, and the alert policy, which can be edited."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Row, null, select, update

from tracker.domain.alert_policy import PolicySet
from tracker.domain.policy_faults import faults
from tracker.domain.statuses import Kind
from tracker.programmes.model import Programme, Rule
from tracker.services import policy
from tracker.services.alert_policies import MAY_CLIMB, in_force, pack_of
from tracker.services.context import Context
from tracker.services.errors import Invalid, NotFound, Problem, Stale
from tracker.services.policy import Act, Target
from tracker.store import q_alerts
from tracker.store import tables as t
from tracker.store.writing import StaleVersion, Tx, Unchanged

#: What a policy may not be: (field, message) by the code of `policy_faults.faults`.
FAULT_MSGIDS = {
    "no_stages": ("stages", "Keep at least one stage: without any, nobody is ever reminded."),
    "pi_missing": ("pi", "The principal investigator answers for what is owed: keep her among those who are told."),
    "pi_after_due": ("pi", "The principal investigator is told no later than on the legal last day."),
    "pi_without_mail": ("pi", "The principal investigator is told by mail too, not in the inbox alone."),
    "institution_without_mail": ("institution", "A contact at an institution has no account here: mail is the only way."),
    "grace_on_project": ("grace", "Grace is for those beyond the project. Its own people are told on the day."),
    "chat_outside": (
        "channels",
        "Chat channels are the office's, and whoever is in one reads everything there: only its officers and chiefs can be told so.",
    ),
    "language_without_mail": (
        "language",
        "A language is that of the mails; a chat channel speaks its own, and the inbox the reader's. Choose mail too, or the reader's own.",
    ),
    "chief_first": ("chief_from", "The chief is told no earlier than the officer."),
    "no_overdue": ("stages", "Keep at least one stage after the legal last day: nobody may fail to hear that something is overdue."),
    "office_silent": ("officer", "Somebody of the office has to hear what is overdue: the officer or the chief, from a stage that is on."),
}


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
    """One programme of this installation with its rules and its alert policy. `policy_edited`: the office changed the pack's own."""

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
    policies: PolicySet
    policy_edited: bool
    may_edit: bool
    may_edit_contacts: bool
    version: int


def programme_views(ctx: Context) -> list[ProgrammeView]:
    """The programmes that the viewer works in, as staff or through a project of hers, by code."""
    with ctx.store.read() as conn:
        rows = q_alerts.programmes(conn)
        hers = set(conn.scalars(select(t.project.c.programme_id).where(policy.scope(ctx.viewer, t.project)).distinct()))
    staff = {row.id for row in rows if policy.may(ctx.viewer, Act.SEE_PROJECT, Target(programme_id=row.id))}
    return [_view(ctx, row) for row in rows if row.id in hers | staff]


def edit_ladder(ctx: Context, *, programme_id: int, policies: PolicySet, expected_version: int, key: str) -> ProgrammeView:
    """Give a programme another alert policy, from now on and for every obligation that is still open.

    What the ledger holds stays, with the policy by which it was raised. A stage that is switched on and has already passed is raised
    at the next look if nothing further on was recorded, else superseded; a level whose own day has passed is told at the next look,
    unless an alert of that date told it already. A policy that is in force already is not written again: no version, nothing in the
    record, and the programme's own stays its own. Raises NotFound, Forbidden, Invalid, Stale.
    """
    policy.authorise(ctx.viewer, Act.EDIT_LADDER, Target(programme_id=programme_id))
    row = _row(ctx, programme_id)
    problems = _problems(policies, _no_duties(pack_of(ctx.registry, row.code)))
    if problems:
        raise Invalid(problems)
    if row.version == expected_version and in_force(row, pack_of(ctx.registry, row.code)) == policies:
        return _view(ctx, row)
    return _put(ctx, programme_id, policies.as_dict(), expected_version, "ladder.edit", key)


def reset_ladder(ctx: Context, *, programme_id: int, expected_version: int, key: str) -> ProgrammeView:
    """Give up what the office changed: the policy is the one of the programme's file again, as `edit_ladder` would put it.

    Where it is that one already, nothing is written. Raises NotFound, Forbidden, Stale.
    """
    policy.authorise(ctx.viewer, Act.EDIT_LADDER, Target(programme_id=programme_id))
    return _put(ctx, programme_id, None, expected_version, "ladder.reset", key)


def _put(ctx: Context, programme_id: int, stored: dict | None, expected_version: int, action: str, key: str) -> ProgrammeView:
    """Write the policy (None: the pack's own) and have the next look see everything that may be on its ladder."""

    def body(tx: Tx) -> dict:
        if tx.stands(t.programme, programme_id, expected_version, ladder_json=stored):
            raise Unchanged()
        tx.update_versioned(t.programme, programme_id, expected_version, ladder_json=null() if stored is None else stored)
        waiting = t.obligation.c.due_on.is_not(None), t.obligation.c.status.in_(MAY_CLIMB)
        tx.conn.execute(update(t.obligation).where(t.obligation.c.programme_id == programme_id, *waiting).values(next_look_on=ctx.today))
        tx.record("programme", programme_id, {"ladder": stored})
        tx.touch("programmes", "alerts")
        return {}

    try:
        ctx.store.write(ctx.request(action, key, (programme_id, stored)), body)
    except StaleVersion as stale:
        raise Stale() from stale
    return _view(ctx, _row(ctx, programme_id))


def _row(ctx: Context, programme_id: int) -> Row:
    with ctx.store.read() as conn:
        row = conn.execute(select(t.programme).where(t.programme.c.id == programme_id)).one_or_none()
    if row is None:
        raise NotFound()
    return row


def _no_duties(pack: Programme | None) -> set[str]:
    """The kinds that are never overdue here: the notice of a year's end anywhere, and of what the file knows only as no duty."""
    rules = pack.rules if pack else ()
    return {Kind.YEAR_END_NOTICE.value, *(rule.kind.value for rule in rules)} - {rule.kind.value for rule in rules if rule.duty}


def _problems(policies: PolicySet, no_duties: Collection[str]) -> list[Problem]:
    problems = []
    unknown = sorted(set(policies.kinds) - set(Kind))
    if unknown:
        problems.append(Problem("kinds", "There is no kind of obligation called {names}.", {"names": ", ".join(unknown)}))
    found = {*faults(policies.policy), *(code for kind, own in policies.kinds.items() for code in faults(own, duty=kind not in no_duties))}
    return problems + [Problem(field, msgid) for code, (field, msgid) in FAULT_MSGIDS.items() if code in found]


def _view(ctx: Context, row: Row) -> ProgrammeView:
    pack = pack_of(ctx.registry, row.code)
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
        policies=in_force(row, pack),
        policy_edited=row.ladder_json is not None,
        may_edit=policy.may(ctx.viewer, Act.EDIT_LADDER, Target(programme_id=row.id)),
        may_edit_contacts=policy.may(ctx.viewer, Act.EDIT_CONTACTS, Target(programme_id=row.id)),
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
