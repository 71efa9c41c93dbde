"""`tracker programme` and `tracker schedule`, as a script sees them."""

import io
import json

import pytest

from tests.unit.programmes.packs import sound, write
from tracker import cli
from tracker.cli_programme import add_parser

KEYS = [
    "rule", "kind", "duty", "period", "nominal", "due_on", "file_by", "file_by_time", "status", "confidence", "basis", "clause",
    "title_zh", "title_en", "because",
]  # fmt: skip
HSP = ("schedule", "hsp-115-smart-health", "--start", "2026-01-01", "--end", "2026-12-31")


def run(*words):
    args = cli.parser(("tracker.cli_programme",)).parse_args(words)
    out, err = io.StringIO(), io.StringIO()
    return args.run(args, out, err), out.getvalue(), err.getvalue()


def rows(*words):
    status, out, _ = run(*words, "--json")
    assert status == 0
    return json.loads(out)


def test_every_row_has_exactly_the_keys_of_the_contract():
    for row in rows(*HSP):
        assert list(row) == KEYS
        assert list(row["period"]) == ["label", "start", "end"]
        assert all(isinstance(sentence, str) for sentence in row["because"])


def test_an_undated_row_has_null_for_every_date():
    (row,) = [row for row in rows(*HSP) if row["rule"] == "payment"]
    assert (row["status"], row["nominal"], row["due_on"], row["file_by"], row["file_by_time"]) == ("not_stated", None, None, None, None)
    assert row["kind"] == "contract_item"
    assert row["period"] == {"label": None, "start": "2026-01-01", "end": "2026-12-31"}


def test_minguo_and_gregorian_dates_give_the_same_schedule():
    minguo = rows("schedule", "hsp-115-smart-health", "--start", "115/1/1", "--end", "民國115年12月31日", "--fact", "applied_on=114.8.20")
    assert minguo == rows(*HSP, "--fact", "applied_on=2025-08-20")
    assert minguo[0]["due_on"] == "2026-02-23"


def test_the_sentences_follow_the_language():
    assert "依 捌-八-(二)" in rows(*HSP, "--lang", "zh_TW")[0]["because"][0]
    assert rows(*HSP, "--lang", "en")[0]["because"][0].startswith("By 捌-八-(二)")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*HSP, "--fact", "born_on=2025-01-01"), "applied_on, signed_on, notified_on"),
        ((*HSP, "--fact", "applied_on"), "applied_on=2025-08-20"),
        ((*HSP, "--fact", "applied_on=2025-08-20", "--fact", "applied_on=2025-08-21"), "twice"),
        ((*HSP, "--county", "Atlantis"), "Atlantis"),
        (("schedule", "nobody", "--start", "2026-01-01", "--end", "2026-12-31"), "most-109-clinical-ai"),
        (("schedule", "hsp-115-smart-health", "--start", "115/2/29", "--end", "2026-12-31"), "There is no such day"),
        (("schedule", "hsp-115-smart-health", "--start", "2026-12-31", "--end", "2026-01-01"), "before the start"),
        (("schedule", "missing.toml", "--start", "2026-01-01", "--end", "2026-12-31"), "missing.toml"),
        (("programme", "show", "nobody"), "nobody"),
        (("programme", "lint", "missing.toml"), "missing.toml"),
    ],
)
def test_wrong_usage_says_what_is_wrong_and_returns_two(words, said):
    status, out, err = run(*words, "--lang", "en")
    assert (status, out) == (2, "")
    assert said in err


def test_a_doubtful_date_is_told_beside_the_answer():
    status, out, err = run(*HSP, "--fact", "applied_on=2025-09-02", "--json", "--lang", "en")
    assert (status, len(json.loads(out)) > 0) == (0, True)
    assert "closing day" in err


def test_an_extension_may_be_given_or_follow_from_the_end():
    given = rows("schedule", "most-109-clinical-ai", "--start", "2020-06-01", "--end", "2024-05-31", "--extended-to", "2025-05-31")
    assert given == rows("schedule", "most-109-clinical-ai", "--start", "2020-06-01", "--end", "2025-05-31")


def test_the_list_names_what_projects_can_be_signed_under():
    found = rows("programme", "list")
    assert [row["code"] for row in found] == ["demo-sister-ai", "hsp-115-smart-health", "most-109-clinical-ai"]
    assert [row["fictional"] for row in found] == [True, False, False]


def test_a_programme_is_shown_with_wording_and_digest():
    status, out, _ = run("programme", "show", "most-109-clinical-ai", "--lang", "zh_TW")
    assert status == 0
    assert "計畫主持人應於期中各年計畫執行期滿前二個月" in out
    assert rows("programme", "show", "most-109-clinical-ai")["sha256"][:12] in out


def test_the_lint_runs_the_cases_and_names_the_one_that_differs(tmp_path):
    path = write(tmp_path, sound())
    status, out, _ = run("programme", "lint", str(path), "--json")
    assert status == 1
    assert {problem["path"] for problem in json.loads(out)} == {str(tmp_path / "pack.cases.toml")}
    assert "not expected" in json.loads(out)[0]["message"]


def test_the_lint_names_every_problem_with_file_and_key(tmp_path):
    path = write(tmp_path, sound().replace("months = 2", "months = 0").replace('basis = "call"', 'basis = "habit"'))
    status, out, _ = run("programme", "lint", str(path), "--lang", "en")
    assert status == 1
    assert [line.split(": ")[:2] for line in out.splitlines()[:2]] == [
        [str(path), "rule.interim_report.version[0].basis"],
        [str(path), "rule.interim_report.version[0].months"],
    ]
    assert out.splitlines()[-1] == "1 rule packs, 2 problems"


def test_the_shipped_packs_pass_the_lint():
    assert run("programme", "lint", "--json")[:2] == (0, "[]\n")


def test_a_pack_outside_the_data_folder_needs_only_its_path(tmp_path):
    path = write(tmp_path, sound())
    found = rows("schedule", str(path), "--start", "2026-01-01", "--end", "2028-12-31")
    assert [row["period"]["label"] for row in found] == ["Y1", "Y2"]


def test_the_commands_join_the_command_line():
    with pytest.raises(SystemExit):
        cli.parser((add_parser.__module__,)).parse_args(["schedule"])
