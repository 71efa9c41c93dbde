"""`tracker deadline …`: the JSON contract, the exit statuses, and what it says to people."""

from __future__ import annotations

import argparse
import io
import json

import pytest

from tracker.cli_deadline import add_parser

KEYS = {"anchor", "nominal", "due_on", "file_by", "file_by_time", "calendar", "because"}


def run(*words: str) -> tuple[int, str, str]:
    parser = argparse.ArgumentParser(prog="tracker")
    add_parser(parser.add_subparsers(required=True))
    args = parser.parse_args(["deadline", *words])
    out, err = io.StringIO(), io.StringIO()
    return args.run(args, out, err), out.getvalue(), err.getvalue()


@pytest.fixture
def batch(tmp_path):
    """Runs a batch of the given bytes or lines: (status, answers, err)."""

    def go(content: bytes | str, *more: str):
        path = tmp_path / "rows.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        status, out, err = run("batch", str(path), *more)
        return status, [json.loads(line) for line in out.splitlines()], err

    return go


def test_after_answers_with_every_key():
    status, out, _ = run("after", "2026-07-31", "--months", "3", "--json")
    answer = json.loads(out)
    assert status == 0
    assert set(answer) == KEYS
    assert set(answer["calendar"]) == {"version", "provisional"}
    assert [answer[key] for key in ("anchor", "nominal", "due_on", "file_by", "file_by_time")] == [
        "2026-07-31",
        "2026-10-31",
        "2026-11-02",
        "2026-11-02",
        "12:00",
    ]
    assert all(isinstance(sentence, str) for sentence in answer["because"])


def test_before_has_a_null_hour_and_reads_minguo_dates():
    answer = json.loads(run("before", "民國114年7月31日", "--months", "2", "--json")[1])
    assert set(answer) == KEYS
    assert (answer["due_on"], answer["file_by"], answer["file_by_time"]) == ("2025-05-31", "2025-05-29", None)


def test_without_json_both_calendars_are_shown_in_the_language_asked_for():
    zh = run("after", "115-07-31", "--months", "3", "--lang", "zh_TW")[1]
    en = run("after", "115-07-31", "--months", "3", "--lang", "en")[1]
    assert "法定末日：115-11-02 (2026-11-02) 星期一" in zh
    assert "File by: 115-11-02 (2026-11-02) Monday before 12:00" in en


def test_a_projected_year_is_called_provisional():
    assert json.loads(run("after", "2030-01-01", "--days", "3", "--json")[1])["calendar"]["provisional"] is True
    assert "Provisional" in run("after", "2030-01-01", "--days", "3", "--lang", "en")[1]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("after", "115/2/29", "--months", "1"), "no such day"),
        (("after", "99/12/31", "--months", "1"), "three digits"),
        (("after", "109/04", "--months", "1"), "the day is missing"),
        (("after", "2060-12-01", "--months", "3"), "2001 to 2060"),
        (("before", "2001-01-01", "--days", "1"), "2001 to 2060"),
        (("after", "1995-01-01", "--days", "1"), "2001 to 2060"),
        (("after", "2026-01-01", "--days", "1", "--county", "Mars"), "no county"),
    ],
)
def test_a_wrong_value_is_told_on_stderr_with_status_2(words, complaint):
    status, out, err = run(*words, "--lang", "en", "--json")
    assert (status, out) == (2, "")
    assert complaint in err


@pytest.mark.parametrize(
    "words",
    [
        ("after", "2026-01-01"),
        ("after", "2026-01-01", "--months", "1", "--days", "1"),
        ("after", "2026-01-01", "--months", "0"),
        ("after", "2026-01-01", "--days", "-1"),
        ("after", "2026-01-01", "--days", "1.5"),
        ("after", "2026-01-01", "--months", "1201"),
        ("sideways", "2026-01-01", "--days", "1"),
        ("batch",),
    ],
)
def test_wrong_usage_ends_with_status_2(words, capsys):
    with pytest.raises(SystemExit) as ended:
        run(*words)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_a_county_without_closures_changes_nothing():
    words = ("after", "2026-07-31", "--months", "3", "--json")
    assert run(*words, "--county", "新竹市") == run(*words)


