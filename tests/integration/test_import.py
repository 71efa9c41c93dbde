"""Projects from a spreadsheet: every encoding and spelling that people bring, and nothing half-imported."""

from __future__ import annotations

import csv
import io
import json
from datetime import date

import pytest
from sqlalchemy import func, select

from tests.cast import key, make_desk
from tests.integration.cli_support import run_tracker
from tracker.config import data_dir
from tracker.exchange.sheets import MAX_ROWS, SheetRefused
from tracker.i18n import Translator
from tracker.services import project_import
from tracker.services.errors import Forbidden
from tracker.services.project_import import ImportRefused, import_projects
from tracker.services.viewer import SYSTEM
from tracker.store import tables as t

TEMPLATE = data_dir() / "samples" / "project-import.csv"
ROW = {
    "code": "T-01",
    "programme": "demo-sister-ai",
    "title_zh": "示範：影像判讀",
    "organisation": "示範大學",
    "start_on": "2026-06-01",
    "end_on": "2030-05-31",
    "pi_email": "pi@sample.invalid",
    "pi_name": "示範主持人",
}


def sheet(*rows: dict[str, str], encoding: str = "utf-8") -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list({name: None for row in rows for name in row}), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


@pytest.fixture
def load(desk):
    """Import bytes as the command line does."""
    return lambda content: import_projects(desk.context(SYSTEM), content, key=key())


def refusals(load, content: bytes) -> set[tuple[int, str]]:
    with pytest.raises(ImportRefused) as refused:
        load(content)
    return {(problem.row, problem.column) for problem in refused.value.problems}


def stored(desk, table=t.project):
    with desk.store.read() as conn:
        return conn.execute(select(table).order_by(table.c.id)).all()


def rows_in(desk, *tables) -> list[int]:
    with desk.store.read() as conn:
        return [conn.execute(select(func.count()).select_from(table)).scalar_one() for table in tables]


def test_every_row_of_the_template_is_imported(desk, load):
    wanted = {row["code"] for row in csv.DictReader(io.StringIO(TEMPLATE.read_text("utf-8-sig")))}
    done = load(TEMPLATE.read_bytes())
    assert set(done.projects) == wanted
    assert {row.code for row in stored(desk)} == wanted
    assert done.obligations == len(stored(desk, t.obligation))


