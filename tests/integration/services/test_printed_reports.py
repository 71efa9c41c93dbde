"""Reports and receipts on paper: a draft is marked as one, a submitted version is what was handed in, a receipt is always the same file."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from docx import Document

from tests.cast import Cast, key
from tests.integration.services.support_reports import PDF, evidence, fill, hand_in, opened, returned, submitted, write
from tests.unit.exchange.samples import HOSTILE, pages_of, text_of
from tracker.i18n import Translator
from tracker.programmes.report_types import Choice, Column, Field, FieldType, Holds, ReportType, Required, Section, Words
from tracker.services.discharge import record_discharge
from tracker.services.documents import store_document
from tracker.services.errors import Forbidden, NotFound
from tracker.services.policy import Act
from tracker.services.printed_files import Form
from tracker.services.printed_receipt import print_receipt
from tracker.services.printed_reports import print_draft, print_report
from tracker.services.report_blocks import Reading, report_blocks
from tracker.services.report_state import load_state
from tracker.store import tables as t

ZH, EN = Translator("zh_TW"), Translator("en")


def flat(content: bytes) -> str:
    """What a PDF says, without the spaces that its lines were set with."""
    return "".join(text_of(content).split())


def draft(cast: Cast, report_id: int, who: str = "pi", form: Form = Form.PDF, language: Translator = ZH) -> bytes:
    return print_draft(cast.ctx(who), report_id, form, language).content


def report(
    cast: Cast, report_id: int, version: int | None = None, who: str = "officer", form: Form = Form.PDF, language: Translator = ZH
) -> bytes:
    return print_report(cast.ctx(who, on="2026-09-20"), report_id, version, form, language).content


def versions(cast: Cast, report_id: int):
    with cast.desk.store.read() as conn:
        return load_state(conn, report_id).versions


def receipt(cast: Cast, report_id: int, who: str = "officer", on: str = "2026-09-20", language: Translator = ZH) -> bytes:
    return print_receipt(cast.ctx(who, on=on), versions(cast, report_id)[-1].id, Form.PDF, language).content


# --- Drafts -------------------------------------------------------------------------------------------------------------------


def test_a_draft_says_on_every_page_that_it_is_one_and_names_what_is_missing(cast: Cast):
    report_id = opened(cast)
    write(cast, report_id, "progress", "\n".join(f"第 {n} 行：已完成資料蒐集。" for n in range(200)))
    pages = pages_of(draft(cast, report_id))
    assert len(pages) > 2
    assert all("草稿，尚未送件" in page for page in pages)
    said = "".join("".join(pages).split())
    assert "第199行：已完成資料蒐集。" in said
    assert "尚未填寫" in said


@pytest.mark.parametrize("who", ["officer", "chief", "auditor", "admin"])
def test_a_draft_is_its_members_own(cast: Cast, who: str):
    report_id = opened(cast)
    with pytest.raises(Forbidden):
        draft(cast, report_id, who)


def test_a_stranger_finds_neither_draft_nor_report_nor_receipt(cast: Cast):
    report_id = submitted(cast)
    for printing in (draft, report, receipt):
        with pytest.raises(NotFound):
            printing(cast, report_id, who="stranger_pi")


def test_after_handing_in_the_drafts_address_gives_what_was_handed_in(cast: Cast):
    report_id = submitted(cast)
    said = flat(draft(cast, report_id))
    assert "草稿" not in said
    assert versions(cast, report_id)[-1].receipt_number in said


# --- Submitted versions ---------------------------------------------------------------------------------------------------------


def test_a_version_says_everything_that_was_handed_in(cast: Cast):
    report_id = opened(cast)
    line = report_of(cast, report_id).checkpoints[0]
    fill(cast, report_id, reached="1000")
    write(cast, report_id, f"checkpoint:{line.id}:evidence", evidence(cast))
    write(cast, report_id, f"checkpoint:{line.id}:note", "提前完成。")
    hand_in(cast, report_id)
    [version] = versions(cast, report_id)
    said = flat(report(cast, report_id))
    for part in (
        "已完成資料蒐集。",
        "開始模型訓練。",
        "標註影像",
        "1,000張",
        "提前完成。",
        "證明.pdf",
        "論文發表",
        version.sha256,
        version.receipt_number,
        "示範主持人",
    ):
        assert part in said, part


def report_of(cast: Cast, report_id: int):
    with cast.desk.store.read() as conn:
        return load_state(conn, report_id)


def test_a_version_prints_the_same_whenever_and_by_whomever(cast: Cast):
    report_id = submitted(cast)
    first = report(cast, report_id)
    assert (
        first
        == report(cast, report_id, who="pi")
        == print_report(cast.ctx("auditor", on="2027-05-03"), report_id, None, Form.PDF, ZH).content
    )


def test_each_version_is_printed_by_its_number(cast: Cast):
    report_id = submitted(cast)
    returned(cast, report_id, on="2026-09-05", reply_by="2026-09-18")
    write(cast, report_id, "progress", "補充後之進度。", on="2026-09-06")
    write(cast, report_id, "remarks:progress", "已依意見補充。", on="2026-09-06")
    hand_in(cast, report_id, on="2026-09-06")
    assert "補充後之進度。" not in flat(report(cast, report_id, 1))
    newest = flat(report(cast, report_id))
    assert "補充後之進度。" in newest
    assert "已依意見補充。" in newest
    with pytest.raises(NotFound):
        report(cast, report_id, 3)


def test_a_report_that_was_never_handed_in_has_no_print(cast: Cast):
    report_id = opened(cast)
    with pytest.raises(NotFound):
        report(cast, report_id)


@pytest.mark.parametrize("language", [ZH, EN], ids=["zh_TW", "en"])
def test_hostile_text_is_printed_as_it_was_typed(cast: Cast, language: Translator):
    report_id = opened(cast)
    fill(cast, report_id, progress=HOSTILE)
    hand_in(cast, report_id)
    assert "".join(HOSTILE.split()) in flat(report(cast, report_id, language=language))
    word = Document(io.BytesIO(report(cast, report_id, form=Form.DOCX, language=language)))
    assert HOSTILE in [paragraph.text for paragraph in word.paragraphs]


def test_a_version_from_before_forms_were_data_is_still_read(cast: Cast):
    form = report_of(cast, submitted(cast)).form
    old = {"form": "progress-1", "texts": {"progress": "舊進度"}, "checkpoints": [], "indicators": [], "attachments": [], "remarks": {}}
    assert "舊進度" in [getattr(block, "text", "") for block in report_blocks(old, Reading(form, ZH))]
    assert report_blocks({}, Reading(form, ZH))


# --- Every type of field ----------------------------------------------------------------------------------------------------------


def _words(text: str) -> Words:
    return Words(f"{text}中", f"{text}-en")


EVERYTHING = ReportType(
    "all", "1", _words("全部"),
    (
        Section("own", _words("欄位"), Holds.FIELDS, (
            Field("text", FieldType.TEXT, _words("長文"), _words("")),
            Field("line", FieldType.LINE, _words("短文"), _words("")),
            Field("number", FieldType.NUMBER, _words("數字"), _words(""), unit=Words("人月", "person-months")),
            Field("date", FieldType.DATE, _words("日期"), _words("")),
            Field("choice", FieldType.CHOICE, _words("選項"), _words(""), choices=(Choice("a", _words("甲")), Choice("b", _words("乙")))),
            Field("table", FieldType.TABLE, _words("表格"), _words(""), columns=(
                Column("who", FieldType.LINE, _words("姓名")), Column("n", FieldType.NUMBER, _words("數量"), unit=Words("元", "NT$")),
            )),
            Field("files", FieldType.FILES, _words("檔案"), _words(""), Required.NO),
        )),
        Section("points", _words("查核"), Holds.CHECKPOINTS), Section("kpi", _words("指標"), Holds.INDICATORS),
        Section("items", _words("決議"), Holds.ACTION_ITEMS), Section("out", _words("成果"), Holds.OUTCOMES),
    ),
)  # fmt: skip
FULL = {
    "texts": {"text": "第一行\n第二行", "line": "一行字"},
    "values": {"number": "12.5", "date": "2026-08-31", "choice": "b", "table": [{"who": "示範人員", "n": "1250"}]},
    "files": {"files": [{"document_id": 1, "filename": "附件.pdf", "sha256": "ab" * 32, "size": 2_500_000}]},
    "checkpoints": [
        {
            "id": 1,
            "code": "C1",
            "title_zh": "點",
            "title_en": "",
            "unit": "張",
            "target": "10",
            "planned_on": "2026-08-31",
            "actual": "4",
            "note": "說明",
            "evidence": None,
        }
    ],
    "indicators": [
        {"id": 1, "code": "K1", "title_zh": "標", "title_en": "", "unit": "篇", "baseline": "0", "target": "8", "actual": "", "note": ""}
    ],
    "actions": [{"id": 1, "number": 3, "body": "補齊同意書", "due_on": "2026-10-01", "claimed": "done", "note": "已補"}],
    "outcomes": {
        "confirmed": "yes",
        "items": [{"id": 1, "kind": "paper", "title": "示範論文", "stage": "published", "identifier": "10.1000/x", "occurred_on": None}],
    },
    "remarks": {"own": "回復文字"},
}


def said_by(content: dict, language: Translator, *, gaps: bool = False) -> str:
    return repr(report_blocks(content, Reading(EVERYTHING, language, gaps)))


def test_every_type_of_field_is_read_in_the_readers_language():
    chinese = said_by(FULL, ZH)
    for part in (
        "第一行\\n第二行",
        "一行字",
        "12.5 人月",
        "115-08-31 (2026-08-31)",
        "乙中",
        "示範人員",
        "數量中 (元)",
        "附件.pdf (2.4 MB",
        "A3",
        "補齊同意書",
        "示範論文",
        "回復文字",
    ):
        assert part in chinese, part
    for part in ("12.5 person-months", "乙-en", "1. 欄位-en", "done", "Papers"):
        assert part in said_by(FULL, EN), part


def test_what_is_missing_is_pointed_out_in_a_draft_only():
    assert said_by({}, EN, gaps=True).count("not filled in yet") == 6
    assert "not filled in yet" not in said_by({}, EN)


def test_that_there_was_no_outcome_is_an_answer():
    assert "declares that there was no outcome" in said_by({"outcomes": {"confirmed": "nil", "items": []}}, EN)


# --- Receipts ---------------------------------------------------------------------------------------------------------------------


def test_a_receipt_names_what_when_and_the_hashes(cast: Cast):
    report_id = submitted(cast)
    [version] = versions(cast, report_id)
    with cast.desk.store.read() as conn:
        event = conn.execute(t.event.select().where(t.event.c.action == "report.submit")).one()
    said = flat(receipt(cast, report_id))
    for part in (
        version.receipt_number,
        version.sha256,
        event.hash,
        "115-09-01(2026-09-01)09:00:00",
        "DEMO-OWN-01",
        "如期",
        f"receiptverify{version.receipt_number}",
    ):
        assert part in said, part


def test_a_receipt_printed_again_is_the_same_file(cast: Cast):
    report_id = submitted(cast)
    assert receipt(cast, report_id) == receipt(cast, report_id, who="pi", on="2027-03-01")


def test_a_machine_finds_number_and_hash_in_the_file(cast: Cast):
    report_id = submitted(cast)
    [version] = versions(cast, report_id)
    content = receipt(cast, report_id)
    assert set(re.findall(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", content)) == {version.sha256.encode()}
    assert version.receipt_number.encode() in content
    assert b"pdfaid" in content, "a receipt is made for long keeping"


def test_a_receipt_for_what_the_funder_takes_elsewhere_says_so_until_the_funder_has_it(cast: Cast):
    report_id = opened(cast, "expenditure_closing", "project", on="2030-06-03")
    obligation = cast.obligation("expenditure_closing")
    cast.desk.store.write_quiet(
        cast.ctx().now,
        lambda tx: tx.conn.execute(t.obligation.update().where(t.obligation.c.id == obligation.id).values(discharged_by="external")),
    )
    fill(cast, report_id, on="2030-06-03")
    hand_in(cast, report_id, on="2030-06-03")
    assert "仍須另向該機關繳交" in flat(receipt(cast, report_id, on="2030-06-03"))
    ctx = cast.ctx("pi", on="2030-06-05")
    paper = store_document(
        ctx, project_id=cast.project("own").id, filename="r.pdf", content=PDF, purpose="discharge",
        act=Act.RECORD_DISCHARGE, key=key(),
    )  # fmt: skip
    record_discharge(ctx, obligation_id=obligation.id, received_on="2030-06-04", receipt_number="收文第7號", document_id=paper, key=key())
    said = flat(receipt(cast, report_id, on="2030-06-06"))
    assert "收文第7號" in said
    assert "仍須另向該機關繳交" not in said


def test_a_receipt_is_never_a_word_file(cast: Cast):
    report_id = submitted(cast)
    with pytest.raises(NotFound):
        print_receipt(cast.ctx("pi"), versions(cast, report_id)[-1].id, Form.DOCX, ZH)


def test_a_version_that_was_taken_back_says_so_and_is_its_members_own_again(cast: Cast):
    report_id = submitted(cast)
    [version] = versions(cast, report_id)
    ctx = cast.ctx("pi", on="2026-09-02")
    row = {"report_version_id": version.id, "withdrawn_by": ctx.viewer.person_id, "withdrawn_at": ctx.now}
    cast.desk.store.write_quiet(ctx.now, lambda tx: tx.insert(t.report_withdrawal, **row))
    for printing in (report, receipt):
        assert "已於115-09-02(2026-09-02)撤回" in flat(printing(cast, report_id, who="pi"))
    with pytest.raises(NotFound):
        report(cast, report_id, who="officer")


def test_a_receipt_in_english(cast: Cast):
    assert "Receipt of a submission" in text_of(receipt(cast, submitted(cast), language=EN))


def test_the_installations_own_viewer_prints_no_report(cast: Cast):
    report_id = submitted(cast)
    with pytest.raises(Forbidden):
        print_report(replace(cast.ctx("system")), report_id, None, Form.PDF, ZH)
