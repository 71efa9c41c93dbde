"""Every mail that can go out, by its words: both languages whole, nothing merged that is empty, both parts with the same facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby

import pytest

from tests.gallery.mail_cases import ASK, mail_cases
from tests.gallery.mail_checks import wrong_words
from tracker.i18n import LANGUAGES
from tracker.notify.alert_sorts import ALERTS
from tracker.notify.message_sorts import SORTS
from tracker.notify.wording import sort_of
from tracker.services.template_previews import made_up

CASES = {name: list(cases) for name, cases in groupby(sorted(mail_cases(), key=lambda case: case.name), key=lambda case: case.name)}


@pytest.mark.parametrize("name", CASES)
def test_every_mail_reads_well(name: str):
    assert [(case.file, *found) for case in CASES[name] for found in wrong_words(case)] == []


def test_there_is_a_mail_of_every_sort_at_every_stage_and_about_every_kind_in_both_languages():
    names = {name for sort in SORTS.values() for name in (*sort.names, *(f"{sort.name}@{kind}" for kind in sort.kinds))}
    assert names <= set(CASES)
    assert all({case.language for case in cases} == set(LANGUAGES) for cases in CASES.values())


@pytest.mark.parametrize(
    ("language", "line", "kind"),
    [
        ("zh_TW", "請儘速繳交。。", "doubled sign"),
        ("en", "Hand it in.. now", "doubled sign"),
        ("zh_TW", "請查看（期中報告", "half a bracket"),
        ("en", "Due on 2026-12-31", "one calendar"),
        ("zh_TW", "請繳交,並查看", "half-width sign"),
        ("zh_TW", "已移交給 王小明：三項", "blank in a sentence"),
        ("zh_TW", "承辦機關已展延", "another name of the office"),
        ("zh_TW", "請告知辦公室改派", "another name of the office"),
        ("en", "Hand in now：Report", "full-width sign"),
        ("en", "Handed over to you: 1 things", "plural of one"),
        ("en", "Look at 1 sections sent back", "plural of one"),
        ("en", "she has never signed in here", "he or she"),
        ("en", "Legal last day: 115-12-31 (2026-12-31)", "day"),
        ("zh_TW", "法定末日：115-12-31 (2026-12-31) 星期五", "day"),
        ("en", "Legal last day: 114-12-31 (2026-12-31) Thursday", "day"),
        ("en", "Hand in by {file_by}", "empty field"),
        ("en", "Two  blanks", "empty field"),
        ("en", "Project: None", "empty field"),
        ("zh_TW", "Please hand it in", "not translated"),
    ],
)
def test_a_mail_that_is_misspelt_is_found(language: str, line: str, kind: str):
    case = next(one for one in CASES["before"] if one.language == language)
    worse = replace(case, rendered=replace(case.rendered, text=f"{case.rendered.text}\n{line}\n"))
    assert kind in {found for found, _ in wrong_words(worse)}


def test_a_mail_that_leads_nowhere_is_found():
    case = CASES["before"][0]
    assert case.addresses
    worse = replace(case, rendered=replace(case.rendered, html=case.rendered.html.replace("/act/", "/nowhere/")))
    assert "no link" in {found for found, _ in wrong_words(worse)}


def test_whoever_has_no_account_reads_whom_she_can_ask_and_gets_no_address_of_a_page():
    for name in ("ask-before_institution", "ask-overdue_institution", "digest-institution"):
        for case in CASES[name]:
            assert ASK in case.rendered.text
            assert ASK in case.rendered.html
            assert "http" not in case.rendered.text + case.rendered.html


@pytest.mark.parametrize("day", [date(2026, 11, 30) + timedelta(days=n) for n in range(7)])  # Monday to Sunday
def test_a_made_up_reminder_is_in_its_situation_on_every_day_of_the_week(day: date):
    for name in (name for sort in ALERTS.values() for name in sort.names):
        about = made_up(name, day).about
        assert sort_of(about) == name.split("/")[0], name


def test_a_signal_in_a_digest_stands_apart_from_the_news_with_its_days_and_their_weekdays():
    text = next(case.rendered.text for case in CASES["digest-signals"] if case.language == "zh_TW")
    assert "== 待處理狀況（20） ==" in text
    assert "有效至：115-12-31 (2026-12-31) 星期四" in text
    assert "最新消息" not in text
