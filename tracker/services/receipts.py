"""Receipts: the page of one, the mail with it, and the check that a number and a hash belong together. They prove a submission for ever."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection, Row, select

from tracker.domain.report_checks import is_receipt_number
from tracker.domain.statuses import DischargedBy
from tracker.notify.notice_wording import RECEIPT
from tracker.services import policy
from tracker.services.context import Context
from tracker.services.errors import Invalid, NotFound, Problem
from tracker.services.notices import herself, investigators, tell
from tracker.services.policy import Act, Target
from tracker.services.viewer import Role
from tracker.store import q_dates, q_versions
from tracker.store import tables as t
from tracker.store.receipt_check import broken_receipts
from tracker.store.writing import Tx

_SHA256 = re.compile(r"[0-9a-f]{64}")


class Verdict(StrEnum):
    """What a check of a receipt found."""

    GENUINE = "genuine"  # such a version was handed in, and the hash given is its
    HOLDS = "holds"  # such a version was handed in and is stored as it was; no hash was given to compare
    OTHER_HASH = "other_hash"  # the number exists, the hash is not its
    BROKEN = "broken"  # what is stored is not what was handed in
    UNKNOWN = "unknown"  # no receipt of this number


@dataclass(frozen=True)
class FundersReceipt:
    """The funder's own receipt for the same duty, where the funder's site discharges it."""

    received_on: date
    number: str
    document_id: int


@dataclass(frozen=True)
class ReceiptPage:
    """Everything a receipt says. `row` is of `q_versions.by_id`. `external`: handing in here does not discharge the duty.

    `newer` is the number of a later version of the same report that is in force; None: there is none.
    """

    row: Row
    external: bool
    funder: FundersReceipt | None
    newer: int | None

    @property
    def withdrawn(self) -> bool:
        return self.row.withdrawn_at is not None


@dataclass(frozen=True)
class ReceiptCheck:
    """What a check found. Whoever may not see the project learns no more than the verdict and, where it is genuine, the instant."""

    verdict: Verdict
    number: str
    at: datetime | None = None
    version_id: int | None = None
    project_code: str = ""
    title_zh: str = ""
    title_en: str = ""
    version: int | None = None
    sha256: str = ""
    withdrawn_at: datetime | None = None
    details: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        return self.verdict in (Verdict.GENUINE, Verdict.HOLDS)


def tell_receipt(tx: Tx, ctx: Context, version_id: int) -> int:
    """Put the receipt of a version into the inboxes and the mail of who handed it in and of the investigators; inside that write.

    Each of them once a version, whatever happens to the mail server meanwhile. Returns how many were told.
    """
    row = q_versions.by_id(tx.conn, version_id)
    obligation = q_dates.obligation_row(tx.conn, row.obligation_id)
    people = investigators(tx.conn, row.project_id, ctx.today)
    if row.submitted_by not in {one.person_id for one in people}:
        people.append(herself(tx.conn, row.submitted_by, Role.ASSISTANT.value))
    return tell(tx, ctx, kind=RECEIPT, people=people, obligation=obligation, once=f"version-{version_id}", version_id=version_id)


def receipt_page(ctx: Context, version_id: int) -> ReceiptPage:
    """The receipt of one version. Raises NotFound for what the viewer may not see."""
    with ctx.store.read() as conn:
        row = q_versions.by_id(conn, version_id)
        if row is None:
            raise NotFound()
        policy.authorise(ctx.viewer, Act.SEE_PROJECT, Target(row.project_id, row.programme_id))
        return ReceiptPage(row, row.discharged_by == DischargedBy.EXTERNAL, _funders(conn, row.obligation_id), _newer(conn, row))


def check_receipt(ctx: Context, *, number: str, sha256: str = "") -> ReceiptCheck:
    """Whether a receipt is one of this installation, its hash the one of the content, and the content still as it was handed in.

    Anybody signed in. Who may not see the project has to give the hash, and learns only whether both belong together.
    Raises Invalid for a number that was mistyped, NotFound for who is nobody.
    """
    if ctx.viewer.person_id is None and not ctx.viewer.is_system:
        raise NotFound()
    number, sha256 = number.strip().upper(), sha256.strip().lower()
    problems = []
    if not is_receipt_number(number):
        problems.append(Problem("number", "This is no receipt number: its check letter does not fit. Please copy it again."))
    if sha256 and not _SHA256.fullmatch(sha256):
        problems.append(Problem("sha256", "A hash has 64 characters, 0 to 9 and a to f."))
    if problems:
        raise Invalid(problems)
    with ctx.store.read() as conn:
        row = q_versions.by_receipt(conn, number)
        sees = row is not None and policy.may(ctx.viewer, Act.SEE_PROJECT, Target(row.project_id, row.programme_id))
        if row is None or not (sees or sha256):
            return ReceiptCheck(Verdict.UNKNOWN, number)
        broken = tuple(one.detail for one in broken_receipts(conn, row.report_id) if one.version_id == row.id)
    if broken and (sees or sha256 == row.content_sha256):
        return ReceiptCheck(Verdict.BROKEN, number, details=broken if sees else (), **(_seen(row) if sees else {}))
    if sha256 and sha256 != row.content_sha256:
        return ReceiptCheck(Verdict.OTHER_HASH if sees else Verdict.UNKNOWN, number, **(_seen(row) if sees else {}))
    verdict = Verdict.GENUINE if sha256 else Verdict.HOLDS
    return ReceiptCheck(verdict, number, **(_seen(row) if sees else {"at": row.submitted_at, "withdrawn_at": row.withdrawn_at}))


def _seen(row: Row) -> dict:
    return {
        "at": row.submitted_at, "version_id": row.id, "project_code": row.project_code, "title_zh": row.title_zh, "title_en": row.title_en,
        "version": row.number, "sha256": row.content_sha256, "withdrawn_at": row.withdrawn_at,
    }  # fmt: skip


def _funders(conn: Connection, obligation_id: int) -> FundersReceipt | None:
    r = t.discharge_receipt
    newest = select(r.c.received_on, r.c.receipt_number, r.c.document_id).where(r.c.obligation_id == obligation_id).order_by(r.c.id.desc())
    found = conn.execute(newest).first()
    return FundersReceipt(*found) if found else None


def _newer(conn: Connection, row: Row) -> int | None:
    v = t.report_version
    later = select(v.c.number).where(v.c.report_id == row.report_id, v.c.number > row.number, q_versions.in_force())
    return conn.execute(later.order_by(v.c.number.desc())).scalars().first()
