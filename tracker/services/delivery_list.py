"""The mails as the office sees them: what waits, what went out, what failed and what was cancelled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Row

from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import Invalid, NotFound, Problem
from tracker.services.policy import INSTALLATION, Act
from tracker.store import outbox_acts, q_mails, q_notices
from tracker.store import tables as t
from tracker.store.writing import Tx

STATUSES = ("failed", "pending", "held", "sending", "sent", "cancelled")

# Why a mail was cancelled, as stored; the words are the screens' business.
CANCELLED_MSGIDS = {
    "done": "handed in or released meanwhile",
    "moved": "the date moved meanwhile",
    "overtaken": "a later alert says more",
    "account_off": "the account was switched off",
    "left": "the person is not on it any more",
    "over": "it is over",
    "empty": "nothing was left to tell",
    "joined": "told in one mail with others",
    "digest_off": "the person wants no digests",
    "channel_off": "the channel is switched off or was removed",
    "elsewhere": "the channel is about another programme now",
    "readdressed": "what still held went to the corrected address, in one mail",
    "by_mail": "told by mail instead, while the channel took nothing",
}


@dataclass(frozen=True)
class Delivery:
    """One mail as the office sees it. `subject` and `text` are empty until it was sent; `via` is `smtp` or `local`.

    `error` is the server's answer or, of a cancelled one, the code of the reason. `notice` is the sort of notice it is about; then
    there is no stage, and `alert_id` is 0. `things`: how many things a mail for several tells of, otherwise 0. More than one attempt that
    ended in `sent` may have left two copies.
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
    sort: str = "one"
    things: int = 0
    urgent: bool = False

    @property
    def possibly_twice(self) -> bool:
        return self.status == "sent" and self.attempts > 1


def delivery_list(ctx: Context, *, statuses: tuple[str, ...] = STATUSES, limit: int = 200) -> list[Delivery]:
    """The newest mails in these states. Administrators and auditors."""
    policy.authorise(ctx.viewer, Act.SEE_DELIVERIES, INSTALLATION)
    with ctx.store.read() as conn:
        rows = q_mails.mails(conn, policy.scope(ctx.viewer, t.obligation), statuses=statuses, limit=limit)
        notices = q_notices.mails(conn, policy.scope(ctx.viewer, t.notice), statuses=statuses, limit=limit)
        several = q_mails.several(conn, statuses=statuses, limit=limit)
        counts = q_mails.line_counts(conn, [row.id for row in several])
    mails = [_delivery(row) for row in [*rows, *notices]] + [_several(row, counts.get(row.id, 0)) for row in several]
    return sorted(mails, key=lambda one: -one.id)[:limit]


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
        outbox_acts.try_again(tx.conn, [delivery_id], at=ctx.now)
        tx.record("delivery", delivery_id, {"status": ["failed", "pending"]})
        tx.touch("alerts")
        return {}

    ctx.store.write(ctx.request("delivery.retry", key, delivery_id), body)


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


def _several(row: Row, things: int) -> Delivery:
    payload = row.payload_json
    return Delivery(
        id=row.id, alert_id=0, obligation="", project="", kind="", title_zh="", title_en="", stage="", due_on=None, name=row.name or "",
        address=row.address, role="", status=row.status, attempts=row.attempts, error=row.last_error, available_at=row.available_at,
        sent_at=row.sent_at, message_id=row.message_id, subject=payload.get("subject", ""), text=payload.get("text", ""),
        via=payload.get("via", ""), sort=row.sort, things=things, urgent=bool(payload.get("urgent")),
    )  # fmt: skip