def test_the_template_opens_in_excel_without_broken_characters():
    """Excel on a Chinese Windows takes a CSV without the mark for Big5."""
    assert TEMPLATE.read_bytes().startswith(b"\xef\xbb\xbf")
    assert TEMPLATE.read_text("utf-8-sig").splitlines()[0].split(",") == [
        "code",
        "programme",
        "title_zh",
        "title_en",
        "organisation",
        "county",
        "start_on",
        "end_on",
        "original_end_on",
        "settled_through",
        *project_import.FACTS,
        "pi_email",
        "pi_name",
        "assistant_email",
        "assistant_name",
        "company_pi_email",
        "company_pi_name",
        "officer_email",
        "officer_name",
        "approved_amounts",
        "co_pi_email",
        "co_pi_name",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp950", "utf-16"])
def test_the_encodings_that_spreadsheets_write_are_read(desk, load, encoding):
    load(sheet(ROW, encoding=encoding))
    assert [row.title_zh for row in stored(desk)] == ["示範：影像判讀"]


@pytest.mark.parametrize(
    ("start", "end"), [("115/06/01", "119/05/31"), ("民國115年6月1日", "民國119年5月31日"), ("１１５．０６．０１", "１１９．０５．３１")]
)
def test_days_are_read_in_either_calendar_and_in_full_width_digits(desk, load, start, end):
    load(sheet(ROW | {"start_on": start, "end_on": end}))
    assert [(row.start_on, row.end_on) for row in stored(desk)] == [(date(2026, 6, 1), date(2030, 5, 31))]


def test_codes_keep_their_zeros_and_formulas_stay_text(desk, load):
    load(sheet(ROW | {"code": "01234", "title_zh": '=HYPERLINK("http://x.invalid")', "organisation": "+示範"}))
    row = stored(desk)[0]
    assert (row.code, row.title_zh, row.organisation) == ("01234", '=HYPERLINK("http://x.invalid")', "+示範")


def test_a_quoted_line_break_becomes_a_space_and_the_next_row_keeps_its_number(desk, load):
    content = sheet(ROW | {"title_zh": "示範\n影像"}, ROW | {"code": "T-02", "end_on": "2030-02-30"})
    assert refusals(load, content) == {(2, "end_on")}
    load(sheet(ROW | {"title_zh": "示範\r\n影像"}))
    assert stored(desk)[0].title_zh == "示範 影像"


def test_empty_rows_and_columns_beside_the_table_mean_nothing(desk, load):
    lines = sheet(ROW).decode().splitlines()
    load(f"{lines[0]},,\n{lines[1]},,\n,,,,,,,,,\n\n".encode())
    assert len(stored(desk)) == 1


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"programme": "no-such-call"}, "programme"),
        ({"start_on": "2026-06"}, "start_on"),
        ({"start_on": "15/06/01"}, "start_on"),
        ({"end_on": ""}, "end_on"),
        ({"start_on": "2026-07-01"}, "start_on"),  # the call fixes the start
        ({"end_on": "2026-05-31"}, "end_on"),
        ({"title_zh": " "}, "title_zh"),
        ({"pi_email": "nobody"}, "pi_email"),
        ({"officer_email": "a@b"}, "officer_email"),
        ({"county": "示範縣"}, "county"),
        ({"approved_amounts": "8.5"}, "approved_amounts"),
        ({"approved_amounts": "1;2;3;4;5"}, "approved_amounts"),
        ({"end_on": "2029-05-31", "original_end_on": "2030-05-31"}, "original_end_on"),
        ({"code": "a/b"}, "code"),
        ({"title_zh": "字" * 501}, "title_zh"),
        ({"applied_on": "昨天"}, "applied_on"),
    ],
)
def test_a_wrong_cell_is_named_by_row_and_column_and_nothing_is_imported(desk, load, change, column):
    assert refusals(load, sheet(ROW, ROW | {"code": "T-02"} | change)) == {(2, column)}
    assert rows_in(desk, t.project, t.person, t.obligation, t.event) == [0, 0, 0, 0]


def test_all_wrong_cells_are_told_at_once(load):
    content = sheet(
        ROW | {"start_on": "x", "end_on": "y"}, ROW | {"code": "T-02", "programme": "?"}, ROW | {"code": "T-03", "pi_email": "z"}
    )
    assert refusals(load, content) == {(1, "start_on"), (1, "end_on"), (2, "programme"), (3, "pi_email")}


def test_a_code_that_is_there_already_or_stands_twice_is_refused(desk, load):
    load(sheet(ROW))
    assert refusals(load, sheet(ROW | {"code": "T-02"}, ROW, ROW | {"code": "T-02"})) == {(2, "code"), (3, "code")}
    assert len(stored(desk)) == 1


def test_a_failure_half_way_leaves_nothing(desk, load, monkeypatch):
    real, seen = project_import.insert_project, []

    def fails_at_the_third(tx, ctx, entry, programme):
        seen.append(entry.code)
        if len(seen) == 3:
            raise OSError("the disk is gone")
        return real(tx, ctx, entry, programme)

    monkeypatch.setattr(project_import, "insert_project", fails_at_the_third)
    with pytest.raises(OSError, match="disk"):
        load(sheet(*(ROW | {"code": f"T-{n:02d}"} for n in range(5))))
    assert rows_in(desk, t.project, t.person, t.membership, t.obligation, t.event, t.idempotency) == [0] * 6


