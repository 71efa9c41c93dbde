"""The answers to a call in one workbook, read back as the office's own spreadsheet program does."""

from __future__ import annotations

import io
from datetime import datetime

import openpyxl
import pytest

from tests.integration.services.support_calls import another_project, answer_draft, answered, issued
from tests.integration.services.support_documents import put_document
from tracker.i18n import Translator
from tracker.programmes.report_types import Field
from tracker.services.data_call_answers import answers_workbook
from tracker.services.data_call_board import call_board
from tracker.services.data_call_forms import ColumnEntry, FieldEntry, FormEntry, SectionEntry
from tracker.services.errors import Forbidden, NotFound
from tracker.store import q_reports

KEY, SECOND = "DEMO-OWN-01/data_call/call-1", "DEMO-OWN-02/data_call/call-1"
EVERY_TYPE = FormEntry(
    (
        SectionEntry("執行", "Progress", fields=(
            FieldEntry("text", "說明", "Explain"),
            FieldEntry("line", "聯絡人", "Contact"),
            FieldEntry("number", "已支用", "Spent", unit="千元", decimals=1),
            FieldEntry("date", "完成日", "Done on", required=False),
            FieldEntry("choice", "是否落後", "Behind?", choices="是 | Yes\n否 | No"),
            FieldEntry("files", "附件", "Files", required=False),
            FieldEntry("table", "人力", "Staff", required=False, columns=(
                ColumnEntry("姓名", "Name"), ColumnEntry("月數", "Months", "number"),
                ColumnEntry("到職", "Since", "date", required=False))),
        )),
        SectionEntry("績效指標", "Indicators", "indicators"),
    )
)  # fmt: skip


def fields(cast, call_id: int) -> dict[str, Field]:
    form = call_board(cast.ctx("officer"), call_id).call.form
    return {field.label.en: field for field in form.fields.values()}


def answers(cast, call_id: int, text: str = "進度正常") -> dict:
    asked = fields(cast, call_id)
    choices = {one.words.en: one.id for one in asked["Behind?"].choices}
    name, months, since = (column.id for column in asked["Staff"].columns)
    rows = [{name: "=示範甲", months: "12", since: "115-08-31"}, {name: "示範乙", months: "0.5", since: ""}]
    return {
        asked["Explain"].id: text, asked["Contact"].id: "@SUM(1)", asked["Spent"].id: "１２３４.5", asked["Done on"].id: "115年8月31日",
        asked["Behind?"].id: choices["No"], asked["Staff"].id: rows,
    }  # fmt: skip


def book_of(cast, call_id: int, who: str = "officer", language: str = "zh_TW", on: str = "2026-09-03") -> openpyxl.Workbook:
    found = answers_workbook(cast.ctx(who, on=on), call_id, Translator(language))
    return openpyxl.load_workbook(io.BytesIO(found.content))


def table(page) -> list[dict]:
    head, *rows = [[cell.value for cell in row] for row in page.iter_rows()]
    return [dict(zip(head, row, strict=True)) for row in rows]


@pytest.fixture
def call(cast):
    another_project(cast)
    return issued(cast, form=EVERY_TYPE)


def full_answer(cast, call_id: int, text: str = "進度正常") -> None:
    with cast.desk.store.read() as conn:
        indicators = {f"indicator:{line.id}:actual": "2" for line in q_reports.indicators(conn, cast.project().id)}
    document = put_document(cast, "own", "示範附件.pdf", "draft:attachment")
    answered(cast, KEY, **answers(cast, call_id, text), **indicators, **{fields(cast, call_id)["Files"].id: [document]})


def test_every_project_stands_beside_every_question_each_cell_as_what_it_is(cast, call):
    full_answer(cast, call.call_id)
    first, second = table(book_of(cast, call.call_id)["填報結果"])
    assert (first["計畫"], first["執行機構"]) == ("DEMO-OWN-01", "示範大學")
    assert first["1.1 說明"] == "進度正常"
    assert first["1.2 聯絡人"] == "@SUM(1)"
    assert first["1.3 已支用 (千元)"] == 1234.5
    assert first["1.4 完成日"] == datetime(2026, 8, 31)
    assert first["1.5 是否落後"] == "否"
    assert first["1.6 附件"] == "示範附件.pdf"
    assert second["1.1 說明"] is None


def test_each_table_has_a_sheet_of_its_own_and_so_have_the_indicators(cast, call):
    full_answer(cast, call.call_id)
    book = book_of(cast, call.call_id)
    staff = table(book["1.7 人力"])
    assert [(row["姓名"], row["月數"], row["到職"]) for row in staff] == [("=示範甲", 12, datetime(2026, 8, 31)), ("示範乙", 0.5, None)]
    assert [row["實際值"] for row in table(book["績效指標達成情形"])] == [2, 2]
    assert not [cell for page in book for row in page.iter_rows() for cell in row if cell.data_type == "f"]


def test_the_reader_gets_her_own_language(cast, call):
    full_answer(cast, call.call_id)
    book = book_of(cast, call.call_id, "auditor", "en")
    assert book.sheetnames == ["Answers", "1.7 Staff", "Performance indicators", "Status", "Questions"]
    assert table(book["Answers"])[0]["1.5 Behind?"] == "No"


def test_where_everybody_stands_has_who_when_and_which_receipt(cast, call):
    full_answer(cast, call.call_id)
    first, second = table(book_of(cast, call.call_id, on="2026-10-01")["填報狀態"])
    assert (first["送出時間"], first["版次"]) == (datetime(2026, 9, 2, 9, 0), 1)
    assert first["送件人"] == cast.person("pi").name
    assert first["回執編號"]
    assert (second["狀態"], second["版次"]) == ("尚未填寫（逾期）", None)


def test_what_was_asked_goes_along(cast, call):
    asked = table(book_of(cast, call.call_id)["題目"])
    assert [row["編號"] for row in asked] == ["1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "2"]
    assert asked[4]["選項／欄位"] == "是\n否"
    assert asked[7]["填報項目"] == "計畫績效指標"


def test_a_draft_is_nobodys_business(cast, call):
    answer_draft(cast, KEY, text="秘密草稿")
    book = book_of(cast, call.call_id)
    assert "秘密草稿" not in [cell.value for page in book for row in page.iter_rows() for cell in row]
    assert table(book["填報狀態"])[0]["狀態"] == "填寫中"


def test_a_very_long_answer_is_kept_whole(cast):
    call = issued(cast, form=FormEntry((SectionEntry("說明", fields=(FieldEntry("text", "說明", longest=20_000),)),)))
    text = "長" * 19_000
    answered(cast, KEY, text=text)
    book = book_of(cast, call.call_id)
    assert table(book["填報結果"])[0]["1.1 說明"] == text
    assert "長文" not in book.sheetnames


@pytest.mark.parametrize(
    ("who", "refused"), [("pi", NotFound), ("stranger_pi", NotFound), ("other_officer", NotFound), ("admin", Forbidden)]
)
def test_the_workbook_is_for_the_programmes_office_and_auditors(cast, call, who, refused):
    with pytest.raises(refused):
        answers_workbook(cast.ctx(who), call.call_id, Translator("zh_TW"))


def test_a_call_of_no_programme_is_not_found(cast):
    with pytest.raises(NotFound):
        answers_workbook(cast.ctx("auditor"), 4711, Translator("zh_TW"))