def test_a_batch_row_equals_the_single_command(batch):
    status, answers, _ = batch("direction,anchor,months,days\nafter,115/07/31,3,\nbefore,2026-12-31,,30\n")
    assert status == 0
    assert answers == [
        json.loads(run("after", "2026-07-31", "--months", "3", "--json")[1]),
        json.loads(run("before", "2026-12-31", "--days", "30", "--json")[1]),
    ]


def test_a_batch_answers_the_same_with_and_without_json(batch):
    text = "direction,anchor,months,days\nafter,115/07/31,3,\nafter,x,3,\n"
    assert batch(text) == batch(text, "--json")


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("sideways,2026-01-01,1,", "direction"),
        (",2026-01-01,1,", "direction"),
        ("after,,1,", "anchor"),
        ("after,115/2/29,1,", "anchor"),
        ("after,1995-01-01,1,", "anchor"),
        ("after,2026-01-01,,", "months"),
        ("after,2026-01-01,0,", "months"),
        ("after,2026-01-01,-3,", "months"),
        ("after,2026-01-01,1.5,", "months"),
        ("after,2026-01-01,99999999999999999999999,", "months"),
        ("after,2026-01-01,1200,", "months"),
        ("before,2026-01-01,,36600", "days"),
        ("after,2026-01-01,,x", "days"),
        ("after,2026-01-01,1,1", "days"),
        ("after,2026-01-01,1,,Mars", "county"),
        ("after,2026-01-01,1,,,more", "row"),
        ('after,"2026-01-01"x,1,', "row"),
        ("after", "anchor"),
    ],
)
def test_a_bad_row_names_its_number_and_field_and_the_rest_goes_on(batch, row, field):
    good = "after,2026-01-01,1,"
    status, answers, _ = batch(f"direction,anchor,months,days,county\n{good}\n{row}\n{good}\n")
    assert status == 1
    assert set(answers[1]) == {"row", "field", "error"}
    assert (answers[1]["row"], answers[1]["field"]) == (2, field)
    assert answers[1]["error"]
    assert answers[0] == answers[2]
    assert set(answers[0]) == KEYS


def test_a_mark_at_the_head_other_columns_and_empty_lines_do_no_harm(batch):
    text = "\ufeffDirection,anchor,months,days,備註\r\nafter,2026-01-01,1,,甲\r\n\r\nAFTER,2026-01-01,１,,乙\r\n"
    status, answers, _ = batch(text)
    assert status == 0
    assert len(answers) == 2


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("direction,anchor,months\nafter,2026-01-01,1\n", "days"),
        ("", "direction, anchor, months, days"),
        ("direction,anchor,anchor,months,days\n", "twice"),
        ("direction,anchor,months,days,備註\n".encode("big5"), "UTF-8"),
    ],
)
def test_a_file_of_the_wrong_shape_ends_with_status_2(batch, content, complaint):
    status, answers, err = batch(content, "--lang", "en")
    assert (status, answers) == (2, [])
    assert complaint in err


def test_a_file_that_is_not_there_ends_with_status_2(tmp_path):
    status, out, err = run("batch", str(tmp_path / "none.csv"), "--lang", "en")
    assert (status, out) == (2, "")
    assert "cannot be read" in err


def test_ten_thousand_rows_are_all_answered(batch):
    rows = "".join(f"after,20{20 + n % 9}-0{n % 9 + 1}-{n % 28 + 1:02d},{n % 40 + 1},\n" for n in range(10_000))
    status, answers, _ = batch("direction,anchor,months,days\n" + rows)
    assert (status, len(answers)) == (0, 10_000)