def test_a_code_taken_between_check_and_write_names_its_row(desk, load, monkeypatch):
    load(sheet(ROW))
    monkeypatch.setattr(project_import, "_codes_in_use", lambda conn, ctx, entries: [])
    assert refusals(load, sheet(ROW | {"code": "T-02"}, ROW)) == {(2, "code")}
    assert len(stored(desk)) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x01\x02",
        b"code,programme\n1,2\n",
        b"\xff\xff\xff\xff",
        sheet(ROW | {"colour": "red"}),
        sheet(ROW) + b'"open,quote\n',
        sheet(ROW).replace(b"end_on", b"start_on"),
        sheet(ROW).splitlines()[0],
        sheet(ROW) + b"1,2,3,4,5,6,7,8,9,10\n",
    ],
    ids=[
        "empty",
        "binary",
        "columns missing",
        "no encoding",
        "unknown column",
        "broken quote",
        "column twice",
        "header only",
        "too many cells",
    ],
)
def test_what_is_no_sheet_of_projects_is_refused(load, content):
    with pytest.raises(SheetRefused) as refused:
        load(content)
    assert refused.value.problems


def test_a_sheet_has_at_most_twenty_thousand_rows(load):
    assert MAX_ROWS == 20_000
    with pytest.raises(SheetRefused) as refused:
        load(b"code,programme,title_zh,organisation,start_on,end_on,pi_email,pi_name\n" + b"a,b,c,d,e,f,g,h\n" * (MAX_ROWS + 1))
    assert [(problem.row, problem.params) for problem in refused.value.problems] == [(MAX_ROWS + 1, {"n": MAX_ROWS})]


def test_only_administrators_import(cast):
    for who in ("pi", "officer", "chief", "auditor"):
        with pytest.raises(Forbidden):
            import_projects(cast.ctx(who), sheet(ROW), key=key())
    assert import_projects(cast.ctx("admin"), sheet(ROW), key=key()).projects == ("T-01",)


def test_every_refusal_is_said_in_both_languages(load):
    with pytest.raises(ImportRefused) as refused:
        load(sheet(ROW | {"start_on": "x", "programme": "?"}, ROW | {"code": "", "pi_email": "z", "approved_amounts": "a"}))
    chinese = Translator("zh_TW")
    assert all(chinese.gettext(problem.msgid) != problem.msgid for problem in refused.value.problems)


def test_the_command_imports_once_however_often_it_is_repeated(tmp_path):
    run_tracker("init", home=tmp_path / "home")
    for _ in range(2):
        code, out, _ = run_tracker("project", "import", str(TEMPLATE), "--json", home=tmp_path / "home")
        done = json.loads(out)
        assert (code, len(done["projects"]), done["encoding"]) == (0, 3, "utf-8-sig")
    assert len(json.loads(run_tracker("project", "list", "--json", home=tmp_path / "home")[1])) == 3


def test_the_command_names_row_and_column_in_the_readers_language(tmp_path):
    run_tracker("init", home=tmp_path / "home")
    (tmp_path / "bad.csv").write_bytes(sheet(ROW | {"end_on": "2030-02-30"}))
    code, _, err = run_tracker("project", "import", str(tmp_path / "bad.csv"), "--lang", "en", home=tmp_path / "home")
    assert (code, err.splitlines()[0]) == (1, "Row 1, column end_on: There is no such day.")
    code, out, err = run_tracker("project", "import", str(tmp_path / "bad.csv"), "--json", "--lang", "zh_TW", home=tmp_path / "home")
    assert (code, json.loads(out)) == (1, {"row": 1, "field": "end_on", "error": "沒有這一天。"})
    assert "未匯入任何資料。" in err


def test_wrong_usage_is_told_apart_from_bad_rows(tmp_path):
    assert run_tracker("project", "import", "no-such.csv", home=tmp_path / "none")[0] == 2
    run_tracker("init", home=tmp_path / "home")
    assert run_tracker("project", "import", str(tmp_path / "no-such.csv"), home=tmp_path / "home")[0] == 2


@pytest.mark.parametrize("when", ["2026-09-01"])
def test_the_day_of_entry_is_kept_for_the_alerts(store, tmp_path, registry, calendar, when):
    from tests.cast import at

    desk = make_desk(store, tmp_path / "home", calendar, registry, at(when))
    import_projects(desk.context(SYSTEM), sheet(ROW), key=key())
    assert [row.entered_on for row in stored(desk)] == [date(2026, 9, 1)]
