"""Signing in, and what a person does to her own account.

Tries are slowed down, never locked out: whoever knows an address must not be able to shut its owner out. A try is recorded as
failed before the password is checked and corrected afterwards, so that a thousand at once count as a thousand.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import ColumnElement, Row, delete, func, select, update

from tracker.domain.free_text import clean_line
from tracker.i18n import LANGUAGES
from tracker.services import passwords, sessions
from tracker.services.context import Context
from tracker.services.errors import Forbidden, Invalid, Problem, ServiceError
from tracker.store.tables import person, sign_in_attempt
from tracker.store.writing import Tx, Unchanged

FREE_TRIES_ACCOUNT = 5
FREE_TRIES_ORIGIN = 20
LONGEST_WAIT = timedelta(minutes=15)
LONGEST_WAIT_ORIGIN = timedelta(minutes=1)  # a whole office may share one address
WINDOW = timedelta(hours=24)
WINDOW_ORIGIN = timedelta(hours=1)
KNOWN_ORIGIN = timedelta(days=30)


class SignInRefused(ServiceError):
    """The address or the password is wrong, or the account is off: never said which."""

    def __init__(self) -> None:
        super().__init__("The address or the password is not right.")


class TooManyTries(ServiceError):
    """The next try counts only after `seconds`; the same for known and unknown addresses."""

    def __init__(self, seconds: int) -> None:
        super().__init__("Too many tries. Please wait {seconds} seconds, then try again.", seconds=seconds)
        self.seconds = seconds


@dataclass(frozen=True)
class SignedIn:
    """A person who has just signed in, and her new session."""

    person_id: int
    session: sessions.OpenedSession


def account_name(email: str) -> str:
    """An address as it is kept and compared: NFC, lower case, without spaces around it or anything that cannot be seen."""
    return clean_line(email).lower()


def sign_in(ctx: Context, *, email: str, password: str, origin: str, user_agent: str, at: datetime) -> SignedIn:
    """Check an address and password and open a session.

    `origin` is the network address of the client, `at` the machine's instant (sessions and back-off never use a demo's standing
    clock). Raises SignInRefused, TooManyTries or passwords.TooBusy.
    """
    name = account_name(email)
    try_id = _count_try(ctx, _digest(name), _digest(origin), at)
    with ctx.store.read() as conn:
        row = conn.execute(select(person).where(person.c.email == name)).one_or_none()
    if not passwords.matches(row.password_hash if row else None, password) or not row.active:
        raise SignInRefused()
    renewed = passwords.hashed(password) if passwords.needs_rehash(row.password_hash) else row.password_hash
    opened: list[sessions.OpenedSession] = []

    def body(tx: Tx) -> dict[str, int]:
        same = (person.c.id == row.id, person.c.active.is_(True), person.c.password_hash == row.password_hash)
        # Decided again inside the transaction: she may have been switched off while the password was checked.
        if tx.conn.execute(update(person).where(*same).values(password_hash=renewed)).rowcount != 1:
            raise SignInRefused()
        tx.conn.execute(update(sign_in_attempt).where(sign_in_attempt.c.id == try_id).values(succeeded=True))
        opened[:] = [sessions.new_session(tx, row.id, at=at, user_agent=user_agent)]
        tx.record("session", opened[0].sid[:12], {"person_id": row.id})
        return {}

    request = replace(ctx.request("session.sign_in", uuid4().hex), actor_id=row.id)
    ctx.store.write(request, body)
    return SignedIn(row.id, opened[0])


def set_own_password(ctx: Context, *, current: str, new: str, keep_sid: str, at: datetime, key: str) -> None:
    """Change the viewer's own password and end all of her other sessions.

    Raises Invalid (the current one is wrong, the new one is not good enough), TooManyTries, passwords.TooBusy.
    """
    row = _self(ctx)
    wrong = passwords.problems(new, row.email, row.name)
    if wrong:
        raise Invalid([Problem("new_password", p.msgid, p.params) for p in wrong])
    # Counted like a sign-in: an open screen must not become a place to guess.
    try_id = _count_try(ctx, _digest(row.email), _digest(f"session {keep_sid}"), at)
    if not passwords.matches(row.password_hash, current):
        raise Invalid([Problem("current_password", "This is not your present password.")])
    new_hash = passwords.hashed(new)

    def body(tx: Tx) -> dict[str, int]:
        tx.conn.execute(update(person).where(person.c.id == row.id).values(password_hash=new_hash))
        tx.conn.execute(update(sign_in_attempt).where(sign_in_attempt.c.id == try_id).values(succeeded=True))
        ended = sessions.end_all(tx, row.id, why="password", keep_sid=keep_sid)
        tx.record("person", row.id, {"password": "set", "sessions_ended": ended})
        return {"ended": ended}

    ctx.store.write(ctx.request("person.set_password", key), body)


def set_language(ctx: Context, language: str, *, key: str) -> None:
    """Choose the language of the viewer's screens and mails. Raises Invalid for one that we do not have."""
    row = _self(ctx)
    if language not in LANGUAGES:
        raise Invalid([Problem("language", "This language is not available.")])

    def body(tx: Tx) -> dict[str, str]:
        if tx.stands(person, row.id, language=language):
            raise Unchanged(language=language)
        tx.conn.execute(update(person).where(person.c.id == row.id).values(language=language))
        tx.record("person", row.id, {"language": language})
        return {"language": language}

    ctx.store.write(ctx.request("person.set_language", key, language), body)


