"""Delivering what was raised: claim a few mails, hand them over outside any transaction, mark each one.

Marked after sending: a crash in between costs at most one extra copy (with the same Message-ID) and never a mail. What
no longer holds is cancelled in the last moment before it would go out.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Row, update

from tracker.domain import ladder
from tracker.notify import mail
from tracker.notify.transport import DeliveryProblem, Transport
from tracker.services import policy
from tracker.services.alert_mail import MailSettings, message, rendered_mail
from tracker.services.context import Context
from tracker.services.errors import Invalid, NotFound, Problem
from tracker.services.notices import rendered_notice, why_not_mailed
from tracker.services.policy import INSTALLATION, Act
from tracker.store import outbox, q_alerts, q_notices
from tracker.store import tables as t
from tracker.store.writing import Tx

BATCH = 20
LEASE = timedelta(seconds=180)  # longer than the 120 seconds a mail server is given to answer
RENEW_AT = 1 / 6  # of the lease: with 30 of 180 seconds used up there is still time for one more server that does not answer
_BACK_OFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
GIVE_UP_AFTER = timedelta(hours=48)
REMEMBERED = timedelta(days=7)  # a server that was away over a long weekend gets back what was given up meanwhile
STATUSES = ("failed", "pending", "sending", "sent", "cancelled")

# Why a mail was cancelled, as stored; the words are the screens' business.
CANCELLED_MSGIDS = {
    "done": "handed in or released meanwhile",
    "moved": "the date moved meanwhile",
    "overtaken": "a later alert says more",
    "account_off": "the account was switched off",
    "left": "the person is not on it any more",
}


@dataclass(frozen=True)
class DeliveryResult:
    """What became of the claimed mails."""

    claimed: int = 0
    sent: int = 0
    retried: int = 0
    failed: int = 0
    cancelled: int = 0

    def __add__(self, other: DeliveryResult) -> DeliveryResult:
        return DeliveryResult(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Delivery:
    """One mail as the office sees it. `subject` and `text` are empty until it was sent; `via` is `smtp` or `local`.

    `error` is the server's answer or, of a cancelled one, the code of the reason. `notice` is the sort of notice it is about; then
    there is no stage, and `alert_id` is 0. More than one attempt that ended in
    `sent` may have left two copies.
    """

    id: int
    alert_id: int
    obligation: str
    project: str
    kind: str
    title_zh: str
    title_en: str
    stage: str
    due_on: date | None
    name: str
    address: str
    role: str
    status: str
    attempts: int
    error: str
    available_at: datetime
    sent_at: datetime | None
    message_id: str
    subject: str
    text: str
    via: str
    notice: str = ""

    @property
    def possibly_twice(self) -> bool:
        return self.status == "sent" and self.attempts > 1


def retry_after(attempts: int) -> timedelta | None:
    """How long to wait after this many failed attempts: 1, 5, 15 minutes, 1 hour, then 4 hours each; None after 48 hours."""
    waited = sum((_pause(number) for number in range(1, attempts)), timedelta())
    return _pause(attempts) if waited + _pause(attempts) <= GIVE_UP_AFTER else None


def _pause(attempt: int) -> timedelta:
    return _BACK_OFF[min(attempt, len(_BACK_OFF)) - 1]


_LAST_ATTEMPT = next(number for number in range(1, 1000) if retry_after(number) is None)


def deliver(
    ctx: Context,
    transport: Transport,
    settings: MailSettings,
    *,
    wall: Callable[[], datetime],
    batch: int = BATCH,
    lease: timedelta = LEASE,
    stop: Callable[[], bool] = lambda: False,
) -> DeliveryResult:
    """Claim and deliver one batch; `claimed` 0 means that nothing waits. The worker only.

    `wall` is the machine's clock, by which leases run: the day's business (`ctx.now`) may stand still in a demo. `stop` is
    asked between mails; what was not tried is given back.
    """
    policy.authorise(ctx.viewer, Act.RUN_ALERTS, INSTALLATION)
    with ctx.store.read() as conn:
        if not outbox.anything_to_send(conn, now=ctx.now, wall=wall()):
            return DeliveryResult()
    run = _Run(ctx, transport, settings, uuid.uuid4().hex, wall, lease)
    untried = run.claim(batch)
    done = DeliveryResult(claimed=len(untried))
    try:
        while untried and not stop() and run.still_holds():
            done += run.deliver_one(untried.pop(0))
        if done.sent:
            run.after_an_outage()
    finally:  # where one broke off, it may have gone out: it keeps its claim until the lease ends, and its attempt
        if untried:
            ctx.store.write_quiet(ctx.now, lambda tx: outbox.release(tx.conn, untried, owner=run.owner))
    return done


@dataclass
class _Run:
    """One claim of one worker."""

    ctx: Context
    transport: Transport
    settings: MailSettings
    owner: str
    wall: Callable[[], datetime]
    lease: timedelta
    held_since: datetime | None = None

    def claim(self, batch: int) -> list[int]:
        self.held_since = self.wall()
        return self._quiet(
            lambda tx: outbox.claim(tx.conn, owner=self.owner, now=self.ctx.now, wall=self.held_since, lease=self.lease, batch=batch)
        )

    def still_holds(self) -> bool:
        """Prolong the lease when some of it is used up; False where another worker has taken over."""
        at = self.wall()
        if at - self.held_since < self.lease * RENEW_AT:
            return True
        self.held_since = at
        return self._quiet(lambda tx: outbox.renew(tx.conn, owner=self.owner, until=at + self.lease)) > 0

    def after_an_outage(self) -> None:
        """The server takes mails again: what was given up because it did not is tried with fresh patience, for a week."""
        since = self.ctx.now - REMEMBERED
        self._quiet(lambda tx: outbox.patience_again(tx.conn, attempts=_LAST_ATTEMPT, since=since, now=self.ctx.now))

    def deliver_one(self, row_id: int) -> DeliveryResult:
        row, why = self._why_not(row_id)
        if why:
            _cancel(self.ctx, row, self.owner, why)
            return DeliveryResult(cancelled=1)
        of_notice = row.notice_id is not None
        rendered = rendered_notice(row, self.settings) if of_notice else rendered_mail(row, self.ctx.today, self.settings)
        try:
            self.transport.send(message(row, rendered, self.settings, self.ctx.now))
        except (DeliveryProblem, mail.BadAddress) as problem:
            return self._failed(row, problem)
        words = {"subject": rendered.subject, "text": rendered.text, "via": self.transport.name}
        payload = {**row.payload_json, **words}
        self._quiet(lambda tx: outbox.mark_sent(tx.conn, row.id, owner=self.owner, at=self.ctx.now, payload=payload))
        return DeliveryResult(sent=1)

    def _why_not(self, row_id: int) -> tuple[Row, str | None]:
        """The mail as it stands, and why it must not go out any more."""
        with self.ctx.store.read() as conn:
            row = q_notices.mail(conn, row_id)
            if row is not None:
                return row, why_not_mailed(conn, row, self.ctx.today)
            row = q_alerts.mail(conn, row_id)
            raised = q_alerts.later_stages(conn, row.obligation_id, row.alert_due_on)
            left = not q_alerts.still_in_role(conn, row, row.payload_json["role"], self.ctx.today)
        return row, why_cancel(row, raised) or ("left" if left else None)

    def _failed(self, row: Row, problem: Exception) -> DeliveryResult:
        pause = retry_after(row.attempts)
        if getattr(problem, "permanent", True) or pause is None:
            self._quiet(lambda tx: outbox.mark_failed(tx.conn, row.id, owner=self.owner, error=str(problem)))
            return DeliveryResult(failed=1)
        again = self.ctx.now + pause
        self._quiet(lambda tx: outbox.mark_retry(tx.conn, row.id, owner=self.owner, available_at=again, error=str(problem)))
        return DeliveryResult(retried=1)

    def _quiet(self, body: Callable[[Tx], object]):
        return self.ctx.store.write_quiet(self.ctx.now, body)


def why_cancel(row: Row, raised: set[str]) -> str | None:
    """Why a mail must not go out any more, seen in the last moment; None: it must. `raised`: the stages raised for its date."""
    if row.due_on != row.alert_due_on or row.alert_state != "raised":
        return "moved"
    if not ladder.runs(row.obligation_status, row.discharged_by, row.discharged_on):
        return "done"
    if not row.active:
        return "account_off"
    if any(ladder.overtakes(stage, row.stage) for stage in raised):
        return "overtaken"
    return None


def delivery_list(ctx: Context, *, statuses: tuple[str, ...] = STATUSES, limit: int = 200) -> list[Delivery]:
    """The newest mails in these states. Administrators and auditors."""
    policy.authorise(ctx.viewer, Act.SEE_DELIVERIES, INSTALLATION)
    with ctx.store.read() as conn:
        rows = q_alerts.mails(conn, policy.scope(ctx.viewer, t.obligation), statuses=statuses, limit=limit)
        notices = q_notices.mails(conn, policy.scope(ctx.viewer, t.notice), statuses=statuses, limit=limit)
    return sorted((_delivery(row) for row in [*rows, *notices]), key=lambda one: -one.id)[:limit]


def retry_delivery(ctx: Context, *, delivery_id: int, key: str) -> None:
    """Try a mail that was given up once more, from now on with fresh patience. Administrators.

    Raises NotFound, and Invalid where it has not failed.
    """
    policy.authorise(ctx.viewer, Act.RETRY_DELIVERY, INSTALLATION)

    def body(tx: Tx) -> dict:
        row = tx.conn.execute(t.outbox.select().where(t.outbox.c.id == delivery_id)).one_or_none()
        if row is None:
            raise NotFound()
        if row.status != "failed":
            raise Invalid([Problem("delivery", "Only a mail that failed can be tried again.")])
        tx.conn.execute(
            update(t.outbox).where(t.outbox.c.id == delivery_id).values(status="pending", attempts=0, available_at=ctx.now, last_error="")
        )
        tx.record("delivery", delivery_id, {"status": ["failed", "pending"]})
        tx.touch("alerts")
        return {}

    ctx.store.write(ctx.request("delivery.retry", key, delivery_id), body)


def _cancel(ctx: Context, row: Row, owner: str, why: str) -> None:
    """Cancel one mail; when nobody got an alert that no longer holds, the ledger says so too, with its Event."""
    if why not in ("done", "moved"):
        ctx.store.write_quiet(ctx.now, lambda tx: outbox.mark_cancelled(tx.conn, row.id, owner=owner, why=why))
        return

    def body(tx: Tx) -> dict:
        outbox.mark_cancelled(tx.conn, row.id, owner=owner, why=why)
        cancelled = outbox.cancel_alerts_nobody_got(tx.conn, [row.alert_id])
        tx.record("alerts", row.alert_id, {"mail": row.id, "why": why, "cancelled": cancelled})
        return {}

    ctx.store.write(ctx.request("alerts.cancel", f"cancel:{owner}:{row.id}", why), body)


def _delivery(row: Row) -> Delivery:
    payload, of_notice = row.payload_json, row.notice_id is not None
    return Delivery(
        id=row.id,
        alert_id=row.alert_id or 0,
        obligation=row.key or "",
        project=row.code or "",
        kind=row.kind or "",
        title_zh=row.title_zh or "",
        title_en=row.title_en or "",
        stage="" if of_notice else row.stage,
        due_on=row.due_on if of_notice else row.alert_due_on,
        name=row.name,
        address=row.address,
        role=payload.get("role", ""),
        status=row.status,
        attempts=row.attempts,
        error=row.last_error,
        available_at=row.available_at,
        sent_at=row.sent_at,
        message_id=row.message_id,
        subject=payload.get("subject", ""),
        text=payload.get("text", ""),
        via=payload.get("via", ""),
        notice=row.notice_kind if of_notice else "",
    )
