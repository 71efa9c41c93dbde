"""Which home a command speaks of where TRACKER_HOME names none."""

import pytest

from tracker import config
from tracker.cli import main
from tracker.config import Settings


@pytest.fixture
def homes(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "REAL_HOME", tmp_path / "home")
    monkeypatch.setattr(config, "DEMO_HOME", tmp_path / "demo")
    return tmp_path


def set_up(folder, kind):
    folder.mkdir()
    (folder / "home.json").write_text(f'{{"kind": "{kind}", "demo_day": "2026-09-01"}}', "utf-8")


def test_nothing_set_up_means_the_real_home(homes):
    assert Settings.from_env({}).home == homes / "home"
    assert Settings.from_env({}).home_kind == "none"


def test_after_the_demo_every_command_speaks_of_it(homes):
    set_up(homes / "demo", "demo")
    assert Settings.from_env({}).home == homes / "demo"
    assert Settings.from_env({}).is_demo


def test_a_real_home_comes_before_the_demo(homes):
    set_up(homes / "demo", "demo")
    set_up(homes / "home", "real")
    assert Settings.from_env({}).home == homes / "home"
    assert not Settings.from_env({}).is_demo


def test_a_named_home_is_taken_whatever_else_there_is(homes):
    set_up(homes / "demo", "demo")
    assert Settings.from_env({"TRACKER_HOME": str(homes / "other")}).home == homes / "other"


@pytest.mark.parametrize("words", [["alerts", "list", "--json"], ["worker", "--once"], ["audit", "verify"], ["project", "list"]])
def test_a_look_never_sets_up_a_home(homes, monkeypatch, capsys, words):
    monkeypatch.setenv("TRACKER_HOME", str(homes / "nowhere"))
    assert main(words) == 2
    assert "nowhere" in capsys.readouterr().err
    assert not (homes / "nowhere").exists()
