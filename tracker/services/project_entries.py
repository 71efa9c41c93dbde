"""The texts and numbers of a project as it is entered, cleaned and checked before anything is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from tracker.domain.free_text import clean_line, is_address
from tracker.i18n import LANGUAGES
from tracker.services.accounts import account_name
from tracker.services.errors import Problem

_LINES = {"title_zh": 300, "title_en": 300, "organisation": 200, "officer_name": 100}
_LONGEST_NAME = 100
_LARGEST_AMOUNT = 10**15
_PARTIES = ("academic", "company")
_ROLES = ("pi", "co_pi", "assistant")


@dataclass(frozen=True)
class MemberEntry:
    """One person of a project: `role` pi, co_pi or assistant, `party` academic or company."""

    email: str
    name: str
    role: str
    party: str = "academic"
    language: str = "zh_TW"


@dataclass(frozen=True)
class ProjectEntry:
    """A project as it is entered. `end_on` is the end in force; `extended_from` the original end where it was extended.

    `facts` are days that rules count from (`applied_on`, `signed_on`, `notified_on`); `approved_amounts` NT$ by project year.
    `settled_through`: everything due by that day was settled before the project came here, on days that nobody recorded.
    """

    code: str
    programme: str
    title_zh: str
    organisation: str
    start_on: date
    end_on: date
    members: tuple[MemberEntry, ...]
    title_en: str = ""
    county: str | None = None
    extended_from: date | None = None
    officer_email: str | None = None
    officer_name: str = ""
    facts: tuple[tuple[str, date], ...] = ()
    approved_amounts: tuple[int, ...] = ()
    settled_through: date | None = None


def cleaned(entry: ProjectEntry) -> ProjectEntry:
    """The entry with every text on one line and without what cannot be seen; addresses as they are kept."""
    lines = {name: clean_line(getattr(entry, name)) for name in (*_LINES, "code")}
    officer = account_name(clean_line(entry.officer_email)) if entry.officer_email else None
    return replace(entry, **lines, officer_email=officer, members=tuple(_member(member) for member in entry.members))


def _member(member: MemberEntry) -> MemberEntry:
    return replace(member, email=account_name(clean_line(member.email)), name=clean_line(member.name))


def text_problems(entry: ProjectEntry) -> list[Problem]:
    """What is wrong with the texts, people and amounts of a cleaned entry, by field."""
    problems = [
        Problem(name, "Use at most {n} characters.", {"n": longest})
        for name, longest in _LINES.items()
        if len(getattr(entry, name)) > longest
    ]
    if entry.officer_email and not is_address(account_name(entry.officer_email)):
        problems.append(Problem("officer_email", "This is not an e-mail address."))
    for member in entry.members:
        problems += _member_problems(member)
    if any(not 0 <= amount <= _LARGEST_AMOUNT for amount in entry.approved_amounts):
        problems.append(Problem("approved_amounts", "Write whole NT$ by project year, separated by semicolons: 8000000;9000000."))
    return problems


def _member_problems(member: MemberEntry) -> list[Problem]:
    problems = []
    if not is_address(account_name(member.email)):
        problems.append(Problem("members", "Give every member an e-mail address."))
    if len(member.name) > _LONGEST_NAME:
        problems.append(Problem("members", "Use at most {n} characters.", {"n": _LONGEST_NAME}))
    if member.role not in _ROLES:
        problems.append(Problem("members", "On a project one is principal investigator, co-principal investigator or assistant."))
    if member.party not in _PARTIES:
        problems.append(Problem("members", "The party is academic or company."))
    if member.language not in LANGUAGES:
        problems.append(Problem("members", "This language is not available."))
    return problems
