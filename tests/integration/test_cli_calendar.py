"""Working days from the command line: nothing changes without --yes; with it the stored dates are there at once."""

import json

import pytest

from tests.integration.cli_support import run_tracker
from tests.official_table import table
from tracker.config import data_dir


@pytest.fixture
def home(tmp_path):
    place = tmp_path / "home"
    run_tracker("init", home=place)
    run_tracker("project", "import", str(data_dir() / "samples" / "project-import.csv"), home=place)
    return place


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "117.csv"
    path.write_bytes(table(2028, off={"2028-10-31": "示範紀念日"}, encoding="cp950"))  # a Tuesday
    return path


def said(*words, home):
    code, out, err = run_tracker("calendar", *words, "--json", home=home)
    assert code == 0, err
    return json.loads(out)


def test_a_table_is_only_previewed_without_yes(home, file):
    found = said("import", str(file), home=home)
    assert not found["done"]
    assert {"on": "2028-10-31", "county": None, "works": False} in found["days"]
    assert said("import", str(file), "--dry-run", home=home) == found
    assert said("list", home=home)["tables"] == []


def test_with_yes_the_dates_are_there_at_once_and_the_table_can_be_taken_back(home, file):
    found = said("import", str(file), "--source", "公告", "--yes", home=home)
    assert sorted(found["moved"]) == sorted(move["obligation"] for move in found["moves"])
    (line,) = said("list", home=home)["tables"]
    assert (line["year"], line["in_force"]) == (2028, True)
    back = said("withdraw", "table", str(line["id"]), "--reason", "誤匯", "--yes", home=home)
    assert sorted(back["moved"]) == sorted(found["moved"])
    assert said("list", home=home)["tables"][0]["withdrawn"] == "誤匯"


def test_a_missing_source_or_reason_is_wanted(home, file):
    code, _, err = run_tracker("calendar", "import", str(file), "--yes", "--lang", "en", home=home)
    assert (code, "source" in err) == (1, True)


def test_closures_of_a_list_are_entered(home, tmp_path):
    path = tmp_path / "closures.csv"
    path.write_text("日期,縣市\n2025-07-10,臺北市,新北市\n114-07-11 新竹市\n", "utf-8")
    found = said("closures", "--list", str(path), "--source", "公告", "--yes", home=home)
    assert found["done"]
    assert {(one["county"], one["on"]) for one in said("list", home=home)["closures"]} == {
        ("臺北市", "2025-07-10"), ("新北市", "2025-07-10"), ("新竹市", "2025-07-11"),
    }  # fmt: skip


def test_a_broken_file_is_refused_with_its_row(home, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_bytes(table(2028).replace("20280105,三".encode(), "2028/1/5,三".encode()))
    code, out, err = run_tracker("calendar", "import", str(path), "--yes", "--source", "x", "--lang", "zh_TW", home=home)
    assert (code, out) == (1, "")
    assert "第 6 列" in err
    assert "試算表" in err


def test_a_file_that_is_not_there_is_wrong_usage(home):
    assert run_tracker("calendar", "import", "/nowhere.csv", home=home)[0] == 2
