"""The language of a mail that tells of several things.

A level of a policy may be told in a language of its own. One mail may tell what several levels say, of several programmes, and news beside
them: it is in the language that all of them ask for, and where they differ in the reader's own. That is decided when the mail goes out,
so that it does not depend on what happened to be put into it first.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Row

from tracker.domain.alert_policy import OWN_LANGUAGE, Policy
from tracker.services.digest_mail import role_of
from tracker.services.viewer import Role
from tracker.store import q_mails


class Spoken:
    """A row of the outbox in another language than it was put in."""

    def __init__(self, row: Row, language: str) -> None:
        self._row = row
        self.language = language

    def __getattr__(self, name: str) -> object:
        return getattr(self._row, name)


def spoken(conn: Connection, row: Row, lines: Sequence[Row], news: Sequence[Row]) -> Row | Spoken:
    """The row of a mail in the language in which it goes out; nothing is asked for where it tells of nothing."""
    if not lines and not news:
        return row
    policies = q_mails.policies_of(conn, {line.alert_id for line in lines}) if lines else {}
    asked = {_asked(policies.get(line.alert_id), role_of(line)) for line in lines} | ({OWN_LANGUAGE} if news else set())
    language = asked.pop() if len(asked) == 1 else OWN_LANGUAGE
    if language == OWN_LANGUAGE:
        language = q_mails.own_language(conn, row.person_id, row.contact_id)
    return row if language == row.language else Spoken(row, language)


def changed_language(row: Row | Spoken) -> dict[str, str]:
    """What is kept with a mail that went out in another language than it was put in, so that a copy of it is headed in that one too."""
    return {"language": row.language} if isinstance(row, Spoken) else {}


def _asked(stored: dict | None, role: str) -> str:
    level = None if stored is None else Policy.from_dict(stored).level(Role.PI if role == Role.CO_PI else role)
    return OWN_LANGUAGE if level is None else level.language
