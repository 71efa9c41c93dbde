"""The files that say when and whom a condition tells: read strictly, everything wrong named with file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracker.config import data_dir
from tracker.i18n import Translator
from tracker.notify import signal_wording
from tracker.programmes.model import ProgrammeError
from tracker.programmes.signal_plans import load_signal_plans
from tracker.services import signals
from tracker.services.signal_conditions import registered
from tracker.services.signals import notice_kind
from tracker.ui.signal_words import ABOUT_MSGIDS, NUMBER_MSGIDS

DEFAULT = """
format = 1
[thing]
days = 10
steps = [{ after = 0, tells = ["pi"] }, { after = 7, tells = ["officer"], urgent = true }]
"""


def folder(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        (tmp_path / f"{name.replace('_', '-')}.toml").write_text(text, "utf-8")
    return tmp_path


def problems(tmp_path: Path, **files: str) -> str:
    with pytest.raises(ProgrammeError) as refused:
        load_signal_plans(folder(tmp_path, **files))
    return str(refused.value)


def test_the_shipped_file_has_a_course_for_every_condition_and_no_other():
    assert load_signal_plans(data_dir() / "signals").kinds() == set(registered())
    assert signals.SHIPPED


def test_every_step_of_every_condition_has_words_in_both_languages():
    plans = load_signal_plans(data_dir() / "signals")
    for kind in plans.kinds():
        told = {who for step in plans.default[kind].steps for who in step.tells}
        sides = {who not in ("pi", "assistant") for who in told} | {True}  # the office, too, where nobody of a project can be told
        for office in sides:
            sort = signal_wording.SORTS[notice_kind(kind, office=office)]
            for msgid in (sort.subject_msgid, sort.opening_msgid, sort.when_msgid, signal_wording.NAME_MSGIDS[kind]):
                assert Translator("zh_TW").gettext(msgid) != msgid, msgid


def test_a_programme_names_only_what_differs(tmp_path):
    plans = load_signal_plans(folder(tmp_path, default=DEFAULT, demo_ai="format = 1\n[thing]\ndays = 4\n"))
    assert plans.of("thing", "demo-ai").numbers == {"days": 4}
    assert plans.of("thing", "demo-ai").steps == plans.of("thing", "another").steps
    assert (plans.most("thing", "days"), plans.least("thing", "days")) == (10, 4)


def test_a_programme_switches_a_condition_off(tmp_path):
    plans = load_signal_plans(folder(tmp_path, default=DEFAULT, demo_ai="format = 1\n[thing]\non = false\n"))
    assert not plans.of("thing", "demo-ai").on
    assert plans.of("thing", "other").on


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[thing]\ndays = 4\n", "format: must be 1"),
        ("format = 1\n[thingg]\ndays = 4\n", "thingg: no such condition; there are: thing"),
        ("format = 1\n[thing]\nday = 4\n", "thing.day: unknown; there are: on, steps, days"),
        ("format = 1\n[thing]\ndays = -1\n", "thing.days: must be a whole number from 0 to 3660"),
        ("format = 1\n[thing]\non = 'no'\n", "thing.on: must be true or false"),
        ("format = 1\n[thing]\nsteps = [{ after = 0 }]\n", "thing.steps[1]: needs 'tells'"),
        ("format = 1\n[thing]\nsteps = [{ after = 0, tells = ['pi'], loud = true }]\n", "unknown: loud"),
        ("format = 1\n[thing]\nsteps = [{ after = 0, tells = ['minister'] }]\n", "a step tells some of desk, pi"),
        ("format = 1\n[thing]\nsteps = []\n", "a course has steps"),
        ("format = 1\nthing = 3\n", "thing: must be a table"),
        ("format = ", "Invalid value"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_key(tmp_path, text, said):
    found = problems(tmp_path, default=DEFAULT, demo_ai=text)
    assert said in found
    assert "demo-ai.toml" in found


def test_the_page_has_words_for_every_condition_and_each_of_its_numbers():
    for kind, course in load_signal_plans(data_dir() / "signals").default.items():
        assert ABOUT_MSGIDS[kind]
        assert {(kind, number) for number in course.numbers} <= set(NUMBER_MSGIDS)
