"""A project keeps the programme version it was signed under, whatever happens to the file."""

import hashlib
import json
from datetime import date

import pytest

from tests.unit.programmes.packs import sound, write
from tracker.config import data_dir
from tracker.programmes.load import dump, load, load_text
from tracker.programmes.model import ProgrammeError, UnknownProgramme
from tracker.programmes.registry import Registry
from tracker.programmes.resolve import finder

SHIPPED = Registry(data_dir() / "programmes", data_dir() / "samples" / "programmes")


@pytest.mark.parametrize("code", [*SHIPPED.codes(), "nstc-general"])
def test_a_stored_programme_comes_back_the_same(code):
    programme = SHIPPED.get(code)
    assert load_text(dump(programme)) == programme
    assert programme.sha256 == hashlib.sha256(dump(programme).encode()).hexdigest()


def test_a_stored_version_stays_when_the_file_changes(tmp_path):
    old = load(write(tmp_path, sound()), finder(tmp_path))
    write(tmp_path, sound().replace("months = 2", "months = 3").replace('version = "1"', 'version = "2"'))
    registry = Registry(tmp_path).with_stored([dump(old)])
    assert registry.get("pack").rule("interim_report").versions[0].period.months == 3
    assert registry.get("pack", "1") == old
    assert registry.get("pack", "2").sha256 != old.sha256


def test_a_programme_whose_file_is_gone_lives_on_in_what_was_stored(tmp_path):
    old = load(write(tmp_path, sound()), finder(tmp_path))
    assert Registry().with_stored([dump(old)]).get("pack") == old


def test_an_unknown_programme_or_version_is_refused_with_the_known_codes(tmp_path):
    write(tmp_path, sound())
    registry = Registry(tmp_path)
    for wrong in (("nobody", None), ("pack", "7")):
        with pytest.raises(UnknownProgramme) as refused:
            registry.get(*wrong)
        assert refused.value.known == ("pack",)


def test_a_registry_tells_the_problems_of_all_packs_together(tmp_path):
    write(tmp_path, sound("first").replace("months = 2", "months = 0"))
    write(tmp_path, sound("second").replace('basis = "call"', 'basis = "habit"'))
    with pytest.raises(ProgrammeError) as refused:
        Registry(tmp_path)
    assert {problem.path.rsplit("/")[-1] for problem in refused.value.problems} == {"first.toml", "second.toml"}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"code": "x"}', "not json"])
def test_a_stored_text_that_is_no_programme_is_refused(text):
    with pytest.raises(ProgrammeError):
        load_text(text)


def test_a_tampered_stored_text_is_refused():
    stored = json.loads(dump(SHIPPED.get("hsp-115-smart-health")))
    stored["rule"][0]["version"][0]["months"] = 0
    with pytest.raises(ProgrammeError):
        load_text(json.dumps(stored))


def test_the_version_in_force_is_the_last_one_begun():
    rule = SHIPPED.get("nstc-general").rule("approval_catch_up")
    assert rule.version_on(date(2026, 4, 9)) is rule.versions[0]
    assert rule.version_on(date(2026, 4, 10)) is rule.versions[1]
    assert rule.version_on(date(2011, 12, 31)) is None


def test_a_child_may_not_take_the_name_of_an_inherited_source(tmp_path):
    write(tmp_path, sound())
    child = 'format = 1\ncode = "child"\nversion = "1"\nextends = "pack"\ntitle_zh = "子"\ntitle_en = "Child"\nchecked_on = 2026-01-02\n'
    child += sound()[sound().index("[[source]]") : sound().index("[term]")]
    with pytest.raises(ProgrammeError, match="another id"):
        load(write(tmp_path, child), finder(tmp_path))


def test_two_packs_with_one_code_are_refused(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder, sound())
    with pytest.raises(ProgrammeError, match="another pack 'pack'"):
        Registry(tmp_path)
