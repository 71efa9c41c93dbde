"""The auditor: works out anew what the ledger must hold, compares, looks for what was never told, and says so loudly.

It shares the rule with the looks (`alert_decisions.decide`) and nothing else: a row deleted by hand, a look that stopped half way or a
mail that nobody sent is found, whoever caused it. What climbs its ladder is worked out anew; whether it was told, once and to the right
people, is looked at for everything raised in the last 400 days, also where its obligation was settled long ago. It repairs nothing: what
is wrong with a record is for a person to decide, and `MENDED_MSGIDS` says where.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from tracker.clock import civil_day
from tracker.domain import ladder
from tracker.domain.alert_policy import Policy, PolicySet
from tracker.notify.notice_wording import AUDIT_FOUND
from tracker.services import audit_limits, policy
from tracker.services.alert_decisions import decide, reached_before
from tracker.services.alert_policies import policies_in_force
from tracker.services.audit_telling import OF_A_KIND, Finding, of_telling
from tracker.services.context import Context
from tracker.services.notices import tell
from tracker.services.policy import INSTALLATION, Act
from tracker.services.recipients import Recipient
from tracker.services.viewer import Role
from tracker.store import q_alerts, q_audit
from tracker.store import tables as t
from tracker.store.writing import Tx

CHUNK = 2_000
MORE = "more"
_FROM_DUE = ladder.STAGES[ladder.STAGES.index("due") :]

KIND_MSGIDS = {
    "missing": "A stage was reached and is not in the ledger",
    "behind": "It should have been looked at and was not",
    "wrong_day": "The ledger has a stage under another day than it fell on",
    "too_early": "The ledger has a stage before its day",
    "untold": "Raised, and nobody was told",
    "nobody_left": "Raised, and everybody it was for had left, had no account any more or could not be reached",
    "told_overtaken": "Overtaken in the ledger, although somebody was told",
    "wrong_people": "The inboxes that have it are not those of whom it was for",
    "no_mail": "In an inbox, without the mail that the policy asks for",
    "lost": "In an inbox, while its mail was cancelled without a reason",
    "twice": "Told in two different mails",
    "orphan": "A mail about nothing",
    "late": "Should have gone out more than an hour ago",
    "held": "Held back for more than a day; nobody has decided",
    "given_up": "Could not be delivered and was given up",
}
"""What is found, worst first."""

MENDED_MSGIDS = {
    "missing": "Look into the audit trail for what touched it; the next look raises nothing by itself.",
    "behind": "Is a worker running? Start one with `tracker worker`.",
    "wrong_day": "Look into the audit trail for what changed it: `tracker audit verify`. The ledger itself is never corrected.",
    "too_early": "Was the machine's clock ahead? No stage is raised twice; tell the people yourself where the day is near.",
    "untold": "Remind them by hand on the page of the project, and look into the audit trail for what removed the mail.",
    "nobody_left": "Put somebody on the project or give the role to somebody, or correct an address: page People, or `tracker user join`.",
    "told_overtaken": "Look into the audit trail for what touched the ledger: `tracker audit verify`.",
    "wrong_people": "Look into the audit trail for what touched the inboxes: `tracker audit verify`; remind by hand who was left out.",
    "no_mail": "Remind them by hand on the page of the project: the inbox has it, the mail was never made.",
    "lost": "Remind them by hand on the page of the project: the mail was cancelled and nothing says why.",
    "twice": "Nothing is to be done for the reader. Are two homes sending, after a restore? Stop one.",
    "orphan": "Cancel it: `tracker alerts mails`, then `tracker alerts cancel ID --reason …`, or the page of deliveries.",
    "late": "Is a worker running, and does the mail server answer? The page of deliveries or `tracker alerts mails` shows the answers.",
    "held": "Decide on the page of deliveries, or with `tracker alerts hold`, whether these mails go or not.",
    "given_up": "The page of deliveries or `tracker alerts mails --status failed` shows the answers; mend the addresses, "
    "then `tracker alerts retry ID`.",
}
"""What a person does about a finding of each kind, in words for the page and the command line."""

QUIET = frozenset({"given_up"})
"""Kinds that are the fault of an address, not of this program: shown, but the sign of life to the outside goes on."""


@dataclass(frozen=True)
class AuditResult:
    """What an audit did: obligations worked out anew, everything found, and how many findings are new or settled."""

    checked: int
    found: tuple[Finding, ...]
    new: int
    settled: int


@dataclass(frozen=True)
class OpenFinding:
    """One finding as administrators read it."""

    id: int
    kind: str
    subject: str
    obligation: str
    project: str
    detail: dict[str, Any]
    found_at: datetime


@dataclass
class _Found:
    """What was found so far: of each kind the first by name, the rest as a number, however much is wrong."""

    kept: list[Finding] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def take(self, findings: Iterable[Finding]) -> None:
        """Add these."""
        for one in findings:
            self.counts[one.kind] = self.counts.get(one.kind, 0) + 1
            if self.counts[one.kind] <= OF_A_KIND:
                self.kept.append(one)

    def all(self) -> list[Finding]:
        """Everything, with one finding more for each kind of which not all are named."""
        return self.kept + [Finding(kind, MORE, None, {"n": n - OF_A_KIND}) for kind, n in self.counts.items() if n > OF_A_KIND]


def audit(ctx: Context, *, stop: Callable[[], bool] = lambda: False) -> AuditResult:
    """Look through everything once, keep what is found, and tell administrators of what is new. The worker and the command line.

    Raises Forbidden for anyone else, Stopped where `stop` says so in the middle: then nothing was changed.
    """
    checked, found = examine(ctx, stop=stop)  # which asks who is asking
    kept = {(one.kind, one.subject): one for one in found}
    key = f"alerts.audit:{uuid.uuid4().hex}"  # not by the time: a demo's clock stands still

    def body(tx: Tx) -> dict:
        return _keep(tx, ctx, kept, checked, key)

    done = ctx.store.write(ctx.request("alerts.audit", key, sorted(kept)), body)
    return AuditResult(checked, tuple(kept.values()), done["new"], done["settled"])


class Stopped(Exception):
    """The program is being stopped; the audit begins anew the next time."""


def examine(ctx: Context, *, stop: Callable[[], bool] = lambda: False) -> tuple[int, list[Finding]]:
    """Everything that is wrong, without keeping it: how many obligations were worked out anew, and the findings."""
    policy.authorise(ctx.viewer, Act.RUN_ALERTS, INSTALLATION)
    checked, found = 0, _Found()
    with ctx.store.read() as conn:
        known: dict[int, PolicySet] = {}
        for rows in _chunks(conn, ctx.today):
            if stop():
                raise Stopped()
            checked += len(rows)
            found.take(_of_ledger(conn, ctx, rows, known))
        for findings in of_telling(conn, ctx.now, audit_limits.limits_of(conn)):
            if stop():
                raise Stopped()
            found.take(findings)
    return checked, found.all()


def open_findings(ctx: Context) -> list[OpenFinding]:
    """What is wrong by the last audit, worst first. Administrators."""
    policy.authorise(ctx.viewer, Act.SEE_HEALTH, INSTALLATION)
    with ctx.store.read() as conn:
        rows = q_audit.open_findings(conn)
    order = list(KIND_MSGIDS)
    found = [OpenFinding(r.id, r.kind, r.subject, r.key or "", r.code or "", r.detail_json, r.found_at) for r in rows]
    return sorted(found, key=lambda one: (order.index(one.kind) if one.kind in order else len(order), one.id))


def nothing_is_wrong(ctx: Context) -> bool:
    """Whether the last audit found nothing for which the outside is to hear silence. The worker only."""
    policy.authorise(ctx.viewer, Act.RUN_ALERTS, INSTALLATION)
    with ctx.store.read() as conn:
        return q_audit.open_of_other_kinds(conn, QUIET) == 0


def is_loud(kind: str) -> bool:
    """Whether a finding of this kind is one for which the outside is to hear silence."""
    return kind not in QUIET


def _chunks(conn: Connection, today: date) -> Iterator[Sequence[Row]]:
    after = 0
    while rows := q_alerts.climbing_after(conn, after, today + ladder.EARLIEST, CHUNK):
        yield rows
        after = rows[-1].id


def _of_ledger(conn: Connection, ctx: Context, rows: Sequence[Row], known: dict[int, PolicySet]) -> Iterator[Finding]:
    """Compare these obligations with what the ledger holds of them."""
    today = ctx.today
    if new := {row.programme_id for row in rows} - known.keys():
        known |= policies_in_force(conn, ctx.registry, new)
    ledger_rows = q_audit.ledger_of(conn, [row.id for row in rows])
    decided: list[tuple[Row, Policy]] = [(row, known[row.programme_id].of(row.kind)) for row in rows]
    told = reached_before(conn, decided, today)
    for row, by in decided:
        entries = ledger_rows.get(row.id, [])
        if row.next_look_on is not None and row.next_look_on <= today:  # a look is still to come, today
            if row.next_look_on < today:
                yield Finding("behind", row.key, row.id, {"since": row.next_look_on.isoformat()})
            continue
        what = decide(row, by, entries, today, ctx.calendar, told.get(row.id, ()))
        for step in (*(one.step for one in what.raised), *what.superseded):
            yield Finding("missing", f"{row.key}|{row.due_on}|{step.stage}", row.id, {"stage": step.stage, "day": step.on.isoformat()})
        yield from _of_days(row, entries)


def _of_days(row: Row, entries: Sequence[Row]) -> Iterator[Finding]:
    """Stages that are counted from the legal last day fall on one day only, and none is recorded before its day."""
    for entry in entries:
        subject = f"{row.key}|{entry.due_on}|{entry.stage}"
        if entry.stage in _FROM_DUE and entry.stage_on != ladder.day_of(entry.stage, None, entry.due_on):
            yield Finding("wrong_day", subject, row.id, {"stage": entry.stage, "day": entry.stage_on.isoformat()})
        if entry.state == "raised" and entry.stage_on > civil_day(entry.raised_at):
            yield Finding("too_early", subject, row.id, {"stage": entry.stage, "day": entry.stage_on.isoformat()})


def _keep(tx: Tx, ctx: Context, found: dict[tuple[str, str], Finding], checked: int, key: str) -> dict:
    """Write down what is new, settle what is gone, and tell administrators once of what is new."""
    f = t.alert_finding.c
    there = {(row.kind, row.subject): row for row in tx.conn.execute(select(t.alert_finding).where(f.settled_at.is_(None)))}
    new = [one for place, one in found.items() if place not in there]
    gone = [row.id for place, row in there.items() if place not in found]
    if new:
        values = [
            {"kind": one.kind, "subject": one.subject, "obligation_id": one.obligation_id, "detail_json": one.detail, "found_at": ctx.now}
            for one in new
        ]
        tx.conn.execute(insert(t.alert_finding), values)
    if gone:
        tx.conn.execute(update(t.alert_finding).where(f.id.in_(gone)).values(settled_at=ctx.now))
    for place, row in there.items():
        if place in found and row.detail_json != found[place].detail:
            tx.conn.execute(update(t.alert_finding).where(f.id == row.id).values(detail_json=found[place].detail))
    counts: dict[str, int] = {}
    for kind, _ in found:
        counts[kind] = counts.get(kind, 0) + 1
    if new:
        people = [Recipient(p.id, p.email, p.language, Role.ADMINISTRATOR) for p in q_alerts.administrators(tx.conn)]
        worst = [kind for kind in KIND_MSGIDS if kind in {one.kind for one in new}]
        params = {"n": len(new), "kinds": worst}
        tell(tx, ctx, kind=AUDIT_FOUND, people=people, once=key, params=params, at_once=True)
    tx.record("alert_audit", ctx.today.isoformat(), {"checked": checked, "found": counts, "new": len(new), "settled": len(gone)})
    if new or gone:
        tx.touch("alert_finding")
    return {"new": len(new), "settled": len(gone)}
