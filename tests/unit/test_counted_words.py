"""Sentences with a number read well for one: an English msgid names the thing first ("Mails: {n}"), or has a twin for one."""

from __future__ import annotations

import re

import pytest

from tracker.config import data_dir

AREAS = ("holds", "channels", "policy", "signal_courses", "told_instead", "working_days")
COUNTED = re.compile(
    r"\{\w+\} (?:working )?(?:days|mails|messages|people|projects|duties|obligations|alerts|signals|things|copies|steps|kinds)\b"
)
#: Limits of the program, and what is said of several only.
LIMITS = {
    "Mails wait until the end; inboxes and ledger go on. At the longest {n} days. Everybody on the project sees it.",
    "At the longest {n} days. At the end each reader gets one mail with what then still holds.",
    "No more than {n} days ahead.",
    "The first {n} of {of} obligations were worked out.",
    "No longer than {n} days: then somebody should look again.",
    "No more than {most} steps.",
    "People told: {n}, each once for a project; at once where a day within {days} days comes nearer.",
}


def msgids(area: str) -> set[str]:
    text = (data_dir() / "locale" / "zh_TW" / "LC_MESSAGES" / f"{area}.po").read_text("utf-8")
    return set(re.findall(r'^msgid "(.+)"$', text, re.MULTILINE))


def for_one(msgid: str) -> str:
    """The twin of a sentence: its first number is 1, and the word after it has no plural."""
    said = re.sub(r"\{\w+\} ", "1 ", msgid, count=1)
    return re.sub(r"^(.*?1 (?:working )?)(day|mail|message|project|alert|signal|thing|step)s\b", r"\1\2", said)


@pytest.mark.parametrize("area", AREAS)
def test_no_sentence_counts_one_thing_in_the_plural(area):
    known = set().union(*map(msgids, AREAS))
    assert {one for one in msgids(area) if COUNTED.search(one) and one not in LIMITS and for_one(one) not in known} == set()