def _self(ctx: Context) -> Row:
    if ctx.viewer.person_id is None:
        raise Forbidden()
    with ctx.store.read() as conn:
        return conn.execute(select(person).where(person.c.id == ctx.viewer.person_id)).one()


def _count_try(ctx: Context, account: str, origin: str, at: datetime) -> int:
    """Record one try as failed, for now, and return its id; raises TooManyTries where it comes too soon."""

    def body(tx: Tx) -> int:
        of_account, of_origin = _account_failures(tx, account, origin, at), _origin_failures(tx, origin, at)
        wait = max(
            _wait(*of_account, FREE_TRIES_ACCOUNT, LONGEST_WAIT, at),
            _wait(*of_origin, FREE_TRIES_ORIGIN, LONGEST_WAIT_ORIGIN, at),
        )
        if wait > timedelta(0):
            raise TooManyTries(int(wait.total_seconds()) + 1)
        tx.conn.execute(delete(sign_in_attempt).where(sign_in_attempt.c.at < at - KNOWN_ORIGIN))
        return tx.insert(sign_in_attempt, account=account, origin=origin, at=at, succeeded=False)

    return ctx.store.write_quiet(at, body)


def _account_failures(tx: Tx, account: str, origin: str, at: datetime) -> tuple[int, datetime | None]:
    """Failures against an account since it was last opened; from where its owner has signed in before, only those from there.

    So a stranger who keeps guessing slows himself down, and not the owner at her own desk.
    """
    of_account = sign_in_attempt.c.account == account
    from_here = of_account & (sign_in_attempt.c.origin == origin)
    succeeded = sign_in_attempt.c.succeeded.is_(True)
    known = tx.conn.execute(
        select(func.count()).select_from(sign_in_attempt).where(from_here, succeeded, sign_in_attempt.c.at > at - KNOWN_ORIGIN)
    ).scalar_one()
    which = from_here if known else of_account
    last = tx.conn.execute(select(func.max(sign_in_attempt.c.id)).where(which, succeeded)).scalar_one()
    return _failures(tx, which & (sign_in_attempt.c.id > (last or 0)), at - WINDOW)


def _origin_failures(tx: Tx, origin: str, at: datetime) -> tuple[int, datetime | None]:
    """Failures from one network address, whatever else succeeded from there: one's own account buys no fresh guesses."""
    return _failures(tx, sign_in_attempt.c.origin == origin, at - WINDOW_ORIGIN)


def _failures(tx: Tx, which: ColumnElement[bool], since: datetime) -> tuple[int, datetime | None]:
    row = tx.conn.execute(
        select(func.count().label("n"), func.max(sign_in_attempt.c.at).label("last")).where(
            which, sign_in_attempt.c.succeeded.is_(False), sign_in_attempt.c.at > since
        )
    ).one()
    return row.n, row.last


def _wait(failures: int, last: datetime | None, free: int, longest: timedelta, at: datetime) -> timedelta:
    """What is left of the pause: none for the first tries, then 2, 4, 8 … seconds, up to `longest`."""
    if failures < free or last is None:
        return timedelta(0)
    return last + min(timedelta(seconds=2 ** min(failures - free + 1, 12)), longest) - at


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
