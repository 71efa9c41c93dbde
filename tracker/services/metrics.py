"""Numbers by which an operator's tools watch the alerts: counts and ages, nothing about anybody."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from tracker.services import policy
from tracker.services.context import Context
from tracker.services.heartbeat import DAILY, RAISES, SENDS
from tracker.services.policy import INSTALLATION, Act
from tracker.store import q_alerts, q_audit
from tracker.store import tables as t

RATE_OVER = timedelta(minutes=5)
STATES = ("pending", "held", "sending", "sent", "failed", "cancelled")


@dataclass(frozen=True)
class Job:
    """One sort of work over all workers: seconds since it last began and last ended well (None: never), whether the newest failed."""

    age: float | None
    ok_age: float | None
    failing: bool
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Metrics:
    """One reading. `oldest_waiting` is how many seconds the longest overdue message waits (0: none is overdue)."""

    outbox: dict[str, int]
    oldest_waiting: float
    sent_per_second: float
    jobs: dict[str, Job]
    to_look_at: int
    findings: dict[str, int]
    holds_undecided: int
    silences_running: int
    audit_age_days: int | None
    chat_channels: int


def read_metrics(ctx: Context, *, wall: datetime) -> Metrics:
    """The numbers at `wall`, the machine's clock; what is due goes by the day's business (`ctx.now`). The system, administrators."""
    policy.authorise(ctx.viewer, Act.SEE_HEALTH, INSTALLATION)
    with ctx.store.read() as conn:
        mails, o = q_alerts.mail_counts(conn), t.outbox.c
        overdue = select(func.min(o.available_at, type_=o.available_at.type)).where(o.status == "pending", o.available_at <= ctx.now)
        oldest = conn.execute(overdue).scalar_one()
        lately = select(func.count()).select_from(t.outbox).where(o.status == "sent", o.sent_at > ctx.now - RATE_OVER)
        s, h, last = t.silence.c, t.mass_hold.c, q_audit.day_of_last_audit(conn, "audit")
        running = s.lifted_at.is_(None), s.from_at <= ctx.now, s.until_at > ctx.now
        return Metrics(
            outbox={state: mails.get(state, 0) for state in STATES},
            oldest_waiting=0.0 if oldest is None else max(0.0, (ctx.now - oldest).total_seconds()),
            sent_per_second=conn.execute(lately).scalar_one() / RATE_OVER.total_seconds(),
            jobs={name: _job(conn, name, wall) for name in (RAISES, SENDS, DAILY)},
            to_look_at=conn.execute(
                select(func.count()).select_from(t.obligation).where(t.obligation.c.next_look_on <= ctx.today)
            ).scalar_one(),
            findings=_findings(conn),
            holds_undecided=conn.execute(select(func.count()).select_from(t.mass_hold).where(h.decision == "")).scalar_one(),
            silences_running=conn.execute(select(func.count()).select_from(t.silence).where(*running)).scalar_one(),
            audit_age_days=None if last is None else (ctx.today - last).days,
            chat_channels=conn.execute(select(func.count()).select_from(t.chat_channel).where(t.chat_channel.c.active)).scalar_one(),
        )  # fmt: skip


def _job(conn: Connection, name: str, wall: datetime) -> Job:
    rows = conn.execute(select(t.heartbeat).where(t.heartbeat.c.name == name)).all()
    if not rows:
        return Job(None, None, failing=False)
    newest = max(rows, key=lambda row: row.last_look_at)
    good = [row.last_ok_at for row in rows if row.last_ok_at is not None]
    counts = {what: n for what, n in newest.counts_json.items() if isinstance(n, int)}
    ok_age = None if not good else max(0.0, (wall - max(good)).total_seconds())
    return Job(max(0.0, (wall - newest.last_look_at).total_seconds()), ok_age, bool(newest.last_error), counts)


def _findings(conn: Connection) -> dict[str, int]:
    f = t.alert_finding.c
    rows = conn.execute(select(f.kind, func.count()).where(f.settled_at.is_(None)).group_by(f.kind)).all()
    return {row[0]: row[1] for row in rows}
