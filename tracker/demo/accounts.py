"""The accounts that the demo shows, and their passwords: made at random, printed once, kept only as hashes."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from tracker.bootstrap import Desk
from tracker.demo.samples import Account, Samples
from tracker.services.errors import NotFound
from tracker.services.people import new_temporary_password, person_id_of
from tracker.services.viewer import SYSTEM

ROLE_MSGIDS = {
    "administrator": "administrator",
    "auditor": "auditor",
    "officer": "officer",
    "chief": "chief",
    "reviewer": "reviewer",
    "pi": "principal investigator",
    "assistant": "assistant",
    "company_pi": "principal investigator of the company",
}


@dataclass(frozen=True)
class ShownAccount:
    """One line for the terminal; `password` None: it was shown before and is kept nowhere."""

    email: str
    role: str
    programmes: tuple[str, ...]
    password: str | None


def shown_accounts(desk: Desk, samples: Samples, *, with_new_passwords: bool) -> list[ShownAccount]:
    """The key accounts that exist in this home, in the order of the table; each gets a new password where asked for."""
    ctx = desk.context(SYSTEM)
    by_email: dict[str, list[Account]] = {}
    for account in samples.accounts:
        by_email.setdefault(account.email, []).append(account)
    found = []
    for email, rows in by_email.items():
        try:
            person_id = person_id_of(ctx, email)
        except NotFound:  # the day of the demo lies before she came
            continue
        password = new_temporary_password(ctx, person_id=person_id, key=uuid.uuid4().hex).temporary_password if with_new_passwords else None
        programmes = tuple(row.programme for row in rows if row.programme)
        found.append(ShownAccount(email, rows[0].role, programmes, password))
    return found
